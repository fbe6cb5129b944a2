"""uvicorn's protocol on httptools, with the engine inside it.

A call to the API is answered right where its last byte is parsed: no ASGI scope, no task, no event, and one write for a
reply that is due at once. That is 2 to 3 times as fast as the same engine behind ASGI. WebSockets, preflights and the
server's own pages go uvicorn's way, to the ASGI application.

What this takes for granted of uvicorn is listed in tests/server/test_uvicorn_canary.py.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from .asgi import App
from .control_api import PREFIX
from .exchange import Exchange
from .fields import fields_of

_OWN = (b"/?", PREFIX.encode())
# Headers by which a client offers to speak something else, and which end with this connection.
_OFFERS = (b"connection", b"upgrade", b"http2-settings")


class MockProtocol(HttpToolsProtocol):
    """One connection. The configuration's application must be an `App`, whose engine answers."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        app = config.app
        if not isinstance(app, App):
            raise TypeError(f"MockProtocol serves an openai_api_mock.server.asgi.App, not {app!r}")
        self.access_log = False
        self.sessions = app.sessions
        self.wheel = app.wheel(self.loop)
        self.heads = app.heads
        self.answering: Exchange | None = None
        """The exchange that is being answered, where that takes more than an instant."""
        self._idle_since: float | None = None
        self._ignoring = False
        """Whether what is being read is thrown away."""

    # The connection

    def data_received(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if not self._should_upgrade():
                self._decline_upgrade(data[upgrade.args[0] :])
            elif self._ignoring or not self._is_idle():
                self.transport.close()
            else:
                self.handle_websocket_upgrade()
        except httptools.HttpParserError as error:
            self._refuse_garbage(error)

    def connection_lost(self, exc: Exception | None) -> None:
        for cycle in (self.answering, self.cycle, *(queued for queued, _ in self.pipeline)):
            if isinstance(cycle, Exchange) and not cycle.response_complete:
                cycle.abandon()
        self.answering = None
        self.pipeline.clear()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.answering is not None:
            self.answering.resume_writing()

    def shutdown(self) -> None:
        super().shutdown()
        if self.answering is not None:
            self.answering.wind_up()

    def _is_idle(self) -> bool:
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is None or cycle.response_complete

    def _refuse_garbage(self, error: httptools.HttpParserError) -> None:
        # What one of the callbacks below raised comes chained.
        self.logger.warning("Invalid HTTP request received.", exc_info=error.__context__)
        if self.answering is None and not self.pipeline:
            self.send_400_response("Invalid HTTP request received.")
        else:
            # A 400 in the middle of a reply would only garble that.
            self.transport.close()

    def _decline_upgrade(self, rest: bytes) -> None:
        """Go on in HTTP/1.1 with a client that offered more, as Java's does with h2c.

        The parser takes what follows the head for the other protocol, so a new one reads the request again without the
        offer.
        """
        closes = any(name == b"connection" and b"close" in value.lower() for name, value in self.headers)
        head = [b"%b %b HTTP/1.1\r\n" % (self.parser.get_method(), self.url)]
        head += [b"%b: %b\r\n" % header for header in self.headers if header[0] not in _OFFERS]
        head.append(b"connection: close\r\n\r\n" if closes else b"\r\n")
        self._ignoring = False
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.data_received(b"".join(head) + rest)

    # The request, as the parser reads it

    def on_message_begin(self) -> None:
        self.url = b""
        self.headers = []
        self._idle_since = None

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        previous = cast("RequestResponseCycle | None", self.cycle)
        if previous is not None and not previous.keep_alive:
            # The connection ends with that one; whatever comes after it was never asked for.
            self._ignoring = True
            return
        parser = self.parser
        method = parser.get_method()
        if parser.should_upgrade() and method != b"CONNECT" and not self._should_upgrade():
            self._ignoring = True
            return
        if not _is_api_call(method, self.url) or parser.should_upgrade():
            self._leave_to_uvicorn()
            return
        fields = fields_of(self.headers)
        keep_alive = parser.should_keep_alive()
        # HTTP/1.0 isn't kept alive unless a header asks for it, and asking for the version costs more than all this.
        http_1_1 = (keep_alive and b"connection" not in fields) or parser.get_http_version() == "1.1"
        exchange = Exchange(self, method, self.url, fields, http_1_1, http_1_1 and keep_alive)
        self.cycle = exchange  # type: ignore[assignment]  # has what uvicorn reads of a cycle
        if previous is None or previous.response_complete:
            exchange.begin()
        else:
            exchange.started = False
            self.flow.pause_reading()
            self.pipeline.appendleft((exchange, self.app))  # type: ignore[arg-type]

    def on_body(self, body: bytes) -> None:
        cycle: object = self.cycle
        if self._ignoring:
            return
        if isinstance(cycle, Exchange):
            cycle.add(body)
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        cycle: object = self.cycle
        if self._ignoring:
            return
        if isinstance(cycle, Exchange):
            cycle.complete()
        else:
            super().on_message_complete()

    def _leave_to_uvicorn(self) -> None:
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.url = url
        for name, value in headers:
            super().on_header(name, value)
        super().on_headers_complete()

    # One reply after the other

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            # In another turn of the loop, so that a long pipeline doesn't become a deep stack.
            self.loop.call_soon(self._start_asgi_task, cycle, app)
            return
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._watch_idleness(self.timeout_keep_alive)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        if not isinstance(cycle, Exchange):
            super()._start_asgi_task(cycle, app)
        elif not self.transport.is_closing():
            cycle.begin()

    # A timer per connection, not one per request: it looks how long nothing came, and waits for the rest.

    def _watch_idleness(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def timeout_keep_alive_handler(self) -> None:
        self.timeout_keep_alive_task = None
        if self._idle_since is None:
            return
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._watch_idleness(left)
        else:
            super().timeout_keep_alive_handler()


def _is_api_call(method: bytes, url: bytes) -> bool:
    """Whether the engine answers. Anything unusual (a proxy's absolute URL, a fragment) takes uvicorn's way."""
    if method == b"POST" and url[:4] == b"/v1/" and b"#" not in url:
        return True
    return (
        url[:1] == b"/"
        and url not in (b"/", b"/_mock")
        and not url.startswith(_OWN)
        and method != b"OPTIONS"
        and b"#" not in url
    )

"""What the protocol takes for granted of uvicorn and httptools. Where this fails, read what changed there first.

uvicorn's protocol is no public interface: pyproject.toml holds its minor version, and this says whether a new one may
be let in.
"""

from __future__ import annotations

import ast
import asyncio
import hashlib
import inspect
import textwrap
from typing import Any

import httptools
import pytest
from uvicorn import Config, Server
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from openai_api_mock.engine import Engine
from openai_api_mock.options import Options
from openai_api_mock.server.exchange import Exchange
from openai_api_mock.server.protocol import MockProtocol
from openai_api_mock.server.run import configure

# Of each method that is overridden or called, what was read when server/protocol.py was written.
READ = {
    "__init__": "264f2f067596",
    "_get_upgrade": "a71e9b242ebb",
    "_should_upgrade": "ae8ade68aa39",
    "_start_asgi_task": "2ab8b185c1a9",
    "_unset_keepalive_if_required": "58f4ffce604d",
    "connection_lost": "21bb5222b359",
    "connection_made": "ba1915817ccf",
    "data_received": "02c2572f1df5",
    "eof_received": "cf1db74cbefe",
    "handle_websocket_upgrade": "f5384e926c8c",
    "on_body": "415b4cef19fb",
    "on_header": "374f1e380c06",
    "on_headers_complete": "7e259152e5aa",
    "on_message_begin": "0efab6f9456c",
    "on_message_complete": "377f9122ee6f",
    "on_response_complete": "5684fd801d06",
    "on_url": "4670fe11c5fd",
    "pause_writing": "0d1d5ff82217",
    "resume_writing": "89f3ffd1fdaf",
    "send_400_response": "0b0d3ace8d26",
    "shutdown": "4822ef10fa98",
    "timeout_keep_alive_handler": "2127de00e7f6",
}


# `url` comes with the first message.
USED = (
    "access_log", "app", "config", "connections", "cycle", "expect_100_continue", "flow", "headers", "logger", "loop",
    "parser", "pipeline", "server_state", "tasks", "timeout_keep_alive", "timeout_keep_alive_task", "transport",
    "ws_protocol_class",
)  # fmt: skip


def digest(function: Any) -> str:
    return hashlib.sha256(textwrap.dedent(inspect.getsource(function)).encode()).hexdigest()[:12]


@pytest.mark.parametrize("name", sorted(READ))
def test_the_protocols_methods_are_those_that_were_read(name: str) -> None:
    found = digest(getattr(HttpToolsProtocol, name))
    assert found == READ[name], (
        f"uvicorn changed HttpToolsProtocol.{name}: hold it against server/protocol.py, then note {found!r} here"
    )


def test_the_protocol_has_no_methods_that_nobody_looked_at() -> None:
    methods = {name for name, member in vars(HttpToolsProtocol).items() if inspect.isfunction(member)}
    assert methods - set(READ) == {"_should_upgrade_to_ws", "_unsupported_upgrade_warning"}


def test_an_exchange_has_all_that_the_protocol_reads_of_a_cycle() -> None:
    tree = ast.parse(textwrap.dedent(inspect.getsource(HttpToolsProtocol)))
    read = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("self.cycle", "cycle", "existing_cycle")
    }
    # `body` in on_body and `run_asgi` in _start_asgi_task, which an exchange never gets to.
    assert read - {"body", "run_asgi"} <= set(dir(Exchange)) | {"keep_alive"}
    assert read == {"body", "disconnected", "keep_alive", "message_event", "more_body", "response_complete", "run_asgi"}
    assert {"disconnected", "keep_alive", "response_complete"} <= set(RequestResponseCycle.__init__.__code__.co_names)


def test_a_protocol_is_made_as_uvicorns_server_makes_it() -> None:
    parameters = list(inspect.signature(HttpToolsProtocol.__init__).parameters)
    assert parameters == ["self", "config", "server_state", "app_state", "_loop"]
    assert list(inspect.signature(MockProtocol.__init__).parameters) == parameters


def test_a_protocol_has_the_attributes_that_are_used() -> None:
    async def main() -> None:
        config = configure(Engine(Options()))
        config.load()
        protocol = MockProtocol(config, ServerState(), {})
        for name in USED:
            assert name in vars(protocol), name
        assert protocol.cycle is None
        assert protocol.pipeline is not None
        assert protocol.timeout_keep_alive_task is None

    asyncio.run(main())


def test_flow_control_pauses_both_ways() -> None:
    for name in ("pause_reading", "resume_reading", "pause_writing", "resume_writing", "drain"):
        assert callable(getattr(FlowControl, name))
    assert "write_paused" in FlowControl.__init__.__code__.co_names


def test_the_server_is_extended_where_it_may_be() -> None:
    assert list(inspect.signature(Server.startup).parameters) == ["self", "sockets"]
    assert list(inspect.signature(Server.shutdown).parameters) == ["self", "sockets"]
    assert list(inspect.signature(Server.run).parameters) == ["self", "sockets"]
    config = configure(Engine(Options()))
    assert Server(config)._captured_signals == []
    state = ServerState()
    assert (state.connections, state.tasks, state.total_requests) == (set(), set(), 0)
    # The application stays as it was given, so that the protocol finds the engine in it.
    config.load()
    assert config.app is config.loaded_app
    assert config.http_protocol_class is MockProtocol
    assert isinstance(config, Config)


def test_httptools_says_where_an_upgrade_begins() -> None:
    class Protocol:
        pass

    parser = httptools.HttpRequestParser(Protocol())
    request = b"POST / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 4\r\n\r\n"
    with pytest.raises(httptools.HttpParserUpgrade) as upgrade:
        parser.feed_data(request + b"body")
    assert upgrade.value.args == (len(request),)
    assert not issubclass(httptools.HttpParserUpgrade, httptools.HttpParserError)

"""The server as a process: it says when it is there, and goes when it is told."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from openai_api_mock.engine import Engine
from openai_api_mock.errors import MockError
from openai_api_mock.options import options_from
from openai_api_mock.server.run import CannotListen, MockServer, configure, listen, serve, url_of

from .raw import Connection, chat, get, post

SERVE = """
from openai_api_mock.engine import Engine
from openai_api_mock.options import Options
from openai_api_mock.server.run import serve
serve(Engine(Options(chunk_delay=0.05, length=5)), port=0, announce=lambda url: print(url, flush=True))
print("over", flush=True)
"""


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-W", "error", "-X", "dev", "-c", SERVE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_a_stream_before_it_goes(process: subprocess.Popen[str], sign: signal.Signals) -> None:
    assert process.stdout is not None
    assert process.stderr is not None
    url = process.stdout.readline().strip()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
    connection = Connection(int(url.rpartition(":")[2]))
    connection.send(post(chat(stream=True)))
    connection.head()
    connection.event()
    process.send_signal(sign)
    left = [connection.event()[1] for _ in range(7)]
    assert left[-1] == "[DONE]"
    assert connection.chunk() == b""
    assert connection.rest() == b""
    connection.close()
    assert process.wait(10) == 0
    assert (process.stdout.read(), process.stderr.read()) == ("over\n", "")


class Running:
    """A server in a thread, which is asked to stop as a signal asks."""

    def __init__(self, grace: int, kind: str, **options: object) -> None:
        started = threading.Event()
        listener = listen("127.0.0.1", 0)
        config = configure(Engine(options_from(options)), grace=grace)
        if kind == "asgi":
            config.http = "httptools"
        self.server = MockServer(config, started.set)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [listener]})
        self.thread.start()
        assert started.wait(10)
        self.port: int = listener.getsockname()[1]

    def stop(self) -> None:
        self.server.should_exit = True


@pytest.mark.parametrize("kind", ["protocol", "asgi"])
def test_idle_connections_do_not_hold_it_up(kind: str) -> None:
    running = Running(60, kind)
    connection = Connection(running.port)
    assert connection.ask(get("/_mock/health")).status == 200
    assert connection.ask(post()).status == 200
    running.stop()
    assert connection.rest() == b""
    running.thread.join(10)
    assert not running.thread.is_alive()
    connection.close()


@pytest.mark.parametrize("kind", ["protocol", "asgi"])
def test_a_stream_that_outlasts_the_grace_is_cut(kind: str) -> None:
    running = Running(1, kind, chunk_delay=3600)
    connection = Connection(running.port)
    connection.send(post(chat(stream=True)))
    # The head comes at once in the protocol's own time; behind ASGI as well.
    connection.head()
    running.stop()
    with pytest.raises((AssertionError, ConnectionError)):
        connection.chunk()
    running.thread.join(10)
    assert not running.thread.is_alive()
    connection.close()


def test_a_stream_that_would_go_on_for_ever_ends_where_it_is() -> None:
    running = Running(60, "protocol")
    connection = Connection(running.port)
    created = {"agent": {"model": "gpt-4o"}, "environment": {"type": "none"}, "input": "Hello"}
    session = connection.ask(post(created, path="/v1/agents/sessions")).json()["id"]
    connection.send(get(f"/v1/agents/sessions/{session}/events"))
    connection.head()
    assert b"agent.session." in connection.chunk()
    running.stop()
    while connection.chunk():
        pass
    assert connection.rest() == b""
    running.thread.join(10)
    assert not running.thread.is_alive()
    connection.close()


def test_a_port_in_use_is_named_with_the_way_out() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=rf"port {port} of 127\.0\.0\.1 is in use.*--port 0"):
            serve(Engine(options_from({})), port=port)


@pytest.mark.parametrize(
    ("host", "port", "message"),
    [
        ("127.0.0.1", 70_000, "port 70000 can't be: it takes 0 to 65535"),
        ("no.such.host.invalid", 0, "host 'no.such.host.invalid' can't be found"),
        ("192.0.2.1", 0, "host 192.0.2.1 is no address of this machine"),
    ],
)
def test_an_address_that_cannot_be_had_says_why(host: str, port: int, message: str) -> None:
    with pytest.raises(MockError, match=re.escape(message)):
        listen(host, port)


def test_an_open_address_is_announced_as_this_machine() -> None:
    with listen("0.0.0.0", 0) as listener:
        assert url_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_ipv6_addresses_are_put_in_brackets() -> None:
    try:
        listener = listen("::1", 0)
    except CannotListen:
        pytest.skip("no IPv6 loopback here")
    with listener:
        assert url_of(listener).startswith("http://[::1]:")

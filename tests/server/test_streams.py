"""When the chunks of a stream leave, and what becomes of a stream that nobody reads."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from typing import Any

import pytest

from openai_api_mock.clock import RealClock
from openai_api_mock.server.play import Play
from openai_api_mock.server.protocol import MockProtocol
from openai_api_mock.wire import Stream

from .conftest import MakeServer
from .raw import Connection, chat, events, get, post, said


class Gate(RealClock):
    """A clock on which every wait takes as long as the test says, and then exactly as long as it should."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []
        self.cancelled = threading.Event()
        self._tickets = threading.Semaphore(0)

    def open(self) -> None:
        """Let one wait end."""
        self._tickets.release()

    def monotonic(self) -> float:
        return self.now

    async def sleep_async(self, seconds: float) -> None:
        try:
            while not self._tickets.acquire(blocking=False):
                await asyncio.sleep(0.001)
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        self.waits.append(seconds)
        self.now += seconds


def test_no_chunk_comes_before_its_time_and_none_waits_for_the_last(make_server: MakeServer) -> None:
    delay = 0.05
    connection = make_server(chunk_delay=delay, length=8).connect()
    for _ in range(2):
        started = time.monotonic()
        connection.send(post(chat(stream=True)))
        connection.head()
        came = [connection.event()[0] - started for _ in range(11)]
        assert connection.chunk() == b""
        assert [at >= delay * (k + 1) for k, at in enumerate(came)] == [True] * 11
        assert len({round(at / delay) for at in came}) > 3, came


def test_a_chunk_is_there_to_read_before_the_next_is_due(make_server: MakeServer) -> None:
    clock = Gate()
    connection = make_server(chunk_delay=2, length=3, clock=clock).connect()
    connection.send(post(chat(stream=True)))
    assert connection.head()[0] == 200
    for _ in range(5):
        clock.open()
        assert connection.event()[1].startswith("{")
    clock.open()
    assert connection.event()[1] == "[DONE]"
    assert connection.chunk() == b""
    assert clock.waits == [2] * 6


def test_latency_holds_back_the_head(make_server: MakeServer) -> None:
    connection = make_server(latency=0.05).connect()
    for request in (post(), post(chat(stream=True))):
        started = time.monotonic()
        connection.send(request)
        connection.socket.recv(1, socket.MSG_PEEK)
        assert time.monotonic() - started >= 0.05
        assert connection.response().status == 200


def test_latency_comes_before_the_first_chunk_delay(make_server: MakeServer) -> None:
    clock = Gate()
    connection = make_server(latency=5, chunk_delay=2, length=1, clock=clock).connect()
    for _ in range(5):
        clock.open()
    assert events(connection.ask(post(chat(stream=True))))[-1] == "[DONE]"
    assert clock.waits == [5, 2, 2, 2, 2]


def test_nobody_waits_on_an_instant_clock(make_server: MakeServer) -> None:
    connection = make_server(latency=3600, chunk_delay=3600, clock="instant").connect()
    assert events(connection.ask(post(chat(stream=True))))[-1] == "[DONE]"
    assert connection.ask(post()).status == 200


def test_chunks_due_at_once_leave_together(make_server: MakeServer) -> None:
    connection = make_server().connect()
    connection.send(post(chat(stream=True)))
    connection.head()
    assert connection.chunk().endswith(b"data: [DONE]\n\n")
    assert connection.chunk() == b""


def test_they_can_be_kept_apart(make_server: MakeServer) -> None:
    connection = make_server(separate_chunks=True, length=5).connect()
    connection.send(post(chat(stream=True)))
    connection.head()
    chunks = list(iter(connection.chunk, b""))
    assert len(chunks) == 8
    assert all(chunk.count(b"data: ") == 1 for chunk in chunks)


def test_an_instant_reply_is_one_write(make_protocol_server: MakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = make_protocol_server(length=20).connect()
    for request in (post(), post(chat(stream=True)), post(b"no json")):
        connection.send(request)
        # Whatever the first segment holds is whole: a local connection delivers a write of this size in one.
        received = connection.socket.recv(262144)
        assert received.endswith((b"}", b"0\r\n\r\n"))


def test_an_empty_chunk_does_not_end_a_stream(make_server: MakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    served = make_server()
    handle = served.engine.handle

    def scripted(request: Any) -> Any:
        reply: Any = handle(request)
        reply.body = Stream([b"", b"data: 1\n\n", b"", b"data: 2\n\n"], [0.0, 0.001, 0.002, 0.003])
        return reply

    monkeypatch.setattr(served.engine, "handle", scripted)
    assert events(served.connect().ask(post())) == ["1", "2"]


@pytest.mark.parametrize("times", [None, []])
def test_a_stream_of_nothing_is_an_empty_body(
    make_server: MakeServer, monkeypatch: pytest.MonkeyPatch, times: list[float] | None
) -> None:
    served = make_server()
    handle = served.engine.handle

    def scripted(request: Any) -> Any:
        reply: Any = handle(request)
        reply.body = Stream([], times)
        return reply

    monkeypatch.setattr(served.engine, "handle", scripted)
    connection = served.connect()
    for _ in range(2):
        assert connection.ask(post()).body == b""


def test_head_of_a_stream_has_no_body(make_server: MakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    served = make_server(answers="echo")
    handle = served.engine.handle

    def scripted(request: Any) -> Any:
        reply: Any = handle(request)
        if request.method == "GET":
            reply.body = Stream([b"data: 1\n\n"], [3600.0])
        return reply

    monkeypatch.setattr(served.engine, "handle", scripted)
    connection = served.connect()
    connection.ask(get("/v1/models", method="HEAD"), "HEAD")
    assert said(connection.ask(post(chat("next")))) == "next"


def test_a_stream_stops_when_its_client_leaves(make_server: MakeServer) -> None:
    clock = Gate()
    connection = make_server(chunk_delay=1, clock=clock).connect()
    connection.send(post(chat(stream=True)))
    clock.open()
    connection.head()
    connection.event()
    connection.close()
    assert clock.cancelled.wait(10)


def test_so_does_one_that_waits_for_its_first_byte(make_server: MakeServer) -> None:
    clock = Gate()
    connection = make_server(latency=1, clock=clock).connect()
    connection.send(post())
    connection.close()
    # The request may not have been read yet; what counts is that nobody goes on waiting.
    assert clock.cancelled.wait(10)


def test_on_the_real_clock_it_writes_no_more(make_protocol_server: MakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    plays: list[Play] = []
    stopped = threading.Event()
    start, stop = Play.start, Play.stop

    def spy_start(self: Play, *arguments: Any) -> None:
        plays.append(self)
        start(self, *arguments)

    def spy_stop(self: Play) -> None:
        stop(self)
        stopped.set()

    monkeypatch.setattr(Play, "start", spy_start)
    monkeypatch.setattr(Play, "stop", spy_stop)
    served = make_protocol_server(chunk_delay=0.02, length=3)
    connection = served.connect()
    connection.send(post(chat(stream=True)))
    connection.head()
    connection.event()
    connection.close()
    assert stopped.wait(10)
    written = plays[0]._next
    # A later stream takes its whole time, and the first doesn't move meanwhile.
    assert events(served.connect().ask(post(chat(stream=True))))[-1] == "[DONE]"
    assert (plays[0].over, plays[0]._next) == (True, written)


@pytest.mark.parametrize("options", [{}, {"chunk_delay": 0.000001}, {"clock": "instant", "chunk_delay": 1}])
def test_a_client_that_reads_slowly_gets_everything_and_fills_no_memory(
    make_protocol_server: MakeServer, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    paused = threading.Event()
    pause = MockProtocol.pause_writing

    def spy(self: MockProtocol) -> None:
        paused.set()
        pause(self)

    monkeypatch.setattr(MockProtocol, "pause_writing", spy)
    served = make_protocol_server(answers="echo", **options)
    connection = Connection(served.port, receive_buffer=4096)
    text = "word " * 3000
    requests = 40
    sender = threading.Thread(target=connection.send, args=(post(chat(text, stream=True)) * requests,))
    sender.start()
    assert paused.wait(10)
    # The client reads nothing, and the server asks its engine no more.
    made = len(served.mock.calls)
    assert made < requests
    for _ in range(requests):
        assert events(connection.response())[-1] == "[DONE]"
    sender.join()
    connection.close()
    assert len(served.mock.calls) == requests


def test_streams_do_not_hold_up_one_another(make_server: MakeServer) -> None:
    served = make_server(chunk_delay=3600)
    slow = served.connect()
    slow.send(post(chat(stream=True)))
    assert served.connect().ask(post()).status == 200

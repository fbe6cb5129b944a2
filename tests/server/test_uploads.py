"""How large a body may be, and where it is kept."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from typing import IO

import pytest

from openai_api_mock.server import upload
from openai_api_mock.wire import Pending, Reply, Request

from .conftest import MakeServer, Served
from .raw import chat, post, said

MB = 1024 * 1024


digests: list[str] = []
"""Of the files that the engine was given."""


@pytest.fixture
def bodies(server: Served, monkeypatch: pytest.MonkeyPatch) -> list[bytes | IO[bytes]]:
    """What the engine is given, as it was when it was given."""
    given: list[bytes | IO[bytes]] = []
    handle = server.engine.handle

    def spy(request: Request) -> Reply | Pending:
        given.append(request.body)
        if not isinstance(request.body, bytes):
            digests.append(hashlib.sha256(request.body.read()).hexdigest())
        return handle(request)

    monkeypatch.setattr(server.engine, "handle", spy)
    digests.clear()
    return given


def chunked(kind: str, parts: Iterator[bytes]) -> Iterator[bytes]:
    yield f"POST /v1/files HTTP/1.1\r\nHost: m\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    for part in parts:
        yield b"%x\r\n%b\r\n" % (len(part), part)
    yield b"0\r\n\r\n"


def test_a_json_body_of_32_mb_is_taken(server: Served) -> None:
    body = json.dumps(chat()).encode().ljust(32 * MB)
    assert server.connect().ask(post(body)).status == 200


def test_a_larger_one_is_refused_before_it_is_sent(server: Served, bodies: list[bytes]) -> None:
    connection = server.connect()
    connection.send(f"POST /v1/files HTTP/1.1\r\nHost: m\r\nContent-Length: {32 * MB + 1}\r\n\r\n".encode())
    response = connection.response()
    assert response.status == 413
    assert response.json()["error"]["type"] == "invalid_request_error"
    assert response.headers["x-request-id"].startswith("req_")
    assert bodies == []


def test_a_client_that_sends_it_all_the_same_gets_to_read_that(make_server: MakeServer) -> None:
    connection = make_server(answers="echo").connect()
    response = connection.ask(post(b" " * (33 * MB)))
    assert response.status == 413
    # What was thrown away isn't taken for the next request.
    assert said(connection.ask(post(chat("small")))) == "small"


def test_so_does_one_that_closes_its_connection_after_that(make_protocol_server: MakeServer) -> None:
    """Closing at once would reset the connection. Behind ASGI, that is the server's affair."""
    connection = make_protocol_server().connect()
    response = connection.ask(post(b" " * (33 * MB), "Connection: close"))
    assert response.status == 413
    assert connection.rest() == b""


def test_a_body_in_chunks_is_refused_where_it_gets_too_large(server: Served, bodies: list[bytes]) -> None:
    connection = server.connect()
    for part in chunked("application/json", iter([b" " * MB] * 34)):
        connection.send(part)
    assert connection.response().status == 413
    assert bodies == []


def test_a_client_that_waits_to_be_asked_is_not_asked_for_too_much(make_protocol_server: MakeServer) -> None:
    connection = make_protocol_server().connect()
    size = 33 * MB
    connection.send(f"POST /v1/files HTTP/1.1\r\nContent-Length: {size}\r\nExpect: 100-continue\r\n\r\n".encode())
    response = connection.response()
    assert (response.status, response.headers["connection"]) == (413, "close")
    assert connection.rest() == b""


def test_a_large_form_goes_to_disk(server: Served, bodies: list[IO[bytes]]) -> None:
    parts = [bytes([number]) * MB for number in range(40)]
    connection = server.connect()
    for part in chunked("multipart/form-data; boundary=x", iter(parts)):
        connection.send(part)
    connection.response()
    (body,) = bodies
    assert not isinstance(body, bytes)
    assert digests == [hashlib.sha256(b"".join(parts)).hexdigest()]


def test_the_file_is_closed_once_the_form_is_answered(server: Served, bodies: list[IO[bytes]]) -> None:
    connection = server.connect()
    connection.ask(b"".join(chunked("multipart/form-data; boundary=x", iter([b"x" * MB] * 3))))
    # Another exchange, so that the first is surely over.
    connection.ask(post())
    assert bodies[0].closed


def test_a_small_form_stays_in_memory(server: Served, bodies: list[bytes]) -> None:
    connection = server.connect()
    connection.ask(b"".join(chunked("multipart/form-data; boundary=x", iter([b"small", b" form"]))))
    assert bodies == [b"small form"]


def test_a_form_may_be_larger_than_json_but_not_without_end(
    make_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "FORM_LIMIT", 3 * MB)
    monkeypatch.setattr(upload, "JSON_LIMIT", MB)
    connection = make_server().connect()
    response = connection.ask(b"".join(chunked("multipart/form-data; boundary=x", iter([b"x" * MB] * 3))))
    assert response.status != 413
    response = connection.ask(b"".join(chunked("multipart/form-data; boundary=x", iter([b"x" * MB] * 4))))
    assert response.status == 413


def test_a_client_that_leaves_in_the_middle_of_an_upload_leaves_no_file(
    make_protocol_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = threading.Event()
    close = upload.Upload.close

    def spy(self: upload.Upload) -> None:
        close(self)
        closed.set()

    monkeypatch.setattr(upload.Upload, "close", spy)
    connection = make_protocol_server().connect()
    parts = list(chunked("multipart/form-data; boundary=x", iter([b"x" * MB] * 3)))
    connection.send(b"".join(parts[:-1]))
    connection.close()
    assert closed.wait(10)

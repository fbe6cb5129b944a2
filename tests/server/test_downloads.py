"""Large files on the wire."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import openai
import pytest

from openai_api_mock.wire import FileBody

from .conftest import MakeServer, Served
from .raw import get, post

MB = 1024 * 1024
SIZE = 64 * MB
CONTENT = bytes(range(256)) * (SIZE // 256)


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set when a reply's file is closed."""
    event = threading.Event()
    close = FileBody.close

    def spy(self: FileBody) -> None:
        close(self)
        event.set()

    monkeypatch.setattr(FileBody, "close", spy)
    return event


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the parts that were read of files."""
    sizes: list[int] = []
    parts = FileBody.parts

    def spy(self: FileBody) -> Iterator[bytes]:
        for part in parts(self):
            sizes.append(len(part))
            yield part

    monkeypatch.setattr(FileBody, "parts", spy)
    return sizes


def path_of(server: Served) -> str:
    """Where a server has a large file."""
    with openai.OpenAI(base_url=server.url + "/v1", api_key="sk-mock") as client:
        file = client.files.create(file=("a.bin", CONTENT), purpose="vision")
    return f"/v1/files/{file.id}/content"


def test_it_comes_whole_and_the_connection_goes_on(server: Served, closed: threading.Event) -> None:
    connection = server.connect()
    path = path_of(server)
    connection.send(get(path))
    status, headers = connection.head()
    assert (status, headers["content-length"]) == (200, str(SIZE))
    parts = [connection.exactly(MB) for _ in range(SIZE // MB)]
    assert b"".join(parts) == CONTENT
    assert closed.wait(10)
    assert connection.ask(post()).status == 200


def test_head_tells_its_length_alone(server: Served, closed: threading.Event, read: list[int]) -> None:
    connection = server.connect()
    response = connection.ask(get(path_of(server), method="HEAD"), "HEAD")
    assert (response.status, response.headers["content-length"]) == (200, str(SIZE))
    assert closed.wait(10)
    assert read == []
    assert connection.ask(post()).status == 200


def test_what_comes_behind_it_in_a_pipeline_waits(server: Served) -> None:
    connection = server.connect()
    path = path_of(server)
    connection.send(get(path) + post())
    _, headers = connection.head()
    for _ in range(SIZE // MB):
        connection.exactly(MB)
    assert headers["content-length"] == str(SIZE)
    assert connection.response().json()["object"] == "chat.completion"


def test_a_client_that_reads_nothing_has_little_read_for_it(server: Served, read: list[int]) -> None:
    slow = server.connect()
    slow.send(get(path_of(server)))
    slow.head()
    # Others are served meanwhile, as often as the server had time to read all of it.
    quick = server.connect()
    for _ in range(300):
        assert quick.ask(post()).status == 200
    assert sum(read) < SIZE * 3 // 4  # the rest is more than a system holds
    assert slow.exactly(MB) == CONTENT[:MB]


def test_a_client_that_goes_away_leaves_no_file_open(server: Served, closed: threading.Event) -> None:
    connection = server.connect()
    connection.send(get(path_of(server)))
    connection.head()
    connection.exactly(MB)
    assert not closed.is_set()
    connection.close()
    assert closed.wait(10)


def test_a_delay_comes_before_it(make_server: MakeServer, closed: threading.Event) -> None:
    server = make_server(latency=0.05)
    connection = server.connect()
    connection.send(get(path_of(server), "Connection: close"))
    _, headers = connection.head()
    assert headers["content-length"] == str(SIZE)
    for _ in range(SIZE // MB):
        connection.exactly(MB)
    assert connection.rest() == b""
    assert closed.wait(10)

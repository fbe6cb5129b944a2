"""How long a connection is kept."""

from __future__ import annotations

import pytest

from openai_api_mock.server import run

from .conftest import MakeServer
from .raw import chat, events, get, post


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "KEEP_ALIVE", 0.1)


@pytest.mark.usefixtures("_impatient")
def test_an_idle_connection_is_closed(make_server: MakeServer) -> None:
    served = make_server()
    for request in (post(), get("/_mock/health")):
        connection = served.connect()
        assert connection.ask(request).status == 200
        assert connection.rest() == b""


@pytest.mark.usefixtures("_impatient")
def test_one_that_streams_or_is_used_again_is_not(make_server: MakeServer) -> None:
    connection = make_server(chunk_delay=0.05, length=4).connect()
    for _ in range(2):
        assert events(connection.ask(post(chat(stream=True))))[-1] == "[DONE]"
    assert connection.rest() == b""

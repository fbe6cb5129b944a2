"""The traces that openai-agents posts; with the package itself in tests/clients/test_openai_agents.py."""

from __future__ import annotations

import sys
from types import ModuleType

import httpx
import pytest

from openai_api_mock import mock_openai

from ..conftest import MakeWay

URL = "https://api.openai.com/v1/traces/ingest"


@pytest.mark.parametrize("strict", [False, "all"])
def test_traces_are_taken_and_kept_in_the_journal(strict: bool | str) -> None:
    with mock_openai(strict=strict) as mock:
        reply = httpx.post(URL, json={"data": [{"object": "trace", "id": "trace_1"}]})

    assert (reply.status_code, reply.content) == (204, b"")
    assert "content-type" not in reply.headers
    assert mock.calls[-1].path == "/v1/traces/ingest"
    assert mock.calls[-1].operation is None
    assert mock.calls[-1].body == {"data": [{"object": "trace", "id": "trace_1"}]}


def test_a_server_takes_traces_by_post_alone(make_way: MakeWay) -> None:
    way = make_way()
    assert way.do(lambda client: client.post("/traces/ingest", cast_to=httpx.Response, body={})).status_code == 204
    with mock_openai():
        assert httpx.get(URL).status_code == 404


def test_what_openai_agents_holds_is_posted_before_the_mock_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    agents = ModuleType("agents.tracing")
    agents.flush_traces = lambda: httpx.post(URL, json={"data": []})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "agents.tracing", agents)

    with mock_openai() as mock:
        assert not mock.calls
    assert [call.status for call in mock.calls] == [204]


def test_a_mock_ends_though_openai_agents_fails(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    agents = ModuleType("agents.tracing")
    agents.flush_traces = lambda: 1 / 0  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "agents.tracing", agents)

    with mock_openai() as mock:
        pass
    assert not mock.active
    assert "division by zero" in caplog.text

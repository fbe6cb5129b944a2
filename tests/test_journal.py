from __future__ import annotations

import logging

import pytest

from openai_api_mock import MockError, mock_openai
from openai_api_mock.journal import ENTRIES, HEADERS_SIZE, Journal
from openai_api_mock.wire import Request


def request(size: int = 100) -> Request:
    return Request(
        "POST", "/v1/chat/completions", headers={"authorization": "Bearer sk-0123456789abcdef"}, body=b"x" * size
    )


def test_the_journal_keeps_bodies_within_its_bound_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal(limit=3 * (HEADERS_SIZE + 100))
    with caplog.at_level(logging.WARNING, "openai_api_mock"):
        entries = [journal.begin(request(), 0.0) for _ in range(10)]

    assert journal.total == 10
    assert [entry.content for entry in entries[-3:]] == [b"x" * 100] * 3
    for what in ("content", "headers", "body"):
        with pytest.raises(MockError, match=r"let go of the .* one of its oldest calls: mock_openai\(journal_bytes="):
            getattr(entries[0], what)
    assert [record.getMessage() for record in caplog.records] == [
        f"the journal is full (journal_bytes={journal.limit}) and lets go of the bodies of its oldest calls"
    ]


def test_the_journal_forgets_the_oldest_calls_but_not_how_many_there_were() -> None:
    journal = Journal(limit=0)
    for _ in range(ENTRIES + 5):
        journal.begin(request(), 0.0)
    assert len(journal.entries()) == ENTRIES
    assert journal.total == ENTRIES + 5


def test_keys_are_masked_whatever_header_holds_them() -> None:
    journal = Journal(limit=10_000)
    entry = journal.begin(Request("GET", "/", headers={"api-key": "0123456789abcdef", "accept": "*/*"}), 0.0)
    assert entry.headers == {"api-key": "01234567****cdef", "accept": "*/*"}


def test_calls_read_like_a_list() -> None:
    with mock_openai() as mock:
        assert len(mock.calls) == 0
        assert repr(mock.calls) == "[]"
        with pytest.raises(MockError, match="chat.completions.create was not called"):
            mock.chat.completions.create.calls.last  # noqa: B018


def test_log_requests_logs_each_call(caplog: pytest.LogCaptureFixture) -> None:
    import openai

    with (
        caplog.at_level(logging.INFO, "openai_api_mock"),
        mock_openai(log_requests=True),
        openai.OpenAI() as client,
    ):
        client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "hi"}])
    assert "POST /v1/chat/completions -> 200" in caplog.messages

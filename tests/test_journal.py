from __future__ import annotations

import io
import json
import logging
import threading
import wave

import openai
import pytest

from openai_api_mock import MockError, mock_openai
from openai_api_mock.journal import ENTRIES, HEADERS_SIZE, REPLIES, Journal
from openai_api_mock.wire import Request

from .conftest import MakeWay, Way, chat


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


def test_what_the_sdk_tries_again_is_one_call_of_several_attempts(way: Way) -> None:
    create = way.mock.chat.completions.create
    create.fail(500, retry_after=0, times=2)
    create.reply("At last.")

    way.chat()
    way.chat()

    assert len(create.calls) == 2
    first, second = create.calls
    assert [attempt.status for attempt in first.attempts] == [500, 500, 200]
    assert first.answer is not None
    assert first.answer.text == "At last."
    assert [attempt.status for attempt in second.attempts] == [200]


def test_the_same_request_made_anew_is_a_call_of_its_own(way: Way) -> None:
    way.mock.chat.completions.create.fail(429, retry_after=0)
    with pytest.raises(openai.RateLimitError):
        way.do(lambda client: client.with_options(max_retries=0).chat.completions.create(**chat()))
    way.chat()

    assert [call.status for call in way.mock.calls] == [429, 200]


def test_replies_chunks_and_usage_are_kept(make_way: MakeWay) -> None:
    way = make_way(chunk_delay=0.001)
    whole = way.chat()
    way.chat(stream=True, stream_options={"include_usage": True})
    response = way.call("responses.create", model="gpt-4o", input="Hi", stream=True)[-1].response

    first, second, third = way.mock.calls
    assert first.reply["id"] == whole.id
    assert first.chunks == []
    assert first.usage == whole.usage.to_dict()
    assert second.reply[0]["object"] == "chat.completion.chunk"
    assert [round(at, 3) for at, _ in second.chunks[:3]] == [0.001, 0.002, 0.003]
    assert second.chunks[-1][1] == b"data: [DONE]\n\n"
    assert second.usage is not None
    assert second.usage["total_tokens"] > 0
    assert third.usage == response.usage.to_dict()


def test_a_form_has_its_fields_and_its_files(way: Way) -> None:
    with io.BytesIO() as written:
        with wave.open(written, "wb") as wav:
            wav.setparams((1, 2, 24_000, 0, "NONE", ""))
            wav.writeframes(bytes(48_000))
        sound = written.getvalue()
    way.mock.audio.transcriptions.create.reply("Is anybody there?")
    way.call(
        "audio.transcriptions.create",
        file=("a.wav", sound),
        model="gpt-4o-transcribe",
        temperature=0.5,
        include=["logprobs"],
    )

    way.mock.audio.transcriptions.create.assert_called_once_with(model="gpt-4o-transcribe", temperature=0.5)
    body = way.mock.calls[-1].body
    assert body["include"] == ["logprobs"]
    file = body["file"]
    assert (file.filename, file.size, file.content.read()) == ("a.wav", len(sound), sound)
    assert json.loads(way.mock.calls.to_json())[0]["operation"] == "audio.transcriptions.create"


def test_a_transcript_reads_like_a_story(way: Way) -> None:
    way.mock.chat.completions.create.fail(503, retry_after=0)
    way.mock.reply("Sunny.")
    way.chat("How is the weather?")

    assert way.mock.calls.transcript() == (
        "1. chat.completions.create gpt-4o 'How is the weather?' -> 503, 200 'Sunny.' [openai_mock.reply('Sunny.')]"
    )


def test_the_journal_as_json_has_no_key(way: Way) -> None:
    way.do(lambda client: client.with_options(api_key="sk-proj-very-secret-indeed").models.list())

    told = way.mock.calls.to_json()
    assert json.loads(told)[0]["operation"] == "models.list"
    assert "very-secret" not in told


def test_calls_from_other_threads_are_waited_for() -> None:
    with mock_openai() as mock, openai.OpenAI() as client:
        thread = threading.Timer(0.05, lambda: client.chat.completions.create(**chat("Later")))
        thread.start()
        assert mock.chat.completions.create.wait_for_call(timeout=10).body["messages"][0]["content"] == "Later"
        thread.join()
        with pytest.raises(AssertionError, match="called 1 times in 0.01 s, not 2"):
            mock.wait_for_call(2, timeout=0.01)


def test_replies_are_kept_of_the_latest_calls_and_their_absence_is_told() -> None:
    journal = Journal(limit=1 << 20)
    entries = [journal.begin(request(), 0.0) for _ in range(REPLIES + 1)]
    for entry in entries:
        journal.end(entry, 200, b'{"a": 1}')

    assert entries[1].reply == {"a": 1}
    with pytest.raises(MockError, match=f"the replies of the last {REPLIES} calls"):
        entries[0].reply  # noqa: B018

"""Batches."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any, Final

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from openai import APIConnectionError, BadRequestError, ConflictError, NotFoundError, OpenAI

from openai_api_mock import UnscriptedCall, mock_openai
from openai_api_mock.call import Call
from openai_api_mock.engine import Engine
from openai_api_mock.journal_lines import LINES as LINES_KEPT
from openai_api_mock.options import options_from
from openai_api_mock.resources import batches_checks
from openai_api_mock.resources.batches_running import LINES
from openai_api_mock.wire import Request

from ..conftest import MakeWay, Way, chat

CHAT: Final = "/v1/chat/completions"


def request(number: int, url: str = CHAT, **body: Any) -> dict[str, Any]:
    body = body or chat(f"Question {number}")
    return {"custom_id": f"request-{number}", "method": "POST", "url": url, "body": body}


def requests(count: int) -> list[dict[str, Any]]:
    return [request(number) for number in range(count)]


def upload(way: Way, lines: Iterable[object]) -> str:
    content = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return str(way.call("files.create", file=("in.jsonl", content.encode()), purpose="batch").id)


def begin(way: Way, lines: Iterable[object], endpoint: str = CHAT, **more: Any) -> Any:
    file = upload(way, lines)
    return way.call("batches.create", input_file_id=file, endpoint=endpoint, completion_window="24h", **more)


def look(way: Way, batch: Any) -> Any:
    return way.call("batches.retrieve", batch_id=batch.id)


def lines_of(way: Way, file_id: str | None) -> list[dict[str, Any]]:
    if file_id is None:
        return []
    return [json.loads(line) for line in way.call("files.content", file_id=file_id).text.splitlines()]


def results(way: Way, batch: Any) -> dict[str, dict[str, Any]]:
    found = [*lines_of(way, batch.output_file_id), *lines_of(way, batch.error_file_id)]
    return {line["custom_id"]: line for line in found}


def said(line: dict[str, Any]) -> str:
    return str(line["response"]["body"]["choices"][0]["message"]["content"])


# From its beginning to its end


def test_a_batch_is_over_when_it_is_next_looked_at(way: Way) -> None:
    created = begin(way, requests(3), metadata={"run": "nightly"})
    assert (created.status, created.metadata, created.model) == ("validating", {"run": "nightly"}, None)
    assert created.expires_at == created.created_at + 24 * 3600
    assert created.request_counts.to_dict() == {"total": 0, "completed": 0, "failed": 0}

    batch = look(way, created)
    assert batch.status == "completed"
    assert batch.request_counts.to_dict() == {"total": 3, "completed": 3, "failed": 0}
    assert (batch.model, batch.errors, batch.error_file_id) == ("gpt-4o-2024-08-06", None, None)
    assert created.created_at <= batch.in_progress_at <= batch.finalizing_at <= batch.completed_at
    assert [batch.failed_at, batch.expired_at, batch.cancelling_at, batch.cancelled_at] == [None] * 4
    file = way.call("files.retrieve", file_id=batch.output_file_id)
    assert (file.purpose, file.filename) == ("batch_output", f"{batch.id}_output.jsonl")


def test_a_line_says_what_a_call_would_have(way: Way) -> None:
    batch = look(way, begin(way, requests(1)))
    (line,) = lines_of(way, batch.output_file_id)
    body = line["response"]["body"]
    called = way.chat("Question 0").to_dict()

    assert list(line) == ["id", "custom_id", "response", "error"]
    assert list(line["response"]) == ["status_code", "request_id", "body"]
    assert line["id"].startswith("batch_req_")
    assert (line["custom_id"], line["error"], line["response"]["status_code"]) == ("request-0", None, 200)
    assert body["choices"] == called["choices"]
    assert body["usage"] == called["usage"]
    assert batch.usage.input_tokens == body["usage"]["prompt_tokens"]
    assert batch.usage.output_tokens == body["usage"]["completion_tokens"]
    assert batch.usage.total_tokens == body["usage"]["total_tokens"]


def test_scripts_failures_and_refusals_are_told_line_by_line(way: Way) -> None:
    create = way.mock.chat.completions.create
    create.when(message="Question 1").reply("Scripted.")
    create.when(message="Question 2").fail(429)
    create.when(message="Question 3").reply(lambda call: call.body["messages"][0]["content"].upper())
    wrong = request(4, **chat("Question 4", temperature=9))
    batch = look(way, begin(way, [*requests(4), wrong]))
    found = results(way, batch)

    assert batch.request_counts.to_dict() == {"total": 5, "completed": 3, "failed": 2}
    assert said(found["request-1"]) == "Scripted."
    assert said(found["request-3"]) == "QUESTION 3"
    errors = {line["custom_id"]: line["response"] for line in lines_of(way, batch.error_file_id)}
    assert {id: response["status_code"] for id, response in errors.items()} == {"request-2": 429, "request-4": 400}
    assert errors["request-4"]["body"]["error"]["param"] == "temperature"
    assert found["request-2"]["error"] is None


def test_what_goes_wrong_at_the_api_or_with_the_model_strikes_lines_and_what_does_on_the_way_not(way: Way) -> None:
    """A line doesn't come over a connection."""
    create = way.mock.chat.completions.create
    create.fault("rate_limit")
    create.fault("refusal")
    create.fault("connection_reset")
    batch = look(way, begin(way, requests(3)))
    [failed] = lines_of(way, batch.error_file_id)
    assert failed["response"]["status_code"] == 429
    messages = [line["response"]["body"]["choices"][0]["message"] for line in lines_of(way, batch.output_file_id)]
    assert (len(messages), sum(message["refusal"] is not None for message in messages)) == (2, 1)
    with pytest.raises(APIConnectionError):
        way.do(lambda client: client.with_options(max_retries=0).chat.completions.create(**chat()))


def test_a_batch_of_which_all_fails_is_completed_without_output(way: Way) -> None:
    way.mock.always.fail(500)
    batch = look(way, begin(way, requests(2)))
    assert (batch.status, batch.output_file_id) == ("completed", None)
    assert batch.request_counts.failed == len(lines_of(way, batch.error_file_id)) == 2


def test_a_coroutine_answers_lines_too(make_way: MakeWay) -> None:
    async def answer(call: Call) -> str:
        await asyncio.sleep(0)
        return f"Said of {call.body['messages'][0]['content']}"

    way = make_way(answers=answer)
    batch = begin(way, requests(LINES + 3))
    while batch.status != "completed":
        batch = look(way, batch)
    found = results(way, batch)
    assert {id: said(line) for id, line in found.items()} == {
        f"request-{number}": f"Said of Question {number}" for number in range(LINES + 3)
    }
    assert len([call for call in way.mock.calls if call.batch]) == LINES + 3


def test_a_coroutine_may_ask_for_the_batch_that_it_answers_for(make_way: MakeWay) -> None:
    seen: list[str] = []

    async def answer(call: Call) -> str:
        engine = way.mock.engine
        reply = await asyncio.to_thread(engine.handle, Request("GET", f"/v1/batches/{batch.id}"))
        seen.append(json.loads(reply.body)["status"])  # type: ignore[union-attr,arg-type]  # it is a reply of bytes
        return "Yes."

    way = make_way(answers=answer)
    batch = begin(way, requests(2))
    while batch.status != "completed":
        batch = look(way, batch)
    assert seen == ["in_progress"] * 2


def test_without_a_front_end_a_coroutine_is_a_line_that_failed() -> None:
    async def answer(call: Call) -> str:
        raise AssertionError("nobody runs this")

    engine = Engine(options_from({"answers": answer}))
    engine.files.make("file-a", "in.jsonl", "batch", json.dumps(request(0)).encode())
    body = {"input_file_id": "file-a", "endpoint": CHAT, "completion_window": "24h"}
    reply = engine.handle(Request("POST", "/v1/batches", body=json.dumps(body).encode()))
    id = json.loads(reply.body)["id"]  # type: ignore[union-attr,arg-type]  # it is a reply of bytes
    reply = engine.handle(Request("GET", f"/v1/batches/{id}"))
    batch = json.loads(reply.body)  # type: ignore[union-attr,arg-type]  # the same
    assert batch["request_counts"] == {"total": 1, "completed": 0, "failed": 1}
    told = engine.files.open(batch["error_file_id"])
    assert told is not None
    with told:
        assert b"needs a front end that runs it" in told.read()


@pytest.mark.parametrize(
    ("url", "body"),
    [
        (CHAT, chat()),
        ("/v1/completions", {"model": "gpt-3.5-turbo-instruct", "prompt": "Hello"}),
        ("/v1/embeddings", {"model": "text-embedding-3-small", "input": ["a", "b"]}),
        ("/v1/images/generations", {"model": "gpt-image-1", "prompt": "A cat"}),
        ("/v1/moderations", {"input": "Hello"}),
        ("/v1/responses", {"model": "gpt-5", "input": "Hello"}),
        ("/v1/videos", {"model": "sora-2", "prompt": "A cat"}),
    ],
)
def test_every_endpoint_answers(make_way: MakeWay, url: str, body: dict[str, Any]) -> None:
    way = make_way(legacy="videos")
    batch = look(way, begin(way, [request(0, url, **body)], url))
    (line,) = lines_of(way, batch.output_file_id)
    assert line["response"]["body"]
    assert (batch.usage.input_tokens > 0) == (url not in ("/v1/moderations", "/v1/videos"))


def test_an_order_that_isnt_the_inputs_is_the_same_again(make_way: MakeWay) -> None:
    orders = []
    for _ in range(2):
        way = make_way(clock="frozen")
        batch = look(way, begin(way, requests(20)))
        orders.append([line["custom_id"] for line in lines_of(way, batch.output_file_id)])
    assert orders[0] == orders[1] != [f"request-{number}" for number in range(20)]
    assert sorted(orders[0]) == sorted(f"request-{number}" for number in range(20))


def test_the_output_can_expire(make_way: MakeWay) -> None:
    way = make_way(clock="frozen")
    expiry = {"anchor": "created_at", "seconds": 3600}
    batch = look(way, begin(way, requests(1), output_expires_after=expiry))
    file = way.call("files.retrieve", file_id=batch.output_file_id)
    assert file.expires_at == file.created_at + 3600


# What is wrong with its input


EMPTY = "The input file is empty. Please ensure that the batch contains at least one request."
NO_JSON = "This line is not parseable as valid JSON."
WRONG: list[tuple[list[object], list[tuple[str, int | None, str, str | None]]]] = [
    ([], [("empty_file", None, EMPTY, None)]),
    ([request(0), "{no json"], [("invalid_json_line", 2, NO_JSON, None)]),
    (["\ufeff" + json.dumps(request(0))], [("invalid_json_line", 1, NO_JSON, None)]),
    (
        [{"method": "POST", "url": CHAT, "body": chat()}, {"custom_id": "a", "url": CHAT, "body": chat()},
         "", {"custom_id": "b", "method": "POST", "body": chat()}, {"custom_id": "c", "method": "POST", "url": CHAT}],
        [("missing_required_parameter", line, f"Missing required parameter: '{name}'.", name)
         for line, name in ((1, "custom_id"), (2, "method"), (4, "url"), (5, "body"))],
    ),
    (
        [request(0), request(0)],
        [("duplicate_custom_id", 2, ("The custom_id 'request-0' for this request is a duplicate of another request. "
          "The custom_id parameter must be unique for each request in a batch."), "custom_id")],
    ),
    (
        [request(0, "/v1/embeddings", **chat())],
        [("invalid_url", 1, "The URL provided for this request does not match the batch endpoint.", "url")],
    ),
    (
        [{**request(0), "method": "GET"}],
        [("invalid_value", 1, "Invalid value: 'GET'. Supported values are: 'POST'.", "method")],
    ),
    (
        [request(0), request(1, **chat(model="gpt-4o-mini"))],
        [("mismatched_model", 2, ("The model 'gpt-4o-mini' for this request does not match the rest of the batch. Each "
          "batch must contain requests for a single model."), "body.model")],
    ),
    (
        [request(0, **chat(stream=True))],
        [("streaming_unsupported", 1, "Chat Completions: Streaming is not supported in the Batch API.", "body.stream")],
    ),
    (
        [request(0, messages=[]), request(1, model="gpt-4o")],
        [("invalid_request", 1, "Model parameter is required.", "body.model"),
         ("missing_required_parameter", 2, "Missing required parameter: 'messages'.", "body.messages")],
    ),
    ([{**request(0), "custom_id": 1}], [("invalid_type", 1, ("Invalid type for 'custom_id': expected a string, but got "
                                         "something else instead."), "custom_id")]),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "errors"), WRONG)
def test_what_is_wrong_is_told_with_its_line(
    way: Way, lines: list[object], errors: list[tuple[str, int | None, str, str | None]]
) -> None:
    created = begin(way, lines)
    assert created.status == "validating"
    batch = look(way, created)
    assert (batch.status, batch.in_progress_at, batch.output_file_id) == ("failed", None, None)
    assert batch.failed_at >= batch.created_at
    assert [(e.code, e.line, e.message, e.param) for e in batch.errors.data] == errors
    assert batch.errors.object == "list"
    way.mock.chat.completions.create.assert_not_called()


def failed(way: Way, batch: Any) -> list[tuple[str, str]]:
    batch = look(way, batch)
    assert batch.status == "failed"
    return [(error.code, error.message) for error in batch.errors.data]


def test_a_file_that_isnt_there_or_for_something_else_is_told(way: Way) -> None:
    other = way.call("files.create", file=("a.txt", b"x"), purpose="assistants").id
    for id, code, message in (
        ("file-none", "invalid_request", ("Cannot find file file-none, or organization org-openai-api-mock does not "
         "have access to it.")),
        (other, "invalid_request", (f"File {other} has the purpose 'assistants'; the input of a batch must have the "
         "purpose 'batch'.")),
    ):  # fmt: skip
        batch = way.call("batches.create", input_file_id=id, endpoint=CHAT, completion_window="24h")
        assert failed(way, batch) == [(code, message)]


def test_what_is_too_large_is_told(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches_checks, "REQUESTS", 5)
    assert look(way, begin(way, requests(5))).status == "completed"
    assert [code for code, _ in failed(way, begin(way, requests(6)))] == ["maximum_requests_exceeded"]
    texts = {"model": "text-embedding-3-small", "input": ["a", "b", "c"]}
    embeddings = [request(number, "/v1/embeddings", **texts) for number in range(2)]
    assert [code for code, _ in failed(way, begin(way, embeddings, "/v1/embeddings"))] == ["maximum_requests_exceeded"]
    monkeypatch.setattr(batches_checks, "SIZE", 100)
    assert failed(way, begin(way, requests(2))) == [
        (
            "maximum_input_file_size_exceeded",
            "The batch input file is larger than the 100 maximum for the gpt-4o model.",
        )
    ]


def test_a_model_that_there_isnt_fails_the_batch(make_way: MakeWay) -> None:
    way = make_way(models="known")
    assert failed(way, begin(way, [request(0, **chat(model="gpt-99"))])) == [
        ("model_not_found", "The provided model 'gpt-99' is not supported by the Batch API.")
    ]


def test_what_cant_be_created_is_refused_at_once(way: Way) -> None:
    for wrong in ({"endpoint": "/v1/foo"}, {"completion_window": "48h"}, {"metadata": {"a": 1}}):
        arguments = {"input_file_id": "file-x", "endpoint": CHAT, "completion_window": "24h", **wrong}
        with pytest.raises(BadRequestError, match="Invalid"):
            way.call("batches.create", **arguments)


def test_a_batch_that_doesnt_fit_into_the_queue_fails_until_another_is_over(make_way: MakeWay) -> None:
    way = make_way(advance="manual", limits="batch=1000")
    lines = [request(number, **chat("x" * 400)) for number in range(6)]
    first, second = begin(way, lines), begin(way, lines)
    for batch in (first, second):
        way.mock.batches.advance(batch.id)
    assert look(way, first).status == "in_progress"
    assert [code for code, _ in failed(way, second)] == ["token_limit_exceeded"]
    assert "Enqueued token limit reached for gpt-4o" in look(way, second).errors.data[0].message
    way.mock.batches.advance(first.id, "completed")
    third = begin(way, lines)
    way.mock.batches.advance(third.id)
    assert look(way, third).status == "in_progress"


# Cancelled, expired, failed, listed


def test_a_cancelled_batch_keeps_what_it_has_done(make_way: MakeWay) -> None:
    way = make_way(advance="polls:4")
    batch = begin(way, requests(100))
    assert [look(way, batch).status for _ in range(2)] == ["validating", "in_progress"]
    cancelled = way.call("batches.cancel", batch_id=batch.id)
    assert (cancelled.status, cancelled.cancelling_at is not None) == ("cancelling", True)
    assert way.call("batches.cancel", batch_id=batch.id).status in ("cancelling", "cancelled")
    while (batch := look(way, batch)).status == "cancelling":
        pass
    assert (batch.status, batch.completed_at) == ("cancelled", None)
    assert batch.request_counts.to_dict() == {"total": 100, "completed": 50, "failed": 0}
    assert len(lines_of(way, batch.output_file_id)) == 50
    assert way.call("batches.cancel", batch_id=batch.id).status == "cancelled"


def test_a_batch_that_is_over_cant_be_cancelled(way: Way) -> None:
    batch = look(way, begin(way, requests(1)))
    with pytest.raises(ConflictError, match="Cannot cancel a batch with status 'completed'."):
        way.call("batches.cancel", batch_id=batch.id)
    wrong = look(way, begin(way, []))
    with pytest.raises(ConflictError, match="Cannot cancel a batch with status 'failed'."):
        way.call("batches.cancel", batch_id=wrong.id)


def test_a_batch_that_just_began_can_be_cancelled(way: Way) -> None:
    batch = begin(way, requests(1))
    assert way.call("batches.cancel", batch_id=batch.id).status == "cancelling"
    batch = look(way, batch)
    assert (batch.status, batch.output_file_id, batch.request_counts.total) == ("cancelled", None, 0)


def test_what_isnt_done_in_a_day_has_expired(make_way: MakeWay) -> None:
    way = make_way(clock="frozen", advance="36h")
    batch = begin(way, requests(100))
    way.mock.clock.advance(18 * 3600)
    assert look(way, batch).request_counts.completed == 50
    way.mock.clock.advance(48 * 3600)
    batch = look(way, batch)
    assert (batch.status, batch.expired_at) == ("expired", batch.created_at + 24 * 3600)
    assert batch.request_counts.to_dict() == {"total": 100, "completed": 100, "failed": 0}

    way = make_way(clock="frozen", advance="48h")
    batch = begin(way, requests(100))
    way.mock.clock.advance(100 * 3600)
    batch = look(way, batch)
    assert (batch.status, batch.expired_at) == ("expired", batch.created_at + 24 * 3600)
    assert batch.request_counts.to_dict() == {"total": 100, "completed": 50, "failed": 50}
    assert len(lines_of(way, batch.output_file_id)) == 50
    assert {json.dumps(line["error"]) for line in lines_of(way, batch.error_file_id)} == {
        (
            '{"code": "batch_expired", "message": "This request could not be executed before the completion window '
            'expired."}'
        )
    }
    assert len(results(way, batch)) == 100


def test_a_batch_goes_on_and_fails_by_hand(make_way: MakeWay) -> None:
    way = make_way(advance="manual")
    batch = begin(way, requests(3))
    statuses = []
    for _ in range(3):
        assert look(way, batch).status == look(way, batch).status
        way.mock.batches.advance(batch.id)
        statuses.append(look(way, batch).status)
    assert statuses == ["in_progress", "finalizing", "completed"]
    other = begin(way, requests(3))
    way.mock.batches.advance(other.id, "in_progress")
    way.mock.batches.fail(other.id, "The disk is full.", code="disk_full")
    other = look(way, other)
    assert (other.status, other.output_file_id) == ("failed", None)
    assert [(error.code, error.message) for error in other.errors.data] == [("disk_full", "The disk is full.")]


def test_batches_are_listed_newest_first(way: Way) -> None:
    ids = [begin(way, requests(1)).id for _ in range(3)]
    listed = way.call("batches.list")
    assert [batch.id for batch in listed.data] == ids[::-1]
    assert {batch.status for batch in listed.data} == {"completed"}
    page = way.call("batches.list", limit=2)
    assert page.has_more
    assert [batch.id for batch in way.call("batches.list", after=page.data[-1].id).data] == ids[:1]


def test_a_batch_that_isnt_there(way: Way) -> None:
    for call in ("batches.retrieve", "batches.cancel"):
        with pytest.raises(NotFoundError, match="No batch found with id 'batch_none'"):
            way.call(call, batch_id="batch_none")


def test_an_input_that_is_deleted_on_the_way_fails_the_batch(make_way: MakeWay) -> None:
    way = make_way(advance="manual")
    batch = begin(way, requests(3))
    way.mock.batches.advance(batch.id)
    way.call("files.delete", file_id=batch.input_file_id)
    way.mock.batches.advance(batch.id, "completed")
    batch = look(way, batch)
    assert batch.status == "failed"
    assert "Cannot find file" in batch.errors.data[0].message


# Its calls


def test_lines_are_calls_of_the_batch_and_need_no_key_of_their_own(make_way: MakeWay) -> None:
    way = make_way(auth=True)
    batch = look(way, begin(way, requests(2)))
    calls = way.mock.chat.completions.create.calls
    assert [call.batch for call in calls] == [batch.id] * 2
    assert [call.batch for call in way.mock.batches.create.calls] == [None]
    assert calls[0].reply["usage"] == calls[0].usage
    assert calls.last.to_dict()["batch"] == batch.id


def test_lines_dont_crowd_the_calls_out(make_way: MakeWay) -> None:
    way = make_way()
    way.chat("Before")
    batch = look(way, begin(way, requests(LINES_KEPT + 500)))
    assert batch.status == "completed"
    calls = list(way.mock.calls)
    assert len([call for call in calls if call.batch]) == LINES_KEPT
    assert calls[0].body["messages"][0]["content"] == "Before"
    assert calls[0].reply["choices"]
    assert [call.operation for call in calls if not call.batch] == [
        "chat.completions.create", "files.create", "batches.create", "batches.retrieve",
    ]  # fmt: skip
    assert way.mock.engine.journal.total == LINES_KEPT + 504


def test_a_strict_mock_fails_the_lines_that_nothing_scripted() -> None:
    with mock_openai(strict=True) as mock, OpenAI() as client:
        mock.reply("Only this.")
        file = client.files.create(file=("a.jsonl", "\n".join(map(json.dumps, requests(2))).encode()), purpose="batch")
        batch = client.batches.create(input_file_id=file.id, endpoint=CHAT, completion_window="24h")
        batch = client.batches.retrieve(batch.id)
        assert batch.request_counts is not None
        assert (batch.request_counts.completed, batch.request_counts.failed) == (1, 1)
        with pytest.raises(UnscriptedCall, match="chat.completions.create -> refused"):
            mock.assert_all_scripted()


def test_fifty_thousand_lines_are_answered() -> None:
    """In process alone: it takes seconds."""
    with mock_openai(answers="fixed") as mock, OpenAI() as client:
        content = "\n".join(map(json.dumps, requests(50_000)))
        file = client.files.create(file=("a.jsonl", content.encode()), purpose="batch")
        batch = client.batches.create(input_file_id=file.id, endpoint=CHAT, completion_window="24h")
        batch = client.batches.retrieve(batch.id)
        assert batch.request_counts is not None
        assert batch.request_counts.completed == 50_000
        output = client.files.content(str(batch.output_file_id)).content
        assert len({json.loads(line)["custom_id"] for line in output.splitlines()}) == 50_000
        assert mock.calls.last.operation == "files.content"


# Laws


class BatchesOfAModel(RuleBasedStateMachine):
    """Batches by hand, against what a dict of theirs says."""

    def __init__(self) -> None:
        super().__init__()
        self.mock = mock_openai(clock="frozen", advance="manual")
        self.mock.chat.completions.create.when(message="bad").always.fail(400)
        self.client = OpenAI()
        self.status: dict[str, str] = {}
        self.requests: dict[str, list[bool]] = {}
        self.begun: dict[str, float] = {}

    def teardown(self) -> None:
        self.client.close()
        self.mock.close()

    @rule(good=st.lists(st.booleans(), max_size=4))
    def create(self, good: list[bool]) -> None:
        lines = [request(number, **chat("good" if each else "bad")) for number, each in enumerate(good)]
        content = "\n".join(map(json.dumps, lines)).encode()
        file = self.client.files.create(file=("a.jsonl", content), purpose="batch")
        batch = self.client.batches.create(input_file_id=file.id, endpoint=CHAT, completion_window="24h")
        self.status[batch.id], self.requests[batch.id] = "validating", good
        self.begun[batch.id] = self.mock.clock.time()

    @precondition(lambda self: self.status)
    @rule(data=st.data())
    def advance(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.status)))
        after = {
            "validating": "in_progress" if self.requests[id] else "failed",
            "in_progress": "finalizing",
            "finalizing": "completed",
            "cancelling": "cancelled",
        }
        status = self.status[id]
        if status in after:
            self.mock.batches.advance(id)
            self.status[id] = after[status]

    @precondition(lambda self: self.status)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.status)))
        status = self.status[id]
        try:
            self.client.batches.cancel(id)
        except ConflictError:
            assert status in ("completed", "failed", "expired")
        else:
            assert status not in ("completed", "failed", "expired")
            self.status[id] = "cancelled" if status == "cancelled" else "cancelling"

    @rule(hours=st.sampled_from([1, 12, 24]))
    def wait(self, hours: int) -> None:
        self.mock.clock.advance(hours * 3600)
        for id, status in self.status.items():
            late = self.mock.clock.time() >= int(self.begun[id]) + 24 * 3600
            if late and status in ("validating", "in_progress", "finalizing", "cancelling"):
                self.status[id] = "expired"

    @invariant()
    def each_is_what_it_is(self) -> None:
        for id, status in self.status.items():
            batch = self.client.batches.retrieve(id)
            assert batch.status == status
            counts, good = batch.request_counts, self.requests[id]
            assert counts is not None
            done = [batch.output_file_id, batch.error_file_id]
            told = [self.lines(file) for file in done]
            if status in ("finalizing", "completed"):
                assert (counts.total, counts.completed, counts.failed) == (len(good), sum(good), len(good) - sum(good))
            if status in ("completed", "cancelled", "expired"):
                assert (len(told[0]), len(told[1])) == (counts.completed, counts.failed)
                ids = [line["custom_id"] for line in (*told[0], *told[1])]
                assert len(set(ids)) == len(ids) <= len(good)
            else:
                assert done == [None, None]

    def lines(self, file: str | None) -> list[dict[str, Any]]:
        if file is None:
            return []
        return [json.loads(line) for line in self.client.files.content(file).text.splitlines()]


BatchesOfAModel.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
TestBatchesOfAModel = BatchesOfAModel.TestCase

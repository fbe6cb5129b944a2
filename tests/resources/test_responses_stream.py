"""A response's stream is its finished object in slices, in the recorded grammar."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_api_mock import Answer, ToolCall, mock_openai
from openai_api_mock.errors import APIError

from ..conftest import MANY, Shared, Way
from .test_responses import WEATHER, ask

_EVENT = re.compile(r"event: (\S+)\ndata: (.+)\Z")


def raw_events(client: openai.OpenAI, **arguments: Any) -> list[tuple[str, dict[str, Any]]]:
    """The stream as it is on the wire."""
    request = {"model": "gpt-4o", "input": "Hello", **arguments}
    with client.responses.with_streaming_response.create(**request, stream=True) as response:
        text = response.read().decode()
    assert text.endswith("\n\n")
    found = [_EVENT.match(block) for block in text[:-2].split("\n\n")]
    assert all(found)
    return [(match[1], json.loads(match[2])) for match in found if match is not None]


@pytest.fixture
def client() -> Iterator[openai.OpenAI]:
    with mock_openai() as mock:
        client = openai.OpenAI()
        client.mock = mock  # type: ignore[attr-defined]
        yield client


def names(events: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """The events' names without `response.`, runs of one name as one."""
    short = [name.removeprefix("response.") for name, _ in events]
    return [name for index, name in enumerate(short) if index == 0 or short[index - 1] != name]


def test_the_order_of_a_text(client: openai.OpenAI) -> None:
    events = raw_events(client)

    assert names(events) == [
        "created", "in_progress", "output_item.added", "content_part.added", "output_text.delta", "output_text.done",
        "content_part.done", "output_item.done", "completed",
    ]  # fmt: skip
    assert [data["sequence_number"] for _, data in events] == list(range(len(events)))
    assert all(name == data["type"] for name, data in events)


def test_keys_stand_as_recorded(client: openai.OpenAI) -> None:
    events = raw_events(client)
    delta = next(data for name, data in events if name == "response.output_text.delta")

    assert list(delta) == [
        "type", "content_index", "delta", "item_id", "logprobs", "obfuscation", "output_index", "sequence_number",
    ]  # fmt: skip
    response = events[-1][1]["response"]
    assert list(response)[:6] == ["id", "object", "created_at", "status", "background", "completed_at"]
    assert list(response)[-4:] == ["truncation", "usage", "user", "metadata"]
    assert list(response["output"][0]) == ["id", "type", "status", "content", "role"]


def test_what_has_only_begun_has_said_nothing(client: openai.OpenAI) -> None:
    events = raw_events(client)

    for _, data in events[:2]:
        response = data["response"]
        assert response["status"] == "in_progress"
        assert response["output"] == []
        assert response["usage"] is None
        assert response["service_tier"] == "auto"
        assert "billing" not in response


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet=st.characters(codec="utf-8"), max_size=200), length=st.integers(1, 40))
def test_delta_and_obfuscation_fill_blocks_of_16(text: str, length: int) -> None:
    """Recorded: 3,068 of 3,068."""
    with mock_openai(length=length) as mock:
        client = openai.OpenAI()
        if text:
            mock.reply(text)
        deltas = [data for name, data in raw_events(client) if name.endswith(".delta")]

    assert all((len(data["delta"]) + len(data["obfuscation"])) % 16 == 0 for data in deltas)
    assert not text or "".join(data["delta"] for data in deltas) == text


def test_no_obfuscation_where_it_is_not_wanted(client: openai.OpenAI) -> None:
    events = raw_events(client, stream_options={"include_obfuscation": False})
    background = raw_events(client, background=True)

    assert not any("obfuscation" in data for _, data in [*events, *background])


TEXTS = st.text(alphabet=st.characters(codec="utf-8"), max_size=60)
CALLS = st.builds(
    ToolCall,
    name=st.just("get_weather"),
    arguments=st.dictionaries(st.sampled_from(["city", "unit"]), TEXTS).map(json.dumps),
)
ANSWERS = st.one_of(
    st.builds(Answer, text=TEXTS, reasoning=st.none() | TEXTS),
    st.builds(Answer, refusal=TEXTS.filter(bool)),
    st.builds(Answer, tool_calls=st.lists(CALLS, min_size=1, max_size=3).map(tuple)),
    st.builds(Answer, text=TEXTS, tool_calls=st.lists(CALLS, min_size=1, max_size=2).map(tuple)),
)


@settings(max_examples=MANY, deadline=None)
@given(answer=ANSWERS)
def test_the_sdk_accumulates_from_a_stream_what_the_plain_call_returns(one_client: Shared, answer: Answer) -> None:
    mock, client = one_client
    mock.reply(answer, times=2)
    request: Any = {
        "model": "gpt-5",
        "input": "Hello",
        "tools": [{**WEATHER, "strict": False}],
        "reasoning": {"summary": "auto"},
    }
    whole = client.responses.create(**request).to_dict()
    with client.responses.stream(**request) as stream:
        text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        final = stream.get_final_response()

    assert final.output_text == text == (answer.text or "")
    assert _without_ids(final.to_dict(warnings=False)) == _without_ids(whole)


def _without_ids(value: Any) -> Any:
    """What differs between two calls that say the same, and what only the SDK adds."""
    if isinstance(value, dict):
        passing = ("id", "call_id", "created_at", "completed_at", "billing", "parsed", "parsed_arguments")
        return {name: _without_ids(each) for name, each in value.items() if name not in passing}
    return [_without_ids(each) for each in value] if isinstance(value, list) else value


def test_a_refusal_and_a_thought(client: openai.OpenAI) -> None:
    client.mock.reply(Answer(refusal="I can't do that.", reasoning="Hm."))  # type: ignore[attr-defined]

    events = raw_events(client, model="gpt-5", reasoning={"summary": "auto"})

    assert names(events)[2:-1] == [
        "output_item.added", "reasoning_summary_part.added", "reasoning_summary_text.delta",
        "reasoning_summary_text.done", "reasoning_summary_part.done", "output_item.done",
        "output_item.added", "content_part.added", "refusal.delta", "refusal.done", "content_part.done",
        "output_item.done",
    ]  # fmt: skip


def test_log_probabilities_come_token_by_token(client: openai.OpenAI) -> None:
    events = raw_events(client, include=["message.output_text.logprobs"])

    deltas = [data for name, data in events if name == "response.output_text.delta"]
    assert all([entry["token"] for entry in data["logprobs"]] == [data["delta"]] for data in deltas)
    done = next(data for name, data in events if name == "response.output_text.done")
    assert len(done["logprobs"]) == len(deltas)


def test_running_out_of_tokens_ends_incomplete(client: openai.OpenAI) -> None:
    events = raw_events(client, max_output_tokens=16)

    assert events[-1][0] == "response.incomplete"
    assert events[-1][1]["response"]["incomplete_details"] == {"reason": "max_output_tokens"}


def test_an_error_in_the_middle_is_nested_and_followed_by_the_failed_response(client: openai.OpenAI) -> None:
    error = APIError(429, "You exceeded your current quota.", "insufficient_quota", code="insufficient_quota")
    client.mock.reply(Answer(text="Half", error=error))  # type: ignore[attr-defined]

    events = raw_events(client)

    assert [name for name, _ in events[-2:]] == ["error", "response.failed"]
    assert events[-2][1]["error"] == {
        "type": "insufficient_quota",
        "code": "insufficient_quota",
        "message": "You exceeded your current quota.",
        "param": None,
    }
    assert events[-1][1]["response"]["status"] == "failed"


def test_the_sdk_raises_an_error_in_the_middle(way: Way) -> None:
    way.mock.reply(Answer(text="Half", error=APIError(500, "Sorry about that!", "server_error", code="server_error")))

    with pytest.raises(openai.APIError, match="Sorry about that!"):
        ask(way, stream=True)


def test_scripted_chunks_are_the_deltas(way: Way) -> None:
    way.mock.responses.create.reply(stream=["Take ", "a ", "hat."])

    events = ask(way, stream=True)

    assert [e.delta for e in events if e.type == "response.output_text.delta"] == ["Take ", "a ", "hat."]


def test_an_error_as_the_specification_has_it() -> None:
    with mock_openai(error_events="flat") as mock:
        mock.reply(Answer(text="Half", error=APIError(500, "Sorry!", "server_error", code="server_error")))
        events = list(openai.OpenAI().responses.create(model="gpt-4o", input="Hello", stream=True))

    error = events[-2]
    assert error.type == "error"
    assert (error.code, error.message, error.param) == ("server_error", "Sorry!", None)
    assert events[-1].type == "response.failed"

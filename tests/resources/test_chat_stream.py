from __future__ import annotations

import base64
import json
from typing import Any

import openai
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openai_api_mock import Answer, ToolCall, mock_openai, tool_call
from openai_api_mock.engine import Engine
from openai_api_mock.errors import APIError
from openai_api_mock.options import options_from
from openai_api_mock.wire import Reply, Request, Stream

from ..conftest import MANY, MakeWay, Shared, Way, chat
from .test_chat import CLOCK, WEATHER

USAGE = {"include_usage": True}


def events(engine: Engine, **body: Any) -> list[dict[str, Any]]:
    """The chunks that the engine sends."""
    return [json.loads(chunk) for chunk in raw_events(engine, **body)]


def raw_events(engine: Engine, **body: Any) -> list[str]:
    """The chunks' JSON as it is on the wire."""
    request = Request("POST", "/v1/chat/completions", body=json.dumps({**chat(), "stream": True, **body}).encode())
    reply = engine.handle(request)
    assert isinstance(reply, Reply)
    assert isinstance(reply.body, Stream)
    *chunks, done = reply.body.chunks
    assert done == b"data: [DONE]\n\n"
    assert all(chunk.startswith(b"data: {") and chunk.endswith(b"}\n\n") for chunk in chunks)
    return [chunk[6:-2].decode() for chunk in chunks]


@pytest.fixture
def engine() -> Engine:
    return Engine(options_from({}))


def deltas(chunks: list[dict[str, Any]], index: int = 0) -> list[dict[str, Any]]:
    return [c["choices"][0]["delta"] for c in chunks if c["choices"] and c["choices"][0]["index"] == index]


def test_a_text_comes_as_role_tokens_finish(engine: Engine) -> None:
    chunks = events(engine)

    first, *middle, last = deltas(chunks)
    assert first == {"role": "assistant", "content": "", "refusal": None}
    assert all(list(delta) == ["content"] for delta in middle)
    assert last == {}
    reasons = [chunk["choices"][0]["finish_reason"] for chunk in chunks]
    assert reasons == [None] * (len(chunks) - 1) + ["stop"]
    assert all("usage" not in chunk for chunk in chunks)


def test_chunks_have_the_recorded_keys_in_their_order(engine: Engine) -> None:
    chunks = events(engine, stream_options=USAGE)

    keys = [
        "id", "object", "created", "model", "service_tier", "system_fingerprint", "choices", "usage", "obfuscation",
    ]  # fmt: skip
    assert all(list(chunk) == keys for chunk in chunks)
    assert list(chunks[0]["choices"][0]) == ["index", "delta", "logprobs", "finish_reason"]
    assert len({(c["id"], c["created"], c["model"], c["system_fingerprint"]) for c in chunks}) == 1


def test_usage_comes_last_without_choices_and_is_null_before(engine: Engine) -> None:
    *before, last = events(engine, stream_options=USAGE)

    assert all(chunk["usage"] is None for chunk in before)
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] == last["usage"]["prompt_tokens"] + last["usage"]["completion_tokens"]
    assert len(before) == last["usage"]["completion_tokens"] + 2


def test_a_chunk_is_padded_to_a_length_of_1_modulo_16(engine: Engine) -> None:
    for body in ({}, {"stream_options": USAGE}, {"n": 2}, {"tools": [WEATHER, CLOCK]}, {"logprobs": True}):
        assert {len(chunk) % 16 for chunk in raw_events(engine, **body)} == {1}


def test_obfuscation_can_be_turned_off(engine: Engine) -> None:
    assert all("obfuscation" not in c for c in events(engine, stream_options={"include_obfuscation": False}))


def test_one_tool_call_opens_with_the_role(engine: Engine) -> None:
    first, *middle, last = deltas(events(engine, **chat("Weather?", tools=[WEATHER])))

    assert list(first) == ["role", "content", "tool_calls", "refusal"]
    (opening,) = first["tool_calls"]
    assert list(opening) == ["index", "id", "type", "function"]
    assert opening["function"] == {"name": "get_weather", "arguments": ""}
    assert all(list(delta["tool_calls"][0]) == ["index", "function"] for delta in middle)
    assert json.loads("".join(delta["tool_calls"][0]["function"]["arguments"] for delta in middle))
    assert last == {}


def test_parallel_tool_calls_open_one_after_the_other(engine: Engine) -> None:
    first, *middle, last = deltas(events(engine, **chat("Weather and time?", tools=[WEATHER, CLOCK])))

    assert first == {"role": "assistant", "content": None}
    calls = [delta["tool_calls"][0] for delta in middle]
    assert [call["index"] for call in calls] == sorted(call["index"] for call in calls)
    assert [call["function"]["name"] for call in calls if "id" in call] == ["get_weather", "get_time"]
    assert last == {}


def test_a_legacy_function_call_is_streamed_as_one(engine: Engine) -> None:
    chunks = events(engine, **chat("Weather?", functions=[WEATHER["function"]]))

    first, *middle, _ = deltas(chunks)
    assert first["function_call"] == {"name": "get_weather", "arguments": ""}
    assert json.loads("".join(delta["function_call"]["arguments"] for delta in middle))
    assert chunks[-1]["choices"][0]["finish_reason"] == "function_call"


def test_several_choices_take_turns(engine: Engine) -> None:
    chunks = events(engine, n=2, stream_options=USAGE)

    order = [chunk["choices"][0]["index"] for chunk in chunks[:-3]]
    assert order[:6] == [0, 0, 1, 1, 0, 1]  # each choice's role stands just before its first token
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks[-3:-1]] == ["stop", "stop"]
    assert [chunk["choices"][0]["index"] for chunk in chunks[-3:-1]] == [0, 1]
    for index in (0, 1):
        assert deltas(chunks, index)[0] == {"role": "assistant", "content": "", "refusal": None}


def test_logprobs_come_with_their_tokens(engine: Engine) -> None:
    first, *middle, last = [chunk["choices"][0] for chunk in events(engine, logprobs=True)]

    assert first["logprobs"] == {"content": [], "refusal": None}
    assert all(choice["logprobs"]["content"][0]["token"] == choice["delta"]["content"] for choice in middle)
    assert last["logprobs"] is None


def test_a_refusal_is_streamed_in_its_own_deltas(engine: Engine) -> None:
    from openai_api_mock.script.routes import Route

    Route(engine, None).reply(Answer(refusal="I can't help."))
    first, *middle, _ = deltas(chunks := events(engine))
    assert first == {"role": "assistant", "content": None, "refusal": ""}
    assert "".join(delta["refusal"] for delta in middle) == "I can't help."
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


def test_streamed_audio_is_pcm_whose_parts_join_up(engine: Engine) -> None:
    audio = {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "pcm16"}}
    parts = [delta["audio"] for delta in deltas(events(engine, **audio)) if "audio" in delta]

    assert [list(part) for part in (parts[0], parts[-1])] == [["id"], ["expires_at"]]
    words = "".join(part.get("transcript", "") for part in parts).split()
    sound = base64.b64decode("".join(part.get("data", "") for part in parts))
    assert len(sound) / 2 / 24_000 == pytest.approx(0.3 * len(words))


def test_exactly_the_scripted_chunks_are_sent(way: Way) -> None:
    way.mock.reply(stream=["Take ", "a ", "hat."])

    chunks = way.chat(stream=True)
    assert [chunk.choices[0].delta.content for chunk in chunks] == ["", "Take ", "a ", "hat.", None]


def test_a_stream_says_what_the_object_says(way: Way) -> None:
    whole = way.chat(tools=[WEATHER])
    streamed = accumulate(way.chat(tools=[WEATHER], stream=True, stream_options=USAGE))

    assert without_ids(streamed) == without_ids(whole.model_dump(exclude_none=True))


def test_the_sdks_own_accumulator_gives_the_object(make_way: MakeWay) -> None:
    def final(client: openai.OpenAI) -> Any:
        with client.chat.completions.stream(**chat(n=2, stream_options=USAGE)) as stream:
            return stream.get_final_completion()

    async def final_async(client: openai.AsyncOpenAI) -> Any:
        async with client.chat.completions.stream(**chat(n=2, stream_options=USAGE)) as stream:
            return await stream.get_final_completion()

    way = make_way()
    streamed = way.do(final if way.name in ("sync", "server") else final_async)
    whole = way.chat(n=2)
    assert [c.message.content for c in streamed.choices] == [c.message.content for c in whole.choices]
    assert streamed.usage == whole.usage


TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)
ANSWERS = st.one_of(
    st.builds(lambda text: Answer(text=text), TEXT),
    st.builds(lambda text: Answer(refusal=text), TEXT),
    st.builds(
        lambda text, calls: Answer(text=text, tool_calls=tuple(calls)),
        st.none() | TEXT,
        st.lists(
            st.one_of(
                st.builds(lambda value: tool_call("look_up", value=value), TEXT),
                st.builds(lambda text: ToolCall("write", text, "custom"), TEXT),
            ),
            min_size=1,
            max_size=3,
        ),
    ),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(answer=ANSWERS)
def test_whatever_is_said_the_stream_adds_up_to_the_object(answer: Answer) -> None:
    with mock_openai() as mock:
        client = openai.OpenAI()
        mock.reply(answer, times=2)
        whole = client.chat.completions.create(**chat())
        streamed = list(client.chat.completions.create(**chat(), stream=True, stream_options={"include_usage": True}))
        client.close()
    assert without_ids(accumulate(streamed)) == without_ids(whole.model_dump(exclude_none=True))


# The SDK's helper has no idea of custom tools.
@settings(max_examples=MANY, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(answer=ANSWERS.filter(lambda answer: all(call.kind == "function" for call in answer.tool_calls)))
def test_the_sdk_accumulates_from_a_stream_what_the_plain_call_returns(one_client: Shared, answer: Answer) -> None:
    mock, client = one_client
    mock.reply(answer, times=2)
    whole = client.chat.completions.create(**chat())
    with client.chat.completions.stream(**chat(), stream_options={"include_usage": True}) as stream:
        final = stream.get_final_completion()
    assert without_ids(_as_said(final.to_dict(warnings=False))) == without_ids(whole.to_dict())


def _as_said(completion: dict[str, Any]) -> dict[str, Any]:
    """Without what the SDK adds, and with what no stream of the API sends."""
    for choice in completion["choices"]:
        message = choice["message"]
        message.pop("parsed", None)
        message["annotations"] = []
        for call in message.get("tool_calls") or ():
            call.pop("index", None)
            call.get("function", {}).pop("parsed_arguments", None)
    return completion


def accumulate(chunks: list[Any]) -> dict[str, Any]:
    """The completion that the chunks add up to, put together here so that no accumulator's rule is taken on trust."""
    final: dict[str, Any] = {}
    message: dict[str, Any] = {}
    for chunk in chunks:
        data = chunk.model_dump(exclude_none=True, exclude={"choices", "obfuscation", "object"})
        final.update(data)
        for choice in chunk.choices:
            delta = choice.delta.model_dump(exclude_none=True)
            for call in delta.pop("tool_calls", []):
                calls = message.setdefault("tool_calls", [])
                if call["index"] == len(calls):
                    calls.append({key: value for key, value in call.items() if key != "index"})
                    continue
                kind = "function" if "function" in call else "custom"
                for name, value in call[kind].items():
                    calls[call["index"]][kind][name] += value
            for name, value in delta.items():
                message[name] = message[name] + value if name in ("content", "refusal") and name in message else value
            if choice.finish_reason:
                final["choices"] = [{"index": 0, "finish_reason": choice.finish_reason, "message": message}]
    return final


def without_ids(completion: dict[str, Any]) -> dict[str, Any]:
    """What is left of a completion when what differs from call to call is taken away."""
    (choice,) = completion["choices"]
    message = {name: value for name, value in choice["message"].items() if value not in ("", [], None)}
    calls = [{**call, "id": "call"} for call in message.get("tool_calls", [])]
    return {
        "model": completion["model"],
        "usage": completion["usage"],
        "fingerprint": completion["system_fingerprint"],
        "finish_reason": choice["finish_reason"],
        "message": {**message, "tool_calls": calls},
    }


def test_a_stream_that_breaks_off(way: Way) -> None:
    error = APIError(500, "Sorry about that!", "server_error")
    way.mock.reply(Answer(text="Half", error=error), times=2)

    with pytest.raises(openai.APIError, match="Sorry about that!") as caught:
        way.chat(stream=True)
    assert not isinstance(caught.value, openai.APIStatusError)
    way.mock.reset()
    way.mock.reply(Answer(text="Half", error=APIError(400, "No.", "invalid_request_error")))
    with pytest.raises(openai.BadRequestError, match="No."):
        way.chat()

from __future__ import annotations

import base64
import io
import json
import wave
from typing import Any

import openai
import pytest
from pydantic import BaseModel

from openai_api_mock import Answer, tool_call

from ..conftest import MakeWay, Way, chat

WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]}},
            "required": ["city", "unit"],
            "additionalProperties": False,
        },
    },
}
CLOCK: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_time",
        "description": "The time in a zone",
        "parameters": {
            "type": "object",
            "properties": {"zone": {"type": "string", "minLength": 2}},
            "required": ["zone"],
        },
    },
}


def test_an_unscripted_chat_gets_a_plausible_answer(way: Way) -> None:
    completion = way.chat()

    assert completion.id.startswith("chatcmpl-")
    assert len(completion.id) == len("chatcmpl-") + 29
    assert completion.object == "chat.completion"
    assert completion.model == "gpt-4o-2024-08-06"
    assert completion.service_tier == "default"
    assert completion.system_fingerprint.startswith("fp_")
    choice = completion.choices[0]
    assert choice.finish_reason == "stop"
    assert choice.message.role == "assistant"
    assert choice.message.content
    assert choice.message.refusal is None
    assert completion.usage.prompt_tokens == 3 + 3 + 1 + 3  # "Hello there!" is 3 tokens
    assert 20 <= completion.usage.completion_tokens <= 60
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens


def test_the_raw_body_has_the_recorded_keys(way: Way) -> None:
    raw = way.do(lambda client: client.chat.completions.with_raw_response.create(**chat()))
    body = json.loads(raw.content)

    assert sorted(body) == [
        "choices", "created", "id", "model", "object", "service_tier", "system_fingerprint", "usage",
    ]  # fmt: skip
    assert sorted(body["choices"][0]) == ["finish_reason", "index", "logprobs", "message"]
    assert sorted(body["choices"][0]["message"]) == ["annotations", "content", "refusal", "role"]
    assert body["choices"][0]["logprobs"] is None


def test_reasoning_models_have_no_logprobs_key_no_fingerprint_and_bill_their_thoughts(way: Way) -> None:
    raw = way.do(lambda client: client.chat.completions.with_raw_response.create(**chat(model="gpt-5")))
    body = json.loads(raw.content)

    assert "logprobs" not in body["choices"][0]
    assert body["system_fingerprint"] is None
    details = body["usage"]["completion_tokens_details"]
    assert details["reasoning_tokens"] > 0
    assert body["usage"]["completion_tokens"] > details["reasoning_tokens"]


def test_reasoning_effort_sets_how_much_is_thought(way: Way) -> None:
    thoughts = [
        way.chat(model="gpt-5", reasoning_effort=effort).usage.completion_tokens_details.reasoning_tokens
        for effort in ("minimal", "low", "medium", "high")
    ]
    assert thoughts == sorted(set(thoughts))
    assert thoughts[0] == 0


def test_thoughts_count_toward_max_completion_tokens(way: Way) -> None:
    completion = way.chat(model="gpt-5", max_completion_tokens=16)

    assert completion.choices[0].finish_reason == "length"
    assert completion.choices[0].message.content == ""
    assert completion.usage.completion_tokens == 16


def test_max_tokens_cuts_the_text_and_says_length(way: Way) -> None:
    completion = way.chat(max_tokens=5)

    assert completion.choices[0].finish_reason == "length"
    assert completion.usage.completion_tokens == 5
    assert way.chat(max_tokens=500).choices[0].finish_reason == "stop"


def test_length_sets_how_many_tokens_are_said(make_way: MakeWay) -> None:
    assert make_way(length=7).chat().usage.completion_tokens == 7
    assert 2 <= make_way(length=(2, 4)).chat().usage.completion_tokens <= 4


def test_a_stop_sequence_ends_the_text_before_it(make_way: MakeWay) -> None:
    completion = make_way(answers="echo").chat("One two three four", stop=[" three", " four"])

    assert completion.choices[0].message.content == "One two"
    assert completion.choices[0].finish_reason == "stop"


def test_n_choices_differ_and_usage_sums_them(way: Way) -> None:
    completion = way.chat(n=3)

    texts = [choice.message.content for choice in completion.choices]
    assert [choice.index for choice in completion.choices] == [0, 1, 2]
    assert len(set(texts)) == 3
    assert completion.usage.completion_tokens > way.chat(n=1).usage.completion_tokens


def test_logprobs_stand_for_every_token(way: Way) -> None:
    completion = way.chat(logprobs=True, top_logprobs=2)

    entries = completion.choices[0].logprobs.content
    assert "".join(entry.token for entry in entries) == completion.choices[0].message.content
    assert len(entries) == completion.usage.completion_tokens
    assert all(entry.logprob <= 0 and len(entry.top_logprobs) == 2 for entry in entries)
    assert all(bytes(entry.bytes).decode() == entry.token for entry in entries)


def test_a_tool_that_is_offered_is_called_with_valid_arguments(way: Way) -> None:
    completion = way.chat("What is the weather?", tools=[WEATHER])

    choice = completion.choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content is None
    (call,) = choice.message.tool_calls
    assert call.id.startswith("call_")
    assert len(call.id) == len("call_") + 24
    assert call.function.name == "get_weather"
    arguments = json.loads(call.function.arguments)
    assert list(arguments) == ["city", "unit"]
    assert arguments["unit"] in ("celsius", "fahrenheit")


def test_several_useful_tools_are_called_at_once_unless_parallel_calls_are_off(way: Way) -> None:
    both = way.chat("Weather and time?", tools=[WEATHER, CLOCK]).choices[0].message.tool_calls
    one = way.chat("Weather and time?", tools=[WEATHER, CLOCK], parallel_tool_calls=False).choices[0].message.tool_calls

    assert [call.function.name for call in both] == ["get_weather", "get_time"]
    assert len({call.id for call in both}) == 2
    assert len(one) == 1


def test_tool_choice_none_forbids_required_demands_and_a_name_forces(way: Way) -> None:
    tools = [WEATHER, CLOCK]
    named = {"type": "function", "function": {"name": "get_time"}}
    allowed = {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [named]}}

    assert way.chat("Weather?", tools=tools, tool_choice="none").choices[0].message.tool_calls is None
    assert way.chat("Hm.", tools=tools, tool_choice="required").choices[0].finish_reason == "tool_calls"
    for choice in (named, allowed):
        message = way.chat("Weather?", tools=tools, tool_choice=choice).choices[0].message
        assert [call.function.name for call in message.tool_calls] == ["get_time"]


def test_a_custom_tool_gets_plain_input(way: Way) -> None:
    plain = {"type": "custom", "custom": {"name": "run_code", "description": "Runs code"}}
    grammar = {"type": "grammar", "grammar": {"syntax": "regex", "definition": "[0-9]{3}-[a-f]{2}"}}
    shaped = {"type": "custom", "custom": {"name": "order_number", "format": grammar}}

    (call,) = way.chat("Run this code", tools=[plain]).choices[0].message.tool_calls
    assert (call.type, call.custom.name) == ("custom", "run_code")
    assert call.custom.input
    (call,) = (
        way.chat("Go", tools=[shaped], tool_choice={"type": "custom", "custom": {"name": "order_number"}})
        .choices[0]
        .message.tool_calls
    )
    assert len(call.custom.input) == 6
    assert call.custom.input[3] == "-"


def test_legacy_functions_are_called_the_legacy_way(way: Way) -> None:
    completion = way.chat("What is the weather?", functions=[WEATHER["function"]])

    choice = completion.choices[0]
    assert choice.finish_reason == "function_call"
    assert choice.message.function_call.name == "get_weather"
    assert "city" in json.loads(choice.message.function_call.arguments)


def test_an_agent_loop_ends(way: Way) -> None:
    messages: list[Any] = [{"role": "user", "content": "What is the weather?"}]
    turns = 0
    while turns < 5:
        create = way.call("chat.completions.create", model="gpt-4o", messages=messages, tools=[WEATHER])
        message = create.choices[0].message
        if not message.tool_calls:
            break
        turns += 1
        messages.append(message.model_dump(exclude_none=True))
        messages += [
            {"role": "tool", "tool_call_id": call.id, "content": "18 degrees and rain"} for call in message.tool_calls
        ]
    assert turns == 1
    assert "18 degrees and rain" in message.content


def test_json_mode_gives_a_json_object(way: Way) -> None:
    completion = way.chat("Answer in JSON.", response_format={"type": "json_object"})
    assert isinstance(json.loads(completion.choices[0].message.content), dict)


class Address(BaseModel):
    street: str
    city: str


class Person(BaseModel):
    name: str
    age: int
    email: str
    address: Address
    friends: list[Person]


def test_parse_gives_a_model_of_the_user(way: Way) -> None:
    completion = way.call("chat.completions.parse", **chat("Who?", response_format=Person))

    person = completion.choices[0].message.parsed
    assert isinstance(person, Person)
    assert "@" in person.email


def test_a_schema_that_nothing_can_satisfy_is_a_clear_400(way: Way) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer", "minimum": 5, "maximum": 4}}, "required": ["a"]}
    form = {"type": "json_schema", "json_schema": {"name": "thing", "schema": schema}}

    with pytest.raises(openai.BadRequestError) as caught:
        way.chat("Hm.", response_format=form)
    assert caught.value.param == "response_format"
    assert "Invalid schema for response_format 'thing'" in str(caught.value)


def test_audio_is_spoken_as_a_real_wav_with_its_transcript(way: Way) -> None:
    completion = way.chat(
        model="gpt-4o-audio-preview", modalities=["text", "audio"], audio={"voice": "alloy", "format": "wav"}
    )

    message = completion.choices[0].message
    assert message.content is None
    assert message.audio.transcript
    with wave.open(io.BytesIO(base64.b64decode(message.audio.data))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        assert file.getnframes() / 24_000 == pytest.approx(0.3 * len(message.audio.transcript.split()))


def test_each_voice_sounds_different_and_says_the_same(way: Way) -> None:
    def spoken(voice: Any) -> Any:
        audio = {"voice": voice, "format": "wav"}
        return way.chat(model="gpt-audio", modalities=["text", "audio"], audio=audio).choices[0].message.audio

    way.mock.reply("Say it aloud.", times=4)
    voices = [spoken(voice) for voice in ("alloy", "echo", {"id": "voice_1234"}, "echo")]

    assert {voice.transcript for voice in voices} == {"Say it aloud."}
    assert len({voice.data for voice in voices}) == 3
    assert voices[1].data == voices[3].data


def test_an_unknown_voice_is_refused(way: Way) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        way.chat(model="gpt-audio", modalities=["text", "audio"], audio={"voice": "hal", "format": "wav"})
    assert (caught.value.param, caught.value.code) == ("audio.voice", "invalid_value")
    assert caught.value.body["message"].startswith("Invalid value: 'hal'. Supported values are: 'alloy', 'ash', ")  # type: ignore[index]


def test_a_scripted_refusal_is_one(way: Way) -> None:
    way.mock.reply(Answer(refusal="I can't help with that."))

    message = way.chat().choices[0].message
    assert message.refusal == "I can't help with that."
    assert message.content is None


def test_the_same_request_says_the_same_with_other_ids(way: Way) -> None:
    first, second = way.chat(), way.chat()

    assert first.choices[0].message.content == second.choices[0].message.content
    assert first.id != second.id
    assert way.chat("Something else").choices[0].message.content != first.choices[0].message.content


def test_the_seed_sets_what_is_said(make_way: MakeWay) -> None:
    texts = [make_way(seed=seed).chat().choices[0].message.content for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


@pytest.mark.parametrize("style", ["echo", "fixed"])
def test_answers_may_echo_or_stay_the_same(make_way: MakeWay, style: str) -> None:
    said = make_way(answers=style).chat("Parrot").choices[0].message.content
    assert said == {"echo": "Parrot", "fixed": "This is a mock response from openai-api-mock."}[style]


def test_a_callable_answers_and_may_be_async(make_way: MakeWay) -> None:
    def shout(call: Any) -> str:
        return str(call.body["messages"][-1]["content"]).upper()

    async def call_tool(call: Any) -> Any:
        return tool_call("get_weather", city="Oslo")

    assert make_way(answers=shout).chat("hello").choices[0].message.content == "HELLO"
    (call,) = make_way(answers=call_tool).chat().choices[0].message.tool_calls
    assert call.function.arguments == '{"city":"Oslo"}'

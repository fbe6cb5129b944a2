from __future__ import annotations

import json
from typing import Any

import openai
import pytest

from openai_api_mock import Answer, tool_call
from openai_api_mock.answer import Usage
from openai_api_mock.generate.tokens import TOKENIZERS

from ..conftest import MakeWay, Way

INSTRUCT = "gpt-3.5-turbo-instruct"
SNAPSHOT = "gpt-3.5-turbo-instruct:20230824-v2"
ONCE = "Once upon a time"
"""Four tokens."""

count = TOKENIZERS["cl100k_base"].count


def complete(way: Way, prompt: Any = ONCE, **arguments: Any) -> Any:
    return way.call("completions.create", **{"model": INSTRUCT, "prompt": prompt, **arguments})


def stream(way: Way, prompt: Any = ONCE, **arguments: Any) -> list[Any]:
    return list(complete(way, prompt, stream=True, **arguments))


def raw_stream(way: Way, **arguments: Any) -> list[str]:
    """The events as they come, without `data: `."""
    arguments = {"model": INSTRUCT, "prompt": ONCE, "stream": True, **arguments}
    reply = way.do(lambda client: client.completions.with_raw_response.create(**arguments)).http_response
    text = (way.do(lambda client: reply.aread()) if way.name in ("async", "aiohttp") else reply.read()).decode()
    return [event.removeprefix("data: ") for event in text.split("\n\n") if event]


def test_a_completion_has_the_recorded_shape(way: Way) -> None:
    arguments = {"model": INSTRUCT, "prompt": ONCE}
    reply = way.do(lambda client: client.completions.with_raw_response.create(**arguments))

    body = json.loads(reply.content)
    assert body.pop("id").startswith("cmpl-")
    assert body.pop("created") > 0
    text = body["choices"][0].pop("text")
    assert text
    assert body == {
        "choices": [{"index": 0, "logprobs": None, "finish_reason": "length"}],
        "model": SNAPSHOT,
        "object": "text_completion",
        "usage": {"prompt_tokens": 4, "completion_tokens": 16, "total_tokens": 20},
    }
    assert count(text) == 16


def test_a_completion_is_whole_where_it_may_be_long(way: Way) -> None:
    completion = complete(way, max_tokens=200)

    assert completion.choices[0].finish_reason == "stop"
    assert 20 <= completion.usage.completion_tokens <= 60


@pytest.mark.parametrize(
    ("prompt", "choices", "tokens"),
    [
        (ONCE, 1, 4),
        ([ONCE, "Then"], 2, 5),
        ([12805, 5304, 264, 892], 1, 4),
        ([[12805, 5304, 264, 892], [12487]], 2, 5),
        (None, 1, 1),
    ],
)
def test_prompts_are_texts_or_tokens(way: Way, prompt: Any, choices: int, tokens: int) -> None:
    completion = complete(way, prompt)

    assert [choice.index for choice in completion.choices] == list(range(choices))
    assert completion.usage.prompt_tokens == tokens


def test_token_arrays_mean_their_text(way: Way) -> None:
    assert complete(way, [12805, 5304, 264, 892], echo=True).choices[0].text.startswith(ONCE)


def test_each_prompt_gets_n_choices_and_best_of_is_paid_for(way: Way) -> None:
    completion = complete(way, ["One", "Two"], n=2, best_of=3)

    assert [choice.index for choice in completion.choices] == [0, 1, 2, 3]
    assert len({choice.text for choice in completion.choices}) == 4
    assert completion.usage.prompt_tokens == 2
    assert completion.usage.completion_tokens == 2 * 3 * 16


def test_echo_puts_the_prompt_before_the_completion(way: Way) -> None:
    said = complete(way).choices[0].text
    echoed = complete(way, echo=True)

    assert echoed.choices[0].text.startswith(ONCE)
    assert len(echoed.choices[0].text) > len(ONCE) + len(said) / 2
    assert echoed.usage.completion_tokens == 16


def test_a_prompt_can_be_scored_without_completing_it(way: Way) -> None:
    completion = complete(way, max_tokens=0, echo=True, logprobs=0)

    choice = completion.choices[0]
    assert choice.text == ONCE
    assert choice.logprobs.tokens == ["Once", " upon", " a", " time"]
    assert choice.logprobs.top_logprobs is None
    assert completion.usage.completion_tokens == 0


def test_logprobs_are_four_lists_side_by_side(way: Way) -> None:
    choice = complete(way, logprobs=3).choices[0]
    found = choice.logprobs

    assert "".join(found.tokens) == choice.text
    assert len(found.tokens) == len(found.token_logprobs) == len(found.top_logprobs) == len(found.text_offset) == 16
    assert all(logprob <= 0 for logprob in found.token_logprobs)
    for token, logprob, top in zip(found.tokens, found.token_logprobs, found.top_logprobs, strict=True):
        assert len(top) == 3
        assert top[token] == logprob == max(top.values())
    assert found.text_offset[0] == len(ONCE)
    assert found.text_offset[1] == len(ONCE) + len(found.tokens[0])


def test_nothing_predicts_the_first_token_of_an_echoed_prompt(way: Way) -> None:
    found = complete(way, echo=True, logprobs=1).choices[0].logprobs

    assert found.token_logprobs[0] is None
    assert found.top_logprobs[0] is None
    assert found.text_offset[:4] == [0, 4, 9, 11]


def test_a_stop_sequence_ends_the_text_before_it(way: Way) -> None:
    whole = complete(way).choices[0].text
    stop = whole.split()[3]
    choice = complete(way, stop=stop).choices[0]

    assert choice.finish_reason in ("stop", "length")
    assert stop not in choice.text


def test_a_suffix_counts_as_prompt(way: Way) -> None:
    assert complete(way, suffix=" in the end").usage.prompt_tokens == 4 + count(" in the end")


def test_the_finish_reason_is_on_the_last_chunk_with_text(way: Way) -> None:
    *events, done = raw_stream(way, max_tokens=3)

    assert done == "[DONE]"
    assert len(events) == 3
    chunks = [json.loads(event) for event in events]
    for event, chunk in zip(events, chunks, strict=True):
        assert list(chunk) == ["id", "object", "created", "choices", "model"]
        assert list(chunk["choices"][0]) == ["text", "index", "logprobs", "finish_reason"]
        assert chunk["object"] == "text_completion"
        assert chunk["model"] == SNAPSHOT
        assert "obfuscation" not in event
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None, None, "length"]
    assert len({chunk["id"] for chunk in chunks}) == 1


def test_usage_is_null_until_its_own_chunk(way: Way) -> None:
    *events, last, _ = raw_stream(way, max_tokens=3, stream_options={"include_usage": True})

    assert all(event.endswith('"usage":null}') for event in events)
    chunk = json.loads(last)
    assert chunk["choices"] == []
    assert chunk["usage"] == {"prompt_tokens": 4, "completion_tokens": 3, "total_tokens": 7}


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"n": 2},
        {"prompt": ["One", "Two"], "echo": True},
        {"logprobs": 2},
        {"logprobs": 0, "echo": True},
        {"max_tokens": 0},
        {"max_tokens": 0, "logprobs": 1},
        {"max_tokens": 100, "stop": "the"},
    ],
)
def test_a_stream_adds_up_to_the_finished_object(way: Way, arguments: dict[str, Any]) -> None:
    whole = complete(way, **arguments)
    chunks = stream(way, **arguments)

    for choice in whole.choices:
        own = [chunk.choices[0] for chunk in chunks if chunk.choices[0].index == choice.index]
        assert "".join(piece.text for piece in own) == choice.text
        assert [piece.finish_reason for piece in own] == [None] * (len(own) - 1) + [choice.finish_reason]
        if choice.logprobs is None:
            assert all(piece.logprobs is None for piece in own)
            continue
        for name in ("tokens", "token_logprobs", "text_offset", "top_logprobs"):
            parts = [getattr(piece.logprobs, name) for piece in own]
            joined = None if parts[0] is None else [value for part in parts for value in part]
            assert joined == getattr(choice.logprobs, name)


def test_choices_take_turns_in_a_stream(way: Way) -> None:
    chunks = stream(way, n=3, max_tokens=2)

    assert [chunk.choices[0].index for chunk in chunks] == [0, 1, 2, 0, 1, 2]


def test_scripted_answers_are_for_completions_too(way: Way) -> None:
    way.mock.reply("Hello!")
    way.mock.completions.create.reply(stream=["Take ", "a ", "hat."])
    way.mock.reply(Answer(text="Cut off", finish_reason="length", usage=Usage(1, 2)))
    way.mock.reply(Answer(refusal="I can't."))
    way.mock.reply(tool_call("get_weather"))

    first = complete(way)
    assert first.choices[0].text == "Hello!"
    assert first.choices[0].finish_reason == "stop"
    assert first.usage.completion_tokens == 2
    assert [chunk.choices[0].text for chunk in stream(way)] == ["Take ", "a ", "hat."]
    third = complete(way)
    assert (third.choices[0].finish_reason, third.usage.total_tokens) == ("length", 3)
    assert complete(way).choices[0].text == "I can't."
    last = complete(way).choices[0]
    assert (last.text, last.finish_reason) == ("", "stop")


def test_the_styles_of_answers_apply(make_way: MakeWay) -> None:
    assert complete(make_way(answers="echo")).choices[0].text == ONCE
    assert complete(make_way(answers=lambda call: call.body["prompt"].upper())).choices[0].text == ONCE.upper()


def test_the_same_request_gets_the_same_text_and_another_id(way: Way) -> None:
    first, second = complete(way), complete(way)

    assert first.choices == second.choices
    assert first.id != second.id


@pytest.mark.parametrize(
    ("arguments", "param", "code", "begins"),
    [
        ({"n": 3, "best_of": 2}, None, None, "You requested that the server return more choices than it will generate"),
        (
            {"max_tokens": 4093}, None, None,
            "This model's maximum context length is 4096 tokens, however you requested 4097 tokens (4 in your prompt;",
        ),
        ({"prompt": [200_000]}, "prompt", "invalid_value", "Invalid 'prompt'"),
        ({"logprobs": 6}, "logprobs", "integer_above_max_value", ""),
    ],
)  # fmt: skip
def test_what_the_api_refuses_is_refused(
    way: Way, arguments: dict[str, Any], param: str | None, code: str | None, begins: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        complete(way, **arguments)

    error = caught.value
    assert (error.type, error.param, error.code) == ("invalid_request_error", param, code)
    assert isinstance(error.body, dict)
    assert error.body["message"].startswith(begins)


def test_only_known_models_are_taken_where_that_is_asked_for(make_way: MakeWay) -> None:
    way = make_way(models="known")

    assert complete(way, model="davinci-002").model == "davinci-002"
    with pytest.raises(openai.NotFoundError, match="The model `nonsense` does not exist"):
        complete(way, model="nonsense")

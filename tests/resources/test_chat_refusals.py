"""The table of refusals: each row is provoked once, through the SDK."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from openai_api_mock.wordings import RESPONSES, WORDINGS

from ..conftest import MakeWay, Way, chat

CALLED: dict[str, Any] = {
    "role": "assistant",
    "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
}
ANSWER = {"role": "tool", "tool_call_id": "call_1", "content": "4"}
USER = {"role": "user", "content": "Hi"}


def with_schema(schema: dict[str, Any], strict: bool = True) -> dict[str, Any]:
    return {
        "response_format": {"type": "json_schema", "json_schema": {"name": "N", "schema": schema, "strict": strict}}
    }


def with_function(parameters: dict[str, Any], strict: bool | None = None) -> dict[str, Any]:
    return {"tools": [{"type": "function", "function": {"name": "f", "parameters": parameters, "strict": strict}}]}


IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}
AUDIO = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}


def with_part(part: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, part]}]


OPEN = {"type": "object", "properties": {}, "required": []}
CLOSED = {**OPEN, "additionalProperties": False}

# (row of the table, what provokes it, param, code, how the message begins)
CASES: list[tuple[str, dict[str, Any], str | None, str | None, str]] = [
    (
        "max_tokens", {"model": "gpt-5", "max_tokens": 5}, "max_tokens", "unsupported_parameter",
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    ),
    (
        "temperature", {"model": "gpt-5", "temperature": 0.5}, "temperature", "unsupported_value",
        "Unsupported value: 'temperature' does not support 0.5 with this model. Only the default (1) value is",
    ),
    (
        "stop", {"model": "o3", "stop": "x"}, "stop", "unsupported_parameter",
        "Unsupported parameter: 'stop' is not supported with this model.",
    ),
    (
        "system_role", {"model": "o1-mini", "messages": [{"role": "system", "content": "Hm"}, USER]},
        "messages[0].role", "unsupported_value",
        "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
    ),
    (
        "web_search", {"web_search_options": {}}, "web_search_options", None,
        "Web search options not supported with this model.",
    ),
    (
        "image_part", {"model": "gpt-3.5-turbo", "messages": with_part(IMAGE)}, "messages.[0].content.[1].type", None,
        "Invalid content type. image_url is only supported by certain models.",
    ),
    (
        "image_part", {"model": "gpt-audio", "messages": with_part(IMAGE)}, "messages.[0].content.[1].type", None,
        "Invalid content type. image_url is only supported by certain models.",
    ),
    (
        "audio_part", {"messages": with_part(AUDIO)}, "messages[0]", "invalid_value",
        "Invalid 'messages[0]'. Content blocks are expected to be either text or image_url type.",
    ),
    (
        "no_audio", {"model": "gpt-4o-audio-preview"}, "model", "invalid_value",
        "This model requires that either input content or output modality contain audio.",
    ),
    (
        "content_length", {"messages": [{"role": "user", "content": "x" * 10_485_761}]}, "messages[0].content",
        "string_above_max_length",
        "Invalid 'messages[0].content': string too long. Expected a string with maximum length 10485760, but got a "
        "string with length 10485761 instead.",
    ),
    (
        "content_length", {"messages": with_part({"type": "text", "text": "x" * 10_485_761})},
        "messages[0].content[1].text", "string_above_max_length",
        "Invalid 'messages[0].content[1].text': string too long. Expected a string with maximum length",
    ),
    (
        "no_json", {"response_format": {"type": "json_object"}}, "messages", None,
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
    ),
    (
        "unanswered_tool_call", {"messages": [USER, CALLED, USER]}, "messages.[2].role", None,
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
        "The following tool_call_ids did not have response messages: call_1",
    ),
    (
        "uncalled_tool", {"messages": [USER, ANSWER]}, "messages.[1].role", None,
        "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
    ),
    (
        "context_length", {"model": "gpt-4", "messages": [{"role": "user", "content": "word " * 9000}]},
        "messages", "context_length_exceeded",
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9008 tokens. Please",
    ),
    (
        "context_length_with_functions",
        {"model": "gpt-4", "messages": [{"role": "user", "content": "word " * 9000}], **with_function(OPEN)},
        "messages", "context_length_exceeded",
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9030 tokens (9008 in",
    ),
    (
        "context_length_with_completion", {"model": "gpt-4", "max_tokens": 8190}, "messages",
        "context_length_exceeded",
        "This model's maximum context length is 8192 tokens. However, you requested 8200 tokens (10 in the messages, "
        "8190 in the completion).",
    ),
    (
        "tools_missing", {"tool_choice": "required"}, "tool_choice", None,
        "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
    ),
    (
        "tool_choice",
        {"tool_choice": {"type": "function", "function": {"name": "g"}}, **with_function(OPEN)}, "tool_choice", None,
        "Tool choice 'g' not found in 'tools' parameter.",
    ),
    (
        "response_format_schema",
        with_schema({**CLOSED, "properties": {"a": OPEN}, "required": ["a"]}), "response_format", None,
        "Invalid schema for response_format 'N': In context=('properties', 'a'), 'additionalProperties' is required "
        "to be supplied and to be false.",
    ),
    (
        "function_schema", with_function({**CLOSED, "properties": {"x": {"type": "string"}}}, True),
        "tools[0].function.parameters", "invalid_function_parameters",
        "Invalid schema for function 'f': In context=(), 'required' is required to be supplied and to be an array "
        "including every key in properties. Missing 'x'.",
    ),
    (
        "function_schema", with_function({**CLOSED, "required": ["x"]}, True), "tools[0].function.parameters",
        "invalid_function_parameters",
        "Invalid schema for function 'f': In context=(), 'required' is required to be supplied and to be an array "
        "including every key in properties. Extra required key 'x' supplied.",
    ),
    (
        "function_schema", with_function({**OPEN, "properties": {"x": {"type": "array"}}}),
        "tools[0].function.parameters", "invalid_function_parameters",
        "Invalid schema for function 'f': In context=('properties', 'x'), array schema missing items",
    ),
    (
        "function_schema", with_function({**CLOSED, "properties": {"x": {}}, "required": ["x"]}, True),
        "tools[0].function.parameters", "invalid_function_parameters",
        "Invalid schema for function 'f': In context=('properties', 'x'), schema must have a 'type' key.",
    ),
    (
        "function_schema", with_function({**OPEN, "properties": {"x": {"$ref": "#/$defs/S"}}}),
        "tools[0].function.parameters", "invalid_function_parameters",
        "Invalid schema for function 'f': In context=('properties', 'x'), reference to component '#/$defs/S' which "
        "was not found in the schema.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("row", "arguments", "param", "code", "message"), CASES)
def test_a_row_of_the_table(
    make_way: MakeWay, row: str, arguments: dict[str, Any], param: str, code: str | None, message: str
) -> None:
    way = make_way()
    with pytest.raises(openai.BadRequestError) as caught:
        way.call("chat.completions.create", **{**chat(), **arguments})
    assert (caught.value.param, caught.value.code, caught.value.type) == (param, code, "invalid_request_error")
    assert caught.value.body["message"].startswith(message)  # type: ignore[index]
    assert row in WORDINGS


def test_an_unknown_model_is_a_404_where_models_must_be_known(make_way: MakeWay) -> None:
    way = make_way(models="known")
    with pytest.raises(openai.NotFoundError) as caught:
        way.chat(model="gpt-99")
    assert caught.value.code == "model_not_found"
    assert caught.value.body["message"] == "The model `gpt-99` does not exist or you do not have access to it."  # type: ignore[index]
    assert way.chat(model="gpt-4o-2024-08-06").model == "gpt-4o-2024-08-06"
    assert make_way().chat(model="gpt-99").model == "gpt-99"


def test_every_row_is_provoked() -> None:
    elsewhere = {"unknown_model", "no_model", "delete_model", "no_completion"}
    assert {row for row, *_ in CASES} | elsewhere == set(WORDINGS) - set(RESPONSES)


def test_an_answered_tool_call_is_taken_even_when_answered_twice(make_way: MakeWay) -> None:
    way = make_way()
    for messages in ([USER, CALLED, ANSWER], [USER, CALLED, ANSWER, ANSWER, USER]):
        assert way.call("chat.completions.create", model="gpt-4o", messages=messages).choices


@pytest.mark.parametrize(
    ("model", "part"),
    [
        ("gpt-4o", IMAGE), ("gpt-4-turbo", IMAGE), ("o3", IMAGE), ("my-model", IMAGE), ("my-model", AUDIO),
        ("gpt-4o-audio-preview", AUDIO),
    ],
)  # fmt: skip
def test_models_that_see_or_hear_take_images_or_audio(make_way: MakeWay, model: str, part: dict[str, Any]) -> None:
    assert make_way().call("chat.completions.create", model=model, messages=with_part(part)).choices


def test_a_body_that_is_too_large_is_refused_on_every_way(way: Way) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        way.chat("x" * (32 * 1024 * 1024))
    assert caught.value.status_code == 413


@pytest.mark.parametrize(
    ("name", "kind", "status", "type", "message"),
    [
        (429, openai.RateLimitError, 429, "requests", "Rate limit reached for gpt-4o in organization"),
        (500, openai.InternalServerError, 500, "server_error", "The server had an error while processing your"),
        (503, openai.InternalServerError, 503, "server_error", "That model is currently overloaded with other"),
        (403, openai.PermissionDeniedError, 403, "request_forbidden", "Country, region, or territory not supported"),
        ("tokens", openai.RateLimitError, 429, "tokens", "Rate limit reached for gpt-4o in organization"),
        ("request_too_large", openai.RateLimitError, 429, "tokens", "Request too large for gpt-4o in organization"),
        ("insufficient_quota", openai.RateLimitError, 429, "insufficient_quota", "You exceeded your current quota, "),
        ("credit_balance_exhausted", openai.RateLimitError, 429, "insufficient_quota", "You have no credits"),
        ("content_filter", openai.BadRequestError, 400, None, "The response was filtered due to the prompt"),
    ],
)  # fmt: skip
def test_a_scripted_failure_has_the_apis_words(
    way: Way, name: Any, kind: type[openai.APIStatusError], status: int, type: str | None, message: str
) -> None:
    way.mock.fail(name)
    with pytest.raises(kind) as caught:
        way.do(lambda client: client.with_options(max_retries=0).chat.completions.create(**chat()))
    assert (caught.value.status_code, caught.value.type) == (status, type)
    assert caught.value.body["message"].startswith(message)  # type: ignore[index]


def test_a_failure_of_no_known_name_is_a_mistake(way: Way) -> None:
    with pytest.raises(TypeError, match="'content_filter', 'insufficient_quota'"):
        way.mock.fail("content-filter")  # type: ignore[arg-type]

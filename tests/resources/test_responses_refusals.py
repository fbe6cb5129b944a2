"""What a response's request is refused for, in the API's own words."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from ..conftest import Way
from .test_responses import WEATHER, ask

LONE = {"type": "reasoning", "id": "rs_1", "summary": []}
CALL = {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "x"}
USER = {"role": "user", "content": "hi"}
OPEN_OBJECT = {"type": "object", "properties": {}}

UNCLOSED = "In context=(), 'additionalProperties' is required to be supplied and to be false."
EXCLUSIVE = (
    "Mutually exclusive parameters: 'previous_response_id' and 'conversation'. "
    "Ensure you are only providing one of them."
)

REFUSED: dict[str, tuple[dict[str, Any], str, str | None, str | None]] = {
    "a temperature for a model that reasons": (
        {"model": "gpt-5", "temperature": 0.2},
        "Unsupported parameter: 'temperature' is not supported with this model.",
        "temperature",
        None,
    ),
    "effort of a model that doesn't": (
        {"reasoning": {"effort": "low"}},
        "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
        "reasoning.effort",
        "unsupported_parameter",
    ),
    "too few tokens": (
        {"max_output_tokens": 5},
        "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 5 instead.",
        "max_output_tokens",
        "integer_below_min_value",
    ),
    "background that isn't stored": (
        {"background": True, "store": False},
        "Unsupported parameter: 'background' is not supported when 'store' is false.",
        "background",
        "unsupported_parameter",
    ),
    "JSON that nobody mentions": (
        {"text": {"format": {"type": "json_object"}}},
        "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
        "text.format",
        None,
    ),
    "a schema that isn't strict": (
        {"text": {"format": {"type": "json_schema", "name": "N", "schema": OPEN_OBJECT, "strict": True}}},
        "Invalid schema for response_format 'N': " + UNCLOSED,
        "text.format.schema",
        "invalid_json_schema",
    ),
    "a function's schema that isn't strict": (
        {"tools": [{**WEATHER, "parameters": OPEN_OBJECT}]},
        "Invalid schema for function 'get_weather': " + UNCLOSED,
        "tools[0].parameters",
        "invalid_function_parameters",
    ),
    "a choice of a tool that isn't offered": (
        {"tools": [WEATHER], "tool_choice": {"type": "function", "name": "f"}},
        "Tool choice 'f' not found in 'tools' parameter.",
        "tool_choice",
        None,
    ),
    "a thought without what follows": (
        {"input": [USER, LONE, USER]},
        "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
        "input",
        None,
    ),
    "an item that comes twice": (
        {"input": [{**CALL, "id": "fc_1"}, OUTPUT, {**CALL, "id": "fc_1"}, USER]},
        "Duplicate item found with id fc_1. Remove duplicate items from your input and try again.",
        "input",
        None,
    ),
    "an output without its call": (
        {"input": [USER, OUTPUT]},
        "No tool call found for function call output with call_id call_1.",
        "input",
        None,
    ),
    "a call without its output": (
        {"input": [USER, CALL]},
        "No tool output found for function call call_1.",
        "input",
        None,
    ),
    "a file that isn't read": (
        {"input": [{"role": "user", "content": [{"type": "input_file", "file_url": "https://x.org/a.mp3"}]}]},
        "The file type you uploaded is not supported. Please try again with a pdf",
        "input",
        "unsupported_file",
    ),
    "more than the model holds": (
        {"model": "gpt-4", "input": "word " * 9000},
        "Your input exceeds the context window of this model. Please adjust your input and try again.",
        "input",
        "context_length_exceeded",
    ),
    "a chain and a conversation": (
        {"previous_response_id": "resp_1", "conversation": "conv_1"},
        EXCLUSIVE,
        "conversation",
        "mutually_exclusive_parameters",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_request_is_refused(way: Way, what: str) -> None:
    arguments, message, param, code = REFUSED[what]

    with pytest.raises(openai.BadRequestError) as caught:
        ask(way, **{"input": "hi", **arguments})

    assert caught.value.body == {"message": message, "type": "invalid_request_error", "param": param, "code": code}


def test_too_long_an_input_is_cut_where_that_is_wanted(way: Way) -> None:
    assert ask(way, "word " * 9000, model="gpt-4", truncation="auto").status == "completed"


def test_a_thought_may_be_followed_by_what_was_said_without_its_id(way: Way) -> None:
    """openai-agents' sessions in conversations send that."""
    said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Sun"}]}

    assert ask(way, [USER, LONE, said, USER]).status == "completed"


def test_results_may_be_sent_back_with_their_nulls(way: Way) -> None:
    first = ask(way, "The weather?", tools=[WEATHER]).output[0].to_dict() | {"namespace": None, "status": None}
    output = {"type": "function_call_output", "call_id": first["call_id"], "output": "Sun"}

    assert "Sun" in ask(way, [USER, first, output], tools=[WEATHER]).output_text


def test_a_call_of_the_chain_wants_its_output_before_anything_else(way: Way) -> None:
    first = ask(way, "The weather?", tools=[WEATHER])

    told = f"No tool output found for function call {first.output[0].call_id}"
    with pytest.raises(openai.BadRequestError, match=told):
        ask(way, "Never mind.", previous_response_id=first.id)

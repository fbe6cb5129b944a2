"""What the prompt says is taken over into tool calls and JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openai_api_mock.generate.heard import schema_asked

from ..conftest import MakeWay, Way

TEXT, NUMBER, WHOLE = {"type": "string"}, {"type": "number"}, {"type": "integer"}


def arguments(way: Way, content: str, description: str = "", **properties: Any) -> Any:
    """With which the mock calls a tool that has these parameters."""
    parameters = {"type": "object", "properties": properties, "required": list(properties)}
    function = {"name": "f", "description": description, "parameters": parameters}
    message = way.chat(content, tools=[{"type": "function", "function": function}]).choices[0].message
    return json.loads(message.tool_calls[0].function.arguments)


def said(way: Way, content: str, **options: Any) -> str:
    message: str = way.chat(content, **options).choices[0].message.content
    return message


@pytest.mark.parametrize(
    ("content", "properties", "heard"),
    [
        ("What is magic(3)?", {"input": WHOLE}, {"input": 3}),
        ("Add 2 and 40.5", {"a": NUMBER, "b": NUMBER}, {"a": 2, "b": 40.5}),
        ("Take 700, or rather 7", {"n": {**WHOLE, "maximum": 10}}, {"n": 7}),
        ("How is it in New York today?", {"city": TEXT}, {"city": "New York"}),
        ("Fly from Rome to Oslo", {"origin": TEXT, "destination": TEXT}, {"origin": "Rome", "destination": "Oslo"}),
        ("A customer named '你好' please", {"customer_name": TEXT}, {"customer_name": "你好"}),
        ("I'm Ann, ann@example.com", {"name": TEXT, "email": TEXT}, {"name": "Ann", "email": "ann@example.com"}),
        ("In Kelvin, if you can", {"unit": {"enum": ["celsius", "kelvin"]}}, {"unit": "kelvin"}),
        ("Search for `cats` and `dogs`", {"query": TEXT, "title": TEXT}, {"query": "cats", "title": "dogs"}),
    ],
)
def test_a_tool_is_called_with_what_the_user_said(make_way: MakeWay, content: str, properties: Any, heard: Any) -> None:
    assert arguments(make_way(), content, **properties) == heard


def test_dates_times_and_versions_are_no_numbers(make_way: MakeWay) -> None:
    found = arguments(make_way(), "On 2026-11-22 at 10:30, version 1.2.3 of gpt4", count=WHOLE)
    assert found["count"] not in (2026, 11, 22, 10, 30, 1, 2, 3, 4)


def test_a_word_that_the_description_quotes_fills_what_no_name_explains(way: Way) -> None:
    assert arguments(way, "Hello", "Hand over to 'travel' or 'billing'", to_agent=TEXT) == {"to_agent": "travel"}


def test_a_structured_answer_has_what_the_user_said(way: Way) -> None:
    schema = {"type": "object", "properties": {"name": TEXT, "age": WHOLE}, "required": ["name", "age"]}
    form = {"type": "json_schema", "json_schema": {"name": "user", "schema": schema}}
    assert json.loads(said(way, "A user named Jason is 25 years old", response_format=form)) == {
        "name": "Jason",
        "age": 25,
    }


def test_json_mode_has_the_keys_that_the_prompt_quotes(way: Way) -> None:
    joke = said(way, "A joke in JSON with 'setup' and 'punchline' keys", response_format={"type": "json_object"})
    assert list(json.loads(joke)) == ["setup", "punchline"]


def test_json_mode_obeys_the_schema_in_the_prompt(way: Way) -> None:
    schema = {"properties": {"n": {"type": "integer", "minimum": 5}}, "required": ["n"]}
    told = {"role": "system", "content": f"JSON by this schema: {json.dumps(schema)}"}
    messages = [told, {"role": "user", "content": "Go"}]
    answer = (
        way.call("chat.completions.create", model="gpt-4o", messages=messages, response_format={"type": "json_object"})
        .choices[0]
        .message.content
    )
    assert json.loads(answer)["n"] >= 5


def test_prose_gives_way_to_a_schema_in_the_prompt(way: Way) -> None:
    schema = json.dumps({"type": "object", "properties": {"n": WHOLE}, "required": ["n"]})
    assert json.loads(said(way, f"Answer by {schema} with 3"))["n"] == 3
    assert said(way, f"In a ```json block, by {schema}: 4") == '```json\n{"n":4}\n```'


def test_the_last_schema_counts_and_other_braces_do_not() -> None:
    last = {"properties": {"b": TEXT}}
    text = f'{{not json}} {{"a": 1}} {{"properties": {{"a": {{}}}}}} then {json.dumps(last)} {{'
    assert schema_asked(text) == last
    assert schema_asked("{" * 10_000) is None


def test_no_call_is_empty_where_nothing_is_required(way: Way) -> None:
    schema = {"type": "object", "properties": {"tasks": {"type": "array", "items": TEXT}}, "required": []}
    function = {"name": "f", "parameters": schema}
    for content in ("a", "b", "c", "d", "e", "f"):
        message = way.chat(content, tools=[{"type": "function", "function": function}]).choices[0].message
        assert json.loads(message.tool_calls[0].function.arguments)

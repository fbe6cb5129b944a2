from __future__ import annotations

from typing import Any

import pytest

from openai_api_mock.generate.prompt import ToolCounter, count_messages, typescript
from openai_api_mock.models import model_named


# Recorded: the API's own `prompt_tokens` for these prompts.
@pytest.mark.parametrize(
    ("model", "content", "tokens"),
    [
        ("gpt-4o", "What is the capital of France?", 14),
        ("gpt-5", "What is the capital of France?", 13),
    ],
)
def test_recorded_prompts_are_counted_exactly(model: str, content: str, tokens: int) -> None:
    assert count_messages([{"role": "user", "content": content}], model_named(model)) == tokens


def test_names_parts_and_pictures_count() -> None:
    gpt = model_named("gpt-4o")

    def count(**message: Any) -> int:
        return count_messages([{"role": "user", **message}], gpt)

    plain = count(content="Hello there!")
    assert count(content="Hello there!", name="Ann") == plain + 2
    assert count(content=[{"type": "text", "text": "Hello there!"}]) == plain
    low = {"type": "image_url", "image_url": {"url": "data:", "detail": "low"}}
    assert count(content=[{"type": "text", "text": "Hello there!"}, low]) == plain + 85


FUNCTION = {
    "name": "get_weather",
    "description": "The weather",
    "parameters": {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Which"},
            "unit": {"type": "string", "enum": ["c", "f"]},
            "days": {"type": "array", "items": {"type": "integer"}},
            "at": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        },
        "required": ["city"],
    },
}


def test_tools_are_rendered_as_models_see_them() -> None:
    assert typescript([FUNCTION]) == (
        "namespace functions {\n\n// The weather\ntype get_weather = (_: {\n// Which\ncity: string,\n"
        'unit?: "c" | "f",\ndays?: number[],\nat?: number | null,\n}) => any;\n\n} // namespace functions'
    )


# Recorded: a request to gpt-4o with this one tool, "What is the weather in Paris? Use the tool.", took 48 tokens.
def test_a_recorded_request_with_a_tool_is_counted_within_two() -> None:
    function = {
        "description": "",
        "name": "get_weather",
        "parameters": {
            "additionalProperties": False,
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "type": "object",
        },
    }
    gpt = model_named("gpt-4o")
    messages = [{"role": "user", "content": "What is the weather in Paris? Use the tool."}]
    counter = ToolCounter()
    assert abs(count_messages(messages, gpt) + counter.count([function], gpt, False) - 48) <= 2
    assert counter.count([function], gpt, True) > counter.count([function], gpt, False)

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openai
import pytest

from openai_api_mock import mock_openai
from openai_api_mock.generate.prompt import ToolCounter, count_messages, typescript
from openai_api_mock.generate.tokens import TOKENIZERS
from openai_api_mock.models import model_named

O200K = TOKENIZERS["o200k_base"]

# Recorded: prompts without tools, and the API's own `prompt_tokens`. Of several requests with the same prompt, one.
RECORDED = json.loads(Path(__file__).with_name("prompts.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: f"{recorded['model']}-{recorded['tokens']}")
def test_recorded_prompts_are_counted_exactly(recorded: dict[str, Any]) -> None:
    with mock_openai():
        said = openai.OpenAI().chat.completions.create(model=recorded["model"], messages=recorded["messages"])
    assert said.usage is not None
    assert said.usage.prompt_tokens == recorded["tokens"]


def test_names_parts_and_pictures_count() -> None:
    gpt = model_named("gpt-4o")

    def count(**message: Any) -> int:
        return count_messages([{"role": "user", **message}], gpt, O200K)

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
    assert abs(count_messages(messages, gpt, O200K) + counter.count([function], gpt, False, O200K) - 48) <= 2
    assert counter.count([function], gpt, True, O200K) > counter.count([function], gpt, False, O200K)

"""What a Realtime response is to say, read from the body that the session makes of its conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from ..answer import JSON, Question, Tool
from ..content import dicts, text_of
from ..models import Model

Body = Mapping[str, JSON]


def question_of(body: Body, model: Model) -> Question:
    items = dicts(body.get("input"))
    recent = _since_user(items)
    tools = tuple(_tool(tool) for tool in dicts(body.get("tools")) if tool.get("type") == "function")
    choice, forced = _choice(body.get("tool_choice"))
    longest = body.get("max_output_tokens")
    told = [text_of(item.get("content")) for item in items if item.get("role") == "system"]
    return Question(
        model=model.name,
        user=next((text_of(item.get("content")) for item in reversed(items) if item.get("role") == "user"), ""),
        told="\n".join([str(body.get("instructions") or ""), *told]),
        tools=tools,
        choice=choice if tools else "none",
        forced=forced if any(tool.name == forced for tool in tools) else None,
        called=frozenset(str(item.get("name")) for item in recent if item.get("type") == "function_call"),
        results=tuple(str(item.get("output")) for item in recent if item.get("type") == "function_call_output"),
        max_tokens=longest if isinstance(longest, int) else None,
    )


def _tool(tool: Body) -> Tool:
    return Tool(
        str(tool.get("name", "")),
        parameters=tool.get("parameters"),
        description=str(tool.get("description") or ""),
    )


def _choice(choice: JSON) -> tuple[Literal["auto", "required", "none"], str | None]:
    if isinstance(choice, Mapping):
        return "required", str(choice.get("name"))
    return choice if choice in ("required", "none") else "auto", None


def _since_user(items: Sequence[Body]) -> Sequence[Body]:
    last = max((index for index, item in enumerate(items) if item.get("role") == "user"), default=0)
    return items[last:]

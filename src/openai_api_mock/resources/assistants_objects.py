"""Threads, messages, runs and their steps as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping

from ..answer import JSON
from ..ids import make_for
from ..noise import Noise

Item = dict[str, JSON]

LIVES = 600
"""Seconds until a run that isn't over expires."""
OVER = ("completed", "failed", "cancelled", "expired", "incomplete")
"""The statuses of runs that are over."""


def thread(given: Mapping[str, JSON], noise: Noise, now: int) -> Item:
    return {
        "id": make_for("thread", noise),
        "object": "thread",
        "created_at": now,
        "metadata": given.get("metadata") or {},
        "tool_resources": given.get("tool_resources") or {},
    }


def message(given: Mapping[str, JSON], thread_id: str, noise: Noise, now: int) -> Item:
    """A message that a request brings."""
    return {
        "id": make_for("thread.message", noise),
        "object": "thread.message",
        "created_at": now,
        "assistant_id": None,
        "thread_id": thread_id,
        "run_id": None,
        "role": given["role"],
        "status": "completed",
        "completed_at": now,
        "incomplete_at": None,
        "incomplete_details": None,
        "content": _content(given["content"]),
        "attachments": given.get("attachments") or [],
        "metadata": given.get("metadata") or {},
    }


def _content(content: JSON) -> list[Item]:
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return [
        text_part(part["text"]) if part["type"] == "text" and isinstance(part["text"], str) else part for part in parts
    ]


def text_part(text: str) -> Item:
    return {"type": "text", "text": {"value": text, "annotations": []}}


def run(assistant: Mapping[str, JSON], given: Mapping[str, JSON], thread_id: str, noise: Noise, now: int) -> Item:
    """A run as a request asks for it, of an assistant, whose settings hold where it names none."""

    def asked(name: str, usual: JSON) -> JSON:
        value = given.get(name)
        value = assistant.get(name) if value is None else value
        return usual if value is None else value

    instructions = [asked("instructions", ""), given.get("additional_instructions") or ""]
    return {
        "id": make_for("thread.run", noise),
        "object": "thread.run",
        "created_at": now,
        "assistant_id": assistant["id"],
        "thread_id": thread_id,
        "status": "queued",
        "started_at": None,
        "expires_at": now + LIVES,
        "cancelled_at": None,
        "failed_at": None,
        "completed_at": None,
        "required_action": None,
        "last_error": None,
        "incomplete_details": None,
        "model": asked("model", "gpt-4o"),
        "instructions": "\n".join(text for text in instructions if text),
        "tools": asked("tools", []),
        "tool_choice": given.get("tool_choice") or "auto",
        "parallel_tool_calls": given.get("parallel_tool_calls") is not False,
        "response_format": asked("response_format", "auto"),
        "temperature": asked("temperature", 1),
        "top_p": asked("top_p", 1),
        "max_completion_tokens": given.get("max_completion_tokens"),
        "max_prompt_tokens": given.get("max_prompt_tokens"),
        "truncation_strategy": given.get("truncation_strategy") or {"type": "auto", "last_messages": None},
        "reasoning_effort": asked("reasoning_effort", None),
        "metadata": given.get("metadata") or {},
        "usage": None,
    }


def step_of(run: Mapping[str, JSON], kind: str, details: JSON, noise: Noise, now: int) -> Item:
    """A step that is over; calls of functions are so only when their outputs came."""
    waits = kind == "tool_calls" and any(call["type"] == "function" for call in details)
    return {
        "id": make_for("thread.run.step", noise),
        "object": "thread.run.step",
        "created_at": now,
        "run_id": run["id"],
        "assistant_id": run["assistant_id"],
        "thread_id": run["thread_id"],
        "type": kind,
        "status": "in_progress" if waits else "completed",
        "cancelled_at": None,
        "completed_at": None if waits else now,
        "expired_at": None,
        "failed_at": None,
        "last_error": None,
        "step_details": {"type": kind, kind: details},
        "metadata": {},
        "usage": None,
    }

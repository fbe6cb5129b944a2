"""What a chat completion says, as a rule's reply: which then streams, and has ids and counts, by itself."""

from __future__ import annotations

from typing import Any


def reply_in(body: Any) -> dict[str, Any] | None:
    """The reply, where the body is a completion of one choice that rules can say; else None."""
    choices = body.get("choices") if isinstance(body, dict) else None
    if not isinstance(choices, list) or len(choices) != 1 or not isinstance(choices[0].get("message"), dict):
        return None
    message = choices[0]["message"]
    reply: dict[str, Any] = {}
    if isinstance(message.get("content"), str):
        reply["text"] = message["content"]
    elif isinstance(message.get("refusal"), str):
        reply["refusal"] = message["refusal"]
    if message.get("tool_calls"):
        reply["tool_calls"] = [
            {
                "name": call["function"]["name"],
                "arguments": call["function"].get("arguments") or "{}",
                **({"id": call["id"]} if call.get("id") else {}),
            }
            for call in message["tool_calls"]
        ]
    usage = body.get("usage")
    if reply and isinstance(usage, dict) and all(type(usage.get(name)) is int for name in _COUNTS):
        reply["usage"] = {"input": usage["prompt_tokens"], "output": usage["completion_tokens"]}
    if reply and choices[0].get("finish_reason") in ("length", "content_filter"):
        reply["finish_reason"] = choices[0]["finish_reason"]
    return reply or None


_COUNTS = ("prompt_tokens", "completion_tokens")

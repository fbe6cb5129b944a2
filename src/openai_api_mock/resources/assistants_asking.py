"""What a run asks, as a chat completion: its thread, its instructions and tools, and what its tools gave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..answer import JSON

Item = dict[str, JSON]

_PASSED_ON = ("max_completion_tokens", "reasoning_effort", "temperature", "top_p")


def request_of(run: Mapping[str, JSON], messages: Iterable[Item], steps: Iterable[Item]) -> Item:
    """The body of the chat completion; `steps` are those of the run, oldest first."""
    shown = [{"role": each["role"], "content": _content(each["content"])} for each in messages]
    last = run["truncation_strategy"].get("last_messages")
    asked = [*_told(run), *(shown[-last:] if last else shown)]
    if not asked:  # a run on an empty thread, for whose assistant there are no instructions, has something to say too
        asked.append({"role": "system", "content": ""})
    for step in steps:
        calls = [call for call in step["step_details"].get("tool_calls", ()) if call["type"] == "function"]
        if calls:
            asked.append({"role": "assistant", "content": None, "tool_calls": [_call(each) for each in calls]})
            for call in calls:
                output = call["function"]["output"] or ""
                asked.append({"role": "tool", "tool_call_id": call["id"], "content": output})
    body: Item = {"model": run["model"], "messages": asked}
    body |= {name: run[name] for name in _PASSED_ON if run.get(name) is not None and run[name] != 1}
    if run["response_format"] != "auto":
        body["response_format"] = run["response_format"]
    tools = [tool for tool in run["tools"] if tool["type"] == "function"]
    if tools:
        body |= {"tools": tools, "parallel_tool_calls": run["parallel_tool_calls"]}
        choice = run["tool_choice"]
        if isinstance(choice, str) or choice.get("type") == "function":
            body["tool_choice"] = choice
    return body


def _told(run: Mapping[str, JSON]) -> list[Item]:
    return [{"role": "system", "content": run["instructions"]}] if run["instructions"] else []


def _call(call: Item) -> Item:
    function = {name: call["function"][name] for name in ("name", "arguments")}
    return {"id": call["id"], "type": "function", "function": function}


def _content(content: list[Item]) -> JSON:
    """Texts as one text; images too, where they have a URL."""
    parts = [_part(part) for part in content]
    if all(part["type"] == "text" for part in parts):
        return "\n".join(part["text"] for part in parts)
    return parts


def _part(part: Item) -> Item:
    if part["type"] == "text":
        return {"type": "text", "text": part["text"]["value"]}
    if part["type"] == "image_url":
        return part
    return {"type": "text", "text": f"[{part['type']}]"}

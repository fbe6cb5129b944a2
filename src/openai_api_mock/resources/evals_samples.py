"""What the model says to one row of an eval, asked by way of the engine as anybody asks."""

from __future__ import annotations

from collections.abc import Mapping

from ..answer import JSON
from ..graders import Judge, Said, chat_messages, looked_up, sample_of

Names = dict[str, JSON]
_USUAL = {"max_completion_tokens": 2048, "seed": 42, "temperature": 1, "top_p": 1}
_NO_USAGE = {"cached_tokens": 0, "completion_tokens": 0, "prompt_tokens": 0, "total_tokens": 0}


def sampled(data: Mapping[str, JSON], row: Mapping[str, JSON], judge: Judge) -> tuple[Names, dict[str, JSON], int]:
    """The namespaces `item` and `sample` of a row, the sample as an output item shows it, and how often a model was
    asked. Raises UnknownVariable, and Later as judges do."""
    item = row["item"]
    given = row.get("sample")
    if data["type"] == "jsonl" or not data.get("input_messages") or not data.get("model"):
        sample = {**sample_of(str((given or {}).get("output_text") or "")), **(given or {})}
        shown = _shown(data, list(item.get("input") or []) if _are_messages(item.get("input")) else [], sample)
        return {"item": item, "sample": sample}, shown, 0
    messages = _messages(data["input_messages"], {"item": item})
    asked = _of_responses if data["type"] == "responses" else _of_chat
    said, text, finish, tools = asked(data, messages, judge)
    sample = {**sample_of(text), "output_tools": tools, "model": said.model}
    shown = _shown(data, messages, sample, said, finish)
    return {"item": item, "sample": sample}, shown, 1


def _messages(wanted: Mapping[str, JSON], names: Mapping[str, JSON]) -> list[JSON]:
    if wanted["type"] == "item_reference":
        messages: list[JSON] = looked_up(wanted["item_reference"], names)
        return messages
    return chat_messages(wanted["template"], names)


def _of_chat(data: Mapping[str, JSON], messages: list[JSON], judge: Judge) -> tuple[Said, str, str, JSON]:
    params = {name: value for name, value in (data.get("sampling_params") or {}).items() if value is not None}
    said = judge.ask("/v1/chat/completions", {**params, "model": data["model"], "messages": messages})
    finish = said.body["choices"][0]["finish_reason"] if said.error is None else "error"
    return said, str(said.message.get("content") or ""), finish, said.message.get("tool_calls") or []


def _of_responses(data: Mapping[str, JSON], messages: list[JSON], judge: Judge) -> tuple[Said, str, str, JSON]:
    params = {name: value for name, value in (data.get("sampling_params") or {}).items() if value is not None}
    params.pop("seed", None)
    if "max_completion_tokens" in params:
        params["max_output_tokens"] = params.pop("max_completion_tokens")
    if "reasoning_effort" in params:
        params["reasoning"] = {"effort": params.pop("reasoning_effort")}
    said = judge.ask("/v1/responses", {**params, "model": data["model"], "input": messages, "store": False})
    output = said.body.get("output") or []
    parts = [part for item in output if item["type"] == "message" for part in item["content"]]
    tools = [item for item in output if item["type"].endswith("_call")]
    finish = "error" if said.error is not None else "tool_calls" if tools and not parts else "stop"
    return said, "".join(part.get("text") or "" for part in parts), finish, tools


def _shown(
    data: Mapping[str, JSON],
    messages: list[JSON],
    sample: Mapping[str, JSON],
    said: Said | None = None,
    finish: str = "stop",
) -> dict[str, JSON]:
    params = data.get("sampling_params") or {}
    error = None if said is None or said.error is None else {"code": "model_error", "message": said.error}
    return {
        "input": [{"role": each.get("role"), "content": each.get("content")} for each in messages],
        "output": [{"role": "assistant", "content": sample["output_text"]}],
        "finish_reason": finish,
        "model": str(sample.get("model") or data.get("model") or ""),
        "usage": _NO_USAGE if said is None else said.usage,
        "error": error,
        **{name: params.get(name) or usual for name, usual in _USUAL.items()},
    }


def _are_messages(value: JSON) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)

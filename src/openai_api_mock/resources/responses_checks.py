"""What a response's request may not ask though every part of it is well formed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..answer import JSON
from ..call import Refused
from ..content import text_of
from ..errors import APIError
from ..generate.schema_rules import schema_fault
from ..models import Model
from ..wordings import refusal
from .responses_question import format_of, role_of

Body = Mapping[str, JSON]

# What answers what.
_OUTPUTS = {
    "computer_call_output": ("computer_call", "computer call"),
    "custom_tool_call_output": ("custom_tool_call", "custom tool call"),
    "function_call_output": ("function_call", "function call"),
    "shell_call_output": ("shell_call", "shell call"),
    "apply_patch_call_output": ("apply_patch_call", "apply patch call"),
}
_CALLS = dict(_OUTPUTS.values())

# Endings of files that hold sound or moving pictures.
_NOT_READ = (".mp3", ".wav", ".m4a", ".flac", ".ogg", ".mp4", ".mov", ".webm", ".avi")


def check(body: Body, model: Model, given: Sequence[Body], before: Sequence[Body]) -> None:
    """Raises Refused with the first objection. `given` is the request's own input, `before` what was said earlier."""
    for objections in (
        _by_model(body, model),
        _by_parts(body),
        _by_items(given, before),
        _by_json(body, given),
        _by_schema(body),
    ):
        for error in objections:
            raise Refused(error)


def _by_model(body: Body, model: Model) -> Iterator[APIError]:
    reasoning = body.get("reasoning") or {}
    if model.family.reasoning and reasoning.get("effort", model.family.effort) != "none":
        for param, usual in (("temperature", (None, 1)), ("top_p", (None, 1, 0.98))):
            if body.get(param) not in usual:
                yield refusal("response_temperature", param=param)
    if not model.family.reasoning and reasoning.get("effort") is not None:
        yield refusal("response_reasoning", param="reasoning.effort")


def _by_parts(body: Body) -> Iterator[APIError]:
    if body.get("background") and body.get("store") is False:
        yield refusal("background_needs_store")


def _by_items(given: Sequence[Body], before: Sequence[Body]) -> Iterator[APIError]:
    ids = [str(item["id"]) for item in given if item.get("id") and item.get("type") != "item_reference"]
    for id in sorted({id for id in ids if ids.count(id) > 1}) if len(set(ids)) < len(ids) else ():
        yield refusal("duplicate_item", id=id)
    if any(item.get("type") == "item_reference" for item in given):
        return  # what is referred to isn't at hand
    calls = {_key(item) for item in (*before, *given) if item.get("type") in _CALLS}
    answered = {(_OUTPUTS[kind][0], str(item.get("call_id"))) for item in given if (kind := _kind(item)) in _OUTPUTS}
    for index, item in enumerate(given):
        kind = _kind(item)
        if kind in _OUTPUTS:
            call, words = _OUTPUTS[kind]
            if (call, str(item.get("call_id"))) not in calls:
                yield refusal("no_tool_call", kind=f"{words} output", id=item.get("call_id"))
        elif kind == "reasoning" and _is_alone(given[index + 1 :]):
            yield refusal("lone_reasoning", id=item.get("id"))
        elif role_of(item) is not None:
            yield from _by_content(item)
        if kind == "function_call_output" and isinstance(item.get("output"), list):
            yield from _by_content({"content": item["output"]})
    for item in (*before, *given):
        if item.get("type") in _CALLS and _key(item) not in answered and given and not _answered_before(item, before):
            yield refusal("no_tool_output", kind=_CALLS[str(item["type"])], id=item.get("call_id"))


def _key(item: Body) -> tuple[str, str]:
    return str(item.get("type")), str(item.get("call_id"))


def _kind(item: Body) -> str:
    return str(item.get("type") or "message")


def _answered_before(call: Body, before: Sequence[Body]) -> bool:
    return any(item.get("call_id") == call.get("call_id") and _kind(item) in _OUTPUTS for item in before)


def _is_alone(rest: Sequence[Body]) -> bool:
    """Recorded: what was thought must be followed by what was said or called, by its id.

    Output parts without it are taken: openai-agents' sessions in conversations send them.
    """
    if not rest:
        return True
    said = role_of(rest[0]) == "assistant" and isinstance(rest[0].get("content"), list)
    return role_of(rest[0]) is not None and rest[0].get("id") is None and not said


def _by_content(item: Body) -> Iterator[APIError]:
    content = item.get("content")
    for part in content if isinstance(content, list) else ():
        if isinstance(part, dict) and part.get("type") == "input_file":
            name = str(part.get("filename") or part.get("file_url") or "").partition("?")[0].lower()
            if name.endswith(_NOT_READ):
                yield refusal("unsupported_file")


def _by_json(body: Body, given: Sequence[Body]) -> Iterator[APIError]:
    if format_of(body).get("type") != "json_object":
        return
    heard = [str(body.get("instructions") or ""), *(text_of(item.get("content")) for item in given)]
    if not any("json" in each.lower() for each in heard):
        yield refusal("response_no_json")


def _by_schema(body: Body) -> Iterator[APIError]:
    form = format_of(body)
    if isinstance(form.get("schema"), dict):
        fault = schema_fault(form["schema"], strict=form.get("strict") is True)
        if fault is not None:
            yield refusal("response_schema", name=form.get("name"), context=fault.context, fault=fault.reason)
    for index, tool in enumerate(body.get("tools") or ()):
        if not isinstance(tool, dict) or not isinstance(tool.get("parameters"), dict):
            continue
        fault = schema_fault(tool["parameters"], strict=tool.get("strict") is True)
        if fault is not None:
            values = {"name": tool.get("name"), "context": fault.context, "fault": fault.reason}
            yield refusal("function_schema", param=f"tools[{index}].parameters", **values)

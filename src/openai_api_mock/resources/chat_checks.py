"""What a chat completion's request may not ask though every part of it is well formed: by model, by what the messages
say of one another, by schema, by length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..answer import JSON
from ..call import Refused
from ..content import text_of
from ..errors import APIError
from ..generate.schema_rules import schema_fault
from ..models import Model
from ..wordings import refusal

Body = Mapping[str, JSON]

LONGEST_TEXT = 10_485_760
"""Characters of one text in a message."""


def check(body: Body, model: Model) -> None:
    """Raises Refused with the first objection."""
    for error in _by_model(body, model):
        raise Refused(error)
    for error in _by_content(body, model):
        raise Refused(error)
    for error in _by_messages(body):
        raise Refused(error)
    if "response_format" in body or "tools" in body:
        for error in _by_schema(body):
            raise Refused(error)


def check_length(body: Body, model: Model, messages: int, functions: int) -> None:
    """Raises Refused where prompt and answer are longer than the model's context; lengths in tokens."""
    limit = model.family.context
    completion = body.get("max_completion_tokens") or body.get("max_tokens") or 0
    tokens = messages + functions
    if tokens + completion <= limit:
        return
    values = {"limit": limit, "messages": messages, "functions": functions, "completion": completion}
    if tokens <= limit:
        error = refusal("context_length_with_completion", tokens=tokens + completion, **values)
    elif functions:
        error = refusal("context_length_with_functions", tokens=tokens, **values)
    else:
        error = refusal("context_length", tokens=tokens, **values)
    raise Refused(error)


def _by_model(body: Body, model: Model) -> Iterator[APIError]:
    family = model.family
    if family.reasoning:
        if body.get("max_tokens") is not None:
            yield refusal("max_tokens")
        for param in ("temperature", "top_p"):
            if body.get(param) not in (None, 1):
                yield refusal("temperature", param=param, value=body[param])
    if not family.stop and body.get("stop") is not None:
        yield refusal("stop")
    if not family.searches and body.get("web_search_options") is not None:
        yield refusal("web_search")
    if not family.system:
        for index, message in enumerate(_messages(body)):
            if message.get("role") == "system":
                yield refusal("system_role", index=index)


def _by_content(body: Body, model: Model) -> Iterator[APIError]:
    """By what the messages hold: not everything is for every model."""
    family = model.family
    heard = "audio" in (body.get("modalities") or ())
    for index, message in enumerate(_messages(body)):
        content = message.get("content")
        if not isinstance(content, list):
            if isinstance(content, str) and len(content) > LONGEST_TEXT:
                yield _too_long(content, f"messages[{index}].content")
            continue
        for at, part in enumerate(content):
            kind = part.get("type") if isinstance(part, dict) else None
            heard = heard or kind == "input_audio"
            if kind == "text" and len(str(part.get("text"))) > LONGEST_TEXT:
                yield _too_long(part["text"], f"messages[{index}].content[{at}].text")
            if kind == "image_url" and not family.sees:
                yield refusal("image_part", index=index, part=at)
            if kind == "input_audio" and not family.hears:
                yield refusal("audio_part", index=index)
    if family.hears and not family.sees and not heard:
        yield refusal("no_audio")


def _too_long(text: str, param: str) -> APIError:
    return refusal("content_length", param=param, limit=LONGEST_TEXT, length=len(text))


def _by_messages(body: Body) -> Iterator[APIError]:
    messages = _messages(body)
    waiting: list[str] = []
    called_at = 0
    for index, message in enumerate(messages):
        role = message.get("role")
        if role == "tool":
            if message.get("tool_call_id") not in waiting and not _called(messages[:index], message):
                yield refusal("uncalled_tool", index=index)
            waiting = [id for id in waiting if id != message.get("tool_call_id")]
            continue
        if waiting:
            yield refusal("unanswered_tool_call", index=index, ids=", ".join(waiting))
        calls = message.get("tool_calls")
        waiting = [str(call.get("id")) for call in calls if isinstance(call, dict)] if calls else []
        called_at = index
    if waiting:
        yield refusal("unanswered_tool_call", index=called_at + 1, ids=", ".join(waiting))
    form = body.get("response_format")
    wants_json = isinstance(form, dict) and form.get("type") == "json_object"
    if wants_json and not any("json" in text_of(message.get("content")).lower() for message in messages):
        yield refusal("no_json")


def _called(before: list[Any], message: Body) -> bool:
    """Whether the last message that isn't a tool's called this one: answers may come twice."""
    for earlier in reversed(before):
        if earlier.get("role") != "tool":
            calls = earlier.get("tool_calls") or ()
            return any(call.get("id") == message.get("tool_call_id") for call in calls if isinstance(call, dict))
    return False


def _by_schema(body: Body) -> Iterator[APIError]:
    form = body.get("response_format")
    wanted = form.get("json_schema") if isinstance(form, dict) else None
    if isinstance(wanted, dict) and isinstance(wanted.get("schema"), dict):
        fault = schema_fault(wanted["schema"], strict=wanted.get("strict") is True)
        if fault is not None:
            yield refusal("response_format_schema", name=wanted.get("name"), context=fault.context, fault=fault.reason)
    for index, tool in enumerate(body.get("tools") or ()):
        function = tool.get("function") if isinstance(tool, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("parameters"), dict):
            continue
        fault = schema_fault(function["parameters"], strict=function.get("strict") is True)
        if fault is not None:
            param = f"tools[{index}].function.parameters"
            values = {"name": function.get("name"), "context": fault.context, "fault": fault.reason}
            yield refusal("function_schema", param=param, **values)


def _messages(body: Body) -> list[Any]:
    messages = body.get("messages")
    return [m for m in messages if isinstance(m, dict)] if isinstance(messages, list) else []

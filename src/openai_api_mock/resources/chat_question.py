"""What a chat completion's request asks, read from its body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..answer import JSON, Question, Tool
from ..call import Refused
from ..catalog.faults import wrong_value
from ..content import dicts, text_of
from ..errors import APIError
from ..models import Model
from ..wordings import refusal

Body = Mapping[str, JSON]

_AUDIO_FORMATS = ("wav", "aac", "mp3", "flac", "opus", "pcm16")
"""Of a whole answer; a stream has the last alone."""


def question_of(body: Body, model: Model) -> Question:
    """Raises Refused where the parts of the body contradict one another."""
    messages = dicts(body.get("messages"))
    tools = tools_of(body)
    choice, forced, allowed = _choice(body, tools)
    if allowed is not None:
        tools = tuple(tool for tool in tools if tool.name in allowed)
    user, called, results = _heard(messages)
    return Question(
        model=str(body.get("model", "")),
        user=user,
        told=_told(messages),
        tools=tools,
        choice=choice,
        forced=forced,
        parallel=body.get("parallel_tool_calls") is not False and "functions" not in body,
        called=called,
        results=results,
        schema=_schema(body),
        max_tokens=_first_int(body.get("max_completion_tokens"), body.get("max_tokens")),
        stop=_stops(body.get("stop")),
        audio=_audio(body),
        voice=_voice(body),
        effort=str(body.get("reasoning_effort") or model.family.effort) if model.family.reasoning else None,
    )


def tools_of(body: Body) -> tuple[Tool, ...]:
    """The tools that are offered; legacy `functions` among them."""
    if not offers_tools(body):
        return ()
    return (*map(_tool, dicts(body.get("tools"))), *map(_function, dicts(body.get("functions"))))


def offers_tools(body: Body) -> bool:
    return "tools" in body or "functions" in body


def definitions_of(body: Body) -> list[Mapping[str, JSON]]:
    """The `{name, description, parameters}` of every function that is offered."""
    wrapped = [tool["function"] for tool in dicts(body.get("tools")) if isinstance(tool.get("function"), dict)]
    return wrapped + dicts(body.get("functions"))


def _tool(tool: Body) -> Tool:
    if tool.get("type") == "custom":
        custom = tool.get("custom") or {}
        form = custom.get("format")
        grammar = form.get("grammar") if isinstance(form, dict) else None
        return Tool(
            str(custom.get("name", "")),
            "custom",
            description=str(custom.get("description") or ""),
            grammar={"type": "grammar", **grammar} if isinstance(grammar, dict) else None,
        )
    return _function(tool.get("function") or {})


def _function(function: Body) -> Tool:
    return Tool(
        str(function.get("name", "")),
        parameters=function.get("parameters"),
        description=str(function.get("description") or ""),
    )


def _choice(body: Body, tools: tuple[Tool, ...]) -> tuple[Any, str | None, frozenset[str] | None]:
    """Whether tools may or must be called, the one that must be, and those that may be."""
    param = "function_call" if "function_call" in body else "tool_choice"
    choice = body.get(param)
    if choice is None:
        return "auto", None, None
    if not tools and choice not in ("none", "auto"):
        raise Refused(refusal("tools_missing", param=param))
    if isinstance(choice, str):
        return choice, None, None
    if choice.get("type") == "allowed_tools":
        allowed = choice.get("allowed_tools") or {}
        names = frozenset(_named(entry) for entry in dicts(allowed.get("tools")))
        for name in names:
            _known(name, tools, param)
        return allowed.get("mode", "auto"), None, names
    return "required", _known(_named(choice), tools, param), None


def _named(choice: Body) -> str:
    inner = choice.get(str(choice.get("type")))
    return str((inner if isinstance(inner, dict) else choice).get("name", ""))


def _known(name: str, tools: tuple[Tool, ...], param: str) -> str:
    if any(tool.name == name for tool in tools):
        return name
    raise Refused(refusal("tool_choice", name=name, param=param))


def _heard(messages: list[Body]) -> tuple[str, frozenset[str], tuple[str, ...]]:
    """What the user said last, the tools called since then, and what they gave."""
    user = ""
    called: set[str] = set()
    results: list[str] = []
    for message in reversed(messages):
        role = message.get("role")
        if role == "user":
            user = text_of(message.get("content"))
            break
        if role in ("tool", "function"):
            results.append(text_of(message.get("content")))
        for call in dicts(message.get("tool_calls")):
            called.add(_named(call))
        if isinstance(message.get("function_call"), dict):
            called.add(str(message["function_call"].get("name")))
    return user, frozenset(called), tuple(reversed(results))


def _told(messages: list[Body]) -> str:
    return "\n".join(text_of(m.get("content")) for m in messages if m.get("role") in ("system", "developer"))


def _schema(body: Body) -> Any:
    form = body.get("response_format")
    if not isinstance(form, dict):
        return None
    if form.get("type") == "json_schema":
        schema = (form.get("json_schema") or {}).get("schema")
        return True if schema is None else schema
    return True if form.get("type") == "json_object" else None


def _audio(body: Body) -> str | None:
    if "audio" not in (body.get("modalities") or ()):
        return None
    audio = body.get("audio")
    if not isinstance(audio, dict):
        raise Refused(
            APIError(400, "Missing required parameter: 'audio'.", param="audio", code="missing_required_parameter")
        )
    form = str(audio.get("format"))
    supported = ("pcm16",) if body.get("stream") else _AUDIO_FORMATS
    if form not in supported:
        streamed = " when stream=true" if body.get("stream") else ""
        raise Refused(
            APIError(
                400,
                f"Unsupported value: 'audio.format' does not support {form!r}{streamed}. "
                f"Supported values are: {', '.join(map(repr, supported))}.",
                param="audio.format",
                code="unsupported_value",
            )
        )
    return form


def _voice(body: Body) -> str:
    """The voice's name, or the id of one that the user made."""
    audio = body.get("audio")
    if not isinstance(audio, dict):
        return "alloy"
    voice = audio.get("voice") or "alloy"
    if isinstance(voice, dict):
        return str(voice.get("id", ""))
    from ..generate.speech_voice import PITCHES  # with the first request that asks for speech: few do

    if voice not in PITCHES:
        fault = wrong_value(("audio", "voice"), voice, list(PITCHES))
        raise Refused(APIError(400, fault.message, param=fault.param, code=fault.code))
    return str(voice)


def _stops(stop: JSON) -> tuple[str, ...]:
    if not stop:
        return ()
    return (stop,) if isinstance(stop, str) else tuple(s for s in stop if isinstance(s, str))


def _first_int(*values: JSON) -> int | None:
    for value in values:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None

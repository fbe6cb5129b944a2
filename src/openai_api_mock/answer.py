"""What "the model" says, be it scripted, replayed or generated. Every endpoint renders the same Answer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from .content import shortened
from .errors import APIError, UsageError

JSON = Any
"""A JSON value. Recursive aliases make every reader cast; what is decoded is checked by its schema instead."""

FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "function_call"]


ToolKind = Literal["function", "custom", "hosted", "builtin"]
"""`hosted` tools are run by the API itself, which goes on to speak (web search); `builtin` ones are the API's too, but
the client runs them (computer). Both are known by their type: `web_search`."""


class ToolCall(msgspec.Struct, frozen=True):
    """A call of one tool. `arguments` is the JSON text of a function's arguments, or a custom tool's plain input."""

    name: str
    arguments: str
    kind: ToolKind = "function"
    id: str | None = None


def tool_call(name: str, given: Mapping[str, JSON] | None = None, /, **arguments: JSON) -> ToolCall:
    """A call of the function `name` with these arguments, for `openai_mock.reply(...)`: by keyword, or in a mapping
    where their names aren't Python's. Raises UsageError on arguments that are no JSON."""
    if type(name) is not str or not name:
        raise UsageError(f"tool_call({name!r}) can't be: the function's name is a text")
    if given is not None and not isinstance(given, Mapping):
        raise UsageError(f"tool_call({name!r}, {shortened(repr(given))}) can't be: arguments have names, city='Paris'")
    return ToolCall(name, json_of({**(given or {}), **arguments}, f"tool_call({name!r}, ...)").decode())


class Audio(msgspec.Struct, frozen=True):
    """Spoken words: the bytes in the format that was asked for, and the transcript."""

    data: bytes
    transcript: str


class Usage(msgspec.Struct, frozen=True):
    """Token counts of one exchange."""

    input: int
    output: int
    reasoning: int = 0
    cached: int = 0
    audio: int = 0


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the model says in one choice."""

    text: str | None = None
    refusal: str | None = None
    reasoning: str | None = None
    """The summary of what the model thought, where a request asks for that."""
    tool_calls: tuple[ToolCall, ...] = ()
    items: tuple[Mapping[str, JSON], ...] = ()
    """Further output items of a response, as they are on the wire, ahead of its text: `{"type": "web_search_call", …}`.
    An id and a status are added where they lack."""
    audio: Audio | bytes | str | Path | None = None
    """What is heard, where audio is asked for: a file's path, or its bytes. The text is what is said in it."""
    images: Sequence[bytes | str | Path] = ()
    """What is to be seen, where images are made: files' paths, or their bytes. None: they are drawn."""
    annotations: tuple[Mapping[str, JSON], ...] = ()
    finish_reason: FinishReason | None = None
    """None: follows from the rest (`tool_calls` where tools are called, `stop` otherwise)."""
    reasoning_tokens: int = 0
    usage: Usage | None = None
    """None: counted."""
    error: APIError | None = None
    """What goes wrong after all this was said: a response fails, a chat's stream breaks off. (A chat that doesn't
    stream is answered by the error.)"""
    pieces: tuple[str, ...] | None = None
    """The text (or refusal, or where there is none, the arguments of the one call) in the parts that a stream sends;
    None: its tokens."""
    vectors: Mapping[str, Sequence[float]] | None = None
    """The embeddings of these texts; of others, the mock's own."""
    structured: bool = False
    """Whether the text is JSON that must fit the schema that a request asks for."""
    tokens: int | None = None
    """How many tokens the text (or refusal) has; None: counted."""

    @classmethod
    def of(cls, value: object) -> Answer:
        """The answer that a user means by a string, a tool call, several of them, or an Answer. Raises UsageError."""
        from .answer_checks import checked

        return checked(cls._of(value))

    @classmethod
    def _of(cls, value: object) -> Answer:
        if isinstance(value, Answer):
            return value
        if isinstance(value, str):
            return cls(text=value)
        if isinstance(value, ToolCall):
            return cls(tool_calls=(value,))
        if isinstance(value, Sequence) and value and all(isinstance(item, ToolCall) for item in value[1:]):
            if isinstance(value[0], ToolCall):
                return cls(tool_calls=tuple(value))
            if isinstance(value[0], str) and len(value) > 1:
                return cls(text=value[0], tool_calls=tuple(value[1:]))
        if isinstance(value, dict) or hasattr(value, "model_dump_json"):
            return cls(text=json_of(value, "reply(...)").decode(), structured=True)
        hint = ""
        if isinstance(value, bytes):
            hint = " For a file as it is, reply(file='path')."
        elif isinstance(value, Sequence):
            hint = " For one after the other, replies('a', 'b'); for the chunks of a stream, reply(stream=['a', 'b'])."
        elif isinstance(value, (APIError, BaseException)):
            hint = " For an error, fail(400, 'message')."
        raise UsageError(
            "a reply is a text, tool_call(...), several of them, an object (a dict or a pydantic model) or an Answer; "
            f"this is {type(value).__name__}: {shortened(repr(value), 120)}.{hint}"
        )

    @property
    def sound(self) -> Audio | None:
        """The audio, its file read."""
        return self.audio if isinstance(self.audio, Audio) else None

    @property
    def finish(self) -> FinishReason:
        return self.finish_reason or ("tool_calls" if self.tool_calls else "stop")


class Tool(msgspec.Struct, frozen=True):
    """A tool that the request offers."""

    name: str
    kind: ToolKind = "function"
    parameters: Mapping[str, JSON] | bool | None = None
    description: str = ""
    grammar: Mapping[str, JSON] | None = None
    """A custom tool's `format`, where it has one."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What a request asks of the model, in no endpoint's own shape."""

    model: str
    user: str = ""
    """The text of the last message of the user."""
    told: str = ""
    """The text of system and developer messages and of instructions."""
    tools: tuple[Tool, ...] = ()
    choice: Literal["auto", "required", "none"] = "auto"
    forced: str | None = None
    """The one tool that must be called."""
    parallel: bool = True
    called: frozenset[str] = frozenset()
    """Tools called since the user's last message."""
    results: tuple[str, ...] = ()
    """Their results."""
    schema: Mapping[str, JSON] | bool | None = None
    """The JSON Schema that the text must obey; True where any JSON object will do."""
    max_tokens: int | None = None
    """Tokens that may be generated, reasoning included."""
    stop: tuple[str, ...] = ()
    audio: str | None = None
    """The format of the audio that is asked for."""
    voice: str = "alloy"
    """Who speaks it."""
    effort: str | None = None
    """Reasoning effort; None where the model doesn't reason."""
    plain: bool = False
    """Whether it is known to ask for a text and nothing else: no tools, no form, no bounds."""


def json_of(value: Any, where: str) -> bytes:
    """An object as the JSON text that a model would write. Raises UsageError on what is none."""
    if hasattr(value, "model_dump_json"):
        return str(value.model_dump_json()).encode()
    try:
        _refuse_others(value)
        return msgspec.json.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"{where} can't be written as JSON: {error}; it is {shortened(repr(value), 120)}") from error


def _refuse_others(value: Any) -> None:
    """Raises TypeError on what would be written as something else: bytes, sets, and numbers that aren't."""
    if isinstance(value, (bytes, bytearray, set, frozenset)) or (isinstance(value, float) and not math.isfinite(value)):
        raise TypeError(f"{shortened(repr(value))} is none")
    if isinstance(value, Mapping):
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        return
    for each in value:
        _refuse_others(each)

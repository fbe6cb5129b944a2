"""What each part of an Answer may be, told where a user wrote something else."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from .content import shortened
from .errors import APIError, UsageError

if TYPE_CHECKING:
    from .answer import Answer

Check = Callable[[Any], bool]


def checked(answer: Answer) -> Answer:
    """The answer, its lists as tuples and its files read. Raises UsageError on a part that can't be."""
    changes: dict[str, Any] = {}
    for name, value in _given(answer):
        fine, wanted = FIELDS[name]
        if not fine(value):
            raise _cannot(name, value, wanted)
        if isinstance(value, list):
            changes[name] = tuple(value)
    answer = msgspec.structs.replace(answer, **changes) if changes else answer
    _refuse_contradictions(answer)
    return _with_files(answer)


def _given(answer: Answer) -> Iterator[tuple[str, Any]]:
    """The parts that aren't as they are anyhow."""
    for name, default in zip(answer.__struct_fields__, answer.__struct_defaults__, strict=True):
        value = getattr(answer, name)
        if value is not default:
            yield name, value


def _cannot(name: str, value: object, wanted: str) -> UsageError:
    return UsageError(f"Answer({name}={shortened(repr(value), 80)}) can't be: it takes {wanted}")


def _refuse_contradictions(answer: Answer) -> None:
    if answer.text is not None and answer.refusal is not None:
        raise UsageError("Answer(text=..., refusal=...) can't be: a refusal stands in the place of the text")
    said = answer.text if answer.refusal is None else answer.refusal
    if said is None and len(answer.tool_calls) == 1:
        said = answer.tool_calls[0].arguments
    if answer.pieces is not None and "".join(answer.pieces) != (said or ""):
        raise _cannot("pieces", answer.pieces, f"the parts of its text, which is {shortened(repr(said or ''))}")
    if answer.structured:
        try:
            msgspec.json.decode(answer.text or "")
        except msgspec.DecodeError as error:
            raise UsageError(f"Answer(structured=True) can't be: its text is no JSON: {error}") from None


def _with_files(answer: Answer) -> Answer:
    """The answer with what is in the files that it names."""
    from .answer import Audio

    if answer.audio is not None and not isinstance(answer.audio, Audio):
        answer = msgspec.structs.replace(answer, audio=Audio(_content("audio", answer.audio), answer.text or ""))
    if answer.images:
        answer = msgspec.structs.replace(answer, images=tuple(_content("images", image) for image in answer.images))
    return answer


def _content(name: str, given: bytes | str | Path) -> bytes:
    if isinstance(given, bytes):
        return given
    path = Path(given)
    if not path.is_file():
        raise UsageError(f"Answer({name}={str(path)!r}) can't be: there is no such file ({path.absolute()})")
    return path.read_bytes()


def _text(value: object) -> bool:
    return isinstance(value, str)


def _count(value: object) -> bool:
    return type(value) is int and value >= 0


def _several(fine: Check) -> Check:
    return lambda value: isinstance(value, (list, tuple)) and all(map(fine, value))


def _file(value: object) -> bool:
    return isinstance(value, (bytes, str, Path))


def _item(value: object) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("type"), str)


def _audio(value: object) -> bool:
    from .answer import Audio

    return (isinstance(value, Audio) and type(value.data) is bytes and _text(value.transcript)) or _file(value)


def _call(value: object) -> bool:
    from .answer import ToolCall, ToolKind

    return (
        isinstance(value, ToolCall)
        and _text(value.name)
        and value.name != ""
        and _text(value.arguments)
        and value.kind in get_args(ToolKind)
        and (value.id is None or _text(value.id))
    )


def _usage(value: object) -> bool:
    from .answer import Usage

    return isinstance(value, Usage) and all(map(_count, msgspec.structs.astuple(value)))


def _vectors(value: object) -> bool:
    return isinstance(value, Mapping) and all(_text(text) and _vector(vector) for text, vector in value.items())


def _vector(value: object) -> bool:
    return (
        isinstance(value, Sequence)
        and len(value) > 0
        and all(type(number) in (int, float) and math.isfinite(number) for number in value)
    )


def _finish(value: object) -> bool:
    from .answer import FinishReason

    return value in get_args(FinishReason)


_CALLS = "tool_call('name', city='Paris') and the like in a tuple; a ToolCall's arguments are JSON text"
_ITEMS = "objects with a type in a tuple, as they are on the wire"

FIELDS: dict[str, tuple[Check, str]] = {
    "text": (_text, "a text"),
    "refusal": (_text, "a text"),
    "reasoning": (_text, "a text"),
    "tool_calls": (_several(_call), _CALLS),
    "items": (_several(_item), _ITEMS),
    "audio": (_audio, "a file's path, or its bytes; what is said in it is the text"),
    "images": (_several(_file), "files' paths, or their bytes, in a tuple"),
    "annotations": (_several(_item), _ITEMS),
    "finish_reason": (_finish, "'stop', 'length', 'tool_calls', 'content_filter' or 'function_call'"),
    "reasoning_tokens": (_count, "a whole number, 0 or more"),
    "usage": (_usage, "Usage(input=10, output=20): whole numbers, 0 or more"),
    "error": (lambda value: isinstance(value, APIError), "APIError(500, 'Sorry about that!', 'server_error')"),
    "pieces": (_several(_text), "the parts of its text in a tuple"),
    "vectors": (_vectors, "texts with the numbers of each: {'text': [0.1, 0.2]}"),
    "structured": (lambda value: type(value) is bool, "True or False"),
    "tokens": (_count, "a whole number, 0 or more"),
}

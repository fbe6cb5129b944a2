"""Replies that no model says: errors, and what is sent as it was given, past all rendering: JSON, events, files."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import msgspec

from ..answer import Answer
from ..answer import json_of as text_of_json
from ..content import shortened
from ..durations import with_wait
from ..errors import NAMED_FAILURES, Failure, UsageError, failure, wait_headers
from ..faults import FAULTS
from ..stream.sse import CONTENT_TYPE
from ..wire import Reply, Stream
from .refusals import refuse_seconds, refuse_words
from .rules import Change, Fail, Send


def fail_of(
    status: int | Failure,
    message: str | None = None,
    *,
    code: str | None = None,
    type: str | None = None,
    param: str | None = None,
    retry_after: float | None = None,
) -> Fail:
    """The API's error for a status or of a name, with these changes. Raises UsageError."""
    if status in FAULTS and status not in NAMED_FAILURES:
        raise UsageError(f"fail({status!r}) can't be: that is no error of the API's, but fault({status!r})")
    error = failure(status)
    refuse_words(message=message, code=code, type=type, param=param)
    changes: dict[str, Any] = {"message": message, "code": code, "type": type, "param": param}
    error = msgspec.structs.replace(error, **{k: v for k, v in changes.items() if v is not None})
    if retry_after is not None:
        refuse_seconds("retry_after", retry_after)
        told = error.message if message is not None else with_wait(error.message, retry_after)
        error = msgspec.structs.replace(error, message=told, headers=(*error.headers, *wait_headers(retry_after)))
    return Fail(error)


def json_of(value: object, status: int) -> Send:
    """A JSON body. Raises UsageError on what is no JSON."""
    return Send(_checked(status), "application/json", text_of_json(value, "reply(json=...)"))


def events_of(values: Sequence[object], chunk_delay: float | None) -> Send:
    """The events of a stream: an object with a `type` beginning with `response.` has its name too, as the API sends it;
    a text is sent as it is."""
    if not isinstance(values, (list, tuple)) or not values:
        raise UsageError(f"reply(events={values!r}) can't be: it takes a list of events")
    return Send(200, CONTENT_TYPE, tuple(map(_event, values)), chunk_delay)


def change_of(fields: object) -> Change:
    """Fields that are laid over what the mock would reply. Raises UsageError on what are none."""
    if not isinstance(fields, dict) or not fields or not all(isinstance(name, str) for name in fields):
        raise UsageError(f"reply(fields={shortened(repr(fields))}) can't be: it takes names with their values")
    text_of_json(fields, "reply(fields=...)")
    return Change(fields)


def laid_over(reply: Reply, fields: Mapping[str, Any]) -> Reply:
    """The reply with these fields, likewise in objects within it and in lists of them. Raises UsageError where it is no
    JSON object."""
    try:
        value = msgspec.json.decode(reply.body) if isinstance(reply.body, bytes) else None
    except msgspec.DecodeError:
        value = None
    if not isinstance(value, dict):
        kind = "a stream" if isinstance(reply.body, Stream) else "no JSON object"
        raise UsageError(
            f"reply(fields=...) can't be laid over this reply, which is {kind}: reply(json=...), or events="
        )
    reply.body = msgspec.json.encode(_merged(value, fields))
    return reply


def _merged(value: Any, laid: Any) -> Any:
    if isinstance(value, dict) and isinstance(laid, dict):
        return {**value, **{name: _merged(value.get(name), field) for name, field in laid.items()}}
    if isinstance(value, list) and isinstance(laid, list):
        return [_merged(own, other) for own, other in zip_longest(value[: len(laid)], laid)]
    return laid


def pieces_of(stream: object) -> Answer:
    """The text in the parts that a stream sends."""
    if not isinstance(stream, (list, tuple)) or not stream or not all(isinstance(chunk, str) for chunk in stream):
        raise UsageError(f"reply(stream={shortened(repr(stream))}) can't be: it takes the chunks' texts in a list")
    return Answer(text="".join(stream), pieces=tuple(stream))


def file_of(path: str | Path, status: int) -> Send:
    """A file's bytes. Raises UsageError where there is none."""
    if not isinstance(path, (str, Path)):
        raise UsageError(f"reply(file={path!r}) can't be: it takes a path")
    path = Path(path)
    if not path.is_file():
        raise UsageError(f"reply(file={str(path)!r}) can't be: there is no such file ({path.absolute()})")
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Send(_checked(status), kind, path.read_bytes())


def _event(value: object) -> bytes:
    if isinstance(value, str):
        return f"data: {value}\n\n".encode()
    data = text_of_json(value, "reply(events=...)")
    name = value.get("type") if isinstance(value, dict) else None
    if isinstance(name, str) and (name.startswith("response.") or name == "error"):
        return b"event: %b\ndata: %b\n\n" % (name.encode(), data)
    return b"data: %b\n\n" % data


def _checked(status: object) -> int:
    if type(status) is not int or not 200 <= status <= 599:
        raise UsageError(f"status={status!r} can't be: it takes a number from 200 to 599")
    return status

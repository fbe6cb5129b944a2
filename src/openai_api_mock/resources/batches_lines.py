"""The lines of a batch's files: requests read, replies written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

import msgspec
from msgspec import UNSET, Raw, UnsetType

from ..noise import Noise
from ..wire import Reply


class Line(msgspec.Struct):
    """A line of the input."""

    custom_id: Any = UNSET
    method: Any = UNSET
    url: Any = UNSET
    body: Raw | UnsetType = UNSET


class Body(msgspec.Struct):
    """What a batch wants to know of a request; the rest is looked at when the request is made."""

    model: Any = None
    stream: Any = None
    messages: Raw | UnsetType = UNSET
    input: Raw | UnsetType = UNSET
    prompt: Raw | UnsetType = UNSET


read_line = msgspec.json.Decoder(Line).decode
read_body = msgspec.json.Decoder(Body).decode


class Asked(msgspec.Struct):
    """A request of the input."""

    number: int
    """Of its line, from 1."""
    end: int
    """Where the line ends, in bytes from the file's beginning."""
    line: Line


def numbered(file: IO[bytes], number: int) -> Iterator[tuple[int, int, bytes]]:
    """The lines from where a file stands, which is behind `number` of them, each with its number and where it ends.
    Empty ones count, and are left out."""
    end = file.tell()
    for text in file:
        number, end = number + 1, end + len(text)
        if not text.isspace():
            yield number, end, text


def asked(file: IO[bytes], offset: int, number: int) -> Iterator[Asked]:
    """The requests of an input that has been checked, from there on."""
    file.seek(offset)
    for at, end, text in numbered(file, number):
        yield Asked(at, end, read_line(text))


def written(batch: str, asked: Asked, reply: Reply) -> tuple[str, bytes]:
    """The id and the line of a request that was answered."""
    request_id = next((value for name, value in reply.headers if name == "x-request-id"), "").removeprefix("req_")
    id = _id(batch, asked)
    # As recorded: with spaces, and in this order.
    response = b'{"status_code": %d, "request_id": "%b", "body": %b}' % (
        reply.status, request_id.encode(), body_of(reply),
    )  # fmt: skip
    return id, b'{"id": "%b", "custom_id": %b, "response": %b, "error": null}\n' % (
        id.encode(), _encode(asked.line.custom_id), response,
    )  # fmt: skip


def expired(batch: str, asked: Asked) -> bytes:
    """The line of a request for which there was no time."""
    message = b"This request could not be executed before the completion window expired."
    return b'{"id": "%b", "custom_id": %b, "response": null, "error": {"code": "batch_expired", "message": "%b"}}\n' % (
        _id(batch, asked).encode(), _encode(asked.line.custom_id), message,
    )  # fmt: skip


def body_of(reply: Reply) -> bytes:
    """A reply's body as JSON in one line; what isn't JSON as a text."""
    body = reply.body if isinstance(reply.body, bytes) else reply.body.join()
    if reply.status == 200 and b"\n" not in body and body[:1] == b"{":
        return body
    try:
        return _encode(msgspec.json.decode(body))
    except msgspec.DecodeError:
        return _encode(body.decode("utf-8", "replace"))


def _id(batch: str, asked: Asked) -> str:
    return "batch_req_" + Noise(f"{batch} {asked.number}".encode()[:64]).randbytes(16).hex()


_encode = msgspec.json.Encoder().encode

"""Multipart forms: a request's fields and files."""

from __future__ import annotations

import io
from typing import IO

import msgspec

from .wire import Request

FORM = "multipart/form-data"
_FIELDS = 10_000
_IN_MEMORY = 1024 * 1024
_ALL_IN_MEMORY = 64 * 1024 * 1024


class File(msgspec.Struct, frozen=True):
    """A file of a form. Large ones lie on disk."""

    filename: str
    content_type: str
    size: int
    """Bytes."""
    content: IO[bytes]
    """At its start."""

    def __del__(self) -> None:
        # A large one is a temporary file, which Python warns about where nobody closes it.
        self.content.close()


class NoForm(ValueError):
    """The body isn't the form that its content type says."""


def read_form(request: Request) -> list[tuple[str, str | File]]:
    """The fields of a multipart body, in order. Raises NoForm."""
    # Imported with the first form: most calls have none.
    from multipart import MultipartError, MultipartParser, parse_options_header

    _, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get("boundary")
    if not boundary:
        raise NoForm("no boundary")
    stream = io.BytesIO(request.body) if isinstance(request.body, bytes) else request.body
    fields: list[tuple[str, str | File]] = []
    parser = MultipartParser(stream, boundary, part_limit=_FIELDS, spool_limit=_IN_MEMORY, memory_limit=_ALL_IN_MEMORY)
    try:
        for part in parser:
            if part.filename is None:
                fields.append((part.name, part.value))
            else:
                part.file.seek(0)
                fields.append((part.name, File(part.filename, part.content_type, part.size, part.file)))
    except (MultipartError, UnicodeDecodeError) as error:
        raise NoForm(str(error)) from error
    return fields

"""The bodies of requests of httpx and httpx2: large forms go to disk, as on a server, so that they are never held."""

from __future__ import annotations

import tempfile
from typing import IO, Any

SPOOL_AT = 1024 * 1024
"""Bytes of a multipart form that are held; a larger one goes to disk."""

Body = bytes | IO[bytes]


def read(request: Any) -> Body:
    """A request's body, for `close` to let go of."""
    if not _is_large_form(request):
        content: bytes = request.read()
        return content
    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by close()
    try:
        file.writelines(request.stream)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


async def read_async(request: Any) -> Body:
    """The same of an async client's request."""
    if not _is_large_form(request):
        content: bytes = await request.aread()
        return content
    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by close()
    try:
        async for part in request.stream:
            file.write(part)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def close(body: Body) -> None:
    if not isinstance(body, bytes):
        body.close()


def _is_large_form(request: Any) -> bool:
    if hasattr(request, "_content"):  # it is held already, as JSON is
        return False
    length = request.headers.get("content-length", "")
    kind = request.headers.get("content-type", "")
    return length.isdecimal() and int(length) > SPOOL_AT and kind.startswith("multipart/form-data")

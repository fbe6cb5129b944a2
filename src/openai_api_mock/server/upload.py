"""A request's body as it comes in: how large it may be, and where it is kept meanwhile."""

from __future__ import annotations

import tempfile
from typing import IO

from ..errors import BODY_LIMIT, TOO_LARGE, APIError

JSON_LIMIT = BODY_LIMIT
FORM_LIMIT = (512 + 1) * 1024 * 1024
"""Bytes of a multipart form: the API takes files of up to 512 MB, and the rest of the form comes on top."""
SPOOL_AT = 1024 * 1024
"""Bytes of a multipart form that are kept in memory; beyond, it goes to disk."""

FORM_TOO_LARGE = APIError(413, f"Request body is larger than the limit of {FORM_LIMIT} bytes.")


class TooLarge(Exception):
    """The body is larger than the API takes. `error` says so in its shape."""

    def __init__(self, error: APIError) -> None:
        self.error = error


class Upload:
    """Collects one body. Whoever made it calls `close`."""

    _first = b""
    _size = 0
    _file: IO[bytes] | None = None
    _parts: list[bytes] | None = None
    _is_form = False
    _limit = JSON_LIMIT

    def __init__(self, fields: dict[bytes, bytes]) -> None:
        """Raises TooLarge where the request itself says that it is."""
        kind = fields.get(b"content-type")
        if kind is not None and kind[:19].lower() == b"multipart/form-data":
            self._is_form, self._limit = True, FORM_LIMIT
        length = fields.get(b"content-length")
        # The server has checked that it is a number. One of a few digits can't be too large.
        if length is not None and len(length) > 7 and int(length) > self._limit:
            raise self._too_large()

    def add(self, data: bytes) -> None:
        """Raises TooLarge where this is more than the API takes."""
        self._size += len(data)
        if self._size > self._limit:
            raise self._too_large()
        if not self._first:
            self._first = data
            return
        if self._file is not None:
            self._file.write(data)
            return
        if self._parts is None:
            self._parts = [self._first]
        self._parts.append(data)
        if self._is_form and self._size > SPOOL_AT:
            self._spool()

    def content(self) -> bytes | IO[bytes]:
        """The whole body: bytes, or a file at its beginning."""
        if self._file is not None:
            self._file.seek(0)
            return self._file
        return self._first if self._parts is None else b"".join(self._parts)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._first, self._parts = b"", None

    def _spool(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by close()
        self._file.writelines(self._parts or ())
        self._parts = None

    def _too_large(self) -> TooLarge:
        return TooLarge(FORM_TOO_LARGE if self._is_form else TOO_LARGE)

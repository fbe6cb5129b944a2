"""What the API says of a file that it can't read: `last_error` of a vector store's file."""

from __future__ import annotations

from typing import Literal

Code = Literal["server_error", "unsupported_file", "invalid_file"]
Reason = tuple[Code, str]

# The first two are quoted from real stores; the others are worded like the second.
UNSUPPORTED: Reason = ("unsupported_file", "The file type is not supported.")
TOO_LARGE: Reason = ("invalid_file", "The file could not be parsed because it is too large.")
EMPTY: Reason = ("invalid_file", "The file could not be parsed because it is empty.")
BROKEN: Reason = ("invalid_file", "The file could not be parsed because it is malformed.")
ENCRYPTED: Reason = ("invalid_file", "The file could not be parsed because it is encrypted.")
GONE: Reason = ("invalid_file", "The file could not be parsed because it does not exist.")


class Unreadable(Exception):
    """A file without a text that could be read."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

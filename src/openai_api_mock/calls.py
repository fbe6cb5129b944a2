"""The journal's calls as a test reads them: a sequence, of the whole mock or of one route."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import msgspec

from .answer import Usage
from .errors import MockError
from .journal import Entry, Journal
from .journal_tokens import tokens_of


class Calls(Sequence[Entry]):
    """The calls that a mock, or one of its routes, was asked; oldest first."""

    def __init__(self, journal: Journal, operation: str | None = None) -> None:
        self._journal = journal
        self._operation = operation

    def _kept(self) -> list[Entry]:
        entries = self._journal.entries()
        return entries if self._operation is None else [e for e in entries if e.operation == self._operation]

    def __len__(self) -> int:
        return self._journal.total if self._operation is None else len(self._kept())

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        return self._kept()[index]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._kept())

    @property
    def last(self) -> Entry:
        if not self:
            raise MockError(f"{self._operation or 'the mock'} was not called")
        return self[-1]

    @property
    def tokens(self) -> Usage:
        """What the replies of all these calls say of tokens, added up; of what was retried, the last attempt's."""
        return tokens_of(entry.usage for entry in self)

    def to_json(self) -> str:
        """All of it as a JSON array."""
        return msgspec.json.encode([entry.to_dict() for entry in self]).decode()

    def transcript(self) -> str:
        """All of it to read, a line for each call."""
        return "\n".join(f"{number}. {entry.line()}" for number, entry in enumerate(self, 1))

    def __repr__(self) -> str:
        return f"[{', '.join(map(repr, self._kept()))}]"

"""What was asked and answered, within a bound of memory."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import overload

import msgspec

from .answer import JSON, Answer
from .errors import MockError, mask
from .wire import Request

logger = logging.getLogger("openai_api_mock")

ENTRIES = 20_000
"""Calls that are kept at all; each is a few hundred bytes without its body and headers."""
HEADERS_SIZE = 2_000
"""What the headers of a call are taken to weigh."""
_SECRET_HEADERS = frozenset(("authorization", "api-key", "cookie"))


class Entry:
    """One call, as the journal keeps it."""

    __slots__ = (
        "_body",
        "_headers",
        "answer",
        "at",
        "azure",
        "error",
        "method",
        "operation",
        "path",
        "query",
        "rule",
        "status",
    )

    def __init__(self, request: Request, at: float) -> None:
        self.at = at
        """When it came: seconds since the epoch, on the engine's clock."""
        self.method = request.method
        self.path = request.path
        self.query = request.query
        self.azure = request.azure or request.path.startswith("/openai/")
        """Whether it came by a host or a path of Azure's form."""
        self.operation: str | None = None
        """The client's method, such as `chat.completions.create`; None where no operation has this path."""
        self.status = 0
        """The HTTP status of the answer; 0 while there is none, or where the mock raised instead."""
        self.answer: Answer | None = None
        self.rule: str | None = None
        """The scripted reply that answered, as it reads in reports."""
        self.error: BaseException | None = None
        """What the mock raised instead of answering."""
        self._headers: Mapping[str, str] | None = request.headers
        self._body: bytes | None = request.body if isinstance(request.body, bytes) else None

    @property
    def headers(self) -> dict[str, str]:
        """The request's headers, names in lower case, keys masked."""
        if self._headers is None:
            raise self._gone("headers")
        return {name: _masked(name, value) for name, value in self._headers.items()}

    @property
    def content(self) -> bytes:
        """The request's body as it came."""
        if self._body is None:
            raise self._gone("body")
        return self._body

    @property
    def is_whole(self) -> bool:
        """Whether the journal still has its body and headers."""
        return self._body is not None

    @property
    def body(self) -> JSON:
        """The request's JSON body."""
        return msgspec.json.decode(self.content) if self.content else None

    def weight(self) -> int:
        return HEADERS_SIZE + len(self._body or b"")

    def let_go(self) -> None:
        self._body = self._headers = None

    def _gone(self, what: str) -> MockError:
        if self._headers is not None:
            return MockError(
                f"the {what} of {self.method} {self.path} was a large upload, which the journal never keeps"
            )
        return MockError(
            f"the journal has let go of the {what} of {self.method} {self.path}, one of its oldest calls: "
            "mock_openai(journal_bytes=...) sets how much it keeps"
        )

    def __repr__(self) -> str:
        return f"<{self.method} {self.path} -> {self.status or self.error!r}>"


def _masked(name: str, value: str) -> str:
    if name not in _SECRET_HEADERS:
        return value
    scheme, space, key = value.rpartition(" ")
    return scheme + space + mask(key)


class Journal:
    """The calls of one engine, oldest first."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.total = 0
        """Calls that were ever made."""
        self._entries: deque[Entry] = deque(maxlen=ENTRIES)
        self._whole: deque[Entry] = deque()
        self._bytes = 0
        self._said = False

    def begin(self, request: Request, at: float) -> Entry:
        entry = Entry(request, at)
        self.total += 1
        self._entries.append(entry)
        self._whole.append(entry)
        self._bytes += entry.weight()
        if self._bytes > self.limit:
            self._let_go()
        return entry

    def clear(self) -> None:
        self._entries.clear()
        self._whole.clear()
        self._bytes = self.total = 0

    def entries(self) -> list[Entry]:
        return list(self._entries)

    def _let_go(self) -> None:
        if not self._said:
            self._said = True
            logger.warning(
                "the journal is full (journal_bytes=%d) and lets go of the bodies of its oldest calls", self.limit
            )
        while self._whole and self._bytes > self.limit:
            oldest = self._whole.popleft()
            self._bytes -= oldest.weight()
            oldest.let_go()


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

    def __repr__(self) -> str:
        return f"[{', '.join(map(repr, self._kept()))}]"

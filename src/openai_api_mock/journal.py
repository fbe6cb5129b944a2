"""What was asked and answered, within a bound of memory."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from .answer import JSON, Answer
from .catalog import Catalog, Match
from .catalog.forms import form_values, typed
from .content import as_json, data_of, said_last, shortened
from .errors import MockError, mask
from .faults import Fault
from .forms import read_form
from .journal_lines import Lines
from .wire import Request, Stream

if TYPE_CHECKING:
    from .limits.meters import Ticket

logger = logging.getLogger("openai_api_mock")

ENTRIES = 20_000
"""Calls that are kept at all; each is a few hundred bytes without its body and headers."""
REPLIES = 100
"""Calls whose replies are kept. A reply is often ten times the size of its request, and what was just freed is at hand
for the next: a server that kept a thousand would answer a tenth fewer streams."""
HEADERS_SIZE = 2_000
"""What the headers of a call are taken to weigh."""
LOOKED_BACK = 200
"""Calls among which an attempt's earlier one is looked for."""
_SECRET_HEADERS = frozenset(("authorization", "api-key", "cookie"))


class Entry:
    """One call, as the journal keeps it."""

    # What most calls never come to have isn't set on each.
    number = 0
    """Which call of the journal it is."""
    operation: str | None = None
    """The client's method, such as `chat.completions.create`; None where the client has none of this path."""
    status = 0
    """The HTTP status of the answer; 0 while there is none, where the mock raised instead, or where nothing of an
    answer arrived."""
    delay = 0.0
    """Seconds after which the reply was due, or the first of it where it streamed; be it that nobody waited."""
    faults: tuple[Fault, ...] = ()
    """What went wrong on purpose."""
    is_ended = False
    """Whether there was a reply, be it one of which nothing arrived."""
    answer: Answer | None = None
    rule: str | None = None
    """The scripted reply that answered, as it reads in reports."""
    error: BaseException | None = None
    """What the mock raised instead of answering."""
    ticket: Ticket | None = None
    """What it has taken of what is allowed, where limits are set."""
    _attempts: list[Entry] | None = None
    _reply: bytes | Stream | None = None

    def __init__(self, request: Request, at: float) -> None:
        self.at = at
        """When it came: seconds since the epoch, on the engine's clock."""
        self.method = request.method
        self.path = path = request.path
        self.query = request.query
        self.azure = request.azure or path.startswith("/openai/")
        """Whether it came by a host or a path of Azure's form."""
        self.batch = request.batch
        """The batch that it is a line of."""
        self._headers: Mapping[str, str] | None = request.headers
        body = request.body
        self._body: bytes | None = body if isinstance(body, bytes) else None

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
    def asked(self) -> tuple[bytes, ...]:
        """What stands for the request, as far as it is kept."""
        return self.method.encode(), self.path.encode(), self.query.encode(), self._body or b""

    @property
    def is_over(self) -> bool:
        """Whether it has been answered."""
        return self.is_ended or self.error is not None

    @property
    def is_whole(self) -> bool:
        """Whether the journal still has its body and headers."""
        return self._body is not None

    @property
    def body(self) -> JSON:
        """The request's JSON body; of a form, its fields, each of its files with `filename`, `size` and `content`.

        Raises ValueError where it is neither.
        """
        content = self.content
        if content.startswith(b"--"):
            return _form(Request(self.method, self.path, self.query, self._headers or {}, content))
        return msgspec.json.decode(content) if content else None

    @property
    def attempts(self) -> list[Entry]:
        """The tries of which this call is the last, itself the last of them: the SDK repeats what failed by chance."""
        return self._attempts or [self]

    @property
    def reply(self) -> JSON:
        """The reply's JSON body; of a stream, the list of its events; None where it had none, or isn't JSON."""
        body = self._kept_reply()
        if isinstance(body, Stream):
            return [data for chunk in body.chunks if (data := data_of(chunk)) is not None]
        try:
            return msgspec.json.decode(body) if body else None
        except msgspec.DecodeError:
            return None

    @property
    def chunks(self) -> list[tuple[float, bytes]]:
        """A stream's chunks, each with the seconds after the reply at which it was due; none where it didn't stream."""
        body = self._kept_reply()
        if not isinstance(body, Stream):
            return []
        return list(zip(body.times or [0.0] * len(body.chunks), body.chunks, strict=True))

    @property
    def usage(self) -> dict[str, JSON] | None:
        """What the reply says of tokens; None where it says nothing."""
        reply = self.reply
        for part in reversed(reply if isinstance(reply, list) else [reply]):
            if isinstance(part, dict):
                inner = part.get("response", part)
                if isinstance(inner, dict) and inner.get("usage"):
                    return dict(inner["usage"])
        return None

    def answered(self, body: bytes | Stream) -> int:
        """Keep the reply; what it weighs."""
        self._reply = body
        return _weight(body)

    def tried_again(self, earlier: Entry) -> None:
        """This is the next attempt of an earlier call."""
        self._attempts = [*earlier.attempts, self]

    def to_dict(self) -> dict[str, JSON]:
        """What is known of the call, as JSON."""
        return {
            "at": self.at,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "operation": self.operation,
            "batch": self.batch,
            "headers": self.headers if self.is_whole else None,
            "body": as_json(self._body),
            "status": self.status,
            "delay": self.delay,
            "rule": self.rule,
            "faults": [str(fault) for fault in self.faults],
            "error": None if self.error is None else str(self.error),
            "reply": self.reply if self._reply is not None else None,
            "attempts": [attempt.status for attempt in self.attempts],
        }

    def line(self) -> str:
        """The call in one line of a transcript."""
        body = as_json(self._body)
        asked = said_last(body) if isinstance(body, dict) else ""
        model = body.get("model", "") if isinstance(body, dict) else ""
        statuses = ", ".join(attempt.outcome() for attempt in self.attempts)
        words = [self.operation or f"{self.method} {self.path}", str(model), repr(shortened(asked)) if asked else ""]
        answer = self.answer
        if answer is not None and answer.tool_calls:
            said = ", ".join(f"{call.name}({shortened(call.arguments)})" for call in answer.tool_calls)
        elif answer is not None:
            said = repr(shortened(answer.refusal or answer.text or ""))
        else:
            said = ""
        rule = f"[{self.rule}]" if self.rule else ""
        return " ".join(word for word in (*words, "->", statuses, said, rule) if word)

    def outcome(self) -> str:
        """What became of it in a few words: its status, and what went wrong on purpose."""
        what = str(self.status) if self.status or self.faults else type(self.error).__name__
        return f"{what if self.status else ''} ({' '.join(map(str, self.faults))})".strip() if self.faults else what

    def weight(self) -> int:
        return HEADERS_SIZE + len(self._body or b"") + (0 if self._reply is None else _weight(self._reply))

    def let_go_of_reply(self) -> int:
        """What that frees."""
        freed = 0 if self._reply is None else _weight(self._reply)
        self._reply = None
        return freed

    def let_go(self) -> None:
        self._body = self._headers = self._reply = None

    def _kept_reply(self) -> bytes | Stream:
        if self._reply is None and self.is_whole and self.is_over:
            raise MockError(
                f"the journal keeps the replies of the last {REPLIES} calls; that of {self.method} {self.path} is gone"
            )
        if self._reply is None:
            raise self._gone("reply")
        return self._reply

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
        self._lines = Lines(limit // 4)
        self._bytes = 0
        self._said = False
        self._replied: deque[Entry] = deque()
        self._changed = threading.Condition()
        self._waiting = 0
        self._failed = False

    def begin(self, request: Request, at: float) -> Entry:
        entry = Entry(request, at)
        if entry.batch is not None:
            self._count(entry)
            self._lines.begin(entry)
            return entry
        # Headers are only looked at where there is something to try again.
        if not (self._failed and self._is_another_try(entry, request)):
            self._count(entry)
            self._entries.append(entry)
        self._whole.append(entry)
        self._bytes += entry.weight()
        if self._bytes > self.limit:
            self._let_go()
        return entry

    def _count(self, entry: Entry) -> None:
        self.total += 1
        entry.number = self.total

    def _is_another_try(self, entry: Entry, request: Request) -> bool:
        """Put the entry in the place of the attempt before it, if the SDK says that there was one."""
        count = request.headers.get("x-stainless-retry-count", "0")
        if not count.isdecimal() or count == "0":
            return False
        for index in range(len(self._entries) - 1, max(len(self._entries) - LOOKED_BACK, 0) - 1, -1):
            earlier = self._entries[index]
            same = (earlier.method, earlier.path, earlier._body) == (entry.method, entry.path, entry._body)
            if same and len(earlier.attempts) == int(count):
                entry.tried_again(earlier)
                self._entries[index] = entry
                return True
        return False

    def end(self, entry: Entry, status: int, body: bytes | Stream) -> None:
        """The reply to a call."""
        entry.status = status
        entry.is_ended = True
        # Any of them is tried again where x-should-retry says so, or the connection fails.
        self._failed = self._failed or status >= 400 or bool(entry.faults)
        if entry.batch is not None:
            self._lines.end(entry, body)
        else:
            self._bytes += entry.answered(body)
            self._replied.append(entry)
        if len(self._replied) > REPLIES:
            self._bytes -= self._replied.popleft().let_go_of_reply()
        if self._waiting:
            with self._changed:
                self._changed.notify_all()

    def wait(self, enough: Callable[[], bool], timeout: float) -> bool:
        """Whether it is so, at once or within `timeout` seconds of calls' being answered."""
        with self._changed:
            self._waiting += 1  # before it is asked whether it is so: no answer after that is missed
            try:
                return self._changed.wait_for(enough, timeout)
            finally:
                self._waiting -= 1

    def clear(self) -> None:
        self._failed = False
        self._replied.clear()
        self._entries.clear()
        self._lines.clear()
        self._whole.clear()
        self._bytes = self.total = 0

    def entries(self) -> list[Entry]:
        """Those that are kept, in the order in which they came."""
        if not self._lines:
            return list(self._entries)
        return sorted((*self._entries, *self._lines.entries()), key=lambda entry: entry.number)

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


def _weight(body: bytes | Stream) -> int:
    if isinstance(body, Stream):
        return len(body.chunks) * len(body.chunks[0]) if body.chunks else 0
    return len(body)


def _form(request: Request) -> JSON:
    """A form's fields, as the operation reads them. Raises ValueError."""
    found = Catalog.load().find(request.method, request.path, request.query)
    fields = read_form(request)
    return form_values(found.operation, fields) if isinstance(found, Match) else typed({}, fields)

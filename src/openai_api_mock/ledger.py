"""The ledger: sums of what was used, by minute, model, project and key. Usage and costs are read from it.

The journal forgets; the ledger only gets coarser: where it would grow too long, its oldest minutes become hours, then
days. Nothing of what was counted is lost by that.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from .answer import Answer, Usage
from .call import Call
from .clock import Clock
from .keys import key_in
from .wire import Reply

MINUTE, HOUR, DAY = 60, 3600, 86_400
MOST = 20_000
"""Lines before they are joined."""
NOTED = 500
"""Calls that are only noted before they are added up."""

COMPLETIONS, EMBEDDINGS, MODERATIONS, IMAGES = "completions", "embeddings", "moderations", "images"
DECISIONS, SPEECHES, TRANSCRIPTIONS = "decisions", "audio_speeches", "audio_transcriptions"
SEARCHES, FILE_SEARCHES, SESSIONS = "web_search_calls", "file_search_calls", "code_interpreter_sessions"
_HOSTED = {"web_search": SEARCHES, "file_search": FILE_SEARCHES, "code_interpreter": SESSIONS}


class Line(NamedTuple):
    """Of whom and what a sum is."""

    start: int
    """Seconds since the epoch, of a whole minute, or of an hour or day where minutes were joined."""
    report: str
    model: str
    project: str
    """As a header named it."""
    key: str
    """The API key that the calls came with."""
    batch: bool
    tier: str
    size: str = ""
    source: str = ""


class Sum(msgspec.Struct):
    """What was used."""

    requests: int = 0
    input: int = 0
    output: int = 0
    cached: int = 0
    amount: int = 0
    """Images, characters, seconds, searches, sessions, or a moderation's tokens."""

    def add(self, other: Sum) -> None:
        self.requests += other.requests
        self.input += other.input
        self.output += other.output
        self.cached += other.cached
        self.amount += other.amount


class Measure(NamedTuple):
    """How what isn't told in tokens is counted."""

    amount: Callable[[Call], int]
    source: str = ""


def _images(call: Call) -> int:
    count = call.body.get("n")
    return count if isinstance(count, int) else 1


def _characters(call: Call) -> int:
    return len(str(call.body.get("input") or ""))


def _estimated_tokens(call: Call) -> int:
    return -(-len(msgspec.json.encode(call.body.get("input"))) // 4)


def _seconds(call: Call) -> int:
    return call.seconds


OF_OPERATIONS: dict[str, tuple[str, Measure | None]] = {
    "POST /chat/completions": (COMPLETIONS, None),
    "POST /completions": (COMPLETIONS, None),
    "POST /decisions": (DECISIONS, None),
    "POST /responses": (COMPLETIONS, None),
    "POST /responses?beta=true": (COMPLETIONS, None),
    "POST /embeddings": (EMBEDDINGS, None),
    "POST /moderations": (MODERATIONS, Measure(_estimated_tokens)),
    "POST /images/generations": (IMAGES, Measure(_images, "image.generation")),
    "POST /images/edits": (IMAGES, Measure(_images, "image.edit")),
    "POST /images/variations": (IMAGES, Measure(_images, "image.variation")),
    "POST /audio/speech": (SPEECHES, Measure(_characters)),
    "POST /audio/transcriptions": (TRANSCRIPTIONS, Measure(_seconds)),
    "POST /audio/translations": (TRANSCRIPTIONS, Measure(_seconds)),
}
"""Under which report an operation's calls are counted, and how."""

_NOTHING = Usage(0, 0)


class Ledger:
    """What one engine was used for. May be asked from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._noted: deque[tuple[float, tuple[Any, ...], Mapping[str, str], Usage, int, Answer | None]] = deque()
        """What is to be added up."""
        self._sums: dict[Line, Sum] = {}

    def add(self, call: Call, reply: Reply) -> None:
        """A call was answered. Only notes it: to read headers takes longer than all the rest of this."""
        known = OF_OPERATIONS.get(call.operation.key)
        if known is None or reply.status != 200:
            return
        report, measure = known
        body, request, usage = call.body, call.request, call.usage
        if measure is None:
            of: tuple[Any, ...] = (report, body.get("model"), request.batch, body.get("service_tier"), "", "")
            noted = (self._clock.time(), of, request.headers, usage or _said(reply), 0, call.entry.answer)
        else:
            size = str(body.get("size") or "") if report == IMAGES else ""
            of = (report, body.get("model"), request.batch, body.get("service_tier"), size, measure.source)
            noted = (self._clock.time(), of, request.headers, usage or _NOTHING, measure.amount(call), None)
        self._noted.append(noted)
        if len(self._noted) > NOTED:
            with self._lock:
                self._add_up()

    def lines(self, report: str, start: int, end: int) -> Iterator[tuple[Line, Sum]]:
        """What was used from `start` on, and before `end`."""
        with self._lock:
            self._add_up()
            held = [(line, msgspec.structs.replace(used)) for line, used in self._sums.items()]
        return ((line, used) for line, used in held if line.report == report and start <= line.start < end)

    def clear(self) -> None:
        with self._lock:
            self._noted.clear()
            self._sums.clear()

    def _add_up(self) -> None:
        raw: dict[tuple[Any, ...], Sum] = {}
        while self._noted:
            at, of, headers, usage, amount, answer = self._noted.popleft()
            get = headers.get
            key = get("authorization") or ""
            alike = (int(at) // MINUTE, of, get("openai-project"), key, "" if key else key_in(headers))
            try:
                held = raw.get(alike)
            except TypeError:  # validate="off" lets in a model that is a list
                of = tuple(None if each is None else str(each) for each in of)
                alike = (alike[0], of, *alike[2:])
                held = raw.get(alike)
            if held is None:
                held = raw[alike] = Sum()
            held.requests += 1
            held.input += usage.input
            held.output += usage.output
            held.cached += usage.cached
            held.amount += amount
            if answer is not None and answer.tool_calls:
                for tool in answer.tool_calls:
                    if tool.kind == "hosted" and tool.name in _HOSTED:
                        used = ((_HOSTED[tool.name], *of[1:]), *alike[2:])
                        raw.setdefault((alike[0], *used), Sum()).add(Sum(requests=1, amount=1))
        for alike, used_so in raw.items():
            self._count(_line(alike), used_so)

    def _count(self, line: Line, used: Sum) -> None:
        if line in self._sums:
            self._sums[line].add(used)
            return
        if len(self._sums) >= MOST:
            self._coarsen()
        self._sums.setdefault(line, Sum()).add(used)

    def _coarsen(self) -> None:
        """Join minutes into hours, and where that doesn't help, into days, then whoever asked, then all models."""
        for coarser in _COARSER:
            joined: dict[Line, Sum] = {}
            for line, used in self._sums.items():
                joined.setdefault(coarser(line), Sum()).add(used)
            self._sums = joined
            if len(joined) <= MOST // 2:
                return


def _line(alike: tuple[Any, ...]) -> Line:
    minute, (report, model, batch, tier, size, source), project, authorization, key = alike
    scheme, _, bearer = authorization.partition(" ")
    return Line(
        minute * MINUTE,
        report,
        str(model or ""),
        project or "",
        bearer if scheme.lower() == "bearer" else key,
        batch is not None,
        str(tier or ""),
        size,
        source,
    )


def _of_nobody(line: Line) -> Line:
    return line._replace(start=line.start // DAY * DAY, project="", key="", tier="", size="", source="")


_COARSER: tuple[Callable[[Line], Line], ...] = (
    lambda line: line._replace(start=line.start // HOUR * HOUR),
    lambda line: line._replace(start=line.start // DAY * DAY),
    _of_nobody,
    lambda line: _of_nobody(line)._replace(model=""),
)


def _said(reply: Reply) -> Usage:
    """What a reply that was scripted word for word says of tokens."""
    if not isinstance(reply.body, bytes):
        return _NOTHING
    try:
        said = msgspec.json.decode(reply.body)["usage"]
        return Usage(
            int(said.get("input_tokens", said.get("prompt_tokens", 0))),
            int(said.get("output_tokens", said.get("completion_tokens", 0))),
        )
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError, ValueError):
        return _NOTHING

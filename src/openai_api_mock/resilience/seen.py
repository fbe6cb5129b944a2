"""What a client was seen to do in one trial."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from ..answer import JSON
from ..journal import Entry
from .trials import Trial

Outcome = Literal["returned", "raised", "hung"]

LABELS = frozenset(("metadata", "user", "safety_identifier", "prompt_cache_key"))
"""Fields of a request by which a client tells its calls apart, tries too; they don't change what it asks for."""


class Try(msgspec.Struct, frozen=True):
    """One request of the client."""

    at: float
    """When it came, in seconds."""
    is_struck: bool
    """Whether a fault spoiled what it got."""
    asked: bytes
    """What it asked for: the same in the next try of the same request."""
    only_looks: bool
    """Whether it was a GET, which may be repeated to see how something goes on."""
    calls_tools: bool
    """Whether its answer called tools."""
    results: tuple[tuple[str, str], ...]
    """The tools whose results it brings, with their arguments, from the last turn."""


class Seen(msgspec.Struct, frozen=True):
    """One trial and what came of it."""

    trial: Trial
    outcome: Outcome
    tries: tuple[Try, ...]
    error: str | None = None
    """What was raised, or told last: `openai.RateLimitError: ...`."""
    open: int = 0
    """Replies that are neither read to their end nor closed."""
    seconds: float = 0.0
    """How long it took."""

    @property
    def is_met(self) -> bool:
        """Whether the fault came to pass: some need a stream, or tools."""
        return any(each.is_struck for each in self.tries)

    @property
    def is_in_vain(self) -> bool:
        """Whether nothing that it asked was answered well in the end."""
        return bool(self.tries) and self.tries[-1].is_struck

    @property
    def waits(self) -> list[float]:
        """Seconds between requests that were struck and the same ones again."""
        return [after.at - before.at for before, after in self._struck if after is not None]

    @property
    def dropped(self) -> int:
        """Requests that were struck and not made again."""
        return sum(after is None for _, after in self._struck)

    @property
    def _struck(self) -> list[tuple[Try, Try | None]]:
        """Each request that was struck, with its next try. Where what it got was whole, looking again is none."""
        found: list[tuple[Try, Try | None]] = []
        latest: dict[bytes, int] = {}
        is_harmless = self.trial.demand in ("bear", "cope")
        for each in self.tries:
            if each.asked in latest:
                index = latest.pop(each.asked)
                found[index] = (found[index][0], each)
            if each.is_struck and not (is_harmless and each.only_looks):
                latest[each.asked] = len(found)
                found.append((each, None))
        return found


def tries_of(entries: Iterable[Entry]) -> tuple[Try, ...]:
    """Every request that a journal has, those that were tried again included, in the order in which they came."""
    every = [attempt for entry in entries for attempt in entry.attempts]
    return tuple(map(_try, sorted(every, key=lambda entry: entry.at)))


def _try(entry: Entry) -> Try:
    body = entry.content if entry.is_whole else b""
    answer = entry.answer
    calls = answer is not None and bool(answer.tool_calls)
    return Try(entry.at, bool(entry.faults), _asked(entry), entry.method == "GET", calls, _results(body))


def _asked(entry: Entry) -> bytes:
    """What a request asks for, without what may be another in each of its tries."""
    asked = f"{entry.method} {entry.path}?{entry.query} ".encode()
    if not entry.is_whole:
        return asked
    body = entry.content
    kind, _, boundary = entry.headers.get("content-type", "").partition("boundary=")
    if kind.startswith("multipart/") and boundary:
        return asked + body.replace(boundary.strip('"').encode(), b"")
    try:
        said = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return asked + body
    if isinstance(said, dict):
        said = {name: value for name, value in said.items() if name not in LABELS}
    return asked + msgspec.json.encode(said, order="sorted")


def _results(body: bytes) -> tuple[tuple[str, str], ...]:
    try:
        asked = msgspec.json.decode(body) if body else {}
    except msgspec.DecodeError:
        return ()
    items = (asked.get("messages") or asked.get("input")) if isinstance(asked, dict) else None
    if not isinstance(items, list):
        return ()
    called: dict[str, tuple[str, str]] = {}
    results: list[tuple[str, str]] = []
    for item in items:
        if not isinstance(item, dict):
            continue
        made = dict(_calls(item))
        if made and results:  # another turn
            called, results = {}, []
        called |= made
        id = item.get("tool_call_id") or (item.get("call_id") if str(item.get("type")).endswith("_output") else None)
        if id is not None:
            results.append(called.get(str(id), (str(id), "")))
    return tuple(results)


def _calls(item: Mapping[str, JSON]) -> Iterable[tuple[str, tuple[str, str]]]:
    """The tools that an item calls, by the call's id."""
    if item.get("type") in ("function_call", "custom_tool_call"):
        yield str(item.get("call_id")), (str(item.get("name")), str(item.get("arguments", item.get("input", ""))))
    calls: Any = item.get("tool_calls") or ()
    for call in calls:
        function = call.get("function") or call.get("custom") or {}
        yield (
            str(call.get("id")),
            (str(function.get("name")), str(function.get("arguments", function.get("input", "")))),
        )

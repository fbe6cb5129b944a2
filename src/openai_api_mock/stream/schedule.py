"""When the bytes of a reply are due."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import accumulate, cycle, islice

import msgspec

from ..call import Call
from ..clock import Clock, InstantClock
from ..noise import Noise
from ..script.rules import STRICT
from ..wire import Reply, Stream
from .frames import steps_of
from .pace import Pace
from .prefixes import Prefixes
from .slots import Slots

PACED = STRICT | {"POST /moderations"}
"""Operations in which a model works: the others have a latency alone, unless their own reply has a pace."""
DRAWN = 2000
"""Tokens whose times are drawn; an image has more, and they take the same again."""


class Schedule:
    """Puts times on one engine's replies."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.furnish(0.0, 0.0, None)

    def furnish(self, latency: float, chunk_delay: float, pace: Pace | None) -> None:
        """Go by these: seconds before the first byte, and before every chunk of a stream; or a pace."""
        self._latency, self._chunk_delay, self.pace = latency, chunk_delay, pace
        self._is_idle = not latency and not chunk_delay and pace is None
        self._slots: dict[int, tuple[Pace, Slots]] = {}
        self._prefixes = Prefixes()

    def apply(self, reply: Reply, call: Call | None = None) -> Reply:
        """Put the reply's times on it. Every chunk is due by the reply's own start, so that delays don't drift."""
        if self._is_idle and (call is None or (call.pace is None and call.chunk_delay is None)):
            return reply
        step = self._chunk_delay
        if call is not None:
            if call.chunk_delay is not None:
                step = call.chunk_delay
            elif call.pace is not None or (self.pace is not None and _is_paced(reply, call)):
                return self._paced(reply, call)
        reply.delay = self._latency
        body = reply.body
        if isinstance(body, Stream) and step and body.times is None:
            times = [self._latency + step * i for i in range(1, len(body.chunks) + 1)]
            reply.body = msgspec.structs.replace(body, times=times)
        return reply

    def cached(self, call: Call, tokens: int, past: int = 0) -> int:
        """Of a prompt's tokens, those that are cached; `past` of them belong to what a conversation had before."""
        pace = call.pace or self.pace
        if pace is None or not pace.of(_model(call)).prefix_cache:
            return 0
        return self._prefixes.cached(call.body, tokens, self._clock.time(), past)

    def _paced(self, reply: Reply, call: Call) -> Reply:
        pace = (call.pace or self.pace or Pace()).of(_model(call))
        body, usage = reply.body, call.usage
        steps, frames = steps_of(body.chunks, call.body.get("n") or 1) if isinstance(body, Stream) else ([], 0)
        tokens = frames if usage is None else usage.output // (call.body.get("n") or 1)
        times = self._token_times(pace, call, max(tokens, 1))
        took = times[-1]
        if isinstance(body, Stream):
            if body.times is not None:
                return reply
            hidden = min(0 if usage is None else usage.reasoning, max(tokens - 1, 0))
            times = _spread(times, hidden, max(frames, 1))
            closing = steps.index(frames) + 1 if frames else len(steps)
            due = [times[step - 1] for step in steps[:closing]] + [took] * len(steps[closing:])
            due[-1:] = [took] if due else []
            reply.body = msgspec.structs.replace(body, times=due)
            took = due[0] if due else took
        reply.delay = took
        reply.headers = [
            (name, str(round((took - self._latency) * 1000)) if name == "openai-processing-ms" else value)
            for name, value in reply.headers
        ]
        return reply

    def _token_times(self, pace: Pace, call: Call, tokens: int) -> list[float]:
        """When each token is there, in seconds after the request. They depend on the seed, the request and how often it
        was made, not on other requests, unless those stand in the way."""
        noise = Noise(b"%b pace %d" % (call.key, call.nth))
        first = pace.ttft.draw(noise, 1)[0]
        if call.usage is not None:
            first += pace.prefill.draw(noise, 1)[0] * max(0, call.usage.input - call.usage.cached)
        gaps: Sequence[float] = pace.itl.draw(noise, min(tokens - 1, DRAWN))
        if tokens - 1 > DRAWN:
            gaps = list(islice(cycle(gaps), tokens - 1))
        times = list(accumulate(gaps, initial=first))
        waits, factor = self._turn(pace, times[-1])
        start = self._latency + waits
        return [start + time * factor for time in times]

    def _turn(self, pace: Pace, seconds: float) -> tuple[float, float]:
        """How long it waits for its turn, and how many times as long it then takes."""
        # Where nobody waits, nobody is in another's way.
        if pace.max_num_seqs is None or isinstance(self._clock, InstantClock):
            return 0.0, 1.0
        with self._lock:
            _, slots = self._slots.setdefault(id(pace), (pace, Slots(pace.max_num_seqs, pace.load)))
            return slots.enter(self._clock.monotonic(), seconds)


def _is_paced(reply: Reply, call: Call) -> bool:
    background = call.body.get("background") and not isinstance(reply.body, Stream)
    return call.operation.key in PACED and reply.status < 400 and not background


def _model(call: Call) -> str:
    return str(call.body.get("model") or "")


def _spread(times: Sequence[float], hidden: int, frames: int) -> list[float]:
    """The times of so many frames: of each token behind those that nobody sees, where there are as many; else they are
    spread over them. The first frame comes with the first of these."""
    seen = len(times) - hidden
    return [times[hidden + frame * seen // frames] for frame in range(frames)]

"""Those who follow a session: its events as they happen, from then on."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..advance import Advance
from ..clock import Clock
from ..jobs import Jobs
from ..noise import Noise
from ..stream.sse import PADDING, PADDINGS
from ..wire import Stream
from .agents_running import KIND
from .agents_state import Item, Kept, path_of

GLANCE = 0.05
"""Seconds between two looks at a turn that takes time."""
BLOCK = 16
"""Padded with its obfuscation, an event is a multiple of so many bytes long. Not documented: as with a response's."""
_ENDS = ("agent.session.idle", "agent.session.failed", "agent.session.budget_reached")


class Following:
    """One connection's. A front end calls it for what comes next."""

    def __init__(
        self,
        kept: Kept,
        jobs: Jobs,
        clock: Clock,
        advance: Advance,
        session: str,
        place: str | None,
        noise: Noise | None,
        *,
        one_turn: bool,
    ) -> None:
        """It follows from the place behind something told. Without noise, events aren't obfuscated. `one_turn`: to the
        end of the first turn; else for as long as there is such a session."""
        self._kept = kept
        self._jobs = jobs
        self._clock = clock
        self._advance = advance
        self._session = session
        self._place = place
        self._at = None if noise is None else int(noise.random() * PADDINGS)
        self._one_turn = one_turn
        self._over = False
        self._waited = 0.0
        self._first_looked: float | None = None

    def __call__(self) -> Stream | None:
        """What comes next, None where nothing does any more."""
        if self._over:
            return None
        try:
            events, self._place = self._kept.told_after(self._session, self._place)
        except KeyError:
            return None  # the session was deleted
        if events:
            return self.stream(events)
        if self._kept.session(self._session) is None:
            return None
        return self._go_on()

    def so_far(self) -> Stream:
        """All that can be told by now, then the next. So a turn runs though nobody reads of it, and the journal has
        it."""
        chunks: list[bytes] = []
        times: list[float] = []
        while (part := self()) is not None and part.chunks:
            chunks += part.chunks
            times += part.times or [times[-1] if times else 0.0] * len(part.chunks)
        self._waited = 0.0
        return Stream(chunks, times if times and times[-1] else None, then=self)

    def stream(self, events: Sequence[tuple[float, Item]]) -> Stream:
        """These events, then the next."""
        now, last = self._clock.time(), 0.0
        chunks: list[bytes] = []
        times: list[float] = []
        for at, event in events:
            chunks.append(self._chunk(event))
            last = max(last, at - now)
            times.append(last)
            if self._one_turn and event["type"] in _ENDS:
                self._over = True
                break
        return Stream(chunks, times if last else None, then=self)

    def _go_on(self) -> Stream:
        """Bring on what is under way. Where looks or hands decide, nobody can look in the middle of a stream: it runs
        to the end of its turn, as a response's in the background does."""
        job = self._jobs.find(path_of(self._session))
        if job is None:
            self._first_looked, self._waited = None, 0.0
            return Stream((), then=self)
        if self._advance.by == "time" and self._advance.amount:
            now = self._clock.time()
            self._first_looked = now if self._first_looked is None else self._first_looked
            # On a clock on which nobody waits, its own waits are all that tells it of the time.
            passed = max(now - self._first_looked, self._waited)
            left = job.started + self._advance.amount - self._first_looked - passed
            if left > 1e-9:
                self._jobs.catch_up(job.id)
                self._waited += (wait := min(left, GLANCE))
                return Stream((), then=self, wait=wait)
        self._first_looked, self._waited = None, 0.0
        self._jobs.advance(KIND, self._session, job.stages[-1])
        self._jobs.tell()
        events, self._place = self._kept.told_after(self._session, self._place)
        # None where a user's coroutine is to answer, and somebody else waits for it.
        return self.stream(events) if events else Stream((), then=self)

    def _chunk(self, event: Item) -> bytes:
        written = msgspec.json.encode(event)
        if self._at is not None:
            self._at = (self._at + 17) % PADDINGS
            around = len(written) + len(',"obfuscation":""')
            padding = PADDING[self._at : self._at + -around % BLOCK]
            written = b'%b,"obfuscation":"%b"}' % (written[:-1], padding.encode())
        return b"event: %b\ndata: %b\n\n" % (event["type"].encode(), written)

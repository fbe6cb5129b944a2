"""Things that take time: a batch, a fine-tuning job, a file of a vector store. When each goes on, and how far.

A job is the record of where a kept object stands in its stages, such as ("validating", "in_progress", "completed").
Nothing runs by itself: a job goes on when somebody looks at it, or when a front end calls `run_due`; so the engine
stays pure. What a stage means is the business of the job's kind, which a resource brings.

Records lie in the store beside the objects, and go when the last stage is reached: whatever was unfinished when a
process was killed goes on in the next one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Protocol

import msgspec

from .advance import Advance
from .clock import Clock
from .errors import UsageError
from .state import Store, walk
from .troubles import Troubles
from .turns import Turns

logger = logging.getLogger("openai_api_mock")

JOBS = "/_jobs"
"""The collection of their records."""

EXPIRED = "expired"
"""The stage in which a job ends whose deadline comes first."""


class Job(msgspec.Struct):
    """Where one object stands."""

    id: str
    """Its record's: the object's path, such as `/batches/batch_abc`."""
    kind: str
    """The client's resource that it belongs to, such as "batches" or "vector_stores.files"."""
    stages: tuple[str, ...]
    started: float
    """When the first stage was entered, in seconds since the epoch."""
    stage: int = 0
    looks: int = 0
    """How often it was looked at."""
    seen: bool = False
    """Whether it was looked at, be it in a list."""
    deadline: float | None = None
    """When it expires, in seconds since the epoch."""
    failure: dict[str, str] | None = None
    """What it is to fail of, where somebody said so: code and message."""

    @property
    def collection(self) -> str:
        return self.id.rpartition("/")[0]

    @property
    def object_id(self) -> str:
        return self.id.rpartition("/")[2]

    @property
    def status(self) -> str:
        return self.stages[self.stage]

    @property
    def is_done(self) -> bool:
        return self.stage == len(self.stages) - 1


Work = Generator[None, None, "tuple[str, ...] | None"]
"""Each `yield` ends a piece of work: what was done is in the store by then, and others may have their turn. A piece may
be done again after a crash. What is returned are other stages, into the first of which the job goes instead."""


class Later(Exception):
    """A piece of work can't be done just here. It is left to whoever takes the job on next."""


class Kind(Protocol):
    """What the stages of a kind of job do."""

    def work(self, job: Job, share: float) -> Work:
        """Do what belongs to the stage that the job is in, up to this share of it (1: all). It may be called again for
        the same share or a greater one."""
        ...

    def enter(self, job: Job, stage: str, at: float) -> None:
        """Make the object what it is in this stage, since then."""
        ...


class Jobs:
    """The jobs of one engine. All methods may be called from any thread."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._advance = Advance()
        self._kinds: Mapping[str, Kind] = {}
        self.turns = Turns()
        """Of who takes jobs on. Never asked for inside a transaction of the store, whose lock its holder may need."""
        self._turned: set[str] = set()
        """Jobs that were given other stages while somebody took them on."""
        self._troubles = Troubles(clock)
        self.begun = False
        """Whether there is something new to do, of which `tell` hasn't told."""
        self.patience: int | None = None
        """Pieces of work that a look may do; None: all that is due. A server, which has others to answer, leaves the
        rest to `run_due`."""
        self.listeners: list[Callable[[], object]] = []
        """Called, by `tell`, when there is something to do."""
        self.on_entered: Callable[[Job, str, float], object] = lambda job, stage, at: None
        """Called when a stage is entered, with its time, in the transaction in which it is: what is kept of it can't be
        lost."""

    def furnish(self, kinds: Mapping[str, Kind], advance: Advance) -> None:
        """Go on with these kinds."""
        self._kinds, self._advance = kinds, advance

    def tell(self) -> None:
        """Say that there is something to do. For the engine, after a reply: what began is in the store by then."""
        if self.begun:
            self.begun = False
            for listener in list(self.listeners):
                listener()

    # What resources say

    def begin(
        self, kind: str, path: str, stages: tuple[str, ...], *, deadline: float | None = None, stage: int = 0
    ) -> None:
        """The object at a path (its collection's and its id) is in the first of these stages."""
        job = Job(path, kind, stages, self._clock.time(), stage=stage, deadline=deadline)
        if not job.is_done:
            self._keep(job)
            self.begun = True

    def turn(self, path: str, stages: tuple[str, ...]) -> None:
        """An unfinished job takes another way: from here, the first of these stages is entered next."""
        with self._store.transaction():
            job = self.find(path)
            if job is not None:
                self._troubles.forget(path)
                self._turned.add(path)
                self._keep(msgspec.structs.replace(_turned(job, stages), looks=0, started=self._clock.time()))
                self.begun = True

    def end(self, path: str) -> None:
        """Forget a job: its object is gone, or done."""
        self._troubles.forget(path)
        self._store.delete(JOBS, path)

    def find(self, path: str) -> Job | None:
        """An unfinished job."""
        found = self._store.get(JOBS, path)
        return None if found is None else msgspec.convert(found, Job)

    def any(self) -> bool:
        """Whether some are unfinished."""
        return self._store.count(JOBS) > 0

    def unfinished(self) -> Iterator[Job]:
        """All of them, oldest first."""
        for found in walk(self._store, JOBS, "asc"):
            yield msgspec.convert(found, Job)

    # How they go on

    def look(self, path: str) -> None:
        """Somebody asks for the object: it goes on as far as it is due. Raises the error for which it can't, once."""
        if self._store.get(JOBS, path) is None:
            return
        if not self._troubles.wait(path):
            try:
                self._go_on(path, looks=1, pieces=self.patience)
                return
            except Exception as error:
                self._troubles.note(path, error)
        unshown = self._troubles.unshown(path)
        if unshown is not None:
            raise unshown

    def catch_up(self, path: str) -> None:
        """Somebody is about to change the object: it goes on as far as time has brought it. That is no look at it."""
        if self._advance.amount:
            self._try(path, pieces=self.patience)

    def look_below(self, collection: str) -> None:
        """Somebody asks for a list: what is in it goes on as far as it is due. That is no poll of any."""
        if self.any():
            for job in [job for job in self.unfinished() if job.collection == collection]:
                self._try(job.id, pieces=self.patience)

    def run_due(self, pieces: int = 500, *, unasked: bool = True) -> float | None:
        """Go on with all that is due, by so many pieces of work each; the seconds until more is, or None.

        `unasked`: also with what is over with the next look, though nobody has looked yet. Else whoever made it finds
        it as it was made, and can cancel it.
        """
        waits: list[float] = []
        for job in list(self.unfinished()):
            if not unasked and self._is_left_alone(job):
                continue
            wait = self._try(job.id, pieces=pieces, seen=False)
            waits += [] if wait is None else [wait]
        return min(waits, default=None)

    def _try(self, path: str, *, pieces: int | None, seen: bool = True) -> float | None:
        """Go on, for nobody who asked for this very object: an error is logged, once."""
        wait = self._troubles.wait(path)
        if wait:
            return wait
        try:
            return self._go_on(path, looks=0, pieces=pieces, seen=seen)
        except Exception as error:
            if self._troubles.note(path, error):
                logger.exception("%s can't go on just now; it is tried again", path)
            return self._troubles.wait(path)

    @property
    def kinds(self) -> frozenset[str]:
        """The client's resources whose objects take time."""
        return frozenset(self._kinds)

    def advance(self, kind: str, id: str, to: str | None = None) -> int:
        """By hand: into the next stage, or the one named; how many jobs of that id there were. Raises UsageError where
        the stage lies not ahead."""
        found = self._of(kind, id)
        for job in found:
            self._troubles.forget(job.id)
            ahead = job.stages[job.stage + 1 :]
            if to is not None and to not in ahead:
                raise UsageError(f"{id} can't be advanced to {to!r}: ahead of {job.status!r} lie {', '.join(ahead)}")
            target = job.stage + 1 + (0 if to is None else ahead.index(to))
            self._go_on(job.id, looks=0, pieces=None, target=float(target))
        return len(found)

    def fail(self, kind: str, id: str, *, code: str, message: str, stage: str = "failed") -> int:
        """By hand: it fails of this; how many jobs of that id there were."""
        found = self._of(kind, id)
        for job in found:
            failed = msgspec.structs.replace(_turned(job, (stage,)), failure={"code": code, "message": message})
            self._troubles.forget(job.id)
            with self._store.transaction():
                self._turned.add(job.id)
                self._keep(failed)
            self._go_on(job.id, looks=0, pieces=None, target=1.0)
        return len(found)

    def _of(self, kind: str, id: str) -> list[Job]:
        return [job for job in self.unfinished() if job.kind == kind and job.object_id == id]

    def _is_left_alone(self, job: Job) -> bool:
        """Whether it would be over with the next look, and nobody has looked yet."""
        return self._advance == Advance() and not (job.seen or job.stage or self._is_late(job))

    def _go_on(
        self, path: str, *, looks: int, pieces: int | None, target: float | None = None, seen: bool = True
    ) -> float | None:
        """The seconds until it goes on by itself; None: never, or it is done."""
        with self.turns.taken() as mine:
            if not mine:
                return 0.0
            self._turned.discard(path)
            job = self.find(path)
            if job is None:
                return None
            job.looks += looks
            if seen and not job.seen:
                job.seen = True
                self._keep(job)
            try:
                for _ in self._steps(job, self._due(job) if target is None else target):
                    pieces = None if pieces is None else pieces - 1
                    if pieces == 0:
                        self._troubles.forget(path)
                        return self._left()
            except Later:
                return self._left()
            self._troubles.forget(path)
            return self._next_due(path)

    def _left(self) -> float:
        """There is more to do at once, which whoever works here is told."""
        self.begun = True
        return 0.0

    def _steps(self, job: Job, target: float) -> Iterator[None]:
        """Bring it to a point of its way: so many whole stages, and the share of the next."""
        kind = self._kinds[job.kind]
        while True:
            if self._is_late(job):
                yield from self._work(kind, job, self._share_at_deadline(job))
                job, target = _turned(job, (EXPIRED,)), 1.0
            elif job.stage >= int(target):
                break
            else:
                other = yield from self._work(kind, job, 1.0)
                if other:
                    job, target = _turned(job, other), max(1.0, target - job.stage)
            if not self._enter(kind, job):
                return
        if self._keep_unless_turned(job) and target > job.stage:
            yield from self._work(kind, job, target - job.stage)

    def _enter(self, kind: Kind, job: Job) -> bool:
        """Whether it went into its next stage, and there are more."""
        at = self._entered_at(job)
        with self._store.transaction():
            if job.id in self._turned:
                return False
            kind.enter(job, job.stages[job.stage + 1], at)
            job.stage += 1
            if job.is_done:
                self._store.delete(JOBS, job.id)
            else:
                self._keep(job)
            self.on_entered(job, job.status, at)
        return not job.is_done

    def _keep_unless_turned(self, job: Job) -> bool:
        with self._store.transaction():
            if job.id in self._turned:
                return False
            self._keep(job)
            return True

    def _work(self, kind: Kind, job: Job, share: float) -> Work:
        work = kind.work(job, share)
        while job.id not in self._turned:
            try:
                next(work)
            except StopIteration as stop:
                other: tuple[str, ...] | None = stop.value
                return other
            yield
        return None

    def _is_late(self, job: Job) -> bool:
        """Whether its deadline came before its next stage did."""
        if job.deadline is None or job.stages[-1] == EXPIRED:
            return False
        by_time = self._advance.by == "time"
        return job.deadline <= (self._entered_at(job) if by_time else self._clock.time())

    def _share_at_deadline(self, job: Job) -> float:
        """How much of its stage was done by then."""
        if self._advance.by != "time" or not self._advance.amount or job.deadline is None:
            return 0.0
        done = (job.deadline - job.started) / self._advance.amount * (len(job.stages) - 1)
        return min(1.0, max(0.0, done - job.stage))

    def _due(self, job: Job) -> float:
        """How far it should be: whole stages, and the share of the one it is in."""
        advance = self._advance
        if advance.by == "hand":
            return float(job.stage)
        done = self._clock.time() - job.started if advance.by == "time" else job.looks
        share = min(1.0, done / advance.amount) if advance.amount else 1.0
        return max(float(job.stage), share * (len(job.stages) - 1))

    def _next_due(self, path: str) -> float | None:
        job = self.find(path)
        if job is None:
            return None
        now = self._clock.time()
        waits = [job.deadline - now] if job.deadline is not None and job.stages[-1] != EXPIRED else []
        if self._advance.by == "time":
            waits.append(self._entering_due(job) - now)
        return max(0.0, min(waits)) if waits else None

    def _entered_at(self, job: Job) -> float:
        now = self._clock.time()
        if job.stages[-1] == EXPIRED and job.deadline is not None:
            return min(now, job.deadline)
        return min(now, self._entering_due(job)) if self._advance.by == "time" else now

    def _entering_due(self, job: Job) -> float:
        """When the next stage is due to be entered."""
        return job.started + self._advance.amount * (job.stage + 1) / (len(job.stages) - 1)

    def _keep(self, job: Job) -> None:
        self._store.put(JOBS, job.id, msgspec.to_builtins(job))


def _turned(job: Job, stages: tuple[str, ...]) -> Job:
    """The job on another way."""
    return msgspec.structs.replace(job, stages=(job.status, *stages), stage=0)

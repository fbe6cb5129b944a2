"""Responses in the background: what shows of one while it runs, and what happens to it meanwhile."""

from __future__ import annotations

from ..advance import advance_of
from ..answer import JSON
from ..jobs import Job, Jobs, Work
from ..state import Store
from ..wire import Reply, Stream
from .responses_state import RESPONSES, RUNNING, Item, Kept, find, keep, running_path

KIND = "responses"
"""The client's resource."""
_BEFORE = ("queued", "in_progress")


def path_of(id: str) -> str:
    return f"{RESPONSES}/{id}"


def shown(kept: Kept) -> dict[str, JSON]:
    """A response as it shows by now: what runs in the background has said nothing yet."""
    if kept.running is None:
        return kept.response
    waiting: Item = {"status": kept.running, "completed_at": None, "output": [], "usage": None, "service_tier": "auto"}
    running = {**kept.response, **waiting, "error": None, "incomplete_details": None}
    return {name: value for name, value in running.items() if name != "billing"}


class Background:
    """Responses as jobs. The answer is made when it is asked for, so that a script is used up in the order of calls; a
    job only keeps it back."""

    def __init__(self, store: Store, jobs: Jobs, advance: str) -> None:
        self._store = store
        self._jobs = jobs
        self._advance = advance_of(advance)

    def begin(self, kept: Kept) -> None:
        """It is queued from now on. Called in the transaction in which it is first kept."""
        kept.running = _BEFORE[0]
        self._jobs.begin(KIND, path_of(kept.response["id"]), (*_BEFORE, kept.response["status"]))

    def cancel(self, id: str) -> None:
        """End it now, if it still runs."""
        self._jobs.turn(path_of(id), ("cancelled",))
        self._jobs.advance(KIND, id)

    def finish(self, id: str) -> None:
        """Whoever reads its stream to the end has seen its outcome."""
        job = self._jobs.find(path_of(id))
        if job is not None:
            self._jobs.advance(KIND, id, job.stages[-1])

    def work(self, job: Job, share: float) -> Work:
        """None: it was done when it was asked for."""
        return None
        yield

    def enter(self, job: Job, stage: str, at: float) -> None:
        kept = find(self._store, job.object_id)
        if kept is None:
            return  # it was deleted
        if stage == "in_progress":
            kept.running = stage
        else:
            _end(kept, job, stage, int(at))
            if kept.response.get("conversation") is not None:
                self._store.delete(running_path(kept.response["conversation"]["id"]), RUNNING)
        keep(self._store, kept)

    # Its stream

    def timed(self, reply: Reply, id: str, skipped: int, now: float) -> Reply:
        """The events from the one after `skipped` on, each when it happens: what takes time is told in its time. Where
        looks or hands decide, nobody can look in the middle of a stream: it runs to its end."""
        body = reply.body
        job = self._jobs.find(path_of(id))
        if job is None or not isinstance(body, Stream):
            return reply
        if self._advance.by != "time":
            self.finish(id)
        elif self._advance.amount:
            times = _times(len(body.chunks) + skipped, self._advance.amount)[skipped:]
            passed = now - job.started
            reply.body = Stream(body.chunks, [max(0.0, at - passed) for at in times])
        return reply


def _end(kept: Kept, job: Job, stage: str, at: int) -> None:
    kept.running = None
    if stage == "cancelled" or job.failure is not None:
        kept.response |= {"status": stage, "output": [], "usage": None, "completed_at": None}
    elif stage == "completed":
        kept.response["completed_at"] = at
    if job.failure is not None:
        kept.response["error"] = dict(job.failure)
        kept.error = {**job.failure, "type": "server_error", "param": None}


def _times(count: int, seconds: float) -> list[float]:
    """Created and queued at once, in progress halfway, and from there to the end one after the other."""
    half, steps = seconds / 2, max(1, count - len(_BEFORE) - 1)
    return [0.0, 0.0, *(half + half * step / steps for step in range(count - 2))][:count]

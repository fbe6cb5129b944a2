"""Batches: files of requests that are really answered, one by one, as calls are."""

from __future__ import annotations

from ..answer import JSON
from ..call import Call, Refused
from ..ids import make_for
from ..jobs import Kind
from ..wire import Reply
from .base import Resource, Services, operation
from .batches_checks import Checks
from .batches_refusals import refusal
from .batches_running import Running
from .batches_state import BATCHES, STAGES, WINDOW, Progress, find, keep_progress, path_of, put

WHOSE = ("openai-organization", "openai-project")
_OVER = ("completed", "failed", "expired")
"""Statuses in which a batch can't be cancelled; one that is cancelled can be, again (as quoted)."""


class Batches(Resource):
    """`/batches`."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        checks = Checks(self.files, self.takes)
        self._running = Running(self.store, self.files, self.inside, checks, self.limits)

    def job_kinds(self) -> dict[str, Kind]:
        return {"batches": self._running}

    @operation("POST /batches")
    def create(self, call: Call) -> Reply:
        batch = self._new(call, make_for("batch", call.noise))
        seconds = (call.body.get("output_expires_after") or {}).get("seconds")
        with self.store.transaction():
            put(self.store, batch)
            keep_progress(self.store, Progress(batch["id"], seconds=seconds, asked_by=_asked_by(call)))
            self.jobs.begin("batches", path_of(batch["id"]), STAGES, deadline=batch["expires_at"])
        return self.json(batch, call.noise)

    @operation("GET /batches")
    def list(self, call: Call) -> Reply:
        self.jobs.look_below(BATCHES)
        listed = self.stored(call, BATCHES, lambda id: refusal("no_batch", id=id))
        return self.json(listed, call.noise)

    @operation("GET /batches/{batch_id}")
    def retrieve(self, call: Call) -> Reply:
        self.jobs.look(path_of(call.params["batch_id"]))
        return self.json(self._found(call), call.noise)

    @operation("POST /batches/{batch_id}/cancel")
    def cancel(self, call: Call) -> Reply:
        path = path_of(call.params["batch_id"])
        self.jobs.catch_up(path)
        with self.store.transaction():
            batch = self._found(call)
            if batch["status"] in _OVER and self.options.missing == "404":
                raise Refused(refusal("cancel_finished", status=batch["status"]))
            if self.jobs.find(path) is not None and batch["status"] != "cancelling":
                batch |= {"status": "cancelling", "cancelling_at": int(self.clock.time())}
                put(self.store, batch)
                self.jobs.turn(path, ("cancelled",))
        return self.json(batch, call.noise)

    def _found(self, call: Call) -> dict[str, JSON]:
        id = call.params["batch_id"]
        batch = find(self.store, id)
        if batch is None and self.options.missing == "synthesize":
            batch = self._new(call, id)
        if batch is None:
            raise Refused(refusal("no_batch", id=id))
        return batch

    def _new(self, call: Call, id: str) -> dict[str, JSON]:
        body, now = call.body, int(self.clock.time())
        return {
            "id": id,
            "object": "batch",
            "endpoint": body.get("endpoint") or "/v1/chat/completions",
            "model": None,
            "errors": None,
            "input_file_id": body.get("input_file_id") or make_for("file", call.noise),
            "completion_window": body.get("completion_window") or "24h",
            "status": STAGES[0],
            "output_file_id": None,
            "error_file_id": None,
            "created_at": now,
            "in_progress_at": None,
            "expires_at": now + WINDOW,
            "finalizing_at": None,
            "completed_at": None,
            "failed_at": None,
            "expired_at": None,
            "cancelling_at": None,
            "cancelled_at": None,
            "request_counts": {"total": 0, "completed": 0, "failed": 0},
            "metadata": body.get("metadata"),
            "usage": None,
        }


def _asked_by(call: Call) -> dict[str, str]:
    """The headers that tell whose limits count; never the key, which isn't for keeping."""
    return {name: value for name in WHOSE if (value := call.request.headers.get(name))}

"""Assistants, their threads and runs, which the API has shut down: under `legacy="assistants"` they live on.

Assistants themselves, and what only reads or deletes threads and messages, are the generic resource's; here is what
happens.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..advance import advance_of
from ..answer import JSON
from ..call import Call, MadeUp, Refused
from ..errors import APIError
from ..jobs import Kind
from ..noise import Noise
from ..state import walk
from ..wire import Reply
from . import assistants_objects as objects
from .assistants_objects import OVER, Item
from .assistants_refusals import refusal
from .assistants_running import KIND, STAGES, Running, messages_path, runs_path
from .assistants_stream import chunks
from .base import Resource, Services, operation

THREADS = "/threads"
POLL_AFTER = "openai-poll-after-ms"
"""The header by which the SDK's polling helpers wait."""
_COROUTINE = APIError(
    400, "This server can't wait for an async callable inside a stream of a run: give a plain function, or a reply."
)


class Assistants(Resource):
    """`/threads`."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._running = Running(self.store, self.clock, self.inside, self.vectors)
        by_time = advance_of(self.options.advance).by == "time" and advance_of(self.options.advance).amount
        self._poll_after = "100" if by_time else "1"

    def job_kinds(self) -> dict[str, Kind]:
        return {KIND: self._running}

    @operation("POST /threads")
    def create_thread(self, call: Call) -> Reply:
        return self.json(self._new_thread(call.body, call.noise), call.noise)

    @operation("POST /threads/{thread_id}/messages")
    def create_message(self, call: Call) -> Reply:
        thread = self._thread(call)["id"]
        with self.store.transaction():
            active = self._active(thread)
            if active is not None:
                raise Refused(refusal("busy", thread=thread, run=active))
            message = self._add_message(thread, call.body, call.noise)
        return self.json(message, call.noise)

    # Runs

    @operation("POST /threads/{thread_id}/runs")
    def create(self, call: Call) -> Reply:
        return self._begun(call, self._thread(call))

    @operation("POST /threads/runs")
    def create_with_thread(self, call: Call) -> Reply:
        self._assistant(call)
        thread = self._new_thread(call.body.get("thread") or {}, call.noise)
        return self._begun(call, thread, shown=thread)

    @operation("GET /threads/{thread_id}/runs")
    def list(self, call: Call) -> Reply:
        self.jobs.look_below(runs_path(call.params["thread_id"]))
        raise MadeUp  # of what the store has

    @operation("GET /threads/{thread_id}/runs/{run_id}")
    def retrieve(self, call: Call) -> Reply:
        self.jobs.look(self._path(call))
        run = self._run(call)
        reply = self.json(run, call.noise)
        if run["status"] not in OVER:
            reply.headers.append((POLL_AFTER, self._poll_after))
        return reply

    @operation("POST /threads/{thread_id}/runs/{run_id}/cancel")
    def cancel(self, call: Call) -> Reply:
        path = self._path(call)
        self.jobs.catch_up(path)
        with self.store.transaction():
            run = self._run(call)
            if run["status"] in (*OVER, "cancelling"):
                raise self.unmade(refusal("cancel", status=run["status"]))
            if run["status"] == "requires_action":
                self.jobs.begin(KIND, path, ("cancelling", "cancelled"), deadline=float(run["expires_at"]))
            else:
                self.jobs.turn(path, ("cancelled",))
            run |= {"status": "cancelling", "required_action": None}
            self._put(run)
        return self.json(run, call.noise)

    @operation("POST /threads/{thread_id}/runs/{run_id}/submit_tool_outputs")
    def submit(self, call: Call) -> Reply:
        self.jobs.catch_up(self._path(call))
        with self.store.transaction():
            run = self._run(call)
            if run["status"] != "requires_action":
                raise self.unmade(refusal("no_outputs", status=run["status"]))
            outputs = {str(each.get("tool_call_id")): each.get("output") for each in call.body["tool_outputs"]}
            wanted = [each["id"] for each in run["required_action"]["submit_tool_outputs"]["tool_calls"]]
            if set(wanted) != set(outputs):
                raise Refused(refusal("outputs", wanted=wanted, given=[*outputs]))
            finished = self._finish_calls(run, outputs)
            run |= {"status": STAGES[0], "required_action": None}
            self._put(run)
            self._running.resume(run["id"])
            self.jobs.begin(KIND, self._path(call), STAGES, deadline=float(run["expires_at"]))
        return self._answer(call, run, finished=finished)

    @operation("GET /threads/{thread_id}/runs/{run_id}/steps")
    def list_steps(self, call: Call) -> Reply:
        self._run(call)
        query, below = call.query, f"{self._path(call)}/steps"
        listed = self.stored(call, below, lambda id: refusal("no_step", id=id), before=query.get("before"))
        return self.json(listed, call.noise)

    @operation("GET /threads/{thread_id}/runs/{run_id}/steps/{step_id}")
    def retrieve_step(self, call: Call) -> Reply:
        self._run(call)
        id = call.params["step_id"]
        step = self.store.get(f"{self._path(call)}/steps", id)
        if step is None:
            raise self.unmade(refusal("no_step", id=id))
        return self.json(step, call.noise)

    def _begun(self, call: Call, thread: Item, shown: Item | None = None) -> Reply:
        body, noise = call.body, call.noise
        assistant = self._assistant(call)
        with self.store.transaction():
            active = self._active(thread["id"])
            if active is not None:
                raise Refused(refusal("active", thread=thread["id"], run=active))
            for each in body.get("additional_messages") or ():
                self._add_message(thread["id"], each, noise)
            run = objects.run(assistant, body, thread["id"], noise, int(self.clock.time()))
            self._put(run)
            path = f"{runs_path(thread['id'])}/{run['id']}"
            self.jobs.begin(KIND, path, STAGES, deadline=float(run["expires_at"]))
        # Here, as no job goes on inside another.
        for id in self._running.vector_stores(run):
            self.vectors.catch_up(id)
        return self._answer(call, run, shown=shown)

    def _answer(self, call: Call, run: Item, *, shown: Item | None = None, finished: tuple[Item, ...] = ()) -> Reply:
        """The run as it is now, or all that happens to it, up to its end, where a stream is asked for."""
        if not call.body.get("stream"):
            reply = self.json(run, call.noise)
            reply.headers.append((POLL_AFTER, self._poll_after))
            return reply
        self.jobs.advance(KIND, run["id"], STAGES[-1])
        ended = self.store.get(runs_path(run["thread_id"]), run["id"]) or run
        round = self._running.round(run["id"])
        if round.outcome is None:
            raise Refused(_COROUTINE)
        below = f"{runs_path(run['thread_id'])}/{run['id']}/steps"
        steps = [step for id in round.steps if (step := self.store.get(below, id)) is not None]
        split = self.tokenizers.of(str(run["model"])).split
        told = [(step, self._message_of(step)) for step in steps]
        return self.events(chunks(run, ended, told, split, thread=shown, finished=finished), call.noise)

    def _message_of(self, step: Item) -> Item | None:
        made = step["step_details"].get("message_creation")
        return None if made is None else self.store.get(messages_path(step["thread_id"]), made["message_id"])

    def _finish_calls(self, run: Item, outputs: Mapping[str, JSON]) -> tuple[Item, ...]:
        """The steps that waited for these outputs, with them."""
        below = f"{runs_path(run['thread_id'])}/{run['id']}/steps"
        waiting = [step for step in walk(self.store, below, "asc") if step["status"] == "in_progress"]
        for step in waiting:
            for each in step["step_details"]["tool_calls"]:
                each["function"]["output"] = outputs.get(each["id"])
            step |= {"status": "completed", "completed_at": int(self.clock.time())}
            self.store.put(below, step["id"], step)
        return tuple(waiting)

    # What there is

    def _path(self, call: Call) -> str:
        """A run's."""
        return f"{runs_path(call.params['thread_id'])}/{call.params['run_id']}"

    def _put(self, run: Item) -> None:
        self.store.put(runs_path(run["thread_id"]), run["id"], run)

    def _thread(self, call: Call) -> Item:
        id = call.params["thread_id"]
        found = self.store.get(THREADS, id)
        if found is None:
            raise self.unmade(refusal("no_thread", id=id))
        return found

    def _assistant(self, call: Call) -> Item:
        id = call.body["assistant_id"]
        found = self.store.get("/assistants", id)
        if found is None:
            raise self.unmade(refusal("no_assistant", id=id))
        return found

    def _run(self, call: Call) -> Item:
        id = call.params["run_id"]
        run = self.store.get(runs_path(self._thread(call)["id"]), id)
        if run is None:
            raise self.unmade(refusal("no_run", id=id))
        # Nobody takes a run on that waits for its tools.
        if run["status"] == "requires_action" and run["expires_at"] <= self.clock.time():
            self._running.end(run, "expired", run["expires_at"])
            self._put(run)
        return run

    def _active(self, thread: str) -> str | None:
        """The run that a thread is locked by."""
        latest = self.store.page(runs_path(thread), limit=1).items
        return str(latest[0]["id"]) if latest and latest[0]["status"] not in OVER else None

    def _new_thread(self, given: Mapping[str, JSON], noise: Noise) -> Item:
        thread = objects.thread(given, noise, int(self.clock.time()))
        with self.store.transaction():
            self.store.put(THREADS, thread["id"], thread)
            for each in given.get("messages") or ():
                self._add_message(thread["id"], each, noise)
        return thread

    def _add_message(self, thread: str, given: Mapping[str, JSON], noise: Noise) -> Item:
        message = objects.message(given, thread, noise, int(self.clock.time()))
        self.store.put(messages_path(thread), message["id"], message)
        return message

"""Automations: what is to be said to an agent at some time, and each time that it was.

Nothing runs by itself here: what has fallen due by the engine's clock is delivered when somebody asks for automations
or their invocations.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from itertools import takewhile

from ..answer import JSON
from ..call import Call, MadeUp, Refused
from ..ids import make_for
from ..jobs import Job, Kind, Work
from ..noise import Noise
from ..state import walk
from ..wire import Reply
from .agents_config import configured, listed
from .agents_making import MakesSessions
from .agents_refusals import refusal
from .agents_schedule import Schedule
from .agents_state import BELOW, Item, path_of, shown
from .agents_templates import described
from .base import operation

AUTOMATIONS = f"{BELOW}/automations"
KIND = "beta.agents.automations.invocations"
"""The client's resource: a delivery takes time."""
STAGES = ("queued", "completed")
MISSED = 100
"""Occurrences that are made up for at most, where nobody has looked for long."""
_OF_TYPE = {"once": ("run_at",), "periodic": ("expression", "timezone")}
_ONE = "/agents/automations/{automation_id}"


class Automations(MakesSessions):
    """`/agents/automations`."""

    def job_kinds(self) -> dict[str, Kind]:
        return {KIND: Delivering(self)}

    @operation("POST /agents/automations")
    def create(self, call: Call) -> Reply:
        body = call.body
        self.check_given(body, "name", "target", "type")
        self.check_given(body, *_OF_TYPE[body["type"]])
        automation: Item = {
            "id": make_for("agent.automation", call.noise),
            "object": "agent.automation",
            "created_at": self.now,
            "created_by": {"type": "developer"},
            "metadata": body.get("metadata") or {},
            "name": body["name"],
            "status": "active",
            "type": body["type"],
            **{name: body[name] for name in _OF_TYPE[body["type"]]},
            "_after": self.now,
        }
        with self.made_up_otherwise():
            self._check_time(body)
            self._aim(automation, body["target"])
        self.store.put(AUTOMATIONS, automation["id"], automation)
        return self.json(shown(automation), call.noise)

    @operation("GET /agents/automations")
    def list(self, call: Call) -> Reply:
        for automation in [*walk(self.store, AUTOMATIONS, "asc")]:
            self._catch_up(automation)
        session = call.query.get("session_id")
        where = None if session is None else {"_session": session}
        return self.page(call, AUTOMATIONS, "automation", where=where, show=shown)

    @operation(f"GET {_ONE}")
    def retrieve(self, call: Call) -> Reply:
        return self.json(shown(self._current(call)), call.noise)

    @operation(f"POST {_ONE}")
    def update(self, call: Call) -> Reply:
        body = call.body
        self._current(call)
        with self.store.transaction():
            automation = self._automation(call)
            for name in ("expression", "run_at", "timezone"):
                if name in body and name not in _OF_TYPE[automation["type"]]:
                    raise Refused(refusal("once" if name == "run_at" else "periodic", param=name))
            if "run_at" in body and automation["status"] == "completed":
                raise Refused(refusal("status", id=automation["id"], status="completed"))
            self._check_time({"timezone": automation.get("timezone"), **body})
            if "expression" in body or "timezone" in body:
                automation["_after"] = self.now
            if body.get("target") is not None:
                if body["target"]["type"] != automation["target"]["type"]:
                    raise Refused(refusal("target", was=automation["target"]["type"]))
                self._aim(automation, body["target"])
            automation |= {
                name: body[name]
                for name in ("expression", "metadata", "name", "run_at", "timezone")
                if body.get(name) is not None
            }
            self.store.put(AUTOMATIONS, automation["id"], automation)
        return self.json(shown(automation), call.noise)

    @operation(f"DELETE {_ONE}")
    def delete(self, call: Call) -> Reply:
        """The SDK's docstring: "[...] without deleting its target session."."""
        automation = self._automation(call)
        with self.store.transaction():
            self.store.delete(AUTOMATIONS, automation["id"])
            self.store.delete_below(f"{AUTOMATIONS}/{automation['id']}/")
        return self.deleted(call, "agent.automation", automation["id"])

    @operation(f"POST {_ONE}/pause")
    def pause(self, call: Call) -> Reply:
        return self._changed(call, "active", "paused")

    @operation(f"POST {_ONE}/resume")
    def resume(self, call: Call) -> Reply:
        """The SDK's docstring: "one-time automations without a pending invocation require a future run_at"."""
        return self._changed(call, "paused", "active")

    # Invocations

    @operation(f"POST {_ONE}/invocations")
    def invoke(self, call: Call) -> Reply:
        """The SDK's docstring: "Queues a manual delivery without changing the saved schedule."."""
        self._current(call)
        with self.store.transaction():
            made = self._queue(self._automation(call), {"type": "manual"}, None, call.noise)
        return self.json(made, call.noise)

    @operation(f"GET {_ONE}/invocations")
    def list_invocations(self, call: Call) -> Reply:
        below = _below(self._current(call)["id"])
        self.jobs.look_below(below)
        return self.page(call, below, "invocation")

    @operation(f"GET {_ONE}/invocations/{{invocation_id}}")
    def retrieve_invocation(self, call: Call) -> Reply:
        below, id = _below(self._current(call)["id"]), call.params["invocation_id"]
        self.jobs.look(f"{below}/{id}")
        return self.json(self.found(below, id, "invocation"), call.noise)

    def deliver(self, automation: Item, invocation: Item) -> None:
        """Say what is to be said. Called in a transaction."""
        target = automation["_target"]
        noise = Noise(f"{invocation['id']} delivered".encode())
        try:
            with self.store.transaction():  # of its own, so that of a session which can't be made nothing is left
                if target["type"] == "new_session":
                    invocation["session_id"] = self.made(target, noise)["id"]
                else:
                    self._speak(automation, target, noise)
        except Refused as refused:
            error = refused.error
            invocation["error"] = {"code": error.code or "invalid_request", "message": error.message}
        except MadeUp:
            # Where what was never made is made up, that is for who asks, and nobody asked for this.
            invocation["error"] = {"code": "resource_not_found", "message": "The target doesn't exist."}

    def _speak(self, automation: Item, target: Item, noise: Noise) -> None:
        session = self.kept.session(target["session_id"])
        if session is None:
            raise Refused(refusal("not_found", what="session", id=target["session_id"]))
        if session["status"] == "failed":
            # The one reason for which the API pauses a schedule, says the SDK's pause_reason.
            automation |= {"status": "paused", "pause_reason": "target_session_failed"}
            raise Refused(refusal("failed", id=session["id"]))
        if session["status"] != "idle":
            raise Refused(refusal("busy"))
        content = [{"type": "input_text", "text": target["instructions"]}]
        self.running.begin(session, [{"role": "user", "content": content}], noise)

    def _queue(self, automation: Item, source: Item, scheduled: int | None, noise: Noise) -> Item:
        below = _below(automation["id"])
        pending = bool(self.store.page(below, limit=1, where={"status": STAGES[0]}).items)
        made: Item = {
            "id": make_for("agent.automation.invocation", noise),
            "object": "agent.automation.invocation",
            "automation_id": automation["id"],
            "created_at": self.now,
            "error": None,
            "scheduled_at": scheduled,
            "session_id": automation["_session"],
            "skip_reason": "pending_delivery" if pending else None,
            "source": source,
            "status": "skipped" if pending else STAGES[0],
        }
        self.store.put(below, made["id"], made)
        if not pending:
            self.jobs.begin(KIND, f"{below}/{made['id']}", STAGES)
        return made

    def _automation(self, call: Call) -> Item:
        return self.found(AUTOMATIONS, call.params["automation_id"], "automation")

    def _current(self, call: Call) -> Item:
        """The one that the path names, once all that has fallen due of it was delivered."""
        self._catch_up(self._automation(call))
        return self._automation(call)

    def _catch_up(self, automation: Item) -> None:
        for due in self._due(automation):
            if automation["_session"] is not None:
                self.jobs.look(path_of(automation["_session"]))  # it may have become idle by then
            with self.store.transaction():
                current = self.store.get(AUTOMATIONS, automation["id"])
                if current is None or current["status"] != "active" or current["_after"] >= due:
                    return
                source = {"type": "automation", "automation": shown(current)}
                made = self._queue(current, source, due, Noise(f"{current['id']} {due}".encode()))
                current["_after"] = due
                if current["type"] == "once":
                    current["status"] = "completed"
                self.store.put(AUTOMATIONS, current["id"], current)
            self.jobs.look(f"{_below(automation['id'])}/{made['id']}")

    def _due(self, automation: Item) -> Sequence[int]:
        """The times that have come since the last one, of too many the latest."""
        now = self.clock.time()
        if automation["status"] != "active":
            return []
        if automation["type"] == "once":
            return [automation["run_at"]] if automation["run_at"] <= now else []
        schedule = Schedule(automation["expression"], automation["timezone"])
        times = takewhile(lambda time: time <= now, schedule.after(automation["_after"]))
        return [*deque(times, maxlen=MISSED)]

    def _changed(self, call: Call, before: str, after: str) -> Reply:
        self._current(call)
        with self.store.transaction():
            automation = self._automation(call)
            if automation["status"] != before:
                raise Refused(refusal("status", id=automation["id"], status=automation["status"]))
            if after == "active":
                self._check_time(automation)
                automation.pop("pause_reason", None)
                automation["_after"] = self.now  # what was missed meanwhile isn't made up for
            automation["status"] = after
            self.store.put(AUTOMATIONS, automation["id"], automation)
        return self.json(shown(automation), call.noise)

    def _check_time(self, given: Mapping[str, JSON]) -> None:
        if given.get("run_at") is not None and given["run_at"] <= self.clock.time():
            raise Refused(refusal("run_at", param="run_at"))
        if given.get("expression") is not None:
            try:
                Schedule(given["expression"], given["timezone"])
            except ValueError as error:
                param = "timezone" if "timezone" in str(error) else "expression"
                raise Refused(refusal("expression", param=param, why=error)) from None

    def _aim(self, automation: Item, target: Item) -> None:
        """Whom it speaks to: as it was given, for the deliveries, and as it is shown."""
        if target["type"] == "existing_session":
            if self.options.missing == "404" and self.kept.session(target["session_id"]) is None:
                raise self.missing("session", target["session_id"])
            automation |= {"_session": target["session_id"], "_target": target, "target": target}
            return
        self.check(target)
        agent = configured(target["agent"]) if target.get("agent") and not target.get("agent_id") else None
        seen = {
            "type": "new_session",
            "agent": None if agent is None else {**agent, "tools": listed(agent["tools"])},
            "agent_id": target.get("agent_id"),
            "environment": _environment(target["environment"]),
            "input": [{"type": "message", "role": "user", "content": each["content"]} for each in target["input"]],
            "metadata": target.get("metadata") or {},
            "vault_ids": list(target.get("vault_ids") or ()),
        }
        automation |= {"_session": None, "_target": target, "target": seen}


class Delivering:
    """Invocations as jobs."""

    def __init__(self, automations: Automations) -> None:
        self._automations = automations

    def work(self, job: Job, share: float) -> Work:
        return None
        yield

    def enter(self, job: Job, stage: str, at: float) -> None:
        store = self._automations.store
        invocation = store.get(job.collection, job.object_id)
        automation = None if invocation is None else store.get(AUTOMATIONS, invocation["automation_id"])
        if invocation is None or automation is None:
            return  # it was deleted
        if job.failure is not None:
            invocation["error"] = {name: job.failure[name] for name in ("code", "message")}
        else:
            self._automations.deliver(automation, invocation)
        invocation["status"] = STAGES[1] if invocation["error"] is None else "failed"
        store.put(job.collection, job.object_id, invocation)
        store.put(AUTOMATIONS, automation["id"], automation)


def _below(automation: str) -> str:
    return f"{AUTOMATIONS}/{automation}/invocations"


def _environment(given: Mapping[str, JSON]) -> Item:
    """What was selected, without what is confidential; what was left away is null."""
    if given["type"] == "none":
        return {"type": "none"}
    if given["type"] == "self_hosted":
        directories = list(given.get("capability_directories") or ())
        return {
            "type": "self_hosted", "capability_directories": directories, "environment_id": None,
            "workspace_directory": given["workspace_directory"],
        }  # fmt: skip
    whole = described(given)
    named = ("capability_directories", "desktop", "files", "network", "packages", "plugins", "skills")
    seen = {name: None if given.get(name) is None else whole[name] for name in named}
    chosen = {name: given.get(name) for name in ("container_size", "environment_id", "environment_template_id")}
    return {"type": "openai_hosted", **chosen, **seen}

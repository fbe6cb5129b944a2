"""Sessions of agents, and their first turns."""

from __future__ import annotations

from ..call import Call, Refused
from ..jobs import Kind
from ..wire import Reply
from .agents_config import configured, listed
from .agents_making import MakesSessions, set_options
from .agents_refusals import refusal
from .agents_running import KIND
from .agents_state import SESSIONS, Item, path_of, shown
from .base import operation


class Sessions(MakesSessions):
    """`/agents/sessions`."""

    def job_kinds(self) -> dict[str, Kind]:
        return {KIND: self.running}

    @operation("POST /agents/sessions")
    def create(self, call: Call) -> Reply:
        body = call.body
        with self.made_up_otherwise(), self.store.transaction():
            self.check(body)
            if body.get("stream_options") is not None and not body.get("stream"):
                raise Refused(refusal("stream_options"))
            session = self.made(body, call.noise)
        if not body.get("stream"):
            return self.json(shown(session), call.noise)
        asked = (body.get("stream_options") or {}).get("include_obfuscation")
        return self.followed(call, session["id"], None, obfuscated=asked, one_turn=True)

    @operation("GET /agents/sessions")
    def list(self, call: Call) -> Reply:
        self.jobs.look_below(SESSIONS)
        query = call.query
        where: Item = {} if query.get("agent_id") is None else {"_agent": query["agent_id"]}
        if query.get("metadata"):
            where["metadata"] = query["metadata"]
        return self.page(call, SESSIONS, "session", where=where, show=shown)

    @operation("GET /agents/sessions/{session_id}")
    def retrieve(self, call: Call) -> Reply:
        return self.json(shown(self.session(call, looks=True)), call.noise)

    @operation("POST /agents/sessions/{session_id}")
    def update(self, call: Call) -> Reply:
        """The SDK's docstring: "Model settings apply to subsequent turns." Here they apply from the next time on that
        the model is asked."""
        body = call.body
        given = dict(body.get("agent") or {})
        if given.get("model"):
            self.check_model(given["model"])
        with self.store.transaction():
            session = self.session(call)
            agent = session["agent"]
            if "reasoning" in given:  # here, unlike elsewhere, what is left away stays
                given["reasoning"] = {**agent["reasoning"], **(given["reasoning"] or {})}
            config = configured(given, {**agent, "tools": session["_tools"]})
            session["_tools"] = config["tools"]
            session["agent"] = {**agent, **config, "tools": listed(config["tools"])}
            if "metadata" in body:
                session["metadata"] = body["metadata"] or {}
            set_options(session, body)
            self.kept.put(session)
        return self.json(shown(session), call.noise)

    @operation("DELETE /agents/sessions/{session_id}")
    def delete(self, call: Call) -> Reply:
        """The SDK's docstring: "Running execution must be cancelled first.", while a turn that is still open but whose
        execution has ended, as one that waits for the application, goes with its session."""
        id = call.params["session_id"]
        self.jobs.catch_up(path_of(id))
        with self.store.transaction():
            session = self.session(call)
            if session["status"] == "in_progress":
                raise Refused(refusal("running", id=id))
            self.kept.delete(id)
            self.places.leave(session["environment"])
        return self.deleted(call, "agent.session", id)

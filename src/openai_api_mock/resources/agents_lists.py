"""What sessions hold to be looked at: turns, items, artifacts, traces and subagents."""

from __future__ import annotations

from io import BytesIO

from ..call import Call
from ..wire import Reply
from .agents_base import OfAgents
from .agents_publishing import artifacts_of
from .agents_state import Item, path_of
from .agents_subagents import subagents_of
from .base import operation

_ONE = "/agents/sessions/{session_id}"
_SUBAGENT = f"{_ONE}/subagents/{{subagent_id}}"


class SessionTurns(OfAgents):
    """`/agents/sessions/{session_id}/turns` and `items`."""

    @operation(f"GET {_ONE}/turns")
    def list(self, call: Call) -> Reply:
        return self.page(call, f"{path_of(self.session(call, looks=True)['id'])}/turns", "turn")

    @operation(f"GET {_ONE}/turns/{{turn_id}}")
    def retrieve(self, call: Call) -> Reply:
        return self.json(self._turn(call), call.noise)

    @operation(f"GET {_ONE}/turns/{{turn_id}}/items")
    def list_of_turn(self, call: Call) -> Reply:
        turn = self._turn(call)
        return self.page(call, f"{path_of(turn['session_id'])}/turns/{turn['id']}/items", "item")

    @operation(f"GET {_ONE}/items")
    def list_items(self, call: Call) -> Reply:
        return self.page(call, f"{path_of(self.session(call, looks=True)['id'])}/items", "item")

    def _turn(self, call: Call) -> Item:
        session = self.session(call, looks=True)
        return self.found(f"{path_of(session['id'])}/turns", call.params["turn_id"], "turn")


class SessionArtifacts(OfAgents):
    """`/agents/sessions/{session_id}/artifacts`."""

    @operation(f"GET {_ONE}/artifacts")
    def list(self, call: Call) -> Reply:
        session = self.session(call, looks=True)
        environment = call.query.get("environment_id")
        where = None if environment is None else {"environment_id": environment}
        return self.page(call, artifacts_of(session["id"]), "artifact", where=where)

    @operation(f"GET {_ONE}/artifacts/{{artifact_id}}")
    def retrieve(self, call: Call) -> Reply:
        return self.json(self._artifact(call), call.noise)

    @operation(f"DELETE {_ONE}/artifacts/{{artifact_id}}")
    def delete(self, call: Call) -> Reply:
        """The environment's file stays."""
        found = self._artifact(call)
        below = artifacts_of(found["session_id"])
        with self.store.transaction():
            self.store.delete(below, found["id"])
            self.store.delete_file(f"{below}/{found['id']}/content")
        return self.deleted(call, "agent.session.artifact", found["id"])

    @operation(f"GET {_ONE}/artifacts/{{artifact_id}}/content")
    def content(self, call: Call) -> Reply:
        found = self._artifact(call)
        opened = self.store.open_file(f"{artifacts_of(found['session_id'])}/{found['id']}/content")
        return self.from_file(BytesIO(b"") if opened is None else opened, call.noise)

    def _artifact(self, call: Call) -> Item:
        session = self.session(call, looks=True)
        return self.found(artifacts_of(session["id"]), call.params["artifact_id"], "artifact")


class Subagents(OfAgents):
    """`/agents/sessions/{session_id}/subagents` and `traces`. No subagent runs here, so those that a script
    tells of have said nothing."""

    @operation(f"GET {_ONE}/traces")
    def traces(self, call: Call) -> Reply:
        """The SDK's docstring: "Unpublished traces are skipped." None is ever published."""
        return self.page(call, f"{path_of(self.session(call, looks=True)['id'])}/traces", "trace")

    @operation(f"GET {_ONE}/subagents")
    def list(self, call: Call) -> Reply:
        return self.page(call, subagents_of(self.session(call, looks=True)["id"]), "subagent")

    @operation(f"GET {_SUBAGENT}")
    def retrieve(self, call: Call) -> Reply:
        return self.json(self._subagent(call), call.noise)

    @operation(f"GET {_SUBAGENT}/items")
    def items(self, call: Call) -> Reply:
        return self.page(call, f"{self._below(call)}/items", "item")

    @operation(f"GET {_SUBAGENT}/turns")
    def turns_of(self, call: Call) -> Reply:
        return self.page(call, f"{self._below(call)}/turns", "turn")

    @operation(f"GET {_SUBAGENT}/turns/{{turn_id}}")
    def turn(self, call: Call) -> Reply:
        return self.json(self.found(f"{self._below(call)}/turns", call.params["turn_id"], "turn"), call.noise)

    @operation(f"GET {_SUBAGENT}/turns/{{turn_id}}/items")
    def items_of_turn(self, call: Call) -> Reply:
        turn = self.found(f"{self._below(call)}/turns", call.params["turn_id"], "turn")
        return self.page(call, f"{self._below(call)}/turns/{turn['id']}/items", "item")

    def _below(self, call: Call) -> str:
        found = self._subagent(call)
        return f"{subagents_of(found['session_id'])}/{found['id']}"

    def _subagent(self, call: Call) -> Item:
        session = self.session(call, looks=True)
        return self.found(subagents_of(session["id"]), call.params["subagent_id"], "subagent")

"""Reusable agents: a configuration under an id. What becomes of one is in the sessions that it runs."""

from __future__ import annotations

from ..answer import JSON
from ..call import Call
from ..ids import make_for
from ..wire import Reply
from .agents_base import OfAgents
from .agents_config import configured
from .agents_state import AGENTS, Item
from .base import operation


class Agents(OfAgents):
    """`/agents`."""

    @operation("POST /agents")
    def create(self, call: Call) -> Reply:
        self.check_given(call.body, "model")
        self.check_model(call.body["model"])
        agent: Item = {
            "id": make_for("agent", call.noise),
            "object": "agent",
            "created_at": self.now,
            "updated_at": self.now,
            **configured(call.body),
            "name": call.body.get("name"),
            "metadata": call.body.get("metadata") or {},
        }
        self.store.put(AGENTS, agent["id"], agent)
        return self.json(agent, call.noise)

    @operation("GET /agents")
    def list(self, call: Call) -> Reply:
        return self.page(call, AGENTS, "agent")

    @operation("GET /agents/{agent_id}")
    def retrieve(self, call: Call) -> Reply:
        return self.json(self._agent(call), call.noise)

    @operation("POST /agents/{agent_id}")
    def update(self, call: Call) -> Reply:
        """Sessions keep the configuration that they were made with."""
        body: dict[str, JSON] = call.body
        if body.get("model"):
            self.check_model(body["model"])
        with self.store.transaction():
            agent = self._agent(call)
            agent |= {**configured(body, agent), "updated_at": self.now}
            if "name" in body:
                agent["name"] = body["name"]
            if "metadata" in body:
                agent["metadata"] = body["metadata"] or {}
            self.store.put(AGENTS, agent["id"], agent)
        return self.json(agent, call.noise)

    @operation("DELETE /agents/{agent_id}")
    def delete(self, call: Call) -> Reply:
        """Its sessions go on: each has a copy of what it was."""
        agent = self._agent(call)
        self.store.delete(AGENTS, agent["id"])
        return self.deleted(call, "agent", agent["id"])

    def _agent(self, call: Call) -> Item:
        return self.found(AGENTS, call.params["agent_id"], "agent")

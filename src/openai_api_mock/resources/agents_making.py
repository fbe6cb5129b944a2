"""How a session is made: of a saved agent or one written inline, in its environment, with its first input."""

from __future__ import annotations

from collections.abc import Mapping

from ..answer import JSON
from ..call import Refused
from ..ids import make_for
from ..noise import Noise
from .agents_base import OfAgents
from .agents_config import configured, listed
from .agents_places import Places
from .agents_refusals import refusal
from .agents_running import about
from .agents_state import AGENTS, Item, Told, shown
from .base import Services

VAULTS = "/vaults"


class MakesSessions(OfAgents):
    """A family of operations of which sessions come."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.places = Places(self.store, self.clock, self.jobs, self.files, self.unmade)

    def made(self, body: Mapping[str, JSON], noise: Noise) -> Item:
        """A new session, and its first turn where there is input. Called in a transaction."""
        agent, tools = self._agent(body, noise)
        now = self.now
        session: Item = {
            "id": make_for("agent.session", noise),
            "object": "agent.session",
            "agent": agent,
            "created_at": now,
            "environment": None,
            "error": None,
            "last_active_at": now,
            "metadata": body.get("metadata") or {},
            "required_actions": [],
            "status": "idle",
            "usage": None,
            "vault_ids": self._vaults(body),
            "_agent": agent["id"],
            "_outcome": None,
            "_output": 0,
            "_published": {},
            "_round": 0,
            "_spent": 0.0,
            "_told": 0,
            "_tools": tools,
            "_turn": None,
        }
        session["environment"], told = self.places.taken(session["id"], body["environment"], noise)
        set_options(session, body)
        created: Told = (0.0, "agent.session.created", {"session": shown(session)})
        self.kept.tell(session, [created, *told])
        self.webhooks.queue("agent.session.created", about(session))
        messages = messages_of(body.get("input"))
        if messages:
            self.running.begin(session, messages, noise)
        self.kept.put(session)
        return session

    def check(self, body: Mapping[str, JSON]) -> None:
        """Raises Refused where a session's request lacks what it must have."""
        self.check_given(body, "environment")
        if body.get("agent_id") is None and not (body.get("agent") or {}).get("model"):
            raise Refused(refusal("missing", param="agent.model"))
        environment, streamed = body["environment"]["type"], bool(body.get("stream"))
        if not body.get("input") and (environment == "none" or (streamed and environment != "self_hosted")):
            raise Refused(refusal("missing", param="input"))

    def _agent(self, body: Mapping[str, JSON], noise: Noise) -> tuple[Item, list[Item]]:
        """The agent as the session shows it, and its tools, of which a session doesn't list all."""
        id = body.get("agent_id")
        saved = None if id is None else self.store.get(AGENTS, id)
        if id is not None and saved is None:
            raise self.missing("agent", id)
        given = body.get("agent") or {}
        config = configured(given) if saved is None else configured(given, saved)
        self.check_model(config["model"])
        own = {"id": make_for("agent", noise), "name": None} if saved is None else saved
        agent = {**config, "id": own["id"], "name": own["name"], "tools": listed(config["tools"])}
        return agent, config["tools"]

    def _vaults(self, body: Mapping[str, JSON]) -> list[str]:
        ids = list(body.get("vault_ids") or ())
        for id in ids:
            if self.options.missing == "404" and self.store.get(VAULTS, id) is None:
                raise self.missing("vault", id)
        return ids


def messages_of(given: JSON) -> list[Item]:
    """The messages of an input; the SDK's docstring: "A string is shorthand for a single user message."."""
    if isinstance(given, str):
        return [{"role": "user", "content": [{"type": "input_text", "text": given}]}] if given else []
    return list(given or ())


def set_options(session: Item, body: Mapping[str, JSON]) -> None:
    """What a session shows only where it is set."""
    if "prompt_cache_options" in body:
        session["prompt_cache_options"] = body["prompt_cache_options"]
    if "review" in body:
        session["review"] = body["review"]
        if body["review"] == "none":
            del session["review"]  # the SDK's AgentSession: "Omitted when review is none [...]"
    if "spend_control" in body:
        limit = (body["spend_control"] or {}).get("limit")
        consumed = (session.get("spend_control") or {}).get("consumed")
        session["spend_control"] = {"limit": limit, "consumed": consumed}
        if session["status"] == "budget_reached" and (limit is None or session["_spent"] < limit):
            session["status"] = "idle"

"""Subagents: none runs here, but a script may have an agent say that it makes one, closes it and takes it up again."""

from __future__ import annotations

from collections.abc import Mapping

from ..answer import JSON
from ..state import Store
from .agents_state import Item, Told, path_of

_CLOSE, _RESUME = "close_subagent_call", "resume_subagent_call"


def subagents_of(session: str) -> str:
    return f"{path_of(session)}/subagents"


def follow(store: Store, session: Mapping[str, JSON], item: Mapping[str, JSON], now: int) -> Item | None:
    """Keep what a call does to a subagent; the subagent as it is then, None where nothing was done to any."""
    if item["type"] == "create_subagent_call" and item.get("agent_id"):
        made: Item = {
            "id": item["agent_id"],
            "object": "agent.session.subagent",
            "closed_at": None,
            "instructions": item.get("content"),
            "name": None,
            "opened_at": now,
            "parent_agent_id": session["agent"]["id"],
            "session_id": session["id"],
            "status": "active",
        }
        store.put(subagents_of(session["id"]), made["id"], made)
        return made
    found = None
    if item["type"] in (_CLOSE, _RESUME):
        found = store.get(subagents_of(session["id"]), str(item.get("recipient_agent_id")))
    if found is not None:
        closed = item["type"] == _CLOSE
        found |= {"status": "closed" if closed else "active", "closed_at": now if closed else None}
        store.put(subagents_of(session["id"]), found["id"], found)
    return found


def told_of(subagent: Item, at: float, item: Mapping[str, JSON]) -> Told:
    """The event of what a call has done to a subagent."""
    names = {"create_subagent_call": "created", _CLOSE: "closed", _RESUME: "active"}
    return at, f"agent.session.subagent.{names[item['type']]}", {"subagent": subagent}

"""What the tests of agents share: sessions, and their events on every way in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openai._models import validate_type
from openai.types.beta import AgentSession, AgentSessionItem, Subagent
from openai.types.beta.agent_session_event import AgentSessionEvent
from openai.types.beta.agents.sessions import Turn

from ..conftest import Way

SESSIONS = "beta.agents.sessions."
NOWHERE: Any = {"type": "none"}
WEATHER: Any = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}


def begin(way: Way, input: Any = "Hello", *, tools: Any = (), **more: Any) -> Any:
    """A session of an agent that is written inline."""
    more.setdefault("agent", {"model": "gpt-4o", "instructions": "Be kind.", "tools": list(tools)})
    more.setdefault("environment", NOWHERE)
    return checked(way.call(SESSIONS + "create", input=input, **more))


def look(way: Way, session: Any) -> Any:
    return checked(way.call(SESSIONS + "retrieve", session_id=session.id))


def send(way: Way, session: Any, *events: Mapping[str, Any], **more: Any) -> None:
    assert way.call(SESSIONS + "events.create", session_id=session.id, events=list(events), **more) is None


def message(text: str) -> dict[str, Any]:
    content = [{"type": "input_text", "text": text}]
    return {"type": "agent.session.input.message", "input": [{"role": "user", "content": content}]}


def result(action: Any, output: Any = "24 degrees", **more: Any) -> dict[str, Any]:
    """The result of a call that a session waits for."""
    called = {"turn_id": action.turn_id, "call_id": action.call_id}
    return {"type": "agent.session.input.tool_result", **called, "success": True, "output": output, **more}


CANCEL = {"type": "agent.session.input.cancel"}


def items(way: Way, session: Any, **query: Any) -> list[Any]:
    """A session's, oldest first."""
    page = way.call(SESSIONS + "items.list", session_id=session.id, order="asc", limit=100, **query)
    return [checked(item) for item in page.data]


def turns(way: Way, session: Any) -> list[Any]:
    page = way.call(SESSIONS + "turns.list", session_id=session.id, order="asc")
    return [checked(turn) for turn in page.data]


def texts(way: Way, session: Any) -> list[tuple[str, str]]:
    """Who said what."""
    said = [item for item in items(way, session) if item.type == "message"]
    return [(item.role, "".join(part.text for part in item.content)) for item in said]


def converse(way: Way, session: Any, text: str, **more: Any) -> list[Any]:
    """One turn by the SDK's own helper, which subscribes first and then sends: its events."""
    if way.name in ("sync", "server"):

        def follow(client: Any) -> list[Any]:
            with client.beta.agents.sessions.stream(session.id, input=text, **more) as stream:
                return [*stream]

        told = way.do(follow)
    else:

        async def follow_async(client: Any) -> list[Any]:
            async with client.beta.agents.sessions.stream(session.id, input=text, **more) as stream:
                return [event async for event in stream]

        told = way.do(follow_async)
    return [checked(event) for event in told]


def final(way: Way, **arguments: Any) -> Any:
    """The result of a session's first turn, collected by the SDK's helper."""
    if way.name in ("sync", "server"):

        def collect(client: Any) -> Any:
            with client.beta.agents.sessions.create(stream=True, **arguments) as stream:
                return stream.get_final_result()

        return way.do(collect)

    async def collect_async(client: Any) -> Any:
        async with await client.beta.agents.sessions.create(stream=True, **arguments) as stream:
            return await stream.get_final_result()

    return way.do(collect_async)


_TYPES: dict[str, Any] = {
    "agent.session": AgentSession,
    "agent.session.subagent": Subagent,
    "agent.session.turn": Turn,
}


def checked(thing: Any) -> Any:
    """The same, which is strictly what the SDK's types have it be."""
    if getattr(thing, "object", None) in _TYPES:
        type = _TYPES[thing.object]
    elif hasattr(thing, "event_id"):
        type = AgentSessionEvent
    elif hasattr(thing, "turn_id"):
        type = AgentSessionItem
    else:
        return thing
    validate_type(type_=type, value=thing.to_dict())
    return thing


def kinds(events: list[Any]) -> list[str]:
    """The events' types, without what all have in common; deltas as one."""
    told: list[str] = []
    for event in events:
        kind = event.type.removeprefix("agent.session.")
        if not (told and kind.endswith(".delta") and told[-1] == kind):
            told.append(kind)
    return told


def gathered(events: list[Any]) -> list[dict[str, Any]]:
    """The items as one gathers them from a stream: added, spelled out by deltas, and done."""
    found: dict[str, dict[str, Any]] = {}
    spelled: dict[str, dict[int, str]] = {}
    for event in events:
        kind = event.type.removeprefix("agent.session.turn.")
        if kind in ("item.added", "item.done"):
            item = event.item.to_dict()
            if kind == "item.done":
                parts = item.get("content") if item["type"] == "message" else item.get("summary")
                texts = spelled.get(item["id"], {})
                assert texts == {index: part["text"] for index, part in enumerate(parts or ())}
            found[item["id"]] = item
        elif kind in ("content_part.added", "reasoning_summary_part.added"):
            spelled.setdefault(event.item_id, {})[_index(event)] = event.part.text
        elif kind in ("output_text.delta", "reasoning_summary_text.delta"):
            spelled[event.item_id][_index(event)] += event.delta
    return [*found.values()]


def _index(event: Any) -> int:
    """Of a part in its item."""
    index: int = event.summary_index if "summary" in event.type else event.content_index
    return index

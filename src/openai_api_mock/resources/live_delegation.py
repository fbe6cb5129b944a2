"""What a Live model hands over: to the client, to a Responses backend, or to Decisions; and the decisions that
transcripts trigger.

The backend and the decisions are asked of the engine as `POST /responses` and `POST /decisions`, so they stand in the
journal, and what is scripted for those endpoints is what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from ..answer import JSON
from ..call import Refused
from ..content import data_of, dicts, text_of
from ..voice.messages import Event
from ..wire import Reply
from .live_member import Member
from .live_refusals import refusal

if TYPE_CHECKING:
    from .live_session import LiveSession

_MODEL = "gpt-6-luna"
"""The only one that decides (the SDK's description of `model` in decision_create_params.py)."""
_WAITING = ("function_call", "custom_tool_call")
_OF_LIVE = ("id", "status", "phase")
"""What items have in a session and not in a decision's input."""
# "Response lifecycle snapshots omit input and clear instructions, tools, and output" (the SDK's docstring).
_CLEARED: dict[str, JSON] = {"instructions": None, "tools": [], "output": []}
_FUNCTION: dict[str, JSON] = {"parameters": None, "strict": None}
"""What a function of a response must have, and a Live session's may leave away."""

Then = Callable[[], None]


class Delegations:
    """Those of one session."""

    def __init__(self, session: LiveSession) -> None:
        self._session = session
        self._open: set[str] = set()
        self._backend: list[dict[str, JSON]] = []
        """The conversation with the Responses backend."""
        self._shared: list[dict[str, JSON]] = []
        """What it was told of the session's history."""
        self._waiting: str | None = None
        """The delegation whose response waits for results of tools."""
        self._items: dict[str, dict[str, JSON]] = {}
        """Of decisions."""
        self._asked: set[str] = set()
        """The ids of `decision.create` events."""

    @property
    def _kind(self) -> str:
        return str(self._session.settings["delegation"]["type"])

    @property
    def functions(self) -> list[dict[str, JSON]]:
        """The functions of the Responses backend."""
        config = self._session.settings["delegation"].get("responses") or {}
        return [tool for tool in dicts(config.get("tools")) if tool.get("type") == "function"]

    def named(self, id: str | None) -> str | None:
        """The id of a client's delegation that is being answered. Raises Refused."""
        if id is not None and self._kind == "responses":
            raise Refused(refusal("not_of_responses"))
        if id is not None and id not in self._open:
            raise Refused(refusal("no_delegation", id=id))
        return id

    def begin(self, by: Member, acknowledge: Then, then: Then) -> None:
        """The model hands the task over; `acknowledge` has it say what it says meanwhile."""
        id = self._session.id("delegation_")
        if self._kind == "responses":
            self._respond(by, id, acknowledge, then)
            return
        self._created(id)
        acknowledge()
        if self._kind == "decisions":
            self._decide_delegated(by, id, then)
        else:
            then()

    def _created(self, id: str, command: Event | None = None, response: str | None = None) -> None:
        self._open.add(id)
        made = {"id": id, "type": "delegation", "target": self._kind}
        if response is not None:
            made["response_id"] = response
        session = self._session
        session.tell(session.event("session.delegation.created", command, delegation=made, offset_ms=session.now))

    # Responses

    def add(self, command: Event) -> None:
        """An item for the backend."""
        if self._kind != "responses":
            raise Refused(refusal("not_responses", event="response.item.create"))
        self._backend.append(command["item"])

    def create_response(self, by: Member) -> None:
        """A response that the client asks for, or the next step of one that waited for the results of tools."""
        if self._kind != "responses":
            raise Refused(refusal("not_responses", event="response.create"))
        waiting, self._waiting = self._waiting, None
        if not self._backend and not self._session.history:
            raise Refused(refusal("nothing_to_answer"))
        self._respond(by, waiting, lambda: None, lambda: None)

    def _respond(self, by: Member, id: str | None, acknowledge: Then, then: Then) -> None:
        self._share()
        config = self._session.settings["delegation"]["responses"]
        body = {name: value for name, value in config.items() if value is not None}
        if body.get("tools"):
            body["tools"] = [{**_FUNCTION, **tool} if tool["type"] == "function" else tool for tool in body["tools"]]
        body |= {"input": self._backend, "stream": True}
        self._session.ask(
            by, "POST", "/responses", body, lambda reply: self._responded(by, id, reply, acknowledge, then)
        )

    def _share(self) -> None:
        """Tell the backend what was said since it was last asked."""
        for item in self._session.history:
            if item.get("role") and not any(item is known for known in self._shared):
                self._shared.append(item)
                self._backend.append(_said(item))

    def _responded(self, by: Member, id: str | None, reply: Reply, acknowledge: Then, then: Then) -> None:
        session = self._session
        if isinstance(reply.body, bytes):
            session.refused(by, reply)
            then()
            return
        events = dicts([data_of(chunk) for chunk in reply.body.chunks])
        snapshots = [event["response"] for event in events if "response" in event]
        if id is not None and id not in self._open and snapshots:
            self._created(id, response=snapshots[0]["id"])
        acknowledge()
        times = reply.body.times
        if times is None or len(times) != len(events):
            times = [reply.delay] * len(events) if reply.delay else None
        told = [session.event("response.event", event=_cleared(event), delegation_id=id) for event in events]
        voice = None if times is None else session.id("backend_")
        session.tell(*told, times=times, voice=voice)
        output = snapshots[-1]["output"] if snapshots else []
        self._backend += output
        text = "\n".join(text_of(item["content"]) for item in output if item["type"] == "message")
        if any(item["type"] in _WAITING for item in output):
            self._waiting = id
            then()
        elif text:
            session.communicate(by, id or snapshots[-1]["id"], text, then, () if voice is None else (voice,))
        else:
            then()

    # Decisions

    def create_decision(self, by: Member, command: Event) -> None:
        if self._kind != "decisions":
            raise Refused(refusal("not_decisions", event="decision.create"))
        if command["event_id"] in self._asked:
            raise Refused(refusal("event_id", id=command["event_id"]))
        self._asked.add(command["event_id"])
        id = self._session.id("delegation_")
        self._created(id, command)
        self._decide_delegated(by, id, lambda: None)

    def create_item(self, command: Event) -> Event:
        given = {name: value for name, value in command["item"].items() if value is not None}
        id = given.get("id") or self._session.id("item_")
        if id in self._items:
            raise Refused(refusal("item_exists", id=id))
        self._items[id] = item = {"type": "message", **given, "id": id}
        return self._session.event("decision.item.created", command, item=item)

    def delete_item(self, command: Event) -> Event:
        id = command["item_id"]
        if self._items.pop(id, None) is None:
            raise Refused(refusal("no_item", id=id))
        return self._session.event("decision.item.deleted", command, item_id=id)

    def fire(self, by: Member, events: Sequence[Event], tell: Callable[[Event], object]) -> None:
        """Have the decisions told that these parts of a transcript trigger."""
        for event in events:
            for trigger in self._session.settings["triggers"]:
                if trigger["event_type"] == event["type"]:
                    source = {"source_event_id": event["event_id"], "source_event_type": event["type"]}
                    told = {"delegation_id": None, "trigger_id": self._session.id("trigger_"), **source}
                    self._decide(by, trigger["decisions"]["questions"], told, tell, lambda: None)

    def _decide_delegated(self, by: Member, id: str, then: Then) -> None:
        none = {"trigger_id": None, "source_event_id": None, "source_event_type": None}
        questions = self._session.settings["delegation"]["decisions"]["questions"]
        self._decide(by, questions, {"delegation_id": id, **none}, self._session.tell, then)

    def _decide(
        self,
        by: Member,
        questions: Sequence[JSON],
        told: Mapping[str, JSON],
        tell: Callable[[Event], object],
        then: Then,
    ) -> None:
        session = self._session
        said = [_said(item) for item in session.history if "role" in item]
        given = [{name: value for name, value in item.items() if name not in _OF_LIVE} for item in self._items.values()]
        config = session.settings["delegation"].get("decisions") or {}
        body = {"model": config.get("model") or _MODEL, "input": [*said, *given], "questions": list(questions)}

        def decided(reply: Reply) -> None:
            if reply.status != 200 or not isinstance(reply.body, bytes):
                session.refused(by, reply)
            else:
                event = {"type": "decision.completed", "decision": msgspec.json.decode(reply.body)}
                tell(session.event("decision.event", event=event, **told))
            then()

        session.ask(by, "POST", "/decisions", body, decided)


def _said(item: Mapping[str, JSON]) -> dict[str, JSON]:
    """A message of the conversation, as those are told of it who only read."""
    return {"role": item["role"], "content": text_of(item["content"])}


def _cleared(event: Mapping[str, Any]) -> dict[str, JSON]:
    response = event.get("response")
    if not isinstance(response, dict):
        return dict(event)
    kept = {name: value for name, value in response.items() if name != "input"}
    return {**event, "response": {**kept, **_CLEARED}}

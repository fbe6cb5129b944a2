"""A session against a model of it, whatever is sent to it in whatever order."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from openai_api_mock import Answer, tool_call
from openai_api_mock.mock import OpenAIMock
from openai_api_mock.options import options_from

from ..conftest import Shared
from .agents import NOWHERE, WEATHER, checked, gathered, message, result

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


class OneSession(RuleBasedStateMachine):
    """What is known of a session by what was done to it. Its turns go on by hand, so that nothing happens unseen."""

    def __init__(self) -> None:
        super().__init__()
        self.mock = OpenAIMock(options_from({"advance": "manual"}))
        self.mock.start()
        self.client = openai.OpenAI()
        self.sessions = self.client.beta.agents.sessions
        self.status = "in_progress"
        self.begun = False
        """Whether the running turn is past the queue."""
        self.turns = ["queued"]
        self.items = [("user", "Hello")]
        self.open: list[Any] = []
        self.scripted: list[Any] = []
        session = self.sessions.create(
            agent={"model": "gpt-4o", "tools": [WEATHER]},
            environment=NOWHERE, input="Hello",
        )  # fmt: skip
        self.id = session.id

    def teardown(self) -> None:
        self.client.close()
        self.mock.close()

    def send(self, *events: Any) -> None:
        self.sessions.events.create(self.id, events=list(events))

    def refused(self, *events: Any) -> None:
        with pytest.raises(openai.BadRequestError):
            self.send(*events)

    # What is done

    @precondition(lambda self: self.status == "in_progress" and not self.begun)
    @rule()
    def begin_to_work(self) -> None:
        self.mock.beta.agents.sessions.advance(self.id)
        self.begun = True
        self.turns[-1] = "in_progress"

    @precondition(lambda self: self.begun)
    @rule(text=TEXTS)
    def speak(self, text: str) -> None:
        self.mock.reply(text)
        self.mock.beta.agents.sessions.advance(self.id)
        self.items.append(("assistant", text))
        self.over("completed")

    @precondition(lambda self: self.begun)
    @rule(count=st.integers(1, 3))
    def call_functions(self, count: int) -> None:
        self.mock.reply([tool_call("get_weather", city=str(number)) for number in range(count)])
        self.mock.beta.agents.sessions.advance(self.id)
        self.items += [("call", "in_progress")] * count
        self.status, self.begun, self.turns[-1] = "requires_action", False, "waiting"
        self.open = self.sessions.retrieve(self.id).required_actions
        assert len(self.open) == count

    @precondition(lambda self: self.begun)
    @rule()
    def fail(self) -> None:
        self.mock.fail(500, "No luck.")
        self.mock.beta.agents.sessions.advance(self.id)
        self.over("failed")

    @precondition(lambda self: self.open)
    @rule(which=st.integers(0, 2), success=st.booleans())
    def bring(self, which: int, success: bool) -> None:
        action = self.open.pop(which % len(self.open))
        given = {} if success else {"success": False, "error": "No such city.", "output": None}
        self.send(result(action, **given))
        status = "completed" if success else "failed"
        self.items[self.places[action.call_id]] = ("call", status)
        self.items.append(("output", status))
        if not self.open:
            self.status, self.begun, self.turns[-1] = "in_progress", True, "in_progress"

    @precondition(lambda self: self.status in ("in_progress", "requires_action"))
    @rule()
    def cancel(self) -> None:
        self.send({"type": "agent.session.input.cancel"})
        self.over("cancelled")

    @precondition(lambda self: self.status == "idle")
    @rule(text=TEXTS)
    def ask(self, text: str) -> None:
        self.send(message(text))
        self.items.append(("user", text))
        self.status, self.begun = "in_progress", False
        self.turns.append("queued")

    # What is refused

    @precondition(lambda self: self.status != "idle")
    @rule()
    def ask_meanwhile(self) -> None:
        self.refused(message("And another thing"))

    @precondition(lambda self: self.status == "idle")
    @rule()
    def cancel_nothing(self) -> None:
        self.refused({"type": "agent.session.input.cancel"})

    @rule()
    def bring_what_nobody_waits_for(self) -> None:
        nobodys = {"turn_id": "turn_none", "call_id": "call_none", "success": True, "output": "x"}
        self.refused({"type": "agent.session.input.tool_result", **nobodys})

    @precondition(lambda self: self.status == "in_progress")
    @rule()
    def delete_while_it_runs(self) -> None:
        with pytest.raises(openai.BadRequestError):
            self.sessions.delete(self.id)

    # What is always so

    @invariant()
    def is_as_the_model_has_it(self) -> None:
        session = checked(self.sessions.retrieve(self.id))
        assert session.status == self.status
        assert [each.call_id for each in session.required_actions] == [each.call_id for each in self.open]
        turns = self.sessions.turns.list(self.id, order="asc", limit=100).data
        assert [turn.status for turn in turns] == self.turns
        listed = [*self.sessions.items.list(self.id, order="asc")]
        assert [_as_known(item) for item in listed] == self.items
        by_turn = [item for turn in turns for item in self.sessions.turns.items.list(turn.id, session_id=self.id,
                                                                                     order="asc")]  # fmt: skip
        assert [item.id for item in by_turn] == [item.id for item in listed]
        known = [turn.usage.total_tokens for turn in turns if turn.usage is not None]
        assert (session.usage.total_tokens if session.usage else 0) == sum(known)

    @property
    def places(self) -> dict[str, int]:
        """Where among the items each call is."""
        listed = self.sessions.items.list(self.id, order="asc", limit=100)
        return {item.call_id: index for index, item in enumerate(listed) if item.type == "function_call"}

    def over(self, status: str) -> None:
        self.items = [("call", "incomplete") if item == ("call", "in_progress") else item for item in self.items]
        self.status, self.begun, self.open = "idle", False, []
        self.turns[-1] = status


def _as_known(item: Any) -> tuple[str, str]:
    if item.type == "message":
        return item.role, item.content[0].text
    return ("call" if item.type == "function_call" else "output"), item.status


TestOneSession = OneSession.TestCase
TestOneSession.settings = settings(max_examples=20, stateful_step_count=12, deadline=None)

ANSWERS = st.builds(
    Answer,
    text=st.none() | TEXTS,
    reasoning=st.none() | TEXTS,
    tool_calls=st.lists(st.builds(lambda city: tool_call("get_weather", city=city), TEXTS), max_size=2).map(tuple),
).filter(lambda answer: answer.text or answer.tool_calls)


@settings(deadline=None, max_examples=100)
@given(first=ANSWERS, last=TEXTS)
def test_what_one_gathers_from_a_stream_are_the_items_that_are_listed(
    one_client: Shared, first: Answer, last: str
) -> None:
    mock, client = one_client
    mock.reset()
    mock.reply(first)
    calls = bool(first.tool_calls)
    if calls:
        mock.reply(last)
    agent: Any = {"model": "gpt-5", "tools": [WEATHER], "reasoning": {"summary": "auto"}}
    stream = client.beta.agents.sessions.create(
        agent=agent, environment=NOWHERE, input="Hello", stream=True,
        tool_handlers={"get_weather": lambda given: f"24 degrees in {given['city']}"},
    )  # fmt: skip
    events = [checked(event) for event in stream]
    listed = client.beta.agents.sessions.items.list(events[0].session.id, order="asc", limit=100)
    assert gathered(events) == [checked(item).to_dict() for item in listed]
    indices = [event.output_index for event in events if event.type == "agent.session.turn.item.done"]
    assert sorted(indices) == [*range(len(indices))]

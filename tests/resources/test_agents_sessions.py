"""Sessions of agents: their turns, their items, and what is sent to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest

from openai_api_mock import Answer, mock_openai, tool_call
from openai_api_mock.jobs import Later

from ..conftest import MakeWay, Way
from .agents import (
    CANCEL,
    NOWHERE,
    SESSIONS,
    WEATHER,
    begin,
    checked,
    items,
    look,
    message,
    result,
    send,
    texts,
    turns,
)  # fmt: skip


def waiting(way: Way) -> Any:
    """A session that waits for the result of a call."""
    way.mock.reply(tool_call("get_weather", city="Paris"))
    return look(way, begin(way, tools=[WEATHER]))


def test_a_session_says_what_is_scripted_for_whatever_speaks(way: Way) -> None:
    way.mock.when(message="Hello", system="Be kind.").reply("Ahoy!")
    session = begin(way)
    assert (session.status, session.usage, session.required_actions) == ("in_progress", None, [])
    done = look(way, session)
    assert (done.status, done.id, done.agent.model) == ("idle", session.id, "gpt-4o")
    assert texts(way, session) == [("user", "Hello"), ("assistant", "Ahoy!")]
    (turn,) = turns(way, session)
    assert (turn.status, turn.agent_id, turn.error) == ("completed", session.agent.id, None)
    assert turn.usage.to_dict() == done.usage.to_dict()
    assert done.usage.total_tokens == done.usage.input_tokens + done.usage.output_tokens > 0


def test_it_remembers_what_was_said(way: Way) -> None:
    session = look(way, begin(way, "My name is Ada."))
    way.mock.when(at={"input[0].content[0].text": "My name is Ada."}, message="What is my name?").reply("Ada.")
    send(way, session, message("What is my name?"))
    assert look(way, session).status == "idle"
    assert texts(way, session)[-2:] == [("user", "What is my name?"), ("assistant", "Ada.")]
    first, second = turns(way, session)
    assert look(way, session).usage.total_tokens == first.usage.total_tokens + second.usage.total_tokens


def test_a_function_is_called_and_the_turn_goes_on_with_its_result(way: Way) -> None:
    session = waiting(way)
    assert session.status == "requires_action"
    (action,) = session.required_actions
    assert (action.type, action.name, action.arguments) == ("function_call", "get_weather", {"city": "Paris"})
    (turn,) = turns(way, session)
    assert (turn.status, turn.id) == ("waiting", action.turn_id)
    way.mock.when(tool_result="24 degrees").reply("Take a hat.")
    send(way, session, result(action))
    session = look(way, session)
    assert (session.status, session.required_actions) == ("idle", [])
    kinds = [(item.type, item.status) for item in items(way, session)]
    assert kinds == [
        ("message", "completed"), ("function_call", "completed"), ("function_call_output", "completed"),
        ("message", "completed"),
    ]  # fmt: skip
    assert texts(way, session)[-1] == ("assistant", "Take a hat.")
    assert [turn.status for turn in turns(way, session)] == ["completed"]


def test_it_waits_for_all_the_calls_of_a_round(way: Way) -> None:
    way.mock.reply([tool_call("get_weather", city="Paris"), tool_call("get_weather", city="Rome")])
    session = look(way, begin(way, tools=[WEATHER]))
    first, second = session.required_actions
    send(way, session, result(first))
    session = look(way, session)
    assert (session.status, [each.call_id for each in session.required_actions]) == (
        "requires_action",
        [second.call_id],
    )
    way.mock.reply("Both are warm.")
    send(way, session, result(second))
    assert look(way, session).status == "idle"
    assert texts(way, session)[-1][1] == "Both are warm."


def test_a_call_may_fail(way: Way) -> None:
    session = waiting(way)
    way.mock.when(tool_result="No such city.").reply("I don't know.")
    send(way, session, result(session.required_actions[0], None, success=False, error="No such city."))
    look(way, session)
    _, call, output, _ = items(way, session)
    assert (call.status, output.status, output.error, output.output) == ("failed", "failed", "No such city.", None)


def test_what_is_said_ahead_of_a_call_is_no_final_answer(way: Way) -> None:
    way.mock.reply(["Let me see.", tool_call("get_weather", city="Paris")])
    session = look(way, begin(way, tools=[WEATHER]))
    way.mock.reply("Warm.")
    send(way, session, result(session.required_actions[0]))
    look(way, session)
    said = [item for item in items(way, session) if item.type == "message"]
    assert [item.phase for item in said] == [None, "commentary", "final_answer"]


def test_a_turn_that_fails_leaves_its_session_to_be_tried_again(way: Way) -> None:
    way.mock.fail(429)
    session = look(way, begin(way))
    assert (session.status, session.error) == ("idle", None)
    (turn,) = turns(way, session)
    assert (turn.status, turn.error.code) == ("failed", "rate_limit_exceeded")
    way.mock.reply("Now it works.")
    send(way, session, message("Again, please."))
    look(way, session)
    assert texts(way, session)[-1] == ("assistant", "Now it works.")


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "invalid_request"), (401, "authentication_error"), (404, "resource_not_found"), (500, "server_error"),
     (503, "server_overloaded")],
)  # fmt: skip
def test_a_turn_fails_of_what_its_model_failed_of(way: Way, status: int, code: str) -> None:
    way.mock.fail(status, "No luck.")
    (turn,) = turns(way, begin(way))
    assert (turn.status, turn.error.code, turn.error.message) == ("failed", code, "No luck.")


def test_a_turn_that_is_cut_short_fails_of_its_length(way: Way) -> None:
    way.mock.reply(Answer(text="And then", finish_reason="length"))
    session = look(way, begin(way))
    (turn,) = turns(way, session)
    assert (turn.status, turn.error.code) == ("failed", "max_output_tokens")
    assert items(way, session)[-1].status == "incomplete"


def test_a_turn_whose_answer_is_cut_off_has_lost_its_connection(way: Way) -> None:
    way.mock.responses.create.fault("cut", chunks=3)
    session = look(way, begin(way))
    (turn,) = turns(way, session)
    assert (session.status, turn.status, turn.error.code) == ("idle", "failed", "connection_failed")
    assert items(way, session)[-1].status == "incomplete"


def test_in_a_strict_mock_an_unscripted_turn_fails_and_says_so(make_way: MakeWay) -> None:
    way = make_way(strict=True)
    (turn,) = turns(way, begin(way))
    assert turn.status == "failed"
    assert "POST /responses" in turn.error.message or "responses.create" in turn.error.message


def test_unscripted_it_obeys_the_schema_that_its_agent_has(way: Way) -> None:
    schema = {
        "type": "object", "properties": {"city": {"enum": ["Paris"]}}, "required": ["city"],
        "additionalProperties": False,
    }  # fmt: skip
    agent = {"model": "gpt-4o", "text": {"format": {"type": "json_schema", "schema": schema}}}
    session = look(way, begin(way, agent=agent))
    assert session.agent.text.format.schema_ == schema
    assert texts(way, session)[-1][1].replace(" ", "") == '{"city":"Paris"}'


def test_reasoning_is_an_item_where_a_summary_is_asked_for(way: Way) -> None:
    way.mock.reply(Answer(text="42", reasoning="I think."))
    session = look(way, begin(way, agent={"model": "gpt-5", "reasoning": {"summary": "auto"}}))
    _, reasoning, said = items(way, session)
    assert [part.text for part in reasoning.summary] == ["I think."]
    assert said.content[0].text == "42"


def test_the_web_is_searched(way: Way) -> None:
    way.mock.reply([tool_call("web_search", query="news"), tool_call("web_search", query="more news")])
    session = look(way, begin(way, "What is the news on the web?", tools=[{"type": "web_search"}]))
    assert session.agent.tools[0].mode == "live"
    searches = [item for item in items(way, session) if item.type == "web_search_call"]
    assert searches
    assert {item.action.type for item in searches} == {"search"}


def test_a_request_for_approval_is_answered_by_an_event(way: Way) -> None:
    asks = {"type": "mcp_approval_request", "name": "pay", "server_label": "bank", "arguments": "{}"}
    way.mock.reply(Answer(items=(asks,)))
    bank = {"type": "mcp", "server_label": "bank", "transport": {"type": "http", "server_url": "https://bank.example"}}
    session = look(way, begin(way, tools=[bank]))
    (action,) = session.required_actions
    assert (action.type, action.request.name, action.request.server_label) == ("mcp_approval_request", "pay", "bank")
    way.mock.reply("Paid.")
    given = {"type": "mcp_tool_call", "decision": "approve"}
    send(
        way, session,
        {"type": "agent.session.input.mcp_approval_request_result", "request_id": action.request_id, "response": given},
    )  # fmt: skip
    assert look(way, session).status == "idle"
    assert texts(way, session)[-1][1] == "Paid."


def test_a_commands_execution_may_be_scripted(way: Way) -> None:
    ran = {"type": "command_execution", "command": "ls", "output": "a.txt"}
    way.mock.reply(Answer(items=(ran,), text="One file."))
    session = look(way, begin(way))
    _, command, said = items(way, session)
    assert (command.command, command.output, command.exit_code, command.status) == ("ls", "a.txt", 0, "completed")
    assert said.content[0].text == "One file."


def test_images_are_input_too(way: Way) -> None:
    seen = [{"type": "input_text", "text": "What is it?"}, {"type": "input_image", "image_url": "https://e.x/cat.png"}]
    way.mock.when(at={"input[0].content[1].image_url": "https://e.x/cat.png"}).reply("A cat.")
    session = look(way, begin(way, [{"role": "user", "content": seen}]))
    assert [part.type for part in items(way, session)[0].content] == ["input_text", "input_image"]
    assert items(way, session)[-1].content[0].text == "A cat."


# Cancelled, deleted, refused


def test_a_turn_is_cancelled_before_it_has_run(way: Way) -> None:
    session = begin(way)
    send(way, session, CANCEL)
    assert look(way, session).status == "idle"
    (turn,) = turns(way, session)
    assert (turn.status, turn.error) == ("cancelled", None)
    assert texts(way, session) == [("user", "Hello")]


def test_a_turn_that_waits_is_cancelled_with_its_calls(way: Way) -> None:
    session = waiting(way)
    send(way, session, CANCEL)
    session = look(way, session)
    assert (session.status, session.required_actions) == ("idle", [])
    assert [item.status for item in items(way, session)] == ["completed", "incomplete"]
    way.mock.when(message="Never mind.").reply("As you like.")
    send(way, session, message("Never mind."))
    look(way, session)
    assert texts(way, session)[-1] == ("assistant", "As you like.")


def test_what_is_not_running_can_not_be_cancelled(way: Way) -> None:
    session = look(way, begin(way))
    with pytest.raises(openai.BadRequestError, match="no active turn"):
        send(way, session, CANCEL)


def test_input_is_refused_while_a_turn_runs(way: Way) -> None:
    session = begin(way)
    with pytest.raises(openai.BadRequestError, match="while a request is running") as caught:
        send(way, session, message("And another thing"))
    assert caught.value.code == "active_turn_not_steerable"


def test_a_result_that_nobody_waits_for_is_refused_in_the_words_that_the_sdk_knows(way: Way) -> None:
    session = waiting(way)
    (action,) = session.required_actions
    with pytest.raises(openai.BadRequestError, match="Unknown pending tool call: call_none") as caught:
        send(way, session, {**result(action), "call_id": "call_none"})
    assert caught.value.code == "invalid_request_error"
    with pytest.raises(openai.BadRequestError, match="was not requested by turn"):
        send(way, session, {**result(action), "turn_id": "turn_none"})
    way.mock.reply("Done.")
    send(way, session, result(action))
    with pytest.raises(openai.BadRequestError, match="Unknown pending tool call"):
        send(way, session, result(action))


def test_of_several_events_all_are_taken_or_none(way: Way) -> None:
    way.mock.reply([tool_call("get_weather", city="Paris"), tool_call("get_weather", city="Rome")])
    session = look(way, begin(way, tools=[WEATHER]))
    first, second = session.required_actions
    with pytest.raises(openai.BadRequestError):
        send(way, session, result(first), {**result(second), "call_id": "call_none"})
    assert len(look(way, session).required_actions) == 2
    way.mock.reply("Both.")
    send(way, session, result(first), result(second))
    assert look(way, session).status == "idle"


def test_what_is_sent_twice_with_one_key_is_taken_once(way: Way) -> None:
    session = look(way, begin(way))
    send(way, session, message("Once"), idempotency_key="key-1")
    look(way, session)
    send(way, session, message("Once"), idempotency_key="key-1")
    assert look(way, session).status == "idle"
    assert [text for role, text in texts(way, session) if role == "user"] == ["Hello", "Once"]


def test_what_runs_must_be_cancelled_before_it_is_deleted(way: Way) -> None:
    session = begin(way)
    with pytest.raises(openai.BadRequestError, match="must be cancelled first"):
        way.call(SESSIONS + "delete", session_id=session.id)
    look(way, session)
    gone = way.call(SESSIONS + "delete", session_id=session.id)
    assert (gone.id, gone.deleted, gone.object) == (session.id, True, "agent.session.deleted")
    for path in ("retrieve", "items.list", "turns.list", "delete"):
        with pytest.raises(openai.NotFoundError, match=session.id):
            way.call(SESSIONS + path, session_id=session.id)
    with pytest.raises(openai.NotFoundError):
        send(way, session, message("Hello?"))


def test_a_session_that_waits_is_deleted_with_its_turn(way: Way) -> None:
    session = waiting(way)
    assert way.call(SESSIONS + "delete", session_id=session.id).deleted


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"agent": {"instructions": "Be kind."}, "input": "Hello"}, "'agent.model'"),
        ({"agent": {"model": "gpt-4o"}}, "'input'"),
        ({"agent_id": "agent_none", "input": "Hello"}, "agent_none"),
        ({"agent": {"model": "gpt-4o"}, "input": "Hello", "vault_ids": ["vault_none"]}, "vault_none"),
        ({"agent": {"model": "gpt-4o"}, "input": "Hello", "stream_options": {}}, "stream_options"),
    ],
)
def test_what_lacks_something_is_refused(way: Way, given: dict[str, Any], says: str) -> None:
    with pytest.raises((openai.BadRequestError, openai.NotFoundError), match=says):
        way.call(SESSIONS + "create", environment=NOWHERE, **given)


def test_a_turn_of_another_session_is_not_found(way: Way) -> None:
    first, second = begin(way), begin(way, "Another")
    (turn,) = turns(way, first)
    with pytest.raises(openai.NotFoundError, match=turn.id):
        way.call(SESSIONS + "turns.retrieve", turn_id=turn.id, session_id=second.id)
    assert checked(way.call(SESSIONS + "turns.retrieve", turn_id=turn.id, session_id=first.id)).id == turn.id


# Lists, updates, time


def test_sessions_are_listed_by_agent_and_metadata(way: Way) -> None:
    agent = way.call("beta.agents.create", model="gpt-4o", name="Clerk")
    mine = begin(way, agent={}, agent_id=agent.id, metadata={"team": "a"})
    other = begin(way, metadata={"team": "b"})
    ids = [each.id for each in way.call(SESSIONS + "list").data]
    assert ids == [other.id, mine.id]
    (found,) = way.call(SESSIONS + "list", agent_id=agent.id).data
    assert (found.id, found.agent.name, found.status) == (mine.id, "Clerk", "idle")
    assert [each.id for each in way.call(SESSIONS + "list", metadata={"team": "b"}).data] == [other.id]


def test_items_are_listed_page_by_page(way: Way) -> None:
    session = begin(way)
    for number in range(3):
        look(way, session)
        send(way, session, message(f"Number {number}"))
    whole = items(way, session)
    assert len(whole) == 8
    page = way.call(SESSIONS + "items.list", session_id=session.id, order="asc", limit=3)
    assert [each.id for each in page.data] == [each.id for each in whole[:3]]
    page = way.call(SESSIONS + "items.list", session_id=session.id, order="asc", limit=3, after=page.data[-1].id)
    assert [each.id for each in page.data] == [each.id for each in whole[3:6]]
    last = turns(way, session)[-1]
    page = way.call(SESSIONS + "turns.items.list", turn_id=last.id, session_id=session.id, order="asc")
    assert [each.id for each in page.data] == [each.id for each in whole[6:]]


def test_an_update_is_for_the_turns_to_come(way: Way) -> None:
    session = look(way, begin(way, agent={"model": "gpt-5", "reasoning": {"effort": "low", "summary": "auto"}}))
    updated = checked(
        way.call(SESSIONS + "update", session_id=session.id, metadata={"a": "b"}, review="auto_review",
                 agent={"model": "gpt-5-mini", "reasoning": {"effort": "high"}, "tools": [WEATHER]})
    )  # fmt: skip
    assert (updated.agent.model, updated.agent.reasoning.effort) == ("gpt-5-mini", "high")
    assert (updated.agent.reasoning.summary, updated.metadata, updated.review) == ("auto", {"a": "b"}, "auto_review")
    way.mock.when(model="gpt-5-mini").reply("I am smaller now.")
    send(way, session, message("Who are you?"))
    look(way, session)
    assert texts(way, session)[-1][1] == "I am smaller now."


def test_what_is_reached_ends_the_budget(make_way: MakeWay) -> None:
    way = make_way(prices={"gpt-4o": {"input": 10_000, "output": 10_000}})
    session = look(way, begin(way, spend_control={"limit": 1}))
    assert session.status == "budget_reached"
    assert session.spend_control.consumed >= session.spend_control.limit == 1
    with pytest.raises(openai.BadRequestError, match="usage budget"):
        send(way, session, message("More"))
    freed = checked(way.call(SESSIONS + "update", session_id=session.id, spend_control={"limit": None}))
    assert (freed.status, freed.spend_control.limit) == ("idle", None)
    assert freed.spend_control.consumed == session.spend_control.consumed


def test_a_turn_takes_as_many_looks_as_it_is_to(make_way: MakeWay) -> None:
    way = make_way(advance="polls:4")
    session = begin(way)
    assert [look(way, session).status for _ in range(4)] == ["in_progress", "in_progress", "in_progress", "idle"]
    # What is asked of the session's own things is asked of it.
    send(way, session, message("Again"))
    assert [turns(way, session)[-1].status for _ in range(4)] == ["queued", "in_progress", "in_progress", "completed"]


def test_a_turn_takes_its_time(make_way: MakeWay) -> None:
    way = make_way(advance="10s", clock="frozen")
    session = begin(way)
    assert turns(way, session)[0].status == "queued"
    way.mock.clock.advance(6)
    assert turns(way, session)[0].status == "in_progress"
    way.mock.clock.advance(6)
    (turn,) = turns(way, session)
    assert (turn.status, turn.completed_at - turn.created_at) == ("completed", 10)
    assert look(way, session).last_active_at == turn.completed_at


def test_it_goes_on_by_hand(make_way: MakeWay) -> None:
    way = make_way(advance="manual")
    session = begin(way)
    assert look(way, session).status == "in_progress"
    way.mock.beta.agents.sessions.advance(session.id, to="completed")
    assert look(way, session).status == "idle"


def test_a_session_fails_by_hand(way: Way) -> None:
    session = begin(way)
    way.mock.beta.agents.sessions.fail(session.id, message="The sandbox is gone.")
    session = look(way, session)
    assert (session.status, session.error) == ("failed", "The sandbox is gone.")
    assert turns(way, session)[0].status == "failed"
    with pytest.raises(openai.BadRequestError, match="has failed"):
        send(way, session, message("Hello?"))


def test_an_async_callable_may_answer(make_way: MakeWay) -> None:
    async def answer(call: Any) -> str:
        return "From afar."

    way = make_way(answers=answer)
    session = begin(way)
    for _ in range(500):
        if look(way, session).status == "idle":
            break
    else:
        raise AssertionError("it never got on")
    assert texts(way, session)[-1] == ("assistant", "From afar.")


def test_a_coroutine_that_nobody_waited_for_is_let_go_of_with_its_turn() -> None:
    closed: list[str] = []

    class Slow:
        def __await__(self) -> Iterator[None]:
            raise AssertionError("nobody waits for it")

        def close(self) -> None:
            closed.append("closed")

    def later(awaitable: Any) -> Any:
        raise Later

    with mock_openai(answers=lambda call: Slow()) as mock:
        mock.engine.inside.wait = later  # as where only a worker waits, which hasn't come to it yet
        sessions: Any = openai.OpenAI(api_key="sk-test").beta.agents.sessions
        session = sessions.create(agent={"model": "gpt-4o"}, environment=NOWHERE, input="Hello")
        assert sessions.retrieve(session.id).status == "in_progress"
        assert closed == []
        sessions.events.create(session.id, events=[CANCEL])
        assert closed == ["closed"]


def test_subagents_come_of_the_calls_that_a_script_has(way: Way) -> None:
    made = {
        "type": "create_subagent_call",
        "agent_id": "agent_scout",
        "content": [{"type": "output_text", "text": "Go"}],
    }
    way.mock.reply(Answer(items=(made,), text="I sent a scout."))
    session = look(way, begin(way))
    (scout,) = way.call(SESSIONS + "subagents.list", session_id=session.id).data
    checked(scout)
    assert (scout.id, scout.status, scout.parent_agent_id) == ("agent_scout", "active", session.agent.id)
    assert scout.instructions[0].text == "Go"
    for kind, status in (("close_subagent_call", "closed"), ("resume_subagent_call", "active")):
        told = {"type": kind, "recipient_agent_id": "agent_scout", "sender_agent_id": session.agent.id}
        way.mock.reply(Answer(items=(told,), text="Done."))
        send(way, session, message("Next"))
        look(way, session)
        named = {"subagent_id": "agent_scout", "session_id": session.id}
        assert checked(way.call(SESSIONS + "subagents.retrieve", **named)).status == status
        assert items(way, session)[-2].type == kind
    for path in ("items.list", "turns.list"):
        assert way.call(f"{SESSIONS}subagents.{path}", **named).data == []


def test_what_nobody_runs_is_empty(way: Way) -> None:
    session = look(way, begin(way))
    for path in ("subagents.list", "traces.list", "artifacts.list"):
        assert way.call(SESSIONS + path, session_id=session.id).data == []
    with pytest.raises(openai.NotFoundError, match="subagent_x"):
        way.call(SESSIONS + "subagents.retrieve", subagent_id="subagent_x", session_id=session.id)


def test_turns_are_calls_of_the_journals_lines(way: Way) -> None:
    look(way, begin(way))
    assert [call.path.partition("/sess_")[0] for call in way.mock.calls] == [
        "/v1/agents/sessions", "/v1/agents/sessions", "/v1/responses",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "lacks"),
    [("/agents", "model"), ("/agents/sessions", "environment"), ("/agents/environments", "environment"),
     ("/agents/automations", "name")],
)  # fmt: skip
def test_what_is_not_validated_is_refused_where_nothing_can_be_made_of_it(
    make_way: MakeWay, url: str, lacks: str
) -> None:
    way = make_way(validate="off")
    with pytest.raises(openai.BadRequestError, match=f"'{lacks}'"):
        way.do(lambda client: client.post(url, body={}, cast_to=object))


def test_what_was_never_made_may_be_made_up(make_way: MakeWay) -> None:
    way = make_way(missing="synthesize")
    made_up = checked(way.call(SESSIONS + "retrieve", session_id="sess_nobodys"))
    assert made_up.id == "sess_nobodys"
    assert way.call(SESSIONS + "update", session_id="sess_nobodys", metadata={"a": "b"}).metadata == {"a": "b"}
    send(way, made_up, message("Hello?"))
    session = look(way, begin(way, metadata={"mine": "yes"}))
    assert session.status == "idle"
    with pytest.raises(openai.BadRequestError, match="no active turn"):
        send(way, session, CANCEL)


def test_webhooks_tell_of_what_happens_to_a_session(way: Way) -> None:
    told: list[Any] = []
    secret = "whsec_" + "c2VjcmV0IG9mIGEgdGVzdA=="
    verifier = openai.OpenAI(api_key="x", webhook_secret=secret).webhooks
    way.mock.webhooks.deliver_to(lambda headers, body: told.append(verifier.unwrap(body, headers)), secret=secret)
    way.mock.reply(tool_call("get_weather", city="Paris"))
    session = look(way, begin(way, tools=[WEATHER]))
    way.mock.reply("Warm.")
    send(way, session, result(session.required_actions[0]))
    look(way, session)
    way.mock.webhooks.wait(5)
    assert [event.type.removeprefix("agent.session.") for event in told] == [
        "created", "in_progress", "action_required", "in_progress", "idle",
    ]  # fmt: skip
    assert {event.data.id for event in told} == {session.id}
    assert told[0].data.environment_type == "none"
    assert told[2].data.required_action.type == "function_call"

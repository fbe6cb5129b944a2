"""What went wrong in the tests of agents, as their authors told it in issues and pull requests."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest

from openai_api_mock import Answer, Usage, contains, tool_call

from ..conftest import MakeWay, Way
from .conftest import Story, calls, text, turn, user


def tool(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": {}}}}


def loop(way: Way, content: str, *tools: str, most: int = 10) -> list[Any]:
    """An agent's loop: the completions until one calls no tool."""
    messages, said = [user(content)], list[Any]()
    while len(said) < most:
        said.append(way.chat(messages=messages, tools=[tool(name) for name in tools]))
        called = said[-1].choices[0].message.tool_calls or []
        if not called:
            break
        messages += turn(said[-1], *("done" for _ in called))
    return said


def test_a_retried_call_does_not_eat_the_next_reply(way: Way) -> None:
    """omnigent-ai/omnigent pull request 872: the SDK tried again, and got the reply that was queued for the next call,
    so that the tool was never called."""
    way.mock.fail(429, retry_after=0.001)
    way.mock.replies(tool_call("echo", text="mangosteen"), "echo: mangosteen")
    said = loop(way, "Echo mangosteen", "echo")
    assert calls(said[0]) == [("echo", '{"text":"mangosteen"}')]
    assert text(said[1]) == "echo: mangosteen"
    assert [[attempt.status for attempt in call.attempts] for call in way.mock.calls] == [[429, 200], [200]]


def test_failures_by_chance_do_not_eat_replies_either(make_way: MakeWay) -> None:
    """The same, where it isn't scripted which call fails."""
    way = make_way(include_errors=0.4, clock="instant")
    way.mock.replies(*(f"reply {number}" for number in range(10)))
    client = way.client.with_options(max_retries=20)
    said = [
        text(way.do(lambda _: client.chat.completions.create(model="gpt-4o", messages=[user(f"question {each}")])))  # noqa: B023
        for each in range(10)
    ]
    assert said == [f"reply {number}" for number in range(10)]
    assert any(len(call.attempts) > 1 for call in way.mock.calls)


def test_the_round_that_brings_results_does_not_eat_the_next_questions_reply(way: Way) -> None:
    """anomalyco/opencode pull request 20528: each tool call needed a second reply queued behind it, which was forgotten
    or taken by another question."""
    way.mock.when(tool_result=contains("done")).always.reply("Ok.")
    way.mock.when(message=contains("read")).reply(tool_call("read"))
    way.mock.when(message=contains("write")).reply(tool_call("write"))
    for verb in ("read", "write"):
        said = loop(way, f"Please {verb}", "read", "write")
        assert ([calls(each) for each in said], text(said[-1])) == ([[(verb, "{}")], []], "Ok.")


def test_one_result_is_answered_twice(way: Way) -> None:
    """The same request again, as an agent does that lost the answer: the next rule for it answers, then the last for
    ever."""
    way.mock.when(tool_result="done").reply("First.")
    way.mock.when(tool_result="done").always.reply("As I said.")
    way.mock.reply(tool_call("f"))
    called = way.chat("Go", tools=[tool("f")])
    messages = [user("Go"), *turn(called, "done")]
    assert [text(way.chat(messages=messages)) for _ in range(3)] == ["First.", "As I said.", "As I said."]


def test_parallel_calls_have_ids_of_their_own_and_their_results_are_answered_once(way: Way) -> None:
    """Two calls of one tool in one answer, with the same arguments: who matches results by name mixes them up."""
    way.mock.reply(tool_call("roll", sides=6), tool_call("roll", sides=6))
    way.mock.when(tool_result=["3", "5"]).reply("Eight.")
    called = way.chat("Roll twice", tools=[tool("roll")])
    ids = [call.id for call in called.choices[0].message.tool_calls]
    assert len(set(ids)) == 2
    assert text(way.chat(messages=[user("Roll twice"), *turn(called, "3", "5")])) == "Eight."


def test_parallel_calls_in_responses(story: Story) -> None:
    """The same over the other API, where calls and results are items side by side."""
    way = story()
    way.mock.reply(tool_call("roll", sides=6), tool_call("roll", sides=20))
    way.mock.when(tool_result=["3", "15"], answers=1).reply("Eighteen.")
    first = way.call("responses.create", model="gpt-4o", input="Roll both")
    rolled = [item for item in first.output if item.type == "function_call"]
    results = [
        {"type": "function_call_output", "call_id": call.call_id, "output": output}
        for call, output in zip(rolled, ("3", "15"), strict=True)
    ]
    items = [{"role": "user", "content": "Roll both"}, *(item.model_dump(exclude_none=True) for item in rolled)]
    assert way.call("responses.create", model="gpt-4o", input=[*items, *results]).output_text == "Eighteen."


def test_an_agent_must_bound_a_model_that_repeats_itself(way: Way) -> None:
    """ymichael/open-codex issue 51: the model calls the same tool for ever; it is the agent that must stop."""
    way.mock.always.reply(tool_call("read", path="a.txt"))
    said = loop(way, "Read it", "read", most=5)
    assert len(said) == len(way.mock.calls) == 5
    assert {tuple(calls(each)) for each in said} == {(("read", '{"path":"a.txt"}'),)}
    assert len({each.choices[0].message.tool_calls[0].id for each in said}) == 5


def test_two_steps_search_then_create(way: Way) -> None:
    """eduAi-iti-graudation-project/eduai-backend issue 114: a sequence of two tools, invoked in order."""
    way.mock.replies(tool_call("search", topic="cells"), tool_call("create_quiz", questions=3), "Here is your quiz.")
    said = loop(way, "Quiz me on cells", "search", "create_quiz")
    assert [calls(each) for each in said] == [
        [("search", '{"topic":"cells"}')],
        [("create_quiz", '{"questions":3}')],
        [],
    ]


def test_the_ith_call_gets_the_ith_reply(way: Way) -> None:
    """BerriAI/litellm issue 5044: several calls of a mocked completion got one and the same reply."""
    way.mock.replies("response1", "response2", "response3")
    assert [text(way.chat("Hi")) for _ in range(3)] == ["response1", "response2", "response3"]


def test_the_last_reply_sticks(way: Way) -> None:
    """microsoft/agent-framework pull request 5585: replies in turn, then the last of them again and again."""
    way.mock.replies("one", "two")
    way.mock.always.reply("three")
    assert [text(way.chat("Hi")) for _ in range(5)] == ["one", "two", "three", "three", "three"]


def test_replies_go_round(way: Way) -> None:
    """microsoft/agent-framework pull request 5585: replies in turn, then from the first again."""
    from itertools import cycle

    around = cycle(["one", "two"])
    way.mock.always.reply(lambda call: next(around))
    assert [text(way.chat("Hi")) for _ in range(5)] == ["one", "two", "one", "two", "one"]


def test_usage_is_added_up_over_a_loop(way: Way) -> None:
    """microsoft/autogen pull request 4096: a replaying client keeps count of tokens."""
    way.mock.reply(Answer(tool_calls=(tool_call("f"),), usage=Usage(10, 5)))
    way.mock.reply(Answer(text="Done.", usage=Usage(20, 7)))
    assert len(loop(way, "Go", "f")) == 2
    assert way.mock.calls.tokens == Usage(30, 12)


def test_agents_side_by_side_get_each_reply_once(story: Story) -> None:
    """Two agents of one process, asking the same at the same time: a queue that isn't guarded gives one reply to
    both."""
    way = story()
    way.mock.replies(*(f"reply {number}" for number in range(40)))
    with ThreadPoolExecutor(8) as threads:
        said = list(threads.map(lambda _: text(way.chat("Go")), range(40)))
    assert sorted(said) == sorted(f"reply {number}" for number in range(40))


def test_agents_side_by_side_are_told_apart_by_what_they_are_told(story: Story) -> None:
    """Sub-agents of one run: each has its own system message, and its own replies in their order."""
    way = story()
    for name in ("planner", "writer"):
        way.mock.when(system=contains(name)).replies(f"{name} 1", f"{name} 2")

    def run(name: str) -> list[Any]:
        messages = [{"role": "system", "content": f"You are the {name}."}, user("Go")]
        return [text(way.chat(messages=messages)) for _ in range(2)]

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(run, ("planner", "writer"))) == [["planner 1", "planner 2"], ["writer 1", "writer 2"]]


def test_arguments_that_are_no_json(way: Way) -> None:
    """A model that breaks off inside the arguments: the agent must say so, and not fall over."""
    from openai_api_mock import ToolCall

    way.mock.reply(Answer(tool_calls=(ToolCall("f", '{"city": "Par'),), finish_reason="length"))
    completion = way.chat("Go", tools=[tool("f")])
    assert calls(completion) == [("f", '{"city": "Par')]
    assert completion.choices[0].finish_reason == "length"


def test_a_tool_that_was_never_offered(way: Way) -> None:
    """A model that makes up a tool."""
    way.mock.reply(tool_call("launch_rockets"))
    assert calls(way.chat("Go", tools=[tool("f")])) == [("launch_rockets", "{}")]


def test_an_empty_answer(way: Way) -> None:
    """lsdefine/GenericAgent pull request 225: a model that says nothing, again and again."""
    way.mock.always.reply("")
    for _ in range(3):
        completion = way.chat()
        assert (text(completion), completion.choices[0].finish_reason) == ("", "stop")


def test_an_answer_is_filtered(way: Way) -> None:
    """An answer that the filter stops, and a prompt that it doesn't let in."""
    way.mock.reply(Answer(text="I", finish_reason="content_filter"))
    way.mock.fail("content_filter")
    assert way.chat().choices[0].finish_reason == "content_filter"
    with pytest.raises(openai.BadRequestError) as caught:
        way.chat()
    assert caught.value.code == "content_filter"

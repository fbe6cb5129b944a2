"""CopilotKit/aimock (npm: @copilotkit/aimock): the features of its README, and what its users reported."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from openai_api_mock import Answer, RemoteMock, UnscriptedCall, Usage, UsageError, contains, mock_openai, tool_call
from openai_api_mock.mock import OpenAIMock
from openai_api_mock.options import options_from
from openai_api_mock.server.loopback import Loopback

from ..conftest import MakeWay, Way
from .conftest import Story, calls, text, turn, user

WEATHER: Any = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}


def test_a_message_is_answered_by_what_it_contains(way: Way) -> None:
    """README, Quick Start: `mock.onMessage("hello", ...)`."""
    way.mock.when(message=contains("hello")).reply("Hi there!")
    assert text(way.chat("Well, hello to you")) == "Hi there!"


def test_two_calls_with_the_same_user_message_are_told_apart_by_their_turn(way: Way) -> None:
    """Pull request 142 (`turnIndex`): how often the assistant spoke is read from the request, so that no counter on the
    server can drift."""
    way.mock.when(message="Go on.", answers=1).always.reply("second")
    way.mock.when(message="Go on.", answers=0).always.reply("first")
    for _ in range(2):  # another client begins anew
        first = way.chat("Go on.")
        again = [user("Go on."), *turn(first), user("Go on.")]
        assert [text(first), text(way.chat(messages=again))] == ["first", "second"]


def test_an_earlier_turns_tool_result_does_not_hide_the_next_call(story: Story) -> None:
    """Pull request 316: `hasToolResult` looked at the whole conversation, so that from the second turn on a tool was
    never called again."""
    way = story()
    for city, degrees in (("Paris", "24"), ("Rome", "30")):
        way.mock.when(message=contains(city), tool_result=None).reply(tool_call("get_weather", city=city))
        way.mock.when(message=contains(city), tool_result=degrees).reply(f"{degrees} in {city}.")
    messages: list[Any] = []
    for city, degrees in (("Paris", "24"), ("Rome", "30")):
        messages.append(user(f"And {city}?"))
        called = way.chat(messages=messages, tools=[WEATHER])
        assert calls(called) == [("get_weather", f'{{"city":"{city}"}}')]
        messages += turn(called, degrees)
        said = way.chat(messages=messages, tools=[WEATHER])
        assert text(said) == f"{degrees} in {city}."
        messages += turn(said)


def test_a_loop_over_tools_does_not_go_round_for_ever(way: Way) -> None:
    """Issue 164, and pull request 4809 of CopilotKit/CopilotKit: a fixture for the user's message matched again when
    the tool's result was there, and called the tool for ever."""
    way.mock.script(user="weather", calls=tool_call("get_weather", city="Tokyo"), then="Sunny.")
    messages: list[Any] = [user("The weather in Tokyo?")]
    for _ in range(5):
        completion = way.chat(messages=messages, tools=[WEATHER])
        if not completion.choices[0].message.tool_calls:
            break
        messages += turn(completion, "Sunny, 20 degrees")
    assert text(completion) == "Sunny."
    assert len(way.mock.calls) == 2


def test_a_result_is_answered_by_the_call_that_it_is_of(story: Story) -> None:
    """README, Multi-turn Conversations: `toolCallId`."""
    way = story()
    way.mock.when(at={"messages[-1].tool_call_id": "call_2"}).reply("The second's result.")
    way.mock.when(at={"messages[-1].tool_call_id": "call_1"}).reply("The first's result.")
    for number in (1, 2):
        call = {"id": f"call_{number}", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        messages = [user("Go"), {"role": "assistant", "tool_calls": [call]}]
        messages.append({"role": "tool", "tool_call_id": call["id"], "content": "done"})
        assert text(way.chat(messages=messages)) == ("The first's result.", "The second's result.")[number - 1]


def test_a_result_is_answered_by_what_it_holds(story: Story) -> None:
    """README, Multi-turn Conversations: `toolResultContains`."""
    way = story()
    way.mock.when(tool_result=contains("error")).reply("Let me try that again.")
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    messages = [user("Go"), {"role": "assistant", "tool_calls": [call]}]
    messages.append({"role": "tool", "tool_call_id": "call_1", "content": "error: no such file"})
    assert text(way.chat(messages=messages)) == "Let me try that again."


def test_the_same_message_is_answered_otherwise_to_another_agent(way: Way) -> None:
    """README, Multi-turn Conversations: `systemMessage`, several of which must all be there."""
    way.mock.when(system=contains("pirate") & contains("polite")).reply("Ahoy, if you please.")
    way.mock.when(system=contains("pirate")).reply("Ahoy!")
    for system, wanted in (("a pirate", "Ahoy!"), ("a polite pirate", "Ahoy, if you please.")):
        messages = [{"role": "system", "content": f"You are {system}."}, user("Greet me")]
        assert text(way.chat(messages=messages)) == wanted


def test_a_fixture_for_one_integration_alone(story: Story) -> None:
    """README, Context-Based Fixture Routing: a header says whose fixtures are meant; the others are shared."""
    way = story()
    way.mock.when(header={"X-AIMock-Context": "ag2"}, message="Draw").reply("For ag2.")
    way.mock.when(message="Draw").reply("For all.")
    assert text(way.chat("Draw")) == "For all."
    assert text(way.chat("Draw", extra_headers={"X-AIMock-Context": "ag2"})) == "For ag2."


def test_a_predicate_is_asked_once_for_each_request(story: Story) -> None:
    """Pull request 259: stateful predicates fired twice."""
    way, asked = story(), 0

    def second(call: object) -> bool:
        nonlocal asked
        asked += 1
        return asked == 2

    way.mock.when(second).reply("the second")
    way.mock.reply("the first")
    assert [text(way.chat()), text(way.chat())] == ["the first", "the second"]
    assert asked == 2


def test_a_strict_miss_tells_what_is_used_up_from_what_never_matched(make_way: MakeWay) -> None:
    """Pull request 259: both said "no fixture matched"."""
    way = make_way(strict=True)
    way.mock.when(message="once").reply("Here.")
    assert text(way.chat("once")) == "Here."
    with pytest.raises(openai.OpenAIError, match="a rule that is used up would have answered"):
        way.chat("once")
    with pytest.raises(openai.OpenAIError, match="'never' is not 'once'"):
        way.chat("never")


def test_a_strict_miss_is_not_tried_again(make_way: MakeWay) -> None:
    """README, strict mode: it answers 503, which the SDK takes for a reason to try again."""
    way = make_way(strict=True)
    with pytest.raises(openai.OpenAIError):
        way.chat("unscripted")
    assert [len(call.attempts) for call in way.mock.calls] == [1]


def test_a_strict_mock_is_strict_about_what_does_not_speak_too() -> None:
    """Pull request 440: moderation answered leniently under strict mode, and gave false greens."""
    with mock_openai(strict="all") as mock, openai.OpenAI() as client:
        mock.moderations.create.reply(fields={"results": [{"flagged": True}]})
        assert client.moderations.create(input="scripted").results[0].flagged
        with pytest.raises(UnscriptedCall, match=r"moderations\.create"):
            client.moderations.create(input="unscripted")


def test_an_answer_waits_for_what_the_last_call_brought_about(way: Way) -> None:
    """Issue 154: the reply needs the id of what the tool made, which is known later."""
    made: list[str] = []

    async def created(call: object) -> str:
        while not made:
            await asyncio.sleep(0)
        return f"The entity {made[0]} was created."

    way.mock.reply(tool_call("create_entity"))
    way.mock.when(tool_result="done").reply(created)
    called = way.chat("Create it", tools=[{**WEATHER, "function": {"name": "create_entity"}}])
    made.append("entity-7")
    messages = [user("Create it"), *turn(called, "done")]
    assert text(way.chat(messages=messages)) == "The entity entity-7 was created."


def test_text_and_calls_in_one_answer(way: Way) -> None:
    """README, Ordered Blocks: text ahead of the tool calls, streamed."""
    way.mock.reply("Let me see.", tool_call("get_weather", city="Oslo"), tool_call("get_weather", city="Rome"))
    deltas = [chunk.choices[0].delta for chunk in way.chat("Both?", tools=[WEATHER], stream=True) if chunk.choices]
    assert "".join(delta.content or "" for delta in deltas) == "Let me see."
    opened = [call for delta in deltas for call in delta.tool_calls or [] if call.id]
    assert [call.index for call in opened] == [0, 1]
    assert len({call.id for call in opened}) == 2


def test_id_model_and_usage_are_given(way: Way) -> None:
    """README, Response Overrides: `id`, `model`, `usage`, `finishReason`."""
    way.mock.reply(fields={"id": "chatcmpl-mine", "model": "gpt-4o-2024-08-06", "system_fingerprint": "fp_mine"})
    way.mock.reply(Answer(text="Half a", finish_reason="length", usage=Usage(500, 1000)))
    named = way.chat()
    assert (named.id, named.model, named.system_fingerprint) == ("chatcmpl-mine", "gpt-4o-2024-08-06", "fp_mine")
    counted = way.chat()
    assert counted.choices[0].finish_reason == "length"
    assert (counted.usage.prompt_tokens, counted.usage.completion_tokens) == (500, 1000)


def test_the_last_chunk_of_a_stream_counts_tokens(way: Way) -> None:
    """README, Streaming Usage Chunks: `stream_options.include_usage`."""
    way.mock.reply(Answer(text="Hi", usage=Usage(10, 20)))
    *_, last = way.chat(stream=True, stream_options={"include_usage": True})
    assert (last.choices, last.usage.prompt_tokens, last.usage.total_tokens) == ([], 10, 30)


def test_chunks_of_a_size(way: Way) -> None:
    """Fixtures' `chunkSize`: the text in parts of so many characters."""
    said = "Take a hat with you."
    way.mock.reply(stream=[said[at : at + 6] for at in range(0, len(said), 6)])
    streamed = [chunk.choices[0].delta.content for chunk in way.chat(stream=True) if chunk.choices]
    assert [part for part in streamed if part] == ["Take a", " hat w", "ith yo", "u."]


def test_embeddings_by_their_input(way: Way) -> None:
    """Fixtures' `inputText`: a vector for a text, and the mock's own for others."""
    way.mock.embeddings.create.when(input=contains("hat")).reply(Answer(vectors={"a hat": [0.6, 0.8]}))
    hat = way.call("embeddings.create", model="text-embedding-3-small", input="a hat")
    assert hat.data[0].embedding == pytest.approx([0.6, 0.8])
    other = way.call("embeddings.create", model="text-embedding-3-small", input="a coat")
    assert len(other.data[0].embedding) == 1536


def test_a_limit_says_when_to_come_back(way: Way) -> None:
    """README, Rate Limiting Headers: `Retry-After` on 429."""
    way.mock.fail(429, retry_after=7)
    client = way.client.with_options(max_retries=0)
    with pytest.raises(openai.RateLimitError) as caught:
        way.do(lambda _: client.chat.completions.create(model="gpt-4o", messages=[user("Hi")]))
    assert caught.value.response.headers["retry-after"] == "7"


def test_a_field_that_is_none_is_told_when_the_file_is_read(tmp_path: Path) -> None:
    """Pull request 3971 of CopilotKit/CopilotKit: five fixtures said `text` where it is `content`, which went unnoticed
    until a request matched one and got a 500."""
    (tmp_path / "rules.yaml").write_text(
        "rules:\n- when: {message: {contains: report}}\n  reply: {content: A report.}\n"
    )
    with pytest.raises(UsageError, match=r"rules\.yaml:3: rules\[0\]\.reply\.content: there is no 'content' here"):
        mock_openai(script=tmp_path / "rules.yaml")


@pytest.fixture
def server() -> Iterator[str]:
    mock = OpenAIMock(options_from({}))
    loopback = Loopback(mock.engine)
    yield loopback.url()
    loopback.stop()
    mock.close()


def test_tests_that_share_a_server_do_not_use_up_one_anothers_replies(server: str) -> None:
    """TanStack/ai issue 818, and pull request 142: counters on the server drifted when suites ran side by side."""
    remotes = [RemoteMock(server, session=f"test {number}") for number in range(3)]
    for number, remote in enumerate(remotes):
        remote.add({"replies": [f"first of {number}", f"second of {number}"]})
    said: list[list[str]] = [[] for _ in remotes]
    for _ in range(2):
        for number, remote in enumerate(remotes):
            with openai.OpenAI(**remote.client_options) as client:
                said[number].append(text(client.chat.completions.create(model="gpt-4o", messages=[user("Hi")])))
    assert said == [[f"first of {number}", f"second of {number}"] for number in range(3)]
    for remote in remotes:
        remote.verify()
        remote.close()


def test_the_journal_is_filtered_and_read_over_http(server: str) -> None:
    """README, Request journal: what was asked, by the operation, as JSON."""
    with RemoteMock(server) as remote, openai.OpenAI(**remote.client_options) as client:
        client.chat.completions.create(model="gpt-4o", messages=[user("Hi")])
        client.embeddings.create(model="text-embedding-3-small", input="a")
        (embedded,) = remote.calls("embeddings.create")
        assert json.loads(json.dumps(embedded))["body"]["input"] == "a"
        assert len(remote.calls()) == 2

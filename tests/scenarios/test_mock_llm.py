"""dwmkerr/mock-llm (npm: @dwmkerr/mock-llm) and stacklok/mockllm: their configuration files, and mock-llm's samples."""

from __future__ import annotations

from pathlib import Path

import openai
import pytest

from openai_api_mock import RemoteMock
from openai_api_mock.mock import OpenAIMock
from openai_api_mock.options import options_from
from openai_api_mock.server.loopback import Loopback

from ..conftest import MakeWay, Way
from .conftest import calls, text, turn, user

pytest.importorskip("jinja2")


@pytest.fixture
def by_file(make_way: MakeWay, tmp_path: Path) -> object:
    def make(rules: str) -> Way:
        (tmp_path / "rules.yaml").write_text(rules)
        return make_way(script=tmp_path / "rules.yaml")

    return make


def test_the_users_message_comes_back(make_way: MakeWay) -> None:
    """mock-llm, README: the default rule; samples/01-echo-message.sh."""
    assert text(make_way(answers="echo").chat("Hello")) == "Hello"


def test_hello_and_an_error_by_what_is_asked(by_file: object) -> None:
    """mock-llm, README, Customising Responses; samples/02-error-401.sh."""
    way = by_file(  # type: ignore[operator]
        """
always: true
rules:
- when: {message: {contains: hello}}
  reply: Hi there! How can I help you today?
- when: {message: {contains: error-401}}
  fail: {status: 401, message: Incorrect API key provided.}
- reply: "{{ message }}"
"""
    )
    assert text(way.chat("hello")) == "Hi there! How can I help you today?"
    assert text(way.chat("else")) == "else"
    with pytest.raises(openai.AuthenticationError, match=r"Incorrect API key provided\.") as caught:
        way.chat("please error-401")
    assert caught.value.code == "invalid_api_key"


def test_the_models_are_listed_as_given(by_file: object) -> None:
    """mock-llm, README; samples/12-list-models.sh."""
    way = by_file(  # type: ignore[operator]
        "rules: [{endpoint: models.list, reply: {json: {object: list, data: [{id: gpt-4}, {id: mine}]}}}]"
    )
    assert [model.id for model in way.call("models.list").data] == ["gpt-4", "mine"]


def test_a_call_of_a_tool_then_the_answer(by_file: object) -> None:
    """mock-llm, samples/11-sequential-tool-calling.sh."""
    way = by_file(  # type: ignore[operator]
        """
rules:
- replies:
  - tool_calls: [{name: get_weather, arguments: {location: NYC}, id: call_1}]
  - The weather in NYC is 72°F and sunny.
"""
    )
    first = way.chat("What is the weather?")
    assert calls(first) == [("get_weather", '{"location":"NYC"}')]
    last = way.chat(messages=[user("What is the weather?"), *turn(first, "72F sunny")])
    assert text(last) == "The weather in NYC is 72°F and sunny."
    assert [first.choices[0].finish_reason, last.choices[0].finish_reason] == ["tool_calls", "stop"]


def test_the_system_message_comes_back(by_file: object) -> None:
    """mock-llm, samples/03-system-message-in-conversation.sh: to see what an agent's prompt came to."""
    way = by_file('rules: [{reply: "{{ body.messages[0].content }}"}]')  # type: ignore[operator]
    messages = [{"role": "system", "content": "Always respond in French."}, user("Hello")]
    assert text(way.chat(messages=[*messages, {"role": "assistant", "content": "Bonjour!"}])) == (
        "Always respond in French."
    )


def test_a_header_comes_back(by_file: object) -> None:
    """mock-llm, samples/04-headers-validation.sh."""
    way = by_file("rules: [{reply: \"Team: {{ headers['x-team'] }}\"}]")  # type: ignore[operator]
    assert text(way.chat(extra_headers={"X-Team": "red"})) == "Team: red"


def test_the_usage_is_as_given(by_file: object) -> None:
    """mock-llm, samples/09-token-usage.sh."""
    way = by_file('rules: [{reply: {text: "{{ message }}", usage: {input: 10, output: 20}}}]')  # type: ignore[operator]
    usage = way.chat("Hello").usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (10, 20, 30)


def test_rules_are_replaced_and_taken_back_while_it_runs() -> None:
    """mock-llm, README, Updating Configuration: GET, POST and DELETE of `/config`."""
    mock = OpenAIMock(options_from({"answers": "echo"}))
    loopback = Loopback(mock.engine)
    try:
        remote = RemoteMock(loopback.url())
        with openai.OpenAI(**remote.client_options) as client:

            def said() -> str:
                return str(text(client.chat.completions.create(model="gpt-4o", messages=[user("Hello")])))

            remote.add({"reply": "first", "always": True})
            assert said() == "first"
            remote.replace({"reply": "second", "always": True})
            assert (said(), [rule.used for rule in remote.rules()]) == ("second", [1])
            remote.replace()
            assert said() == "Hello"
    finally:
        loopback.stop()
        mock.close()


def test_prompts_with_their_answers_and_one_for_the_rest(by_file: object) -> None:
    """stacklok/mockllm, README: `responses` by the prompt, `defaults.unknown_response`."""
    way = by_file(  # type: ignore[operator]
        """
always: true
rules:
- when: {message: "what colour is the sky?"}
  reply: The sky is blue.
- when: {message: "what is 2+2?"}
  reply: 2+2 equals 9.
- reply: I don't know the answer to that.
"""
    )
    asked = ("what is 2+2?", "who are you?", "what colour is the sky?", "what is 2+2?")
    assert [text(way.chat(each)) for each in asked] == [
        "2+2 equals 9.", "I don't know the answer to that.", "The sky is blue.", "2+2 equals 9.",
    ]  # fmt: skip


def test_a_stream_character_by_character(make_way: MakeWay) -> None:
    """stacklok/mockllm, README: streaming is by the character."""
    way = make_way()
    way.mock.reply(stream=list("Sky"))
    streamed = [chunk.choices[0].delta.content for chunk in way.chat(stream=True) if chunk.choices]
    assert [part for part in streamed if part] == ["S", "k", "y"]

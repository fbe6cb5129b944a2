"""godhiraj-code/pytest-mockllm (PyPI: pytest-mockllm): its README, and the ledger of its acceptance tests."""

from __future__ import annotations

import json

import openai
import pytest
from pydantic import BaseModel

from openai_api_mock import Answer, ToolCall, UnscriptedCall, Usage, mock_openai

from ..conftest import Way, chat
from .conftest import Story, text, user


def test_an_answer_is_added_and_the_call_counted(way: Way) -> None:
    """README, Your First Test: `add_response`, `call_count`, `last_call`."""
    way.mock.reply("I can help you with your order. What's your order number?")
    assert "order number" in text(way.chat("I need help with my order"))
    assert len(way.mock.calls) == 1
    assert way.mock.calls.last.body["model"] == "gpt-4o"


def test_a_conversation_of_three_answers(way: Way) -> None:
    """README, Multiple Responses: `add_responses`."""
    way.mock.replies("How can I help?", "I can help with that order.", "Your order has been updated.")
    said = [text(way.chat(asked)) for asked in ("Hello", "Change my order", "Quantity to 5")]
    assert said == ["How can I help?", "I can help with that order.", "Your order has been updated."]


def test_the_chunks_of_a_stream_join_up(way: Way) -> None:
    """README, Streaming Responses."""
    way.mock.reply("This is a streaming response that comes in chunks")
    chunks = way.chat("Tell me a story", stream=True)
    parts = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(parts) == "This is a streaming response that comes in chunks"
    assert len(parts) > 5


def test_a_call_of_a_function_is_streamed_in_given_fragments(way: Way) -> None:
    """tests/acceptance/test_openai_sdk_contract.py: the arguments come in these fragments, id and name in the first."""
    fragments = ('{"city":', '"Chennai",', '"unit":"c"}')
    called = ToolCall("get_weather", "".join(fragments), id="call_weather")
    way.mock.reply(Answer(tool_calls=(called,), pieces=fragments))
    chunks = way.chat("Weather?", stream=True)
    deltas = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or []]
    assert [delta.function.arguments for delta in deltas if delta.function.arguments] == list(fragments)
    assert (deltas[0].id, deltas[0].function.name) == ("call_weather", "get_weather")
    assert all(delta.id is None and delta.function.name is None for delta in deltas[1:])
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


def test_a_call_of_a_function_in_a_response_too(story: Story) -> None:
    """The same over the other API."""
    fragments = ('{"city":', '"Chennai"}')
    way = story()
    way.mock.reply(Answer(tool_calls=(ToolCall("get_weather", "".join(fragments)),), pieces=fragments))
    events = way.call("responses.create", model="gpt-4o", input="Weather?", stream=True)
    deltas = [event.delta for event in events if event.type == "response.function_call_arguments.delta"]
    assert deltas == list(fragments)


class Contact(BaseModel):
    name: str
    email: str


def test_a_response_is_parsed_and_in_the_ledger(way: Way) -> None:
    """tests/acceptance/test_openai_sdk_contract.py: `responses.parse` gives the SDK's own type; the request is kept."""
    if not hasattr(way.client.responses, "parse"):
        pytest.skip("this SDK has no responses.parse")
    ada = Contact(name="Ada Lovelace", email="ada@example.test")
    way.mock.reply(ada)
    response = way.call("responses.parse", model="gpt-4o-mini", input="Extract the contact", text_format=Contact)
    assert response.output_parsed == ada
    way.mock.responses.create.assert_called_once_with(input="Extract the contact")
    assert way.mock.calls[0].body["text"]["format"]["name"] == "Contact"


def test_one_limit_leaves_evidence_and_the_next_call_recovers(way: Way) -> None:
    """tests/acceptance/test_openai_sdk_contract.py: the ledger has both calls, with what became of them."""
    way.mock.fail(429, "retry now")
    way.mock.reply("recovered")
    client = way.client.with_options(max_retries=0)
    with pytest.raises(openai.RateLimitError, match="retry now"):
        way.do(lambda _: client.chat.completions.create(**chat("Try once")))
    assert text(way.do(lambda _: client.chat.completions.create(**chat("Try twice")))) == "recovered"
    ledger = [(call.body["messages"][0]["content"], call.status) for call in way.mock.calls]
    assert ledger == [("Try once", 429), ("Try twice", 200)]


def test_the_tokens_of_all_calls(way: Way) -> None:
    """README, Token Usage & Cost Assertions: `total_prompt_tokens`, `total_completion_tokens`."""
    way.mock.reply(Answer(text="A detailed response", usage=Usage(500, 1000, cached=100)))
    way.mock.reply(Answer(text="Another", usage=Usage(1, 2, reasoning=1)))
    way.chat()
    way.call("responses.create", model="gpt-5", input="Hi")
    assert way.mock.calls.tokens == Usage(501, 1002, reasoning=1, cached=100)
    assert way.mock.responses.create.calls.tokens.output == 2


def test_the_tokens_of_streams_and_embeddings_count_too(story: Story) -> None:
    """The same, where there is no `usage` in each chunk."""
    way = story()
    way.chat(stream=True, stream_options={"include_usage": True})
    embedded = way.call("embeddings.create", model="text-embedding-3-small", input="a b c")
    (streamed,) = way.mock.chat.completions.create.calls
    assert way.mock.calls.tokens.input == (streamed.usage or {})["prompt_tokens"] + embedded.usage.prompt_tokens


def test_an_error_after_two_calls(way: Way) -> None:
    """README, Error Simulation: `simulate_error("rate_limit", after_calls=2)`."""
    way.mock.replies("OK", "OK")
    way.mock.fail(429)
    client = way.client.with_options(max_retries=0)
    for _ in range(2):
        assert text(way.chat()) == "OK"
    with pytest.raises(openai.RateLimitError):
        way.do(lambda _: client.chat.completions.create(**chat()))


def test_what_was_not_configured_raises() -> None:
    """README, Strict Mode."""
    with (
        mock_openai(strict=True),
        openai.OpenAI() as client,
        pytest.raises(UnscriptedCall, match="nothing was scripted"),
    ):
        client.chat.completions.create(model="gpt-4o", messages=[user("Hi")])


def test_a_client_that_was_made_before_is_caught() -> None:
    """tests/acceptance/test_openai_sdk_contract.py: no call of it may leave, whatever its base URL."""
    url = "https://provider.invalid/v1"
    with openai.OpenAI(api_key="fixture-only", base_url=url) as client, mock_openai(base_urls=[url]) as mock:
        mock.reply("offline")
        assert text(client.chat.completions.create(model="gpt-4o", messages=[user("No network")])) == "offline"
        assert client.models.list().data
        assert json.loads(mock.calls.to_json())[0]["status"] == 200

"""mharrisb1/openai-responses-python (PyPI: openai-responses): what its examples do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openai
import pytest
from pydantic import BaseModel

from openai_api_mock import Answer, APIError, mock_openai

from ..conftest import Way
from .conftest import Story, text


def test_two_failures_before_it_succeeds(way: Way) -> None:
    """examples/test_custom_response_handler.py: a function of the call fails until it was called twice."""
    create = way.mock.chat.completions.create
    create.always.reply(lambda call: APIError(500, "Not yet.") if len(create.calls.last.attempts) < 3 else "Now.")
    client = way.client.with_options(max_retries=3)
    completion = way.do(lambda _: client.chat.completions.create(model="gpt-4o", messages=[HELLO]))
    assert text(completion) == "Now."
    assert [attempt.status for attempt in create.calls.last.attempts] == [500, 500, 200]


HELLO: Any = {"role": "user", "content": "Hello!"}


def test_part_of_a_completion_is_enough(story: Story) -> None:
    """examples/test_chat_completion.py: a partial completion is completed by defaults."""
    way = story()
    way.mock.chat.completions.create.reply(fields={"choices": [{"message": {"content": "Hello! How can I help?"}}]})
    completion = way.chat("Hello!")
    assert text(completion) == "Hello! How can I help?"
    assert (completion.object, completion.choices[0].finish_reason) == ("chat.completion", "stop")


def test_part_of_a_moderation_is_enough(story: Story) -> None:
    """examples/test_moderations.py: categories that aren't named keep their defaults."""
    way = story()
    way.mock.moderations.create.reply(
        fields={"results": [{"flagged": True, "categories": {"harassment": True}, "category_scores": {"hate": 0.9}}]}
    )
    (result,) = way.call("moderations.create", input="Test input").results
    assert result.flagged
    assert (result.categories.harassment, result.categories.violence) == (True, False)
    assert result.category_scores.hate == 0.9
    assert result.category_scores.violence < 0.5


def test_exactly_three_chunks(story: Story) -> None:
    """examples/test_streaming_simple.py: a generator of events, which are received as they are."""
    way = story()
    head = {"id": "chatcmpl-123", "object": "chat.completion.chunk", "created": 1694268190, "model": "gpt-4o"}
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}, {"content": "Hello"}, {}]
    chunks = [{**head, "choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    way.mock.chat.completions.create.reply(events=[*chunks, "[DONE]"])
    received = way.chat("Hello!", stream=True)
    assert [chunk.choices[0].delta.content for chunk in received] == ["", "Hello", None]
    assert {chunk.id for chunk in received} == {"chatcmpl-123"}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_run_is_polled_until_it_requires_action(story: Story) -> None:
    """examples/test_router_usage.py: in progress four times, then a tool is called; the call counts are asserted."""
    way = story(legacy="assistants")
    retrieve = way.mock.beta.threads.runs.retrieve
    retrieve.reply(fields={"status": "in_progress"}, times=4)
    wanted = {"id": "call_abc123", "type": "function", "function": {"name": "get_temperature", "arguments": "{}"}}
    action = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": [wanted]}}
    retrieve.reply(fields={"status": "requires_action", "required_action": action})

    assistant = way.call("beta.assistants.create", model="gpt-4o")
    thread = way.call("beta.threads.create")
    run = way.call("beta.threads.runs.create", thread_id=thread.id, assistant_id=assistant.id)
    while run.status != "requires_action":
        run = way.call("beta.threads.runs.retrieve", run_id=run.id, thread_id=thread.id)
    assert run.required_action.submit_tool_outputs.tool_calls[0].function.name == "get_temperature"
    assert len(retrieve.calls) == 5
    way.mock.beta.threads.create.assert_called_once()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_state_that_several_tests_share(story: Story, tmp_path: Path) -> None:
    """examples/test_state_store_fixture.py: one test makes an assistant, another lists it."""
    for made in (1, 2):
        way = story(store=f"sqlite:///{tmp_path}/state.db", legacy="assistants")
        way.call("beta.assistants.create", model="gpt-4o")
        assert len(way.call("beta.assistants.list").data) == made
        way.mock.close()


def test_a_raw_response(story: Story) -> None:
    """examples/test_raw_httpx_response.py: a status and a body, past all that the mock knows."""
    way = story()
    way.mock.chat.completions.create.reply(json={"error": {"message": "Teapot."}}, status=418)
    with pytest.raises(openai.APIStatusError, match=r"Teapot\.") as caught:
        way.chat("Hello!")
    assert caught.value.status_code == 418


def test_an_azure_client_is_answered_by_the_same_script() -> None:
    """examples/test_azure_client.py."""
    with (
        mock_openai() as mock,
        openai.AzureOpenAI(
            api_key="sk-fake123", api_version="2024-06-01", azure_endpoint="https://my.openai.azure.com"
        ) as client,
    ):
        mock.chat.completions.create.reply("Hello! How can I help?")
        assert text(client.chat.completions.create(model="my-gpt-4", messages=[HELLO])) == "Hello! How can I help?"
        assert len(mock.chat.completions.create.calls) == 1


def test_the_embedding_of_a_text(way: Way) -> None:
    """examples/test_embeddings.py: an embedding of two numbers, to any text."""
    given = [0.0023064255, -0.009327292]
    way.mock.embeddings.create.reply(Answer(vectors={"The food was delicious": given}))
    embedded = way.call("embeddings.create", model="text-embedding-ada-002", input="The food was delicious")
    assert embedded.data[0].embedding == pytest.approx(given)


def test_files_are_uploaded_found_and_deleted(way: Way) -> None:
    """examples/test_files.py: what was created is there, until it isn't."""
    file = way.call("files.create", file=("a.txt", b"abc"), purpose="assistants")
    assert way.call("files.retrieve", file_id=file.id).filename == "a.txt"
    assert way.call("files.delete", file_id=file.id).deleted
    with pytest.raises(openai.NotFoundError):
        way.call("files.retrieve", file_id=file.id)


class Event(BaseModel):
    name: str
    participants: list[str]


def test_a_parsed_completion(way: Way) -> None:
    """examples/test_parsed_chat_completion.py: the scripted content is parsed by the SDK."""
    event = Event(name="science fair", participants=["Alice", "Bob"])
    way.mock.reply(event)
    completion = way.call(
        "chat.completions.parse" if hasattr(way.client.chat.completions, "parse") else "beta.chat.completions.parse",
        model="gpt-4o",
        messages=[HELLO],
        response_format=Event,
    )
    assert completion.choices[0].message.parsed == event

"""What is kept of responses and conversations, and what later requests make of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openai
import pytest

from openai_api_mock import Answer, mock_openai

from ..conftest import MakeWay, Way
from .test_responses import WEATHER, ask


def texts(items: Any) -> list[str]:
    return [item.content[0].text for item in items if item.type == "message"]


def test_a_response_is_found_again_until_it_is_deleted(way: Way) -> None:
    made = ask(way)

    assert way.call("responses.retrieve", response_id=made.id).to_dict() == made.to_dict()
    way.call("responses.delete", response_id=made.id)
    with pytest.raises(openai.NotFoundError, match=f"Response with id '{made.id}' not found."):
        way.call("responses.retrieve", response_id=made.id)


def test_what_is_not_to_be_stored_is_not(way: Way) -> None:
    made = ask(way, store=False)

    assert made.store is False
    with pytest.raises(openai.NotFoundError):
        way.call("responses.retrieve", response_id=made.id)


def test_a_chain_shares_the_beginning_of_its_ids_and_counts_what_was_said(way: Way) -> None:
    first = ask(way, "My name is Ada.")
    second = ask(way, "What is my name?", previous_response_id=first.id)
    alone = ask(way, "What is my name?")

    assert second.previous_response_id == first.id
    assert second.id[:21] == first.id[:21]
    assert second.usage.input_tokens == first.usage.total_tokens + alone.usage.input_tokens


def test_instructions_are_not_inherited(way: Way) -> None:
    first = ask(way, "Hi", instructions="Speak like a pirate, always and with every word.")

    assert ask(way, "Hi", previous_response_id=first.id).instructions is None


def test_input_items_go_back_along_the_chain(way: Way) -> None:
    way.mock.reply("one")
    way.mock.reply("two")
    first = ask(way, "a")
    second = ask(
        way, [{"role": "user", "content": "b"}, {"role": "user", "content": "c"}], previous_response_id=first.id
    )

    newest = way.call("responses.input_items.list", response_id=second.id)
    oldest = way.call("responses.input_items.list", response_id=second.id, order="asc")

    assert texts(newest.data) == ["c", "b", "one", "a"]
    assert texts(oldest.data) == ["a", "one", "b", "c"]
    assert newest.data[0].id.startswith("msg_")
    assert newest.data[0].content[0].type == "input_text"
    page = way.call("responses.input_items.list", response_id=second.id, limit=2)
    assert texts(page.data) == ["c", "b"]
    assert page.has_more
    rest = way.call("responses.input_items.list", response_id=second.id, limit=2, after=page.last_id)
    assert texts(rest.data) == ["one", "a"]
    assert not rest.has_more


def test_an_unknown_previous_response(way: Way) -> None:
    with pytest.raises(openai.BadRequestError, match="Previous response with id 'resp_x' not found.") as caught:
        ask(way, previous_response_id="resp_x")
    assert caught.value.code == "previous_response_not_found"


def test_a_background_response_is_queued_first_and_done_when_it_is_asked_for(way: Way) -> None:
    made = ask(way, background=True)

    assert made.status == "queued"
    assert made.output == []
    assert made.usage is None
    done = way.call("responses.retrieve", response_id=made.id)
    assert done.status == "completed"
    assert done.output_text


def test_a_background_response_can_be_cancelled_while_it_runs(way: Way) -> None:
    made = ask(way, background=True)

    for _ in range(2):
        cancelled = way.call("responses.cancel", response_id=made.id)
        assert cancelled.status == "cancelled"
        assert cancelled.output == []
    assert way.call("responses.retrieve", response_id=made.id).status == "cancelled"


def test_what_is_over_or_never_was_in_the_background_cannot_be_cancelled(way: Way) -> None:
    over = ask(way, background=True)
    way.call("responses.retrieve", response_id=over.id)

    with pytest.raises(openai.BadRequestError, match="Cannot cancel a completed response."):
        way.call("responses.cancel", response_id=over.id)
    with pytest.raises(openai.BadRequestError, match="Cannot cancel a synchronous response."):
        way.call("responses.cancel", response_id=ask(way).id)


def test_a_background_stream_is_replayed_from_any_event(way: Way) -> None:
    events = ask(way, background=True, stream=True)
    id = events[0].response.id

    assert [event.type for event in events[:3]] == ["response.created", "response.queued", "response.in_progress"]
    replayed = way.call("responses.retrieve", response_id=id, stream=True, starting_after=2)
    assert [event.to_dict() for event in replayed] == [event.to_dict() for event in events[3:]]
    whole = way.call("responses.retrieve", response_id=id, stream=True)
    assert [event.to_dict() for event in whole] == [event.to_dict() for event in events]


def test_only_a_background_stream_can_be_replayed(way: Way) -> None:
    made = ask(way, background=True)

    with pytest.raises(openai.BadRequestError, match="not created with background=true"):
        way.call("responses.retrieve", response_id=made.id, stream=True)


def test_a_conversation_gathers_what_is_asked_and_said(way: Way) -> None:
    conversation = way.call("conversations.create", metadata={"topic": "x"}, items=[{"role": "user", "content": "a"}])
    way.mock.reply("b")
    made = ask(way, "c", conversation=conversation.id)

    assert conversation.id.startswith("conv_")
    assert len(conversation.id) == len("conv_") + 48
    assert made.conversation.id == conversation.id
    assert made.id[5:21] == conversation.id[5:21]
    assert texts(way.call("conversations.items.list", conversation_id=conversation.id).data) == ["b", "c", "a"]
    assert texts(way.call("conversations.items.list", conversation_id=conversation.id, order="asc").data) == [
        "a",
        "c",
        "b",
    ]


def test_a_tool_loop_over_a_conversation_ends(way: Way) -> None:
    conversation = way.call("conversations.create")
    first = ask(way, "The weather in Rome?", tools=[WEATHER], conversation=conversation.id)
    output = {"type": "function_call_output", "call_id": first.output[0].call_id, "output": "31 degrees"}

    last = ask(way, [output], tools=[WEATHER], conversation=conversation.id)

    assert "31 degrees" in last.output_text
    items = way.call("conversations.items.list", conversation_id=conversation.id, order="asc").data
    assert [item.type for item in items] == ["message", "function_call", "function_call_output", "message"]


def test_a_conversation_in_use_is_locked(way: Way) -> None:
    conversation = way.call("conversations.create")
    running = ask(way, background=True, conversation={"id": conversation.id})

    with pytest.raises(openai.BadRequestError, match="Another process is currently operating") as caught:
        ask(way, conversation=conversation.id)
    assert caught.value.code == "conversation_locked"
    way.call("responses.retrieve", response_id=running.id)
    assert ask(way, conversation=conversation.id).status == "completed"


def test_a_list_of_no_items_has_text_where_its_ids_would_be(way: Way) -> None:
    id = way.call("conversations.create").id
    added = way.call("conversations.items.create", conversation_id=id, items=[])

    assert added.to_dict() == {"object": "list", "data": [], "first_id": "", "last_id": "", "has_more": False}


def test_a_conversations_items_one_by_one(way: Way) -> None:
    id = way.call("conversations.create").id
    added = way.call(
        "conversations.items.create",
        conversation_id=id,
        items=[{"role": "user", "content": "a"}, {"type": "message", "role": "assistant", "content": "b"}],
    )

    assert texts(added.data) == ["a", "b"]
    first, second = added.data
    assert second.content[0].type == "output_text"
    assert way.call("conversations.items.retrieve", conversation_id=id, item_id=first.id).to_dict() == first.to_dict()
    assert way.call("conversations.items.delete", conversation_id=id, item_id=first.id).id == id
    assert texts(way.call("conversations.items.list", conversation_id=id).data) == ["b"]
    with pytest.raises(openai.NotFoundError, match=f"Item with id '{first.id}' not found."):
        way.call("conversations.items.retrieve", conversation_id=id, item_id=first.id)


def test_items_are_kept_as_the_api_would_answer_them(way: Way) -> None:
    """Optional fields that were given as null are left away, and what a part leaves away has its usual value."""
    id = way.call("conversations.create").id
    image = {"type": "input_image", "image_url": "https://example.com/a.png"}
    items: list[Any] = [
        {"type": "message", "role": "user", "content": [image], "id": None, "status": None},
        {"type": "function_call_output", "call_id": "call_1", "output": [image], "id": None},
    ]
    added = [item.to_dict() for item in way.call("conversations.items.create", conversation_id=id, items=items).data]
    assert added[0]["content"] == added[1]["output"] == [{**image, "detail": "auto"}]
    assert [item["status"] for item in added] == ["completed", "completed"]
    assert all(item["id"] for item in added)


@pytest.mark.parametrize("typed", [{"type": "item_reference"}, {}])
def test_what_only_tells_the_api_what_to_do_is_not_kept(way: Way, typed: dict[str, Any]) -> None:
    id = way.call("conversations.create", items=[{"role": "user", "content": "a"}]).id
    first = way.call("conversations.items.list", conversation_id=id).data[0]
    way.call("responses.create", model="gpt-5", conversation=id, input=[{**typed, "id": first.id}])
    kinds = [item.type for item in way.call("conversations.items.list", conversation_id=id, order="asc").data]
    assert kinds[0] == "message"
    assert "item_reference" not in kinds


def test_a_conversation_changes_and_goes(way: Way) -> None:
    id = way.call("conversations.create", metadata={"a": "1"}).id

    assert way.call("conversations.update", conversation_id=id, metadata={"b": "2"}).metadata == {"b": "2"}
    assert way.call("conversations.retrieve", conversation_id=id).metadata == {"b": "2"}
    assert way.call("conversations.delete", conversation_id=id).deleted
    with pytest.raises(openai.NotFoundError, match=f"Conversation with id '{id}' not found."):
        way.call("conversations.retrieve", conversation_id=id)
    with pytest.raises(openai.NotFoundError):
        ask(way, conversation=id)


def test_no_more_than_twenty_items_at_a_time(way: Way) -> None:
    id = way.call("conversations.create").id

    with pytest.raises(openai.BadRequestError, match="20"):
        way.call("conversations.items.create", conversation_id=id, items=[{"role": "user", "content": "a"}] * 21)
    assert way.call("conversations.items.list", conversation_id=id).data == []


def test_a_chain_survives_a_restart(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/state.db"
    with mock_openai(store=store) as mock:
        mock.reply(Answer(text="Ada"))
        first = openai.OpenAI().responses.create(model="gpt-4o", input="My name is Ada.")
    with mock_openai(store=store):
        client = openai.OpenAI()
        second = client.responses.create(model="gpt-4o", input="And mine?", previous_response_id=first.id)
        assert texts(client.responses.input_items.list(second.id, order="asc")) == [
            "My name is Ada.", "Ada", "And mine?",
        ]  # fmt: skip


def test_made_up_where_it_is_missing(make_way: MakeWay) -> None:
    way = make_way(missing="synthesize")

    assert way.call("responses.retrieve", response_id="resp_never").id == "resp_never"
    assert ask(way, previous_response_id="resp_never", input="x").status == "completed"
    assert way.call("conversations.retrieve", conversation_id="conv_never").id == "conv_never"

from __future__ import annotations

import openai
import pytest

from ..conftest import Way


def test_a_stored_completion_is_listed_found_changed_and_deleted(way: Way) -> None:
    kept = way.chat("Keep this", store=True, metadata={"topic": "weather"})
    other = way.chat("And this", model="gpt-4.1", store=True)
    way.chat("But not this")

    listed = way.do(lambda client: client.chat.completions.list())
    assert [each.id for each in listed.data] == [kept.id, other.id]
    by_model = way.do(lambda client: client.chat.completions.list(model="gpt-4.1-2025-04-14"))
    assert [each.id for each in by_model.data] == [other.id]
    by_topic = way.do(lambda client: client.chat.completions.list(metadata={"topic": "weather"}))
    assert [each.id for each in by_topic.data] == [kept.id]

    found = way.call("chat.completions.retrieve", completion_id=kept.id)
    assert found.choices == kept.choices
    assert found.metadata == {"topic": "weather"}
    messages = way.do(lambda client: client.chat.completions.messages.list(kept.id))
    assert [(message.role, message.content) for message in messages.data] == [("user", "Keep this")]

    changed = way.call("chat.completions.update", completion_id=kept.id, metadata={"topic": "none"})
    assert changed.metadata == {"topic": "none"}
    assert changed.choices == kept.choices
    deleted = way.call("chat.completions.delete", completion_id=kept.id)
    assert (deleted.object, deleted.id, deleted.deleted) == ("chat.completion.deleted", kept.id, True)
    with pytest.raises(openai.NotFoundError):
        way.call("chat.completions.retrieve", completion_id=kept.id)
    with pytest.raises(openai.NotFoundError, match=f"No such Completion object: {kept.id}"):
        way.do(lambda client: client.chat.completions.messages.list(kept.id))


def test_a_streamed_completion_is_stored_too(way: Way) -> None:
    chunks = way.chat("Keep this", store=True, stream=True)
    found = way.call("chat.completions.retrieve", completion_id=chunks[0].id)
    assert found.choices[0].message.content == "".join(chunk.choices[0].delta.content or "" for chunk in chunks)

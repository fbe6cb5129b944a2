"""ChatKit: sessions and threads."""

from __future__ import annotations

from typing import Any

import pytest
from openai import BadRequestError, NotFoundError, OpenAI

from openai_api_mock import UsageError, mock_openai
from openai_api_mock.clock import FrozenClock

from ..conftest import MakeWay, Way

pytest.importorskip("openai.resources.beta.chatkit", reason="this SDK has no ChatKit")


def test_a_session_is_settled_as_the_docstrings_say(make_way: MakeWay) -> None:
    clock = FrozenClock()
    way = make_way(clock=clock)
    session = way.call("beta.chatkit.sessions.create", user="u1", workflow={"id": "wf_1"}).to_dict()
    assert session.pop("id").startswith("cksess_")
    assert session.pop("client_secret").startswith("ek_")
    assert session == {
        "object": "chatkit.session",
        "expires_at": int(clock.time()) + 600,
        "status": "active",
        "user": "u1",
        "workflow": {"id": "wf_1", "state_variables": None, "tracing": {"enabled": True}, "version": None},
        "max_requests_per_1_minute": 10,
        "rate_limits": {"max_requests_per_1_minute": 10},
        "chatkit_configuration": {
            "automatic_thread_titling": {"enabled": True},
            "file_upload": {"enabled": False, "max_file_size": 512, "max_files": 10},
            "history": {"enabled": True, "recent_threads": None},
        },
    }


def test_what_a_request_says_of_it_stays(way: Way) -> None:
    session = way.call(
        "beta.chatkit.sessions.create",
        user="u1",
        workflow={"id": "wf_1", "version": "3", "state_variables": {"a": 1}, "tracing": {"enabled": False}},
        chatkit_configuration={
            "automatic_thread_titling": {"enabled": False},
            "file_upload": {"enabled": True, "max_files": 2, "max_file_size": 20},
            "history": {"enabled": True, "recent_threads": 5},
        },
        expires_after={"anchor": "created_at", "seconds": 60},
        rate_limits={"max_requests_per_1_minute": 99},
    )
    assert session.expires_at - int(way.mock.clock.time()) in (59, 60)
    assert (session.max_requests_per_1_minute, session.rate_limits.max_requests_per_1_minute) == (99, 99)
    assert session.workflow.to_dict()["state_variables"] == {"a": 1}
    assert (session.workflow.version, session.workflow.tracing.enabled) == ("3", False)
    configuration = session.chatkit_configuration
    assert configuration.automatic_thread_titling.enabled is False
    assert (configuration.file_upload.max_files, configuration.file_upload.max_file_size) == (2, 20)
    assert configuration.history.recent_threads == 5


def test_two_sessions_have_two_secrets(way: Way) -> None:
    arguments = {"user": "u1", "workflow": {"id": "wf_1"}}
    one, other = (way.call("beta.chatkit.sessions.create", **arguments) for _ in range(2))
    assert one.client_secret != other.client_secret
    assert one.id != other.id


def test_a_session_is_cancelled_while_it_lives(make_way: MakeWay) -> None:
    clock = FrozenClock()
    way = make_way(clock=clock)
    arguments = {"user": "u1", "workflow": {"id": "wf_1"}}
    one, other = (way.call("beta.chatkit.sessions.create", **arguments) for _ in range(2))
    clock.advance(599)
    cancelled = way.call("beta.chatkit.sessions.cancel", session_id=one.id)
    assert (cancelled.status, cancelled.client_secret) == ("cancelled", one.client_secret)
    clock.advance(1)
    assert way.call("beta.chatkit.sessions.cancel", session_id=other.id).status == "expired"
    assert way.call("beta.chatkit.sessions.cancel", session_id=one.id).status == "cancelled"
    with pytest.raises(NotFoundError, match="cksess_none"):
        way.call("beta.chatkit.sessions.cancel", session_id="cksess_none")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"expires_after": {"anchor": "created_at", "seconds": 0}}, "seconds"),
        ({"rate_limits": {"max_requests_per_1_minute": 0}}, "max_requests_per_1_minute"),
        ({"chatkit_configuration": {"file_upload": {"max_file_size": 513}}}, "max_file_size"),
        ({"workflow": {}}, "workflow"),
    ],
)
def test_what_the_docstrings_rule_out_is_refused(way: Way, wrong: dict[str, Any], message: str) -> None:
    arguments = {"user": "u1", "workflow": {"id": "wf_1"}, **wrong}
    with pytest.raises(BadRequestError, match=message):
        way.call("beta.chatkit.sessions.create", **arguments)


TALK: list[dict[str, Any]] = [
    {"user": "Where is my parcel?"},
    {"assistant": "It comes tomorrow."},
    {"type": "chatkit.widget", "widget": '{"type": "Card"}'},
    {"type": "chatkit.client_tool_call", "name": "open", "call_id": "call_1", "arguments": "{}"},
    {"type": "chatkit.task", "task_type": "thought", "summary": "Look it up"},
    {"type": "chatkit.task_group", "tasks": [{"type": "custom", "heading": "A"}]},
]


def test_threads_that_a_test_puts_in_are_listed_and_shown(way: Way) -> None:
    threads = way.mock.beta.chatkit.threads
    first = threads.add("u1", title="Parcel", items=TALK)
    threads.add("u2", status={"type": "locked", "reason": "Under review"})
    last = threads.add("u1", status="closed")

    listed = way.call("beta.chatkit.threads.list", user="u1")
    assert [thread.id for thread in listed.data] == [last["id"], first["id"]]
    assert [thread.user for thread in way.call("beta.chatkit.threads.list", order="asc").data] == ["u1", "u2", "u1"]
    shown = way.call("beta.chatkit.threads.retrieve", thread_id=first["id"])
    assert shown.to_dict() == first
    assert (shown.title, shown.status.type) == ("Parcel", "active")
    page = way.call("beta.chatkit.threads.list", limit=1)
    assert page.has_more
    assert [each.user for each in way.call("beta.chatkit.threads.list", after=page.data[0].id).data] == ["u2", "u1"]
    assert [each.id for each in way.call("beta.chatkit.threads.list", before=first["id"], user="u1").data] == [
        last["id"]
    ]

    items = way.call("beta.chatkit.threads.list_items", thread_id=first["id"], order="asc").data
    assert [item.type for item in items] == ["chatkit.user_message", "chatkit.assistant_message"] + [
        item["type"] for item in TALK[2:]
    ]
    assert {item.thread_id for item in items} == {first["id"]}
    assert items[0].content[0].text == "Where is my parcel?"
    assert items[1].content[0].text == "It comes tomorrow."
    newest = way.call("beta.chatkit.threads.list_items", thread_id=first["id"], limit=2)
    assert ([item.id for item in newest.data], newest.has_more) == ([items[5].id, items[4].id], True)


def test_a_deleted_thread_is_gone_with_its_items(way: Way) -> None:
    id = way.mock.beta.chatkit.threads.add("u1", items=TALK)["id"]
    deleted = way.call("beta.chatkit.threads.delete", thread_id=id)
    assert deleted.to_dict() == {"id": id, "object": "chatkit.thread.deleted", "deleted": True}
    for call in ("retrieve", "list_items", "delete"):
        with pytest.raises(NotFoundError, match=id):
            way.call(f"beta.chatkit.threads.{call}", thread_id=id)
    assert way.call("beta.chatkit.threads.list").data == []
    assert way.mock.engine.store.count(f"/chatkit/threads/{id}/items") == 0


def test_ids_of_threads_repeat_with_the_seed_and_never_within_it() -> None:
    def made() -> list[str]:
        with mock_openai(seed=3) as mock, OpenAI() as client:
            one = mock.beta.chatkit.threads.add("u1")["id"]
            client.beta.chatkit.threads.delete(one)
            return [one, mock.beta.chatkit.threads.add("u1")["id"]]

    assert made() == made()
    assert len(set(made())) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"user": ""}, r"threads.add\(user=''\)"),
        ({"user": "u", "items": "Hi"}, "items='Hi'"),
        ({"user": "u", "items": ["Hi"]}, r"items\[0\]='Hi'.*chatkit.user_message"),
        ({"user": "u", "items": [{"type": "message"}]}, r"items\[0\]="),
        ({"user": "u", "status": "open"}, "status='open'.*'locked'"),
    ],
)
def test_what_is_no_thread_is_told(arguments: dict[str, Any], message: str) -> None:
    with mock_openai() as mock, pytest.raises(UsageError, match=message):
        mock.beta.chatkit.threads.add(**arguments)


def test_what_was_never_made_can_be_made_up(make_way: MakeWay) -> None:
    way = make_way(missing="synthesize")
    assert way.call("beta.chatkit.threads.retrieve", thread_id="cthr_mine").id == "cthr_mine"
    assert way.call("beta.chatkit.sessions.cancel", session_id="cksess_mine").id == "cksess_mine"
    assert way.call("beta.chatkit.threads.delete", thread_id="cthr_mine").deleted

"""The control API and its Python client: rules, journal, seed, clock and sessions of a server."""

from __future__ import annotations

import contextlib
import json
import queue
import threading
from typing import Any

import openai
import pytest
from websockets.sync.client import connect

from openai_api_mock import MockError, RemoteMock, UnusedReplies
from openai_api_mock.server.sessions import Sessions

from .conftest import MakeServer, Served
from .raw import Response, get


def said(remote: RemoteMock, text: str = "hi") -> str:
    with openai.OpenAI(**remote.client_options, max_retries=0) as client:
        completion = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": text}])
    return str(completion.choices[0].message.content)


@pytest.fixture
def remote(server: Served) -> RemoteMock:
    return RemoteMock(server.url)


def test_rules_are_added_listed_replaced_and_deleted(remote: RemoteMock) -> None:
    added = remote.add({"id": "mine", "when": {"message": "hi"}, "reply": "one"}, {"reply": "two", "times": 2})
    assert [(rule.id, rule.times, rule.used) for rule in added] == [("mine", 1, 0), ("rule-1", 2, 0)]
    assert [said(remote), said(remote)] == ["one", "two"]
    assert [rule.used for rule in remote.rules()] == [1, 1]

    remote.delete("mine")
    assert [rule.id for rule in remote.rules()] == ["rule-1"]
    remote.replace({"reply": "three", "always": True})
    assert [said(remote) for _ in range(2)] == ["three", "three"]


def test_webhooks_are_sent_listed_and_sent_again(server: Served, remote: RemoteMock) -> None:
    taken: list[bytes] = []
    with pytest.raises(MockError, match=r"no endpoint wants 'batch\.completed'"):
        remote.send_webhook("batch.completed", "batch_1")
    server.mock.webhooks.deliver_to(lambda headers, body: taken.append(body), at_once=True)
    [delivery] = remote.send_webhook("batch.completed", "batch_1", size=3)
    assert delivery["event"]["data"] == {"id": "batch_1", "size": 3}
    server.mock.webhooks.wait()

    remote.redeliver_webhook(delivery["id"])
    server.mock.webhooks.wait(2)
    assert len(taken) == 2
    [delivery] = remote.webhooks()
    assert (delivery["state"], [attempt["status"] for attempt in delivery["attempts"]]) == ("delivered", [200, 200])
    with pytest.raises(MockError, match="there is no event 'batch'"):
        remote.send_webhook("batch", "batch_1")


def test_one_rule_is_changed_in_its_place(server: Served, remote: RemoteMock) -> None:
    remote.add({"id": "a", "reply": "old"}, {"id": "b", "reply": "b"})
    changed = ask(server, "PUT", "/_mock/rules/a", {"reply": "new", "times": 2})

    assert (changed.status, changed.json()["times"]) == (200, 2)
    assert ask(server, "GET", "/_mock/rules/a").json() == changed.json()
    assert [said(remote) for _ in range(3)] == ["new", "new", "b"]


def test_a_fault_in_a_rule_is_told_and_nothing_is_changed(server: Served, remote: RemoteMock) -> None:
    remote.add({"id": "a", "reply": "old", "always": True})
    for rules, told in (
        ([{"reply": "x"}, {"rpely": "a"}], r"rules\[1\].rpely: there is no 'rpely' here. Did you mean 'reply'"),
        ([{"reply": "x"}, {"id": "a", "reply": "y"}], "there is a rule 'a' already"),
        ([{"reply": {"file": "/etc/passwd"}}], "only a file of rules may name a file"),
    ):
        with pytest.raises(MockError, match=told):
            remote.add(*rules)
    assert [rule.id for rule in remote.rules()] == ["a"]
    with pytest.raises(MockError, match="there is no rule 'b'"):
        remote.delete("b")
    assert (
        ask(server, "PATCH", "/_mock/rules")
        .json()["error"]["message"]
        .endswith("takes DELETE, GET, POST, PUT, not PATCH")
    )
    assert ask(server, "POST", "/_mock/rules", b"{").status == 400
    assert ask(server, "PUT", "/_mock/seed", {"sede": 7}).status == 400


def test_the_journal_says_what_was_asked_and_can_be_cleared(server: Served, remote: RemoteMock) -> None:
    remote.add({"reply": "scripted"})
    said(remote)

    (call,) = remote.calls("chat.completions.create")
    assert (call["status"], call["body"]["model"], call["rule"]) == (200, "gpt-4o", "openai_mock.reply('scripted')")
    assert call["reply"]["choices"][0]["message"]["content"] == "scripted"
    assert remote.calls("embeddings.create") == []
    assert ask(server, "DELETE", "/_mock/journal").json() == {"total": 0, "calls": []}
    assert remote.calls() == []


def test_a_story_that_did_not_happen_is_told(make_server: MakeServer) -> None:
    remote = RemoteMock(make_server(strict=True).url)
    remote.add({"when": {"message": "hi"}, "reply": "never"})
    with pytest.raises(openai.NotFoundError):
        said(remote, "other")

    with pytest.raises(UnusedReplies) as caught:
        remote.verify()
    assert "nothing was scripted for chat.completions.create" in str(caught.value)
    assert "1 scripted reply was never asked for" in str(caught.value)
    remote.reset()
    remote.verify()


def test_a_conversation_is_played(remote: RemoteMock) -> None:
    remote.add_conversation([{"user": "hi"}, {"assistant": "Hello!"}, {"user": "bye"}, {"assistant": "Goodbye."}])
    assert [said(remote, "hi"), said(remote, "bye")] == ["Hello!", "Goodbye."]
    remote.verify()


def test_a_seed_changes_what_is_said(remote: RemoteMock) -> None:
    first = said(remote)
    remote.seed(7)
    assert said(remote) != first
    remote.seed(0)
    assert said(remote) == first


def test_time_passes_when_told_where_it_is_frozen(make_server: MakeServer) -> None:
    server = make_server(clock="frozen")
    remote = RemoteMock(server.url)
    before = remote.time()
    remote.advance(3600)
    assert remote.time() == before + 3600
    for method in ("PUT", "POST"):
        assert ask(server, method, "/_mock/clock", {"time": 5}).json() == {"time": 5.0, "frozen": True}

    with pytest.raises(MockError, match="--clock manual"):
        RemoteMock(make_server().url).advance(1)


def test_what_takes_time_goes_on_when_told(make_server: MakeServer) -> None:
    server = make_server(advance="manual")
    remote = RemoteMock(server.url)
    with openai.OpenAI(**remote.client_options) as client:
        line = {"method": "POST", "url": "/v1/moderations", "body": {"input": "hi"}, "custom_id": "a"}
        file = client.files.create(file=("a.jsonl", json.dumps(line).encode()), purpose="batch")

        def begin() -> str:
            window = {"endpoint": "/v1/moderations", "completion_window": "24h"}
            return client.batches.create(input_file_id=file.id, **window).id  # type: ignore[arg-type]  # a literal

        one, other = begin(), begin()
        assert remote.jobs() == [{"id": id, "resource": "batches", "status": "validating"} for id in (one, other)]
        remote.advance_job("batches", one)
        assert client.batches.retrieve(one).status == "in_progress"
        remote.advance_job("batches", one, "completed")
        remote.fail_job("batches", other, "No room.", code="no_room")
        failed = client.batches.retrieve(other)
        assert client.batches.retrieve(one).status == "completed"
        assert failed.errors is not None
        assert failed.errors.data is not None
        assert [(error.code, error.message) for error in failed.errors.data] == [("no_room", "No room.")]
    assert remote.jobs() == []
    with pytest.raises(MockError, match="there is no unfinished"):
        remote.advance_job("batches", one)


def test_threads_of_chatkit_are_put_in(make_server: MakeServer) -> None:
    server = make_server()
    with RemoteMock(server.url) as remote, openai.OpenAI(**remote.client_options) as client:
        added = remote.add_thread("user-7", title="Parcel", items=[{"user": "Hi"}], status={"type": "locked"})
        [thread] = client.beta.chatkit.threads.list(user="user-7").data
        assert thread.to_dict() == added
        assert (thread.title, thread.status.type) == ("Parcel", "locked")
        assert len(client.beta.chatkit.threads.list_items(thread.id).data) == 1
        with pytest.raises(MockError, match=r"items\[0\]='Hi'"):
            remote.add_thread("user-7", items=["Hi"])


def test_sessions_have_their_own_rules_journal_state_seed_and_clock(make_server: MakeServer) -> None:
    server = make_server(clock="frozen")
    with RemoteMock(server.url, session="a") as a, RemoteMock(server.url, session="b") as b:
        a.add({"reply": "for a"})
        b.add({"reply": "for b"})
        a.advance(60)
        assert [said(b), said(a)] == ["for b", "for a"]
        assert (len(a.calls()), len(b.calls()), len(server.mock.calls)) == (1, 1, 0)
        assert a.time() == b.time() + 60
        with openai.OpenAI(**a.client_options) as client:
            batch = client.files.create(file=("a.jsonl", b"{}"), purpose="batch")
        with openai.OpenAI(**b.client_options) as client, pytest.raises(openai.NotFoundError):
            client.files.retrieve(batch.id)
        assert sorted(ask(server, "GET", "/_mock/sessions").json()["sessions"]) == ["a", "b"]
    assert ask(server, "GET", "/_mock/sessions").json() == {"sessions": []}
    assert ask(server, "DELETE", "/_mock/sessions/a").status == 404


def test_a_session_is_checked_and_dropped_at_its_end(remote: RemoteMock) -> None:
    with pytest.raises(UnusedReplies), RemoteMock(remote.url, session="x") as session:
        session.add({"reply": "never"})
    assert RemoteMock(remote.url, session="x").rules() == []


def test_the_session_that_was_idle_longest_makes_room(server: Served) -> None:
    sessions = Sessions(server.engine, most=2)
    first = sessions.named("a")
    sessions.named("b")
    assert sessions.named("a") is first
    sessions.named("c")
    assert sessions.names() == ["a", "c"]


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["Host: 127.0.0.1:4010"], 200),
        (["Host: [::1]:4010"], 200),
        (["Host: localhost", "Origin: http://localhost:3000"], 200),
        (["Host: rebound.example"], 403),
        (["Host: localhost.example"], 403),
        (["Host: localhost", "Origin: https://page.example"], 403),
        (["Host: localhost", "Origin: null"], 403),
    ],
)
def test_a_web_page_from_elsewhere_has_no_control(server: Served, lines: list[str], status: int) -> None:
    head = "\r\n".join(["GET /_mock/rules HTTP/1.1", *lines, "", ""]).encode()
    assert server.connect().ask(head).status == status


def test_a_token_is_asked_for_where_there_is_one(make_server: MakeServer) -> None:
    server = make_server(control_token="secret")
    assert RemoteMock(server.url, token="secret").rules() == []
    assert server.connect().ask(get("/_mock/rules", "Authorization: Bearer secret")).status == 200
    assert server.connect().ask(get("/_mock/health")).status == 200
    for token in (None, "wrong"):
        with pytest.raises(MockError, match="asks for its token"):
            RemoteMock(server.url, token=token).rules()


@pytest.mark.parametrize(
    ("peer", "allowed"), [("127.0.0.1", True), ("::ffff:127.0.0.1", True), ("10.0.0.7", False), (None, True)]
)
def test_other_machines_have_no_control_without_a_token(peer: str | None, allowed: bool) -> None:
    from openai_api_mock.server.guard import refusal

    refused = refusal(None, {b"host": b"127.0.0.1:4010"}, peer)
    assert (refused is None) is allowed
    assert refused is None or "--control-token" in refused.message


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(MockError, match="no mock answers on http://127.0.0.1:9"):
        RemoteMock("http://127.0.0.1:9").rules()


def test_a_websocket_belongs_to_its_session(remote: RemoteMock) -> None:
    session = RemoteMock(remote.url, session="socket")
    session.add({"reply": "over a socket"})

    url = f"ws{remote.url.removeprefix('http')}/v1/responses"
    with connect(url, additional_headers=session.client_options["default_headers"]) as socket:
        socket.send(json.dumps({"type": "response.create", "model": "gpt-4o", "input": "hi"}))
        while (event := json.loads(socket.recv()))["type"] != "response.completed":
            pass
    assert event["response"]["output"][0]["content"][0]["text"] == "over a socket"
    session.verify()


def ask(server: Served, method: str, path: str, body: Any = None) -> Response:
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    with contextlib.closing(server.connect()) as connection:
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\n\r\n"
        return connection.ask(head.encode() + content)


HI: Any = [{"role": "user", "content": "hi"}]


def test_a_test_in_any_language_lets_time_pass(make_server: MakeServer) -> None:
    server = make_server(clock="manual", chunk_delay=60)
    remote = RemoteMock(server.url)
    remote.add({"reply": {"stream": ["One ", "two"]}})
    events: queue.Queue[object] = queue.Queue()

    def read() -> None:
        with openai.OpenAI(**remote.client_options) as client:
            for event in client.chat.completions.create(model="gpt-4o", messages=HI, stream=True):
                events.put(event)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(5):
        remote.wait_for_sleepers()
        remote.advance(60)
    reader.join(5)
    assert events.qsize() == 4

    assert ask(server, "GET", "/_mock/clock").json()["sleepers"] == 0
    with pytest.raises(AssertionError, match="0 sleep on the server's clock after 0 s, not 1"):
        remote.wait_for_sleepers(timeout=0)
    assert ask(server, "PUT", "/_mock/clock", {"time": 5}).status == 400

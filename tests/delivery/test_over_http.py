"""Webhooks that are posted to a URL."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI

from openai_api_mock import UsageError, mock_openai
from openai_api_mock.clock import FrozenClock
from openai_api_mock.options import options_from
from openai_api_mock.webhooks.signing import SECRET
from tests.conftest import MakeWay, Way

from .conftest import Hooks

MINE = "whsec_bXkgb3duIHNlY3JldA=="
ALL = ["response.completed", "response.failed", "batch.completed"]


def start(way: Way) -> str:
    return str(way.call("responses.create", model="gpt-5", input="Write.", background=True).id)


def test_what_ends_is_posted_though_nobody_looks(make_way: MakeWay, hooks: Hooks) -> None:
    hooks.secret = MINE
    way = make_way(webhooks=[{"url": hooks.url, "secret": MINE}])
    id = start(way)

    hooks.wait()
    assert hooks.events == [("response.completed", id)]
    [(headers, _)] = hooks.sent
    assert headers[":path"] == "/hooks?from=mock"
    assert headers["user-agent"].startswith("OpenAI/1.0")


def test_it_is_signed_by_the_environments_secret(hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_WEBHOOK_SECRET", MINE)
    hooks.secret = MINE
    with mock_openai(webhooks=hooks.url) as mock:
        mock.webhooks.send("batch.completed", id="batch_1")
    assert hooks.events == [("batch.completed", "batch_1")]


def test_a_mock_brings_a_secret_where_there_is_none(hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_WEBHOOK_SECRET", raising=False)
    hooks.secret = SECRET
    with mock_openai(webhooks=hooks.url) as mock:
        assert OpenAI().webhook_secret == mock.webhooks.secret == SECRET
        mock.webhooks.send("batch.completed", id="batch_1")
    assert hooks.events == [("batch.completed", "batch_1")]
    with pytest.raises(openai.OpenAIError):
        OpenAI()


def test_no_redirect_is_followed(make_way: MakeWay, hooks: Hooks) -> None:
    hooks.statuses = [307]
    way = make_way(webhooks=hooks.url, clock=FrozenClock())
    [delivery] = way.mock.webhooks.send("batch.completed")
    hooks.wait()

    assert len(hooks.sent) == 1
    found = way.mock.engine.webhooks.find(delivery.id)
    assert found is not None
    assert found.state == "pending"


def test_who_cannot_be_reached_is_tried_again(make_way: MakeWay, hooks: Hooks) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    clock = FrozenClock()
    way = make_way(clock=clock)
    made = way.call("webhooks.create", name="a", url=f"http://127.0.0.1:{port}/", event_types=ALL)
    [delivery] = way.mock.webhooks.send("batch.completed", id="batch_1")
    assert delivery.state == "pending"
    assert "refused" in str(delivery.attempts[0].error)

    way.call("webhooks.update", webhook_endpoint_id=made.id, url=hooks.url)
    clock.advance(5)
    way.mock.webhooks.wait()
    assert len(hooks.sent) == 1


def test_other_machines_are_refused_where_they_are_configured() -> None:
    with pytest.raises(UsageError, match=r"nothing is sent to 'hooks\.example\.com'.*webhook_hosts=\['hooks\.example"):
        mock_openai(webhooks="https://hooks.example.com/openai")
    with mock_openai(webhooks="https://hooks.example.com/openai", webhook_hosts=["hooks.example.com"]):
        pass


@pytest.mark.parametrize(
    "url", ["https://example.com/x", "http://0.0.0.0/", "http://127.0.0.1.example.com/", "http://0x7f.1/"]
)
def test_an_endpoint_on_another_machine_is_never_asked(
    make_way: MakeWay, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    def connect(*args: object, **kwargs: object) -> None:
        raise AssertionError("something was sent")

    monkeypatch.setattr("openai_api_mock.delivery.courier.post", connect)
    way = make_way()
    made = way.call("webhooks.create", name="a", url=url, event_types=ALL)
    [delivery] = way.mock.webhooks.send("batch.completed")
    with contextlib.suppress(AssertionError):
        way.mock.webhooks.wait(timeout=0.01)

    [delivery] = way.mock.webhooks.deliveries
    assert delivery.state == "abandoned"
    assert "is another machine" in str(delivery.attempts[0].error)
    with pytest.raises(openai.BadRequestError, match="could not be reached"):
        way.call("webhooks.test", webhook_endpoint_id=made.id, event_type="batch.completed")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("ftp://127.0.0.1/", "is no URL to send to"),
        (["http://127.0.0.1:0/"], "is no URL to send to"),
        ({"url": "http://127.0.0.1/", "secret": "whsec_%%"}, "a webhook's secret"),
        ({"url": "http://127.0.0.1/", "events": ["batch.done"]}, "there is no event 'batch.done'"),
        ({"link": "http://127.0.0.1/"}, "it takes a URL"),
        (7, "it takes a URL"),
    ],
)
def test_what_cannot_be_configured_is_told(given: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        mock_openai(webhooks=given)


def test_the_option_can_be_a_text() -> None:
    [first, second] = options_from({"webhooks": "http://127.0.0.1:1/a, http://localhost/b"}, text=True).webhooks
    assert (first.url, second.url) == ("http://127.0.0.1:1/a", "http://localhost/b")
    [one] = options_from({"webhooks": '{"url": "http://[::1]/", "events": ["batch.completed"]}'}, text=True).webhooks
    assert one.events == ("batch.completed",)
    assert options_from({"webhook_hosts": "a.example,b.example"}, text=True).webhook_hosts == ("a.example", "b.example")


# Endpoints of the API


def test_an_endpoint_is_registered_by_the_api(make_way: MakeWay, hooks: Hooks) -> None:
    way = make_way()
    made = way.call("webhooks.create", name="mine", url=hooks.url, event_types=["response.completed"])
    hooks.secret = made.signing_secret

    assert made.signing_secret.startswith("whsec_")
    assert made.signing_secret_hint.endswith(made.signing_secret[-4:])
    found = way.call("webhooks.retrieve", webhook_endpoint_id=made.id)
    assert not hasattr(found, "signing_secret")
    assert (found.name, found.url, found.event_types) == ("mine", hooks.url, ["response.completed"])
    id = start(way)
    hooks.wait()
    assert hooks.events == [("response.completed", id)]

    way.call("webhooks.delete", webhook_endpoint_id=made.id)
    with pytest.raises(openai.NotFoundError):
        way.call("webhooks.retrieve", webhook_endpoint_id=made.id)
    with pytest.raises(UsageError, match="no endpoint wants"):
        way.mock.webhooks.send("response.completed")


def test_it_changes_when_something_is_changed(make_way: MakeWay) -> None:
    clock = FrozenClock()
    way = make_way(clock=clock)
    made = way.call("webhooks.create", name="a", url="https://example.com/", event_types=ALL)
    clock.advance(10)
    same = way.call("webhooks.update", webhook_endpoint_id=made.id, name="a")
    other = way.call("webhooks.update", webhook_endpoint_id=made.id, name="b")

    assert (same.updated_at, other.updated_at) == (made.created_at, made.created_at + 10)
    assert (other.name, other.url) == ("b", made.url)


def test_endpoints_are_listed_newest_first(make_way: MakeWay) -> None:
    way = make_way()
    ids = [way.call("webhooks.create", name=name, url="https://example.com/", event_types=ALL).id for name in "abc"]

    page = way.call("webhooks.list", limit=2)
    assert ([each.id for each in page.data], page.has_more) == ([ids[2], ids[1]], True)
    assert [each.id for each in way.call("webhooks.list", after=ids[1]).data] == [ids[0]]
    assert "webhook_endpoint" not in str(way.call("webhooks.event_types.list").data)


@pytest.mark.parametrize("keep", [False, True])
def test_a_secret_is_rotated(make_way: MakeWay, hooks: Hooks, keep: bool) -> None:
    clock = FrozenClock()
    way = make_way(clock=clock)
    made = way.call("webhooks.create", name="a", url=hooks.url, event_types=ALL)
    new = way.call("webhooks.rotate_secret", webhook_endpoint_id=made.id, keep_old_secret_active_for_24_hours=keep)

    assert new.signing_secret != made.signing_secret
    way.mock.webhooks.send("batch.completed")
    clock.advance(24 * 3600)
    way.mock.webhooks.send("batch.completed")
    hooks.wait(2)
    for number, (headers, body) in enumerate(hooks.sent):
        read = OpenAI(api_key="x").webhooks.unwrap
        read(body, headers, secret=new.signing_secret)
        with contextlib.nullcontext() if keep and not number else pytest.raises(openai.InvalidWebhookSignatureError):
            read(body, headers, secret=made.signing_secret)


@pytest.mark.parametrize("status", [200, 404])
def test_an_endpoint_is_tried_out(make_way: MakeWay, hooks: Hooks, status: int) -> None:
    hooks.statuses = [status]
    way = make_way()
    made = way.call("webhooks.create", name="a", url=hooks.url, event_types=["batch.failed"])
    result = way.call("webhooks.test", webhook_endpoint_id=made.id, event_type="batch.completed")

    assert (result.status_code, result.success, result.event_type) == (status, True, "batch.completed")
    [(headers, body)] = hooks.sent
    event = OpenAI(api_key="x").webhooks.unwrap(body, headers, secret=made.signing_secret)
    assert event.type == "batch.completed"
    assert way.mock.webhooks.deliveries == []


# What outlives a process

SERVE = """
import sys
from openai_api_mock.engine import Engine
from openai_api_mock.options import options_from
from openai_api_mock.server.run import serve
options = options_from({"store": sys.argv[1], "webhooks": sys.argv[2], "advance": sys.argv[3]})
serve(Engine(options), port=0, announce=lambda url: print(url, flush=True))
"""


@contextlib.contextmanager
def server(store: str, url: str, advance: str) -> Iterator[OpenAI]:
    """A server of its own process, which is killed at the end."""
    command = [sys.executable, "-c", SERVE, store, url, advance]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            with OpenAI(base_url=process.stdout.readline().strip() + "/v1", api_key="x", max_retries=0) as client:
                yield client
        finally:
            process.kill()


def test_what_a_killed_server_left_undelivered_is_delivered_by_the_next(tmp_path: Path, hooks: Hooks) -> None:
    """At least once: where the answer of an endpoint was lost with the process, it is asked again, by the same id."""
    store, given = f"sqlite:///{tmp_path / 'state.db'}", {"model": "gpt-5", "input": "Write.", "background": True}
    hooks.statuses = [503] * 2
    with server(store, hooks.url, "now") as client:
        told = client.responses.create(**given).id  # type: ignore[call-overload]
        hooks.wait()
    # The second has an end that wasn't reached, let alone told.
    with server(store, hooks.url, "manual") as client:
        untold = client.responses.create(**given).id  # type: ignore[call-overload]
    hooks.secret = SECRET
    ends = {("response.completed", told), ("response.completed", untold)}
    with server(store, hooks.url, "now"), hooks.changed:
        assert hooks.changed.wait_for(lambda: set(hooks.events) == ends, 20), hooks.events
    assert len({headers["webhook-id"] for headers, body in hooks.sent if told.encode() in body}) == 1


def test_two_hundred_ends_are_posted_once_each(hooks: Hooks) -> None:
    hooks.secret = SECRET
    ids: list[Any] = []
    with mock_openai(webhooks=hooks.url), OpenAI() as client:

        def ask() -> None:
            for _ in range(50):
                made = client.responses.create(model="gpt-4o", input="Write.", background=True)
                ids.append(made.id)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        hooks.wait(200, timeout=30)
    assert sorted(hooks.events) == sorted(("response.completed", id) for id in ids)

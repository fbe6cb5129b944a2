"""Webhooks that are delivered in this process."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from openai import AsyncOpenAI, OpenAI

from openai_api_mock import OpenAIMock, UsageError, mock_openai
from openai_api_mock.clock import FrozenClock
from openai_api_mock.webhooks.signing import SECRET
from tests.conftest import MakeWay, Way

READER = OpenAI(api_key="x", webhook_secret=SECRET)


class Receiver:
    """Verifies what it gets, as an application does."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.events: list[tuple[str, str]] = []
        self.sent: list[tuple[Mapping[str, str], bytes]] = []

    def __call__(self, headers: Mapping[str, str], body: bytes) -> int | None:
        event: Any = READER.webhooks.unwrap(body, headers)
        self.sent.append((headers, body))
        self.events.append((event.type, event.data.id))
        return self.statuses.pop(0) if self.statuses else None


def start(way: Way) -> str:
    return str(way.call("responses.create", model="gpt-5", input="Write.", background=True).id)


def test_what_ends_is_told_in_order_to_who_waits(make_way: MakeWay) -> None:
    way, receiver = make_way(), Receiver()
    way.mock.webhooks.deliver_to(receiver)
    ids = [start(way), start(way)]
    assert receiver.events == []

    delivery = way.mock.webhooks.wait(2)
    assert receiver.events == [("response.completed", id) for id in ids]
    assert (delivery.state, delivery.event["data"]) == ("delivered", {"id": ids[-1]})
    assert [attempt.status for attempt in delivery.attempts] == [200]


def test_what_is_brought_on_by_hand_is_told_at_once(make_way: MakeWay) -> None:
    way, receiver = make_way(advance="manual"), Receiver()
    way.mock.webhooks.deliver_to(receiver)
    first, second = start(way), start(way)

    way.mock.responses.advance(second)
    assert receiver.events == []
    way.mock.responses.advance(second)
    way.mock.responses.fail(first)
    assert receiver.events == [("response.completed", second), ("response.failed", first)]


def test_what_is_cancelled_or_cut_short_is_told_as_such(way: Way) -> None:
    receiver = Receiver()
    way.mock.webhooks.deliver_to(receiver)
    id = start(way)
    way.call("responses.cancel", response_id=id)
    cut = way.call("responses.create", model="gpt-4o", input="Write.", background=True, max_output_tokens=16).id

    way.mock.webhooks.wait(2)
    assert receiver.events == [("response.cancelled", id), ("response.incomplete", cut)]


def test_what_nobody_wants_is_not_told(way: Way) -> None:
    receiver = Receiver()
    way.mock.webhooks.deliver_to(receiver, events=["response.failed"])
    id = start(way)

    assert way.call("responses.retrieve", response_id=id).status == "completed"
    with pytest.raises(AssertionError, match="0 webhooks were taken"):
        way.mock.webhooks.wait(timeout=0)
    with pytest.raises(UsageError, match=r"no endpoint wants 'batch.completed'"):
        way.mock.webhooks.send("batch.completed")
    assert way.mock.webhooks.deliveries == []


def test_the_body_and_the_headers_are_the_apis(openai_mock: OpenAIMock) -> None:
    receiver = Receiver()
    openai_mock.webhooks.deliver_to(receiver)
    openai_mock.webhooks.send("batch.completed", id="batch_1")

    [(headers, body)] = receiver.sent
    event = json.loads(body)
    assert list(event) == ["id", "object", "created_at", "type", "data"]
    assert (event["object"], event["type"], event["data"]) == ("event", "batch.completed", {"id": "batch_1"})
    assert event["id"].startswith("evt_")
    assert headers["webhook-id"].startswith("wh_")
    assert headers["user-agent"] == "OpenAI/1.0 (+https://platform.openai.com/docs/webhooks)"


def test_what_is_not_taken_is_tried_again_later_and_later(make_way: MakeWay) -> None:
    clock, receiver = FrozenClock(), Receiver(500, 302)
    way = make_way(clock=clock)
    way.mock.webhooks.deliver_to(receiver)
    [delivery] = way.mock.webhooks.send("batch.failed", id="batch_1")
    assert (delivery.state, len(receiver.sent)) == ("pending", 1)

    for seconds, sent in ((4.9, 1), (0.1, 2), (9.9, 2)):
        clock.advance(seconds)
        with pytest.raises(AssertionError, match=r"batch\.failed to Receiver: pending \(500"):
            way.mock.webhooks.wait(timeout=0)
        assert len(receiver.sent) == sent
    clock.advance(0.1)
    delivery = way.mock.webhooks.wait()
    assert [attempt.status for attempt in delivery.attempts] == [500, 302, 200]
    assert len({headers["webhook-id"] for headers, _ in receiver.sent}) == 1
    assert len({body for _, body in receiver.sent}) == 1


def test_it_is_given_up_after_three_days(make_way: MakeWay) -> None:
    clock, receiver = FrozenClock(), Receiver(*[503] * 100)
    way = make_way(clock=clock)
    way.mock.webhooks.deliver_to(receiver)
    [delivery] = way.mock.webhooks.send("batch.failed", id="batch_1")
    began = clock.time()
    while way.mock.engine.webhooks.any_pending():
        clock.advance(way.mock.engine.webhooks.next_due() or 0)
        with pytest.raises(AssertionError):
            way.mock.webhooks.wait(timeout=0)

    assert clock.time() - began <= 72 * 3600
    [delivery] = way.mock.webhooks.deliveries
    assert (delivery.state, len(delivery.attempts)) == ("abandoned", len(receiver.sent))


def test_nobody_waits_on_an_instant_clock(make_way: MakeWay) -> None:
    way, receiver = make_way(clock="instant"), Receiver(500, 500, 500)
    way.mock.webhooks.deliver_to(receiver)

    [delivery] = way.mock.webhooks.send("batch.failed", id="batch_1")
    assert [attempt.status for attempt in delivery.attempts] == [500, 500, 500, 200]


def test_it_can_be_delivered_again(way: Way) -> None:
    receiver = Receiver()
    way.mock.webhooks.deliver_to(receiver)
    [delivery] = way.mock.webhooks.send("batch.completed", id="batch_1")

    again = way.mock.webhooks.redeliver(delivery.id)
    assert receiver.events == [("batch.completed", "batch_1")] * 2
    assert (again.state, len(again.attempts)) == ("delivered", 2)
    with pytest.raises(UsageError, match=delivery.id):
        way.mock.webhooks.redeliver("wh_x")


def test_what_a_receiver_raises_is_told(openai_mock: OpenAIMock) -> None:
    def receive(headers: Mapping[str, str], body: bytes) -> None:
        raise ZeroDivisionError("no shelf")

    openai_mock.webhooks.deliver_to(receive)
    openai_mock.webhooks.send("batch.completed", id="batch_1")
    with pytest.raises(AssertionError, match="ZeroDivisionError: no shelf") as caught:
        openai_mock.webhooks.wait(timeout=0)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_receiver_may_ask_the_mock(openai_mock: OpenAIMock) -> None:
    said: list[str] = []

    def receive(headers: Mapping[str, str], body: bytes) -> None:
        client = OpenAI()
        event: Any = client.webhooks.unwrap(body, headers)
        said.append(client.responses.retrieve(event.data.id).output_text)

    openai_mock.reply("The report.")
    openai_mock.webhooks.deliver_to(receive)
    OpenAI().responses.create(model="gpt-5", input="Write.", background=True)
    openai_mock.webhooks.wait()
    assert said == ["The report."]


def test_an_asgi_application_takes_them(openai_mock: OpenAIMock) -> None:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    taken: list[str] = []

    async def receive(request: Request) -> Response:
        event = READER.webhooks.unwrap(await request.body(), request.headers)
        taken.append(event.type)
        return Response(status_code=204)

    openai_mock.webhooks.deliver_to(
        Starlette(routes=[Route("/hooks/openai", receive, methods=["POST"])]), "/hooks/openai"
    )
    [delivery] = openai_mock.webhooks.send("eval.run.succeeded")
    assert (taken, delivery.attempts[0].status) == (["eval.run.succeeded"], 204)


def test_a_wsgi_application_takes_them(openai_mock: OpenAIMock) -> None:
    taken: list[tuple[str, str]] = []

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        headers = {key[5:].lower().replace("_", "-"): environ[key] for key in environ if key.startswith("HTTP_WEBHOOK")}
        event = READER.webhooks.unwrap(body, headers)
        taken.append((environ["PATH_INFO"], event.type))
        start_response("202 Accepted", [])
        return [b""]

    openai_mock.webhooks.deliver_to(app, "/in?x=1")
    [delivery] = openai_mock.webhooks.send("fine_tuning.job.succeeded")
    assert (taken, delivery.attempts[0].status) == ([("/in", "fine_tuning.job.succeeded")], 202)


def test_the_response_of_a_test_client_counts(openai_mock: OpenAIMock) -> None:
    class Response:
        status_code = 418

    openai_mock.webhooks.deliver_to(lambda headers, body: Response())
    [delivery] = openai_mock.webhooks.send("batch.completed")
    assert delivery.attempts[0].status == 418


@pytest.mark.parametrize("app", [None, "http://127.0.0.1/", lambda: None, lambda one: None])
def test_what_is_no_receiver_is_refused(openai_mock: OpenAIMock, app: object) -> None:
    with pytest.raises(UsageError, match=r"deliver_to\(.*can't be"):
        openai_mock.webhooks.deliver_to(app)


def test_wrong_events_and_secrets_are_refused(openai_mock: OpenAIMock) -> None:
    with pytest.raises(UsageError, match=r"there is no event 'batch.complete'; did you mean 'batch.completed'\?"):
        openai_mock.webhooks.deliver_to(Receiver(), events=["batch.complete"])
    with pytest.raises(UsageError, match="a webhook's secret"):
        openai_mock.webhooks.deliver_to(Receiver(), secret="whsec_!")
    with pytest.raises(UsageError, match="begins with a slash"):
        openai_mock.webhooks.deliver_to(Receiver(), "hooks")


def test_who_waits_for_a_webhook_gets_it_at_once(openai_mock: OpenAIMock) -> None:
    """An application that starts something and waits until its webhook has come; the test does nothing."""
    came = threading.Event()
    openai_mock.webhooks.deliver_to(lambda headers, body: came.set(), at_once=True)

    OpenAI().responses.create(model="gpt-5", input="Write.", background=True)
    assert came.wait(5)


def test_who_waits_in_an_event_loop_gets_it_there() -> None:
    async def main() -> str:
        with mock_openai() as mock:
            came: asyncio.Future[str] = asyncio.get_running_loop().create_future()

            async def receive(headers: Mapping[str, str], body: bytes) -> None:
                came.set_result(json.loads(body)["type"])

            mock.webhooks.deliver_to(receive, at_once=True)
            async with AsyncOpenAI() as client:
                await client.responses.create(model="gpt-5", input="Write.", background=True)
                return await asyncio.wait_for(came, 5)

    assert asyncio.run(main()) == "response.completed"


def test_a_test_in_an_event_loop_waits_in_a_thread() -> None:
    async def main() -> list[str]:
        taken: list[str] = []
        loop = asyncio.get_running_loop()

        async def receive(headers: Mapping[str, str], body: bytes) -> int:
            assert asyncio.get_running_loop() is loop
            taken.append(json.loads(body)["type"])
            return 200

        with mock_openai(advance="manual") as mock:
            mock.webhooks.deliver_to(receive)
            async with AsyncOpenAI() as client:
                made = await client.responses.create(model="gpt-5", input="Write.", background=True)
            mock.responses.advance(made.id, "completed")
            assert taken == []
            with pytest.raises(UsageError, match="asyncio.to_thread"):
                mock.webhooks.wait()
            await asyncio.to_thread(mock.webhooks.wait)
        return taken

    assert asyncio.run(main()) == ["response.completed"]


def test_a_mock_ends_though_a_receiver_doesnt() -> None:
    """The thread that delivers waits for the event loop in which the mock is being closed."""

    async def main() -> None:
        with mock_openai() as mock:
            begun = threading.Event()

            async def receive(headers: Mapping[str, str], body: bytes) -> None:
                begun.set()
                await asyncio.Event().wait()

            mock.webhooks.deliver_to(receive, at_once=True)
            async with AsyncOpenAI() as client:
                await client.responses.create(model="gpt-5", input="Write.", background=True)
            await asyncio.to_thread(begun.wait)

    asyncio.run(main())


def test_a_reset_forgets_who_wanted_what(openai_mock: OpenAIMock) -> None:
    openai_mock.webhooks.deliver_to(Receiver())
    openai_mock.webhooks.send("batch.completed")
    openai_mock.reset()

    assert openai_mock.webhooks.deliveries == []
    with pytest.raises(UsageError, match="no endpoint wants"):
        openai_mock.webhooks.send("batch.completed")


def test_the_deliveries_that_are_remembered_are_bounded(
    openai_mock: OpenAIMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openai_api_mock.webhooks.outbox.KEPT", 3)
    openai_mock.webhooks.deliver_to(Receiver())
    for number in range(5):
        openai_mock.webhooks.send("batch.completed", id=f"batch_{number}")

    assert [each.event["data"]["id"] for each in openai_mock.webhooks.deliveries] == ["batch_2", "batch_3", "batch_4"]


def test_a_mock_without_webhooks_starts_no_thread(openai_mock: OpenAIMock) -> None:
    OpenAI().responses.create(model="gpt-5", input="Write.", background=True)
    assert "openai-api-mock-worker" not in {thread.name for thread in threading.enumerate()}

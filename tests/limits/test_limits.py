"""Rate limits as a client meets them."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import Any

import msgspec
import openai
import pytest

from openai_api_mock import OpenAIMock, RemoteMock, mock_openai
from openai_api_mock.durations import written
from openai_api_mock.limits.refusals import TOO_MANY_QUEUED
from openai_api_mock.options import options_from
from openai_api_mock.server.loopback import Loopback
from openai_api_mock.wire import Reply, Request, Stream

from ..conftest import MakeWay, Way, chat

NEWEST = openai.VERSION.startswith("3.")


def ask(way: Way, **arguments: Any) -> Any:
    """A call that isn't tried again: its headers, or the error."""
    try:
        return way.do(
            lambda client: client.with_options(max_retries=0).chat.completions.with_raw_response.create(
                **chat(**arguments)
            )
        ).headers
    except openai.APIStatusError as error:
        return error


def limited(headers: Any) -> dict[str, str]:
    return {name[12:]: value for name, value in headers.items() if name.startswith("x-ratelimit-")}


def test_every_reply_tells_what_is_left_in_the_apis_formats(make_way: MakeWay) -> None:
    way = make_way(limits="rpm=500,tpm=30000", clock="frozen")
    assert limited(ask(way, content="x" * 400)) == {
        "limit-requests": "500", "remaining-requests": "499", "reset-requests": "120ms",
        "limit-tokens": "30000", "remaining-tokens": "29900", "reset-tokens": "200ms",
    }  # fmt: skip
    told = limited(ask(way, max_tokens=25_000))
    assert (told["remaining-tokens"], told["reset-tokens"]) == ("4900", "50.2s")


def test_a_days_limit_is_what_the_headers_tell(make_way: MakeWay) -> None:
    way = make_way(limits="rpm=500,rpd=10000", clock="frozen")
    told = limited(ask(way))
    assert (told["limit-requests"], told["remaining-requests"], told["reset-requests"]) == ("10000", "9999", "8.64s")


def test_beyond_a_limit_calls_get_the_apis_429_until_the_time_it_tells_is_over(make_way: MakeWay) -> None:
    way = make_way(limits="rpm=3", clock="frozen")
    assert all("x-request-id" in ask(way) for _ in range(3))
    error = ask(way)

    assert isinstance(error, openai.RateLimitError)
    assert (error.type, error.code, error.param) == ("requests", "rate_limit_exceeded", None)
    assert error.body["message"] == (  # type: ignore[index]  # as recorded
        "Rate limit reached for gpt-4o in organization org-openai-api-mock on requests per min (RPM): Limit 3, Used 3, "
        "Requested 1. Please try again in 20s. Visit https://platform.openai.com/account/rate-limits to learn more."
    )
    headers = error.response.headers
    assert headers["retry-after"] == "20"
    assert (headers["x-ratelimit-remaining-requests"], headers["x-ratelimit-reset-requests"]) == ("0", "1m0s")

    way.mock.clock.advance(19.999)
    assert ask(way).code == "rate_limit_exceeded"
    way.mock.clock.advance(0.001)
    assert "x-request-id" in ask(way)
    assert ask(way).code == "rate_limit_exceeded"


def test_tokens_are_limited_by_what_a_call_may_need_as_recorded(make_way: MakeWay) -> None:
    way = make_way(limits="tpm=30000", clock="frozen")
    ask(way, max_tokens=14_567)
    error = ask(way, max_tokens=24_754)
    assert (error.type, error.code) == ("tokens", "rate_limit_exceeded")
    assert (
        "on tokens per min (TPM): Limit 30000, Used 14567, Requested 24754. Please try again in 18.642s."
        in error.message
    )
    assert (error.response.headers["retry-after-ms"], error.response.headers["retry-after"]) == ("18642", "19")

    large = ask(way, max_tokens=31_538)
    assert "Request too large for gpt-4o" in large.message
    assert "Limit 30000, Requested 31538. The input or output tokens must be reduced" in large.message
    assert "retry-after" not in large.response.headers


def test_each_model_has_its_own_and_who_is_counted_together_can_be_chosen(make_way: MakeWay) -> None:
    way = make_way(limits={"gpt-4o": {"rpm": 1}, "rpm": 2, "per": "project"}, clock="frozen")

    def codes(*models: str, project: str) -> list[str | None]:
        given = ({"model": model, "extra_headers": {"OpenAI-Project": project}} for model in models)
        return [getattr(ask(way, **arguments), "code", None) for arguments in given]

    refused = "rate_limit_exceeded"
    assert codes("gpt-4o", "gpt-4o-2024-08-06", "gpt-5", "gpt-5", "gpt-5", project="a") == [
        None, refused, None, None, refused,
    ]  # fmt: skip
    assert codes("gpt-4o", "gpt-4o", project="b") == [None, refused]


def test_a_quota_is_spent_for_good(make_way: MakeWay) -> None:
    way = make_way(limits={"quota": 2}, clock="frozen")
    assert [getattr(ask(way), "code", None) for _ in range(2)] == [None, None]
    way.mock.clock.advance(1e6)
    error = ask(way)
    assert (error.status_code, error.type, error.code) == (429, "insufficient_quota", "insufficient_quota")

    way.mock.limit({"quota_tokens": 20, "exhausted": "credit_balance_exhausted"})
    way.mock.always.reply("Ten tokens or so, and a few more.")
    assert [getattr(ask(way), "code", None) for _ in range(3)][-1] == "credit_balance_exhausted"
    way.mock.limit(None)
    assert ask(way)["x-ratelimit-limit-requests"] == "10000"


def test_lists_and_what_is_scripted_as_an_endpoint_are_not_limited(make_way: MakeWay) -> None:
    way = make_way(limits="rpm=1", clock="frozen")
    ask(way)
    assert way.call("models.list").data
    assert ask(way).code == "rate_limit_exceeded"


def test_a_call_that_is_refused_for_want_of_a_parameter_counts_and_one_beyond_the_limit_does_not(
    make_way: MakeWay,
) -> None:
    way = make_way(limits="rpm=2", clock="frozen")
    assert ask(way, temperature=7).code == "decimal_above_max_value"
    told = limited(ask(way))
    assert told["remaining-requests"] == "0"
    for _ in range(5):
        ask(way)
    way.mock.clock.advance(30)
    assert "x-request-id" in ask(way)


def test_streams_and_responses_are_limited_too(make_way: MakeWay) -> None:
    way = make_way(limits="rpm=2", clock="frozen")
    assert way.chat(stream=True)
    assert way.call("responses.create", model="gpt-4o", input="hi").output_text
    assert "Used 2, Requested 1" in ask(way).message


def test_azure_tells_its_resets_in_whole_seconds() -> None:
    with mock_openai(limits="rpm=60,tpm=1000", clock="frozen"):
        client = openai.AzureOpenAI(
            azure_endpoint="https://me.openai.azure.com", api_key="k", api_version="2024-10-21", max_retries=0
        )
        told = limited(client.chat.completions.with_raw_response.create(**chat()).headers)
        assert (told["reset-requests"], told["reset-tokens"], told["limit-requests"]) == ("1", "1", "60")
        for _ in range(59):
            client.chat.completions.create(**chat())
        with pytest.raises(openai.RateLimitError, match="Please retry after 1 second") as caught:
            client.chat.completions.create(**chat())
    assert caught.value.response.headers["x-ratelimit-reset-requests"] == "60"


# At the same time


def handle(mock: OpenAIMock, **arguments: Any) -> Reply:
    """What the engine says to a request, before anybody waits for it."""
    headers, body = {"content-type": "application/json"}, msgspec.json.encode(chat("hi", **arguments))
    reply = mock._engine.handle(Request("POST", "/chat/completions", "", headers, body))
    assert isinstance(reply, Reply)
    return reply


def test_calls_beyond_the_concurrency_are_refused_as_overloaded_until_a_stream_is_over() -> None:
    with mock_openai(limits="max_concurrency=1", clock="manual", chunk_delay=10) as mock:
        stream = handle(mock, stream=True).body
        assert isinstance(stream, Stream)
        assert stream.times
        assert handle(mock).status == 503
        mock.clock.advance(stream.times[-1] - 0.01)
        assert handle(mock).status == 503
        mock.clock.advance(0.01)
        assert handle(mock).status == 200


def test_calls_beyond_the_concurrency_wait_for_their_turn_where_they_queue() -> None:
    with mock_openai(limits="max_concurrency=2,beyond=queue", clock="manual", latency=10) as mock:
        assert [handle(mock).delay for _ in range(5)] == [10, 10, 20, 20, 30]
        mock.clock.advance(25)
        assert handle(mock).delay == 10


def test_an_answer_that_is_still_awaited_and_one_that_failed_or_was_given_up_are_counted_rightly() -> None:
    async def main() -> None:
        with mock_openai(limits="max_concurrency=1") as mock:
            asked, answer = asyncio.Event(), asyncio.Event()

            async def slowly(call: Any) -> str:
                asked.set()
                await answer.wait()
                return "There."

            def broken(call: Any) -> str:
                raise ValueError("broken")

            async with openai.AsyncOpenAI(max_retries=0) as client:
                mock.reply(slowly, times=2)
                waiting = asyncio.create_task(client.chat.completions.create(**chat()))
                await asked.wait()
                with pytest.raises(openai.InternalServerError, match="overloaded"):
                    await client.chat.completions.create(**chat())
                waiting.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await waiting

                answer.set()
                assert (await client.chat.completions.create(**chat())).choices[0].message.content == "There."
                mock.reply(broken)
                with pytest.raises(Exception, match="broken"):
                    await client.chat.completions.create(**chat())
                assert await client.chat.completions.create(**chat())

    asyncio.run(main())


# Batches, and while running


def test_batches_queue_until_their_tokens_reach_the_limit() -> None:
    with mock_openai(limits="batch=2000000") as mock:
        limits, request = mock._engine.limits, Request("POST", "/batches")
        assert limits.enqueue(request, "batch_1", "gpt-4o-mini", 1_500_000) is None
        assert limits.enqueue(request, "batch_2", "gpt-4o", 1_500_000) is None
        assert limits.enqueue(request, "batch_3", "gpt-4o-mini", 600_000) == (
            "Enqueued token limit reached for gpt-4o-mini in organization org-openai-api-mock. Limit: 2,000,000 "
            "enqueued tokens. Please try again once some in_progress batches have been completed."
        )
        limits.dequeue("batch_1")
        assert limits.enqueue(request, "batch_3", "gpt-4o-mini", 600_000) is None
        mock.limit(None)
        assert limits.enqueue(request, "batch_4", "gpt-4o-mini", 10**9) is None
    assert TOO_MANY_QUEUED == "token_limit_exceeded"


@pytest.mark.skipif(not NEWEST, reason="the control API doesn't depend on the SDK")
def test_a_servers_limits_are_set_and_seen_while_it_runs() -> None:
    with ExitStack() as stack:
        mock = OpenAIMock(options_from({"clock": "frozen"}))
        loopback = Loopback(mock.engine)
        stack.callback(loopback.stop)
        remote = RemoteMock(loopback.url())
        client = stack.enter_context(openai.OpenAI(**remote.client_options, max_retries=0))
        assert remote.limits() == []
        remote.limit({"gpt-4o": {"rpm": 1}})
        client.chat.completions.create(**chat())
        with pytest.raises(openai.RateLimitError):
            client.chat.completions.create(**chat())
        assert remote.limits() == [
            {"who": "", "model": "gpt-4o", "limit": "rpm", "of": 1, "used": 1, "reset_after": 60.0}
        ]
        with pytest.raises(Exception, match="there is no 'rmp'"):
            remote.limit("rmp=1")
        remote.reset()
        client.chat.completions.create(**chat())


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(0, "0s"), (6, "6ms"), (999, "999ms"), (1000, "1s"), (18642, "18.642s"), (43_200, "43.2s"), (60_000, "1m0s"),
     (360_000, "6m0s"), (432_000, "7m12s"), (252_172, "4m12.172s"), (3_723_000, "1h2m3s"), (3_600_000, "1h0m0s")],
)  # fmt: skip
def test_durations_are_written_as_the_api_does(milliseconds: int, text: str) -> None:
    assert written(milliseconds) == text

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

import openai
import pytest

from openai_api_mock import UsageError, mock_openai
from openai_api_mock.wire import Reply, Request

from ..conftest import MakeWay, Way, chat


def fates(way: Way, numbers: Iterable[int]) -> list[str]:
    """What becomes of a call with each of the numbers in it, tried once."""
    return [fate(way, str(number)) for number in numbers]


def fate(way: Way, text: str) -> str:
    embedding = {"model": "text-embedding-3-small", "input": text}
    try:
        way.do(lambda client: client.with_options(max_retries=0).embeddings.create(**embedding))
    except openai.APIStatusError as error:
        return f"{error.status_code} {error.body['message']}"  # type: ignore[index]
    return "200"


def test_a_share_of_calls_fails_by_the_apis_transient_errors_the_same_for_the_same_seed(make_way: MakeWay) -> None:
    way = make_way(include_errors=0.3, seed=1)
    said = fates(way, range(200))
    failed = [fate for fate in said if fate != "200"]

    assert 40 <= len(failed) <= 80  # 60 are expected; 20 more or less is three deviations
    assert {fate[:3] for fate in failed} == {"429", "500", "503"}
    assert any(fate.startswith("429 Rate limit reached for text-embedding-3-small in organization") for fate in said)
    assert "500 The server had an error while processing your request. Sorry about that!" in failed
    way.mock.seed(1)
    assert fates(way, range(200)) == said
    way.mock.seed(2)
    assert fates(way, range(200)) != said


def test_which_calls_fail_does_not_depend_on_their_order(make_way: MakeWay) -> None:
    way = make_way(include_errors=0.5, seed=1)
    there = fates(way, range(30))
    way.mock.seed(1)
    assert fates(way, range(29, -1, -1))[::-1] == there


def test_what_is_scripted_is_for_the_first_try_that_does_not_fail(make_way: MakeWay) -> None:
    way = make_way(include_errors=0.95)
    way.mock.reply("said once")
    said = None
    while said is None:
        with suppress(openai.APIStatusError):
            said = way.do(lambda client: client.with_options(max_retries=0).chat.completions.create(**chat()))
    assert said.choices[0].message.content == "said once"
    assert {call.status for call in way.mock.calls[:-1]} <= {429, 500, 503}
    assert len(way.mock.calls) > 1
    way.mock.assert_all_used()


def test_a_rate_limit_says_when_to_come_back() -> None:
    with mock_openai(include_errors=1) as mock:
        replies = [mock.engine.handle(Request("GET", "/v1/models")) for _ in range(30)]
    limited = next(reply for reply in replies if isinstance(reply, Reply) and reply.status == 429)
    headers = dict(limited.headers)
    assert (headers["retry-after-ms"], headers["retry-after"]) == ("6", "1")
    assert (headers["x-ratelimit-remaining-requests"], headers["x-ratelimit-reset-requests"]) == ("0", "6ms")
    assert all(isinstance(reply, Reply) and reply.status in (429, 500, 503) for reply in replies)


@pytest.mark.parametrize("share", [-0.1, 1.1, True, "often"])
def test_a_share_that_cannot_be_is_told(share: object) -> None:
    with pytest.raises(UsageError, match="the share of calls that fail, from 0 to 1: 0.05 is one in twenty"):
        mock_openai(include_errors=share)

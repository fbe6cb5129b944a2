"""Eight clients, each of which asks as often as it can, for a minute or a day of simulated time: those that are counted
together never get more than their limit in any window, nor less than 99 % of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, NamedTuple

import openai
import pytest

from openai_api_mock import ManualClock
from openai_api_mock.mock import OpenAIMock
from openai_api_mock.options import options_from
from openai_api_mock.server.loopback import Loopback

from ..conftest import chat

MINUTE, DAY = 60, 86_400
TOKENS = 100
"""Those that each call may need."""
STEPS = (1, 7, 2, 5, 3, 9, 4, 8, 6, 10, 5)
"""Sixtieths of a period after which all ask again: uneven, and a whole period together."""


class Crowd(NamedTuple):
    clock: ManualClock
    clients: Sequence[openai.OpenAI]
    models: Sequence[str]
    """The model that each of them asks."""


@pytest.fixture(params=["in process", "server"])
def make_crowd(request: pytest.FixtureRequest) -> Iterator[Callable[[str, str, str], Crowd]]:
    """Makes eight clients of a mock with these limits, of which those with the same letter are counted together, since
    they have the same organization, project, key or model."""
    with ExitStack() as stack:

        def make(limits: str, per: str, letters: str) -> Crowd:
            clock = ManualClock()
            mock = OpenAIMock(options_from({"clock": clock, "limits": limits}))
            stack.callback(mock.close)
            where: dict[str, Any] = {}
            if request.param == "server":
                loopback = Loopback(mock.engine)
                stack.callback(loopback.stop)
                where = {"base_url": loopback.url() + "/v1"}
            else:
                mock.start()
            named = {"organization": "organization", "project": "project", "key": "api_key"}.get(per)
            told = [{"api_key": "sk-all", **where, **({named: f"sk-{letter}"} if named else {})} for letter in letters]
            clients = [stack.enter_context(openai.OpenAI(max_retries=0, **arguments)) for arguments in told]
            return Crowd(clock, clients, [f"model-{letter}" if per == "model" else "gpt-4o" for letter in letters])

        yield make


def ask_until_refused(client: openai.OpenAI, model: str) -> int:
    """How many calls were answered."""
    for count in range(1000):
        try:
            client.chat.completions.create(**chat("hi", model=model, max_tokens=TOKENS))
        except openai.RateLimitError:
            return count
    raise AssertionError("nobody is refused")


def hammer(crowd: Crowd, steps: Sequence[float]) -> list[list[float]]:
    """Let all ask at the same time, before the first step and after each; when the calls of each were answered, in
    seconds since then."""
    now = 0.0
    answered: list[list[float]] = [[] for _ in crowd.clients]
    with ThreadPoolExecutor(len(crowd.clients)) as pool:
        for step in (0, *steps):
            now += step
            crowd.clock.advance(step)
            for times, count in zip(answered, pool.map(ask_until_refused, crowd.clients, crowd.models), strict=True):
                times += [now] * count
    return answered


def most_in_any(times: Sequence[float], period: float) -> int:
    return max(sum(start <= at < start + period for at in times) for start in times)


@pytest.mark.parametrize("counting", ["window", "bucket"])
@pytest.mark.parametrize(
    ("limit", "most", "period", "per", "letters"),
    [
        ("rpm=120", 120, MINUTE, "organization", "aaaaaaaa"),
        ("tpm=12000", 12_000 // TOKENS, MINUTE, "project", "aaaabbbb"),
        ("rpd=60", 60, DAY, "key", "aaaabbbb"),
        ("rpm=60,rpd=10000,tpm=1000000", 60, MINUTE, "model", "aaaabbbb"),
    ],
)
def test_eight_clients_get_the_limit_in_every_window_and_no_more(
    make_crowd: Callable[[str, str, str], Crowd],
    counting: str,
    limit: str,
    most: int,
    period: int,
    per: str,
    letters: str,
) -> None:
    counted = "" if per == "model" else f",per={per}"
    crowd = make_crowd(f"{limit},counting={counting}{counted}", per, letters)
    answered = hammer(crowd, [step * period / 60 for step in STEPS] * 2)
    for letter in set(letters):
        own = zip(letters, answered, strict=True)
        times = sorted(at for whose, of_one in own if whose == letter for at in of_one)
        if counting == "window":  # it holds from the first call on
            periods = [[at for at in times if begin <= at < begin + period] for begin in (0, period)]
        else:  # the whole limit at once, of a bucket that was empty; from then on it holds too
            assert sum(at == 0 for at in times) == most
            assert most_in_any(times, period) <= 2 * most
            times = [at for at in times if at > 0]
            periods = [[at for at in times if begin < at <= begin + period] for begin in (0, period)]
        assert most_in_any(times, period) <= most
        assert all(0.99 * most <= len(each) <= most for each in periods)

"""What the SDK does about failures, through the mock: how often it tries again, and how long it waits.

The SDK sleeps by itself (openai 3.54, _base_client.py: `time.sleep`, `anyio.sleep`). Its sleeps are noted here, and let
the mock's clock advance instead, so that a wait of two minutes takes none.
"""

from __future__ import annotations

import time
import types
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import anyio
import openai
import pytest
from openai import _base_client

from openai_api_mock.clock import NEW_YEAR, FrozenClock
from openai_api_mock.errors import APIError

from .conftest import MakeWay, Way, chat

RELEASE = int(openai.VERSION.partition(".")[0])
LONGEST = 120 if RELEASE >= 2 else 60
"""Seconds that the SDK waits at most when it is told to."""

Waits = list[float]
Headers = dict[str, str]

USUAL = [(0.375, 0.5), (0.75, 1.0), (1.5, 2.0), (3.0, 4.0), (6.0, 8.0), (6.0, 8.0)]
"""Between how many seconds it waits before each further try when nobody tells it: min(0.5 * 2 ** n, 8), less up to a
fourth."""


class Module(types.SimpleNamespace):
    """A module with some names of its own."""

    def __init__(self, real: types.ModuleType, **own: Any) -> None:
        super().__init__(**own)
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_real"], name)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch, clock: FrozenClock) -> Waits:
    """How long the SDK waits: noted, and let pass on the mock's clock."""
    noted: Waits = []

    def sleep(seconds: float) -> None:
        noted.append(seconds)
        clock.advance(seconds)

    async def sleep_async(seconds: float) -> None:
        sleep(seconds)

    monkeypatch.setattr(_base_client, "time", Module(time, sleep=sleep, time=clock.time))
    monkeypatch.setattr(_base_client, "anyio", Module(anyio, sleep=sleep_async))
    return noted


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


def failing(status: int, headers: Headers) -> Callable[[object], APIError]:
    return lambda call: APIError(status, "Not now.", headers=tuple(headers.items()))


def asked(way: Way, retries: int | None = None) -> tuple[int, list[str]]:
    """Ask; the status that came in the end, and what each try said of how many went before."""
    try:
        way.do(lambda client: client.with_options(**_retries(retries)).chat.completions.create(**chat()))
        status = 200
    except openai.APIStatusError as error:
        status = error.status_code
    (call,) = way.mock.calls
    counts = [attempt.headers["x-stainless-retry-count"] for attempt in call.attempts]
    assert [attempt.status for attempt in call.attempts][-1] == status
    return status, counts


def _retries(retries: int | None) -> dict[str, int]:
    return {} if retries is None else {"max_retries": retries}


@pytest.mark.parametrize(
    ("status", "tries"),
    [(400, 1), (401, 1), (403, 1), (404, 1), (408, 3), (409, 3), (413, 1), (422, 1), (429, 3), (500, 3), (502, 3),
     (503, 3), (504, 3), (529, 3)],
)  # fmt: skip
def test_these_statuses_are_tried_three_times_in_all_and_the_others_once(
    make_way: MakeWay, clock: FrozenClock, waits: Waits, status: int, tries: int
) -> None:
    way = make_way(clock=clock)
    way.mock.always.reply(failing(status, {}))
    assert asked(way) == (status, ["0", "1", "2"][:tries])
    assert len(waits) == tries - 1
    assert all(least <= wait <= most for wait, (least, most) in zip(waits, USUAL, strict=False))
    assert [attempt.at for attempt in way.mock.calls.last.attempts] == pytest.approx(
        [NEW_YEAR + sum(waits[:number]) for number in range(tries)]
    )


def test_waits_double_up_to_eight_seconds_as_long_as_tries_are_left(
    make_way: MakeWay, clock: FrozenClock, waits: Waits
) -> None:
    way = make_way(clock=clock)
    way.mock.reply(failing(503, {}), times=6)
    way.mock.reply("There.")
    assert asked(way, retries=6) == (200, [str(number) for number in range(7)])
    assert len(waits) == len(USUAL)
    assert all(least <= wait <= most for wait, (least, most) in zip(waits, USUAL, strict=True))


@pytest.mark.parametrize("fault", ["connection_refused", "connection_reset", "empty_response", "hang"])
def test_a_connection_that_fails_and_an_answer_that_never_comes_are_tried_three_times_in_all(
    make_way: MakeWay, clock: FrozenClock, waits: Waits, fault: str
) -> None:
    way = make_way(clock=clock)
    way.mock.fault(fault, times=4)
    with pytest.raises(openai.APIConnectionError):
        way.do(lambda client: client.with_options(timeout=0.5).chat.completions.create(**chat()))
    assert len(waits) == 2
    assert all(least <= wait <= most for wait, (least, most) in zip(waits, USUAL, strict=False))
    (call,) = way.mock.calls
    assert [attempt.headers["x-stainless-retry-count"] for attempt in call.attempts] == ["0", "1", "2"]
    assert [str(*attempt.faults) for attempt in call.attempts] == [fault] * 3

    way.do(lambda client: client.with_options(timeout=0.5).chat.completions.create(**chat()))
    assert len(waits) == 3
    assert [attempt.status for attempt in way.mock.calls.last.attempts] == [0, 200]


ONE = {"retry-after": "1"}
TOLD: list[Any] = [
    # what the server says: what the SDK waits; None: as usual; "none": it doesn't try again
    (ONE, 1.0),
    ({"retry-after": "0.25"}, 0.25),
    ({"retry-after-ms": "250"}, 0.25),
    ({"retry-after-ms": "1.5", **ONE}, 0.0015),
    ({"retry-after-ms": "soon", **ONE}, 1.0),
    ({"retry-after": formatdate(NEW_YEAR + 30, usegmt=True)}, 30.0),
    ({"retry-after": formatdate(NEW_YEAR - 30, usegmt=True)}, None),
    ({"retry-after": "0"}, None),
    ({"retry-after": "-1"}, None),
    ({"retry-after": "nan"}, None),
    ({"retry-after": "later"}, None),
    ({"retry-after": str(LONGEST)}, float(LONGEST)),
    ({"retry-after": formatdate(NEW_YEAR + LONGEST, usegmt=True)}, float(LONGEST)),
    ({"retry-after": str(LONGEST + 1)}, "none" if RELEASE >= 2 else None),
    ({"retry-after-ms": str(1000 * LONGEST + 1)}, "none" if RELEASE >= 2 else None),
    ({"x-should-retry": "false"}, "none"),
    ({"x-should-retry": "false", **ONE}, "none"),
    ({"x-should-retry": "true", **ONE}, 1.0),
    ({"x-should-retry": "perhaps", **ONE}, 1.0),
]


@pytest.mark.parametrize(("headers", "waited"), TOLD, ids=lambda value: str(value))
def test_the_sdk_waits_as_it_is_told(
    make_way: MakeWay, clock: FrozenClock, waits: Waits, headers: Headers, waited: Any
) -> None:
    way = make_way(clock=clock)
    way.mock.reply(failing(429, headers))
    way.mock.reply("There.")
    if waited == "none":
        assert asked(way) == (429, ["0"])
        assert waits == []
        return
    assert asked(way) == (200, ["0", "1"])
    least, most = USUAL[0] if waited is None else (waited, waited)
    assert len(waits) == 1
    assert least <= waits[0] <= most


@pytest.mark.parametrize(
    ("fault", "waited"),
    [
        ("rate_limit:retry_after=0.25", 0.25),
        ("overloaded:retry_after=7", 7.0),
        ("token_limit:retry_after=0.25,retry_after_as=seconds", 0.25),
        ("server_error:retry_after=1.5,retry_after_as=ms", 1.5),
        ("bad_gateway:retry_after=30,retry_after_as=date", 30.0),
        ("gateway_timeout:retry_after=0,retry_after_as=date", None),
        ("request_timeout", None),
        ("conflict", None),
        ("status:code=400,should_retry=true,retry_after=2", 2.0),
        ("status:code=529", None),
        ("insufficient_quota", None),
        ("insufficient_quota:should_retry=false", "none"),
        ("server_error:should_retry=false,retry_after=1", "none"),
        ("unauthorized:retry_after=1", "none"),
    ],
)
def test_the_sdk_waits_as_a_fault_tells_it(
    make_way: MakeWay, clock: FrozenClock, waits: Waits, fault: str, waited: Any
) -> None:
    way = make_way(clock=clock, faults=f"{fault}{',' if ':' in fault else ':'}times=1")
    status, counts = asked(way)
    if waited == "none":
        assert (counts, waits) == (["0"], [])
        return
    least, most = USUAL[0] if waited is None else (waited, waited)
    assert (status, counts, len(waits)) == (200, ["0", "1"], 1)
    assert least <= waits[0] <= most


@pytest.mark.parametrize("status", [400, 404, 422])
def test_what_is_never_tried_again_is_if_the_server_says_so(
    make_way: MakeWay, clock: FrozenClock, waits: Waits, status: int
) -> None:
    way = make_way(clock=clock)
    way.mock.reply(failing(status, {"x-should-retry": "true", "retry-after": "2"}), times=2)
    way.mock.reply("There.")
    assert asked(way) == (200, ["0", "1", "2"])
    assert waits == [2.0, 2.0]


def test_the_sdk_gets_through_a_rate_limit_by_waiting_as_it_is_told(
    make_way: MakeWay, clock: FrozenClock, waits: Waits
) -> None:
    way = make_way(clock=clock, limits="rpm=3,tpm=1000")
    for _ in range(5):
        way.chat(max_tokens=10)
    assert waits == [20.0, 20.0]
    way.chat(max_tokens=1000)
    assert waits == [20.0, 20.0, 20.0]  # of both limits that are used up, it is told the longer wait
    assert [attempt.status for attempt in way.mock.calls.last.attempts] == [429, 200]


def test_a_days_limit_is_beyond_what_the_sdk_waits_for(make_way: MakeWay, clock: FrozenClock, waits: Waits) -> None:
    way = make_way(clock=clock, limits="rpd=200")
    way.mock.limit({"rpd": 1})
    way.chat()
    with pytest.raises(openai.RateLimitError, match="Please try again in 24h0m0s"):
        way.chat()
    assert len(waits) == (0 if RELEASE >= 2 else 2)

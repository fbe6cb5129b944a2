"""How use is counted: laws of the bucket and of the window."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_api_mock.limits.bucket import TICKS, Bucket, Gauge, Window

MINUTE = 60 * TICKS

# What is asked, and how long after the one before: ticks, and shares of the limit in thousandths.
Steps = list[tuple[int, int]]
steps = st.lists(st.tuples(st.integers(0, 5 * TICKS), st.integers(1, 1000)), max_size=150)
limits = st.integers(1, 100_000)


def let_in(gauge: Gauge, steps: Steps) -> list[tuple[int, int]]:
    """When how much was let in."""
    now, taken = 0, []
    for after, share in steps:
        now += after
        amount = max(1, gauge.limit * share // 1000)
        if gauge.wait(now, amount) == 0:
            gauge.take(now, amount)
            taken.append((now, amount))
    return taken


def most_in_any(taken: list[tuple[int, int]], ticks: int) -> int:
    """The most that was let in within so many ticks, the last one excluded."""
    return max((sum(n for at, n in taken if start <= at < start + ticks) for start, _ in taken), default=0)


@given(limits, steps)
def test_a_window_never_lets_in_more_than_the_limit_in_any_minute(limit: int, steps: Steps) -> None:
    assert most_in_any(let_in(Window(limit, 60), steps), MINUTE) <= limit


@given(limits, steps, st.integers(1, 3 * MINUTE))
def test_a_bucket_lets_in_the_limit_and_what_leaked_meanwhile_and_no_more(limit: int, steps: Steps, ticks: int) -> None:
    assert most_in_any(let_in(Bucket(limit, 60), steps), ticks) <= limit + limit * ticks // MINUTE


@given(st.integers(1, 1_000), st.integers(TICKS // 4, TICKS))
def test_who_always_asks_gets_all_that_leaks(limit: int, every: int) -> None:
    bucket, got = Bucket(limit, 60), 0
    bucket.take(0, limit)
    for now in range(0, MINUTE + every, every):
        while bucket.wait(now, 1) == 0:
            bucket.take(now, 1)
            got += 1
    assert limit <= got <= limit * (MINUTE + every) // MINUTE


@pytest.mark.parametrize("kind", [Bucket, Window])
@given(limit=limits, steps=steps, share=st.integers(1, 1000))
def test_a_wait_is_long_enough(kind: type[Bucket] | type[Window], limit: int, steps: Steps, share: int) -> None:
    gauge, amount = kind(limit, 60), max(1, limit * share // 1000)
    let_in(gauge, steps)
    now = sum(after for after, _ in steps)
    wait = gauge.wait(now, amount)
    assert gauge.wait(now + wait, amount) == 0
    assert wait <= MINUTE


@given(limits, steps)
def test_a_windows_wait_is_no_longer_than_it_must_be(limit: int, steps: Steps) -> None:
    window = Window(limit, 60)
    let_in(window, steps)
    now = sum(after for after, _ in steps)
    wait = window.wait(now, limit)
    assert wait == 0 or window.wait(now + wait - 1, limit) == 1


@pytest.mark.parametrize("kind", [Bucket, Window])
@given(limit=limits, steps=steps)
def test_after_the_reset_nothing_is_used(kind: type[Bucket] | type[Window], limit: int, steps: Steps) -> None:
    gauge = kind(limit, 60)
    let_in(gauge, steps)
    now = sum(after for after, _ in steps)
    reset = gauge.reset(now)
    assert 0 <= gauge.used(now) <= limit
    assert (reset == 0) is (gauge.used(now) == 0)
    assert gauge.used(now + int(reset) + 1) == 0


def test_a_bucket_counts_as_the_api_was_recorded_to() -> None:
    bucket = Bucket(30_000, 60)
    bucket.take(0, 14_567)
    assert bucket.wait(0, 24_754) == 18.642 * TICKS

    requests = Bucket(200, 86_400)
    for number in range(200):
        requests.take(number, 1)
    assert (requests.used(200), requests.wait(200, 1)) == (200, 432 * TICKS)

    tokens = Bucket(10_000, 60)
    tokens.take(0, 519)
    assert tokens.reset(0) == pytest.approx(3.114 * TICKS)

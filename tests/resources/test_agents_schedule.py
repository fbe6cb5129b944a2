"""When cron expressions are due, against a reading of each minute by itself."""

from __future__ import annotations

from datetime import datetime, timezone
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_api_mock.resources.agents_schedule import Schedule

START = datetime(2026, 1, 1, tzinfo=timezone.utc).timestamp()
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")


def field(least: int, most: int) -> st.SearchStrategy[tuple[str, frozenset[int]]]:
    """A field's text, and the numbers that it means."""

    def some(numbers: list[int]) -> tuple[str, frozenset[int]]:
        return ",".join(map(str, numbers)), frozenset(numbers)

    def span(ends: list[int]) -> tuple[str, frozenset[int]]:
        return f"{min(ends)}-{max(ends)}", frozenset(range(min(ends), max(ends) + 1))

    def steps(step: int) -> tuple[str, frozenset[int]]:
        return f"*/{step}", frozenset(range(least, most + 1, step))

    number = st.integers(least, most)
    return st.one_of(
        st.just(("*", frozenset(range(least, most + 1)))),
        st.lists(number, min_size=1, max_size=3, unique=True).map(some),
        st.lists(number, min_size=2, max_size=2).map(span),
        st.integers(1, 7).map(steps),
    )


@settings(max_examples=100, deadline=None)
@given(
    minute=field(0, 59), hour=field(0, 23), day=field(1, 31), weekday=field(0, 6), zone=st.sampled_from(ZONES),
    begin=st.integers(0, 365 * 24 * 60),
)  # fmt: skip
def test_it_is_due_in_exactly_those_minutes(
    minute: tuple[str, frozenset[int]],
    hour: tuple[str, frozenset[int]],
    day: tuple[str, frozenset[int]],
    weekday: tuple[str, frozenset[int]],
    zone: str,
    begin: int,
) -> None:
    schedule = Schedule(f"{minute[0]} {hour[0]} {day[0]} * {weekday[0]}", zone)
    at = START + 60 * begin
    either = not (day[0].startswith("*") or weekday[0].startswith("*"))

    def is_due(time: float) -> bool:
        local = datetime.fromtimestamp(time, ZoneInfo(zone))
        if local.fold:  # an hour that comes twice counts once
            return False
        days = (local.day in day[1], local.isoweekday() % 7 in weekday[1])
        return local.minute in minute[1] and local.hour in hour[1] and (any(days) if either else all(days))

    three_days = [at + 60 * number for number in range(1, 3 * 24 * 60)]
    expected = [time for time in three_days if is_due(time)]
    found = [time for time in islice(schedule.after(at), len(expected) + 1) if time <= three_days[-1]]
    assert found == expected


@pytest.mark.parametrize(
    ("expression", "first"),
    [
        ("0 0 29 2 *", "2028-02-29"),
        ("0 0 * jan mon", "2026-01-05"),
        ("0 0 1 7 *", "2026-07-01"),
        ("0 0 * * 7", "2026-01-04"),
    ],
)
def test_names_sundays_and_days_that_come_seldom(expression: str, first: str) -> None:
    found = next(Schedule(expression, "UTC").after(START))
    assert datetime.fromtimestamp(found, timezone.utc).date().isoformat() == first


@pytest.mark.parametrize(
    "expression", ["", "* * * *", "a * * * *", "*/0 * * * *", "5-1 * * * *", "* 24 * * *", "* * 0 * *"]
)
def test_what_means_nothing_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match="field|number|step|from"):
        Schedule(expression, "UTC")

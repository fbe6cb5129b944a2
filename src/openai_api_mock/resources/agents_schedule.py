"""When a periodic automation is due: "a standard five-field cron expression", says the SDK's docstring, in "the IANA
timezone used to interpret" it (openai 3.54, resources/beta/agents/automations)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    (0, 7, {name: number for number, name in enumerate(_DAYS)}),
)
"""Minute, hour, day of the month, month, day of the week: least, most, and names. Sunday is 0, and 7."""
HORIZON = 366 * 8
"""Days in which any date comes that ever does: the 29th of February may be as far away."""


class Schedule:
    """What an expression means. Raises ValueError where it means nothing."""

    def __init__(self, expression: str, timezone: str) -> None:
        fields = expression.split()
        if len(fields) != len(_FIELDS):
            raise ValueError(f"a cron expression has five fields, not {len(fields)}")
        read = [_numbers(field, *bounds) for field, bounds in zip(fields, _FIELDS, strict=True)]
        self._minutes, self._hours, self._days, self._months, weekdays = read
        self._weekdays = {number % 7 for number in weekdays}
        # As cron has it: where both are restricted, one of them is enough.
        self._either = not (fields[2].startswith("*") or fields[4].startswith("*"))
        try:
            self._zone = ZoneInfo(timezone)
        except (KeyError, OSError, ValueError):
            raise ValueError(f"there is no timezone {timezone!r}") from None

    def after(self, at: float) -> Iterator[int]:
        """The times after one, in seconds since the epoch, for as many years as any takes to come."""
        first = datetime.fromtimestamp(at, self._zone).date()
        for day in (first + timedelta(days=number) for number in range(HORIZON)):
            if self._has(day):
                yield from (time for time in self._times(day) if time > at)

    def _has(self, day: date) -> bool:
        by_day, by_week = day.day in self._days, day.isoweekday() % 7 in self._weekdays
        return day.month in self._months and ((by_day or by_week) if self._either else (by_day and by_week))

    def _times(self, day: date) -> Iterator[int]:
        for hour in self._hours:
            for minute in self._minutes:
                local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self._zone)
                time = int(local.timestamp())
                # In the night in which clocks go forward, some times never come.
                if datetime.fromtimestamp(time, self._zone).hour == hour:
                    yield time


def _numbers(field: str, least: int, most: int, names: dict[str, int]) -> Sequence[int]:
    numbers: set[int] = set()
    for part in field.lower().split(","):
        span, slash, step = part.partition("/")
        begin, dash, end = span.partition("-")
        if span == "*":
            first, last = least, most
        else:
            first = _number(begin, names)
            last = _number(end, names) if dash else most if slash else first
        if slash and not (step.isdecimal() and int(step)):
            raise ValueError(f"{step!r} is no step")
        if not least <= first <= last <= most:
            raise ValueError(f"{span!r} isn't from {least} to {most}")
        numbers |= {*range(first, last + 1, int(step) if slash else 1)}
    return sorted(numbers)


def _number(text: str, names: dict[str, int]) -> int:
    if text in names:
        return names[text]
    if not text.isdecimal():
        raise ValueError(f"{text!r} is no number")
    return int(text)

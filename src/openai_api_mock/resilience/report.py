"""The verdict: a row for each trial, as a table, JSON, or JUnit's XML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

import msgspec

from ..answer import JSON
from ..content import shortened
from ..errors import MockError, UsageError
from .judge import Finding, judged, story
from .seen import Seen
from .trials import DEMANDS

Result = Literal["passed", "failed", "not met"]
_WIDTH = 110


class NotResilient(MockError, AssertionError):
    """A client didn't do under some fault what it should; the message has the table."""


class Row(msgspec.Struct, frozen=True):
    """One trial."""

    fault: str
    demand: str
    result: Result
    story: str
    findings: list[Finding]
    seconds: float

    @property
    def told(self) -> str:
        return "; ".join(f"{finding.name}: {finding.what}" for finding in self.findings) or self.story


class Report:
    """What came of all trials."""

    def __init__(self, seen: Sequence[Seen]) -> None:
        self.rows = [_row(each) for each in seen]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong, and at least one fault came to pass."""
        return not self.failures and any(row.result == "passed" for row in self.rows)

    @property
    def failures(self) -> list[Row]:
        return [row for row in self.rows if row.result == "failed"]

    def __getitem__(self, fault: str) -> Row:
        """The trial of that name, such as "cut:chunks=3,times=1"."""
        for row in self.rows:
            if row.fault == fault:
                return row
        raise UsageError(f"there was no trial {fault!r}; there were {', '.join(row.fault for row in self.rows)}")

    def check(self) -> None:
        """Raises NotResilient where something is wrong."""
        if not self.ok:
            raise NotResilient(str(self))

    def __str__(self) -> str:
        width = max((len(row.fault) for row in self.rows), default=0)
        lines = [f"{row.result:<8}{row.fault:<{width}}  {shortened(row.told, _WIDTH)}" for row in self.rows]
        return "\n".join([*lines, "", self.summary])

    @property
    def summary(self) -> str:
        """How many trials came out how, in one line."""
        counts = {result: sum(row.result == result for row in self.rows) for result in ("passed", "failed", "not met")}
        told = ", ".join(f"{count} {result}" for result, count in counts.items() if count)
        return told if any(row.result != "not met" for row in self.rows) else f"{told}: it made no call that is struck"

    def to_dict(self) -> dict[str, JSON]:
        """All of it as JSON."""
        rows = [msgspec.to_builtins(row) for row in self.rows]
        return {"ok": self.ok, "trials": rows}

    def to_junit(self) -> str:
        """All of it as JUnit has it: a test case for each trial, skipped where its fault didn't come to pass."""
        skipped = sum(row.result == "not met" for row in self.rows)
        total = sum(row.seconds for row in self.rows)
        attributes = f'name="resilience" tests="{len(self.rows)}" failures="{len(self.failures)}" errors="0" '
        attributes += f'skipped="{skipped}" time="{total:.3f}"'
        return "\n".join(
            [
                '<?xml version="1.0" encoding="UTF-8"?>',
                f"<testsuite {attributes}>",
                *map(_case, self.rows),
                "</testsuite>",
                "",
            ]
        )


def _row(seen: Seen) -> Row:
    findings = judged(seen)
    result: Result = "failed" if findings else "passed" if seen.is_met else "not met"
    demand = f"{seen.trial.demand}: {DEMANDS[seen.trial.demand]}"
    return Row(seen.trial.name, demand, result, story(seen), findings, round(seen.seconds, 3))


def _case(row: Row) -> str:
    head = f'  <testcase classname="resilience" name={quoteattr(row.fault)} time="{row.seconds:.3f}"'
    if row.result == "passed":
        return f"{head}/>"
    if row.result == "not met":
        return f"{head}><skipped message={quoteattr(_plain(row.story))}/></testcase>"
    told = f"It should {row.demand.partition(': ')[2]}."
    return f"{head}><failure message={quoteattr(_plain(row.told))}>{escape(_plain(told))}</failure></testcase>"


def _plain(text: str) -> str:
    """Without the characters that XML can't hold."""
    return "".join(each for each in text if each in "\t\n" or ord(each) >= 32)

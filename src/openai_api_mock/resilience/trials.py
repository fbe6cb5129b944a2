"""The faults that a client is put to, and what is asked of it under each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from ..errors import UsageError
from ..faults import Planned, faults_of
from ..faults.spelling import Fault

Demand = Literal["recover", "give_up", "stop", "notice", "bear", "cope"]

DEMANDS: dict[Demand, str] = {
    "recover": "try again, when it is told to, and succeed",
    "give_up": "tell at once: another try won't be better",
    "stop": "try again with waits, and tell after some tries",
    "notice": "try again, or tell; not take what came for an answer",
    "bear": "get the answer at the first try",
    "cope": "go on, or tell in order; not crash, nor do anything twice",
}


class Trial(msgspec.Struct, frozen=True):
    """One fault, or several at once."""

    faults: tuple[Planned, ...]
    demand: Demand

    @property
    def name(self) -> str:
        return " ".join(map(str, self.faults))

    @property
    def told(self) -> float:
        """Seconds that the client is told to wait."""
        return max((float(each.fault.given.get("retry_after", 0)) for each in self.faults), default=0.0)


def _trials(demand: Demand, *spelled: str) -> tuple[Trial, ...]:
    return tuple(Trial(faults_of(each), demand) for each in spelled)


TRIALS = (
    *_trials(
        "recover",
        "rate_limit:retry_after=0.3,times=1",
        "rate_limit:retry_after=1,retry_after_as=seconds,times=1",
        "token_limit:retry_after=0.1,times=1",
        "server_error:retry_after=0.1,times=1",
        "bad_gateway:retry_after=0.1,times=1",
        "overloaded:retry_after=0.1,times=2",
        "gateway_timeout:retry_after=0.1,times=1",
        "connection_reset:times=1",
        "empty_response:times=1",
        # The second call of those that make several: an agent's, with the results of its tools.
        "connection_reset:after=1,times=1",
        "overloaded:retry_after=0.1,after=1,times=2",
    ),
    *_trials(
        "give_up",
        "unauthorized",
        "forbidden",
        "not_found",
        "payload_too_large",
        "unprocessable",
        "request_too_large:should_retry=false",
        "insufficient_quota:should_retry=false",
        "server_error:should_retry=false",
    ),
    *_trials("stop", "overloaded:retry_after=0.1"),
    *_trials(
        "notice",
        "cut:times=1",
        "cut:chunks=3,times=1",
        "cut:at=finish,times=1",
        "cut:chunks=3,reset=true,times=1",
        "error_event:times=1",
        "malformed_json:times=1",
        "malformed_chunk:times=1",
        "random_data:times=1",
        "corrupt_gzip:times=1",
        "hang:times=1",
        "stall:times=1",
    ),
    *_trials(
        "bear",
        "slow_headers:seconds=0.1",
        "stall:seconds=0.1",
        "dribble:bytes=100,seconds=0.001",
        "comments",
        "long_line",
    ),
    *_trials(
        "cope",
        "broken_arguments:times=1",
        "misfit_arguments:times=1",
        "unknown_tool:times=1",
        "repeated_tool_call:times=1",
        "truncated:times=1",
        "empty_content:times=1",
        "refusal:times=1",
        "content_filter:times=1",
    ),
)
"""What a client is put to unless told otherwise. What it couldn't tell from a good answer, such as an event that is
missing, isn't among them, nor what may do no harm, such as a wrong length behind a stream's `[DONE]`."""


def trials_of(given: Iterable[object] | str | None) -> tuple[Trial, ...]:
    """The trials by these names or spellings: "rate_limit", "cut:chunks=3,times=1"; None: all. Raises UsageError."""
    if given is None:
        return TRIALS
    found: list[Trial] = []
    for each in given.split() if isinstance(given, str) else given:
        planned = faults_of(each)
        same = [trial for trial in TRIALS if planned == trial.faults or _is_name(planned, trial)]
        found += same or [Trial(planned, _demand(planned))]
    if not found:
        raise UsageError("a client is put to at least one fault: leave faults= out for all")
    return tuple({trial.name: trial for trial in found}.values())


def _is_name(planned: tuple[Planned, ...], trial: Trial) -> bool:
    """Whether this is a fault's bare name, for which all trials of it stand."""
    return all(each == Planned(Fault(each.fault.name)) for each in planned) and [
        each.fault.name for each in planned
    ] == [each.fault.name for each in trial.faults]


def _demand(planned: tuple[Planned, ...]) -> Demand:
    """What is asked under faults that the table hasn't: what is asked under others of the first one's name, or kind."""
    name, stage = planned[0].fault.name, planned[0].fault.kind.stage
    known = next((trial.demand for trial in TRIALS if trial.faults[0].fault.name == name), None)
    return known or ("recover" if stage == "before" else "notice" if stage == "answer" else "cope")

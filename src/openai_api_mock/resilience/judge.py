"""What is wrong with what a client was seen to do, as a table of rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from statistics import median

import msgspec

from ..faults.table import Need
from .seen import Seen
from .trials import Demand

TOLERANCE = 0.95
"""Of the wait that it is told, the share that a client must keep: clocks differ."""
HOT, MANY = 0.05, 5
"""Seconds between tries, and how many of them, from which on they are a hot loop."""
MOST_TRIES = 20
"""Tries after which nobody believes that they will end."""
CRASHES = frozenset((
    "AssertionError", "AttributeError", "IndexError", "JSONDecodeError", "KeyError", "NameError", "RecursionError",
    "ReferenceError", "StopIteration", "SyntaxError", "TypeError", "UnboundLocalError", "UnicodeDecodeError",
    "ValidationError", "ZeroDivisionError", "panic",
))  # fmt: skip
"""What comes of an answer that nobody looked at before it was used: errors that are hardly raised on purpose, by name,
since of another program no more is known. Python's, JavaScript's, pydantic's, and how Go's begin."""


class Rule(msgspec.Struct, frozen=True):
    """One thing that a client may do wrong."""

    name: str
    demands: tuple[Demand, ...]
    """Under which it is one; none: under all."""
    found: Callable[[Seen], str | None]
    """What it did, in words; None: it didn't."""


def _hung(seen: Seen) -> str | None:
    if seen.outcome != "hung":
        return None
    waits = any(each.fault.name in ("hang", "stall") for each in seen.trial.faults)
    return seen.error or f"it was still at it after {seen.seconds:.1f} s{': give it a timeout' if waits else ''}"


def _did_not_retry(seen: Seen) -> str | None:
    if seen.outcome != "hung" and not seen.waits:
        return seen.error or "it went on without an answer"
    return None


def _gave_up(seen: Seen) -> str | None:
    if seen.outcome == "raised" and seen.waits:
        return f"it asked {_tries(seen)}: {seen.error}"
    return None


def _ignored_retry_after(seen: Seen) -> str | None:
    told = seen.trial.told
    early = [wait for wait in seen.waits if wait < told * TOLERANCE]
    return f"it was told to wait {told:g} s, and waited {min(early):.3f} s" if early else None


def _retried_for_nothing(seen: Seen) -> str | None:
    return f"it asked {_tries(seen)} what won't get better" if seen.waits else None


def _kept_silent(seen: Seen) -> str | None:
    return "it went on as if it had an answer" if seen.outcome == "returned" and seen.is_in_vain else None


def _hot_loop(seen: Seen) -> str | None:
    if len(seen.waits) >= MANY and median(seen.waits) < HOT:
        return f"it tried {_tries(seen)}, {median(seen.waits) * 1000:.0f} ms apart"
    if len(seen.waits) >= MOST_TRIES:
        return f"it tried {_tries(seen)}"
    return None


def _took_it_for_whole(seen: Seen) -> str | None:
    return "it went on as if it had the whole answer" if seen.outcome == "returned" and seen.dropped else None


def _could_not_bear(seen: Seen) -> str | None:
    if seen.outcome == "raised":
        return seen.error
    return f"it asked {_tries(seen)}" if seen.waits else None


def _crashed(seen: Seen) -> str | None:
    kind = (seen.error or "").partition(":")[0].rpartition(".")[2]
    return seen.error if seen.outcome == "raised" and kind in CRASHES else None


def _doubled(seen: Seen) -> str | None:
    for each in seen.tries:
        counted = Counter(each.results)
        twice = next((call for call, count in counted.items() if count > 1), None)
        if twice is not None:
            return f"it did {twice[0]}({twice[1]}) twice"
    for index, first in enumerate(seen.tries):
        if first.calls_tools and not first.is_struck and any(each.results for each in seen.tries[index + 1 :]):
            rest = seen.tries[index + 1 :]
            worked = next(number for number, each in enumerate(rest) if each.results)
            if any(each.asked == first.asked for each in rest[worked + 1 :]):
                return "it began again when its tools had been at work, and did what they do twice"
    return None


def _leaked(seen: Seen) -> str | None:
    if seen.outcome != "hung" and seen.open:
        return f"it left {seen.open} repl{'y' if seen.open == 1 else 'ies'} open, each with its connection"
    return None


RULES = (
    Rule("hung", (), _hung),
    Rule("did not retry", ("recover",), _did_not_retry),
    Rule("gave up", ("recover",), _gave_up),
    Rule("ignored retry-after", ("recover", "stop"), _ignored_retry_after),
    Rule("retried for nothing", ("give_up",), _retried_for_nothing),
    Rule("kept silent", ("give_up", "stop"), _kept_silent),
    Rule("hot loop", (), _hot_loop),
    Rule("took it for whole", ("notice",), _took_it_for_whole),
    Rule("could not bear", ("bear",), _could_not_bear),
    Rule("crashed", ("cope",), _crashed),
    Rule("doubled a tool call", (), _doubled),
    Rule("leaked a connection", (), _leaked),
)


class Finding(msgspec.Struct, frozen=True):
    """Something that is wrong."""

    name: str
    """Of the rule."""
    what: str


def judged(seen: Seen) -> list[Finding]:
    """All that is wrong; nothing, where the fault didn't come to pass."""
    if not seen.is_met and seen.outcome != "hung":
        return []
    rules = (rule for rule in RULES if not rule.demands or seen.trial.demand in rule.demands)
    return [Finding(rule.name, what) for rule in rules if (what := rule.found(seen)) is not None]


def story(seen: Seen) -> str:
    """What it did, in a few words."""
    if not seen.is_met:
        unmet = f"it made no call that {_wanted(seen)}" if seen.tries else "it asked nothing"
        return f"{unmet}, and told: {seen.error}" if seen.outcome == "raised" and seen.error else unmet
    waits = ", ".join(f"{wait:.2f}" for wait in seen.waits[:4]) + (", …" if len(seen.waits) > 4 else "")
    again = f", tried again after {waits} s" if seen.waits else ""
    what = {"returned": "went on", "raised": f"told: {seen.error}", "hung": "hung"}[seen.outcome]
    return f"{what}{again}"


def _wanted(seen: Seen) -> str:
    """What a call must be like that these faults strike."""
    needs = [need for each in seen.trial.faults for need in each.fault.needs]
    wanted = [_NEEDS[need] for need in needs if need in ("stream", "tools")] or [_NEEDS[need] for need in needs]
    wanted += [f"follows {each.after} other{'s' * (each.after > 1)}" for each in seen.trial.faults if each.after]
    return " and ".join(dict.fromkeys(wanted)) or "they strike"


_NEEDS: dict[Need, str] = {
    "stream": "streams",
    "speech": "makes a model speak",
    "tools": "offers functions",
    "http": "comes over HTTP",
}


def _tries(seen: Seen) -> str:
    return f"{len(seen.waits) + 1} times"

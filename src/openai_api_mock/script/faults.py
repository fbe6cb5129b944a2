"""Scripted faults: which calls they strike."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..call import Answered, Call, Refused
from ..errors import APIError, UsageError
from ..faults import Fault, Planned, faults_of
from ..faults.before import instead
from ..faults.table import Need
from ..noise import Noise
from ..wire import Reply
from .conditions import SPEAKERS, SPEAKING, Condition, all_hold
from .rules import Rule, view_of
from .view import View

HEADER = "x-mock-fault"
"""By which a request may ask for faults, where that is allowed."""


class FaultRule(Rule):
    """One fault, of one route or (None) of every call. It answers nothing: it strikes what another rule, or none,
    answers."""

    __slots__ = ("seen",)

    outcome: Planned

    def __init__(
        self,
        route: str | None,
        planned: Planned,
        times: int | None,
        conditions: tuple[Condition, ...] = (),
        made_at: str | None = None,
        id: str | None = None,
    ) -> None:
        super().__init__(route, planned, times, conditions, made_at, id)
        self.seen = 0
        """Calls that it could have struck."""

    def is_for(self, sdk: str | None, speaks: bool) -> bool:
        return False

    def covers(self, other: Rule) -> bool:
        return False

    def strikes(self, call: Call, view: View) -> bool:
        """Whether it strikes this call, one use of it spent; callers hold the engine's lock."""
        if self.is_used_up or (self.route is not None and self.route != call.operation.sdk):
            return False
        planned = self.outcome
        if not can_strike(planned.fault, call) or not all_hold(self.conditions, view):
            return False
        self.seen += 1
        number = self.seen - planned.after
        if number <= 0 or number % planned.every or not by_chance(call, planned.chance, str(self.id)):
            return False
        self.used += 1
        return True


def by_chance(call: Call, chance: float, whose: str) -> bool:
    """Whether a fault of that chance strikes the call: by the seed, the request, and whose fault it is."""
    return chance == 1 or Noise(b"%b strikes %d %b" % (call.key, call.nth, whose.encode()[-24:])).random() < chance


def refuse_vain(route: str | None, planned: Planned) -> None:
    """Raises UsageError where no call of the method could be struck."""
    if route is not None and route not in SPEAKERS and "speech" in planned.fault.needs:
        raise UsageError(
            f"openai_mock.{route}: there is no model that speaks, so {planned.fault.name!r} can't strike; it can on "
            "openai_mock.chat.completions.create, openai_mock.responses.create, or openai_mock itself"
        )


def rules_of_faults(faults: Iterable[Planned]) -> list[Rule]:
    """The rules of faults that are for every call: for ever, unless they say how often."""
    return [FaultRule(None, planned, planned.times, made_at="faults=...") for planned in faults]


def go_wrong(call: Call, rules: Iterable[Rule], *, by_header: bool, now: float) -> None:
    """Note the faults that strike a call. Raises Refused or Answered with what one before the answer gives instead, so
    that the script isn't asked. `now` is in seconds since the epoch."""
    call.entry.faults = faults = (*(asked_for(call) if by_header else ()), *struck(rules, call))
    before = next((fault for fault in faults if fault.kind.stage == "before"), None)
    if before is None:
        return
    model = str(call.body.get("model") or "requests")
    found = instead(before, model, Noise(b"%b breaks %d" % (call.key, call.nth)), now)
    raise Answered(found) if isinstance(found, Reply) else Refused(found)


def asked_for(call: Call) -> tuple[Fault, ...]:
    """The faults that a request's header asks for. Raises Refused where it can't be read."""
    try:
        planned = faults_of(call.request.headers.get(HEADER, ""))
        for each in planned:
            if each.times or each.after or each.every > 1:
                raise UsageError(f"{str(each)!r} can't be: a header is for its own request, so nothing is counted")
    except UsageError as error:
        told = APIError(400, f"{HEADER}: {error}", code="mock_fault", headers=(("x-should-retry", "false"),))
        raise Refused(told) from None
    return tuple(
        each.fault for each in planned if can_strike(each.fault, call) and by_chance(call, each.chance, HEADER)
    )


def can_strike(fault: Fault, call: Call) -> bool:
    """Whether the call has what the fault is about."""
    kind = fault.kind
    if call.request.batch is not None and not _streams(call) and (kind.transport or kind.stage == "answer"):
        return False  # a batch's lines come over no connection; an agent's turns are read as they are said
    return all(_HAS[need](call) for need in fault.needs)


def _streams(call: Call) -> bool:
    body = call.body
    return body.get("stream") is True or body.get("stream_format") == "sse" or call.request.method == "WEBSOCKET"


def _offers_functions(call: Call) -> bool:
    tools = call.body.get("tools")
    offered = isinstance(tools, list) and any(
        isinstance(tool, dict) and tool.get("type") == "function" for tool in tools
    )
    return offered or bool(call.body.get("functions"))


_HAS: dict[Need, Callable[[Call], bool]] = {
    "speech": lambda call: call.operation.key in SPEAKING,
    "stream": _streams,
    "tools": _offers_functions,
    "http": lambda call: call.request.turn is None,
}


def struck(rules: Iterable[Rule], call: Call) -> tuple[Fault, ...]:
    """The faults that strike a call. None comes after one that strikes before the answer: it has no answer to spoil."""
    found: list[Fault] = []
    view = view_of(call)
    for rule in rules:
        if isinstance(rule, FaultRule) and rule.strikes(call, view):
            found.append(rule.outcome.fault)
            if rule.outcome.fault.kind.stage == "before":
                break
    return tuple(found)

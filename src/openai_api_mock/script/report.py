"""The messages of a story that didn't happen: what was scripted and not asked for, what was asked and not scripted."""

from __future__ import annotations

from collections.abc import Sequence

from ..call import Call
from ..errors import UnscriptedCall, UnusedReplies
from ..faults import Planned
from ..journal import Entry, Journal
from .conditions import CALL, SPEAKERS, SPEAKING, all_hold, differences, table
from .rules import Rule, Script, view_of
from .view import View

SHOWN = 10


def unused(script: Script, journal: Journal) -> UnusedReplies | None:
    """The complaint about scripted replies that nobody asked for, if there are any."""
    rules = script.unused()
    if not rules:
        return None
    count = sum(rule.unused for rule in rules)
    lines = [f"{count} scripted {_plural(count, 'reply was', 'replies were')} never asked for:"]
    for rule in rules:
        shadow = next((other for other in script.before(rule) if other.times is None and other.covers(rule)), None)
        lines.append(f"  {rule}  [{_uses(rule)}]  {rule.made_at}")
        if shadow is not None:
            lines.append(f"    shadowed by {shadow}  {shadow.made_at}, which answers all that this one would")
        else:
            lines += _nearest_call(rule, journal)
    lines.append(_calls(journal))
    lines.append("Hint: make the missing call, remove the reply, or use `.always` for one that may go unused.")
    return UnusedReplies("\n".join(lines))


def strayed(rules: Sequence[Rule], journal: Journal) -> UnusedReplies | None:
    """The complaint about a conversation that went another way: where, and what was asked instead."""
    missed = next((rule for rule in rules if rule.unused), None)
    if missed is None:
        return None
    number = rules.index(missed) + 1
    lines = [f"the conversation wasn't followed: answer {number} of {len(rules)} was never asked for:"]
    lines.append(f"  {missed}  {missed.made_at}")
    return UnusedReplies("\n".join([*lines, *_nearest_call(missed, journal), _calls(journal)]))


def unscripted(call: Call, script: Script, journal: Journal) -> UnscriptedCall:
    """The complaint, in strict mode, about a call that nothing scripted."""
    entry = call.entry
    lines = [f"nothing was scripted for {entry.operation} ({entry.method} {entry.path}), and the mock is strict."]
    view = view_of(call)
    if script.rules:
        near = _nearest_rule(script.rules, call, view)
        if near is not None:
            lines.append(f"The nearest rule: {near}  [{why_not(near, call, view)}]  {near.made_at}")
            lines += table(differences(near.conditions, view))
        lines.append("The rules, in order:")
        lines += [f"  {rule}  [{why_not(rule, call, view)}]  {rule.made_at}" for rule in script.rules[-SHOWN:]]
    else:
        lines.append("No reply was scripted at all.")
    lines.append(_calls(journal))
    lines.append(_hint(call, script, view))
    return UnscriptedCall("\n".join(lines))


def _nearest_rule(rules: list[Rule], call: Call, view: View) -> Rule | None:
    """Of the rules for this endpoint with conditions, the one of which the most hold."""
    speaks = call.operation.key in SPEAKING
    asked = [rule for rule in rules if rule.conditions and rule.is_for(call.operation.sdk, speaks)]
    return max(asked, key=lambda rule: _held(rule, view), default=None)


def _held(rule: Rule, view: View) -> float:
    return sum(condition.holds(view) for condition in rule.conditions) / len(rule.conditions)


def _nearest_call(rule: Rule, journal: Journal) -> list[str]:
    """The call that came nearest to a rule's conditions, side by side with them."""
    views = [(entry, view) for entry in journal.entries()[-SHOWN:] if (view := _view_of_entry(rule, entry)) is not None]
    if not rule.conditions or not views:
        return []
    entry, view = max(reversed(views), key=lambda each: _held(rule, each[1]))  # of equals, the latest
    found = differences(rule.conditions, view)
    if not any(why for *_, why in found):
        return []  # it had answered as often as it should have; another call came that far
    return [f"    the nearest call: {entry.operation or entry.path}", *table(found, "      ")]


def _view_of_entry(rule: Rule, entry: Entry) -> View | None:
    """A call of the journal as rules see it; None where it is none of the rule's, or has been let go."""
    if not rule.is_for(entry.operation, entry.operation in SPEAKERS) or not entry.is_whole:
        return None
    if any(condition.name == CALL for condition in rule.conditions):
        return None  # only the call itself could tell
    try:
        body = entry.body
    except ValueError:  # a form, or no JSON
        body = None
    return View(body, entry.headers, {}, {})


def _uses(rule: Rule) -> str:
    return f"used {rule.used} of {rule.times}"


def why_not(rule: Rule, call: Call, view: View) -> str:
    operation = call.operation
    if isinstance(rule.outcome, Planned):
        return "a fault, which spoils what another rule answers, or none"
    if rule.route is not None and rule.route != operation.sdk:
        return f"another endpoint: {rule.route}, not {operation.sdk}"
    if rule.route is None and operation.key not in SPEAKING:
        return "answers where a model speaks, and this endpoint doesn't"
    wrong = [f"{label}: {why}" for label, _, _, why in differences(rule.conditions, view) if why]
    spent = [f"used up: {rule.used} of {rule.times}"] if rule.is_used_up else []
    return "; ".join([*spent, *wrong])


def _hint(call: Call, script: Script, view: View) -> str:
    sdk = call.operation.sdk
    spent = [rule for rule in script.rules if rule.is_used_up and rule.is_for(sdk, call.operation.key in SPEAKING)]
    if any(all_hold(rule.conditions, view) for rule in spent):
        return "Hint: a rule that is used up would have answered: give it times=N, or make it `.always`."
    return f"Hint: openai_mock.{sdk}.reply(...) before this call, or strict=False."


def _calls(journal: Journal) -> str:
    entries = journal.entries()
    if not entries:
        return "No call was made."
    lines = [f"{journal.total} {_plural(journal.total, 'call was', 'calls were')} made:"]
    lines += [f"  {entry.operation or entry.path} -> {entry.status or 'refused'}" for entry in entries[-SHOWN:]]
    return "\n".join(lines)


def _plural(count: int, one: str, many: str) -> str:
    return one if count == 1 else many

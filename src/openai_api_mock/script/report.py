"""The messages of a story that didn't happen: what was scripted and not asked for, what was asked and not scripted."""

from __future__ import annotations

from ..errors import UnscriptedCall, UnusedReplies
from ..journal import Entry, Journal
from .rules import Rule, Script

SHOWN = 10


def unused(script: Script, journal: Journal) -> UnusedReplies | None:
    """The complaint about scripted replies that nobody asked for, if there are any."""
    rules = script.unused()
    if not rules:
        return None
    count = sum(rule.unused for rule in rules)
    lines = [f"{count} scripted {_plural(count, 'reply was', 'replies were')} never asked for:"]
    lines += [f"  {rule}  [{_uses(rule)}]  {rule.made_at}" for rule in rules]
    lines.append(_calls(journal))
    lines.append("Hint: make the missing call, remove the reply, or use `.always` for one that may go unused.")
    return UnusedReplies("\n".join(lines))


def unscripted(entry: Entry, script: Script, journal: Journal) -> UnscriptedCall:
    """The complaint, in strict mode, about a call that nothing scripted."""
    lines = [f"nothing was scripted for {entry.operation} ({entry.method} {entry.path}), and the mock is strict."]
    if script.rules:
        lines.append("The rules, in order:")
        lines += [f"  {rule}  [{_why_not(rule, entry)}]  {rule.made_at}" for rule in script.rules[-SHOWN:]]
    else:
        lines.append("No reply was scripted at all.")
    lines.append(_calls(journal))
    lines.append(f"Hint: openai_mock.{entry.operation}.reply(...) before this call, or strict=False.")
    return UnscriptedCall("\n".join(lines))


def _uses(rule: Rule) -> str:
    return f"used {rule.used} of {rule.times}"


def _why_not(rule: Rule, entry: Entry) -> str:
    if rule.route is not None and rule.route != entry.operation:
        return f"another endpoint: {rule.route}, not {entry.operation}"
    if rule.route is None and (rule.times is None or rule.used < rule.times):
        return "answers where a model speaks, and this endpoint doesn't"
    return f"used up: {rule.used} of {rule.times}"


def _calls(journal: Journal) -> str:
    entries = journal.entries()
    if not entries:
        return "No call was made."
    lines = [f"{journal.total} {_plural(journal.total, 'call was', 'calls were')} made:"]
    lines += [f"  {entry.operation or entry.path} -> {entry.status or 'refused'}" for entry in entries[-SHOWN:]]
    return "\n".join(lines)


def _plural(count: int, one: str, many: str) -> str:
    return one if count == 1 else many

"""The control API: a server's rules, journal, seed and clock, for tests in any language. All of it is JSON.

What a request asks is asked of the session that its header X-Mock-Session names, or of the server's own engine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from ..chatkit import Threads
from ..clock import FrozenClock
from ..clock_manual import ManualClock
from ..engine import Engine
from ..errors import APIError, UnscriptedCall, UsageError
from ..script import report
from ..script.document import Document
from ..script.files import rules_of
from ..script.rules import Rule
from ..webhooks.endpoints import check_events
from ..webhooks.events import data_of
from ..webhooks.outbox import Delivery
from ..wire import Request
from .sessions import Sessions

PREFIX = "/_mock/"
Answer = tuple[int, Any]


class Asked(msgspec.Struct):
    """One request."""

    sessions: Sessions
    engine: Engine
    name: str
    """What the path names: a rule's id, a session."""
    query: dict[str, str]
    body: Any


Operation = Callable[[Asked], Answer]


class Wrong(Exception):
    """The request can't be done."""

    def __init__(self, status: int, message: str) -> None:
        self.error = APIError(status, message, code="mock_control", headers=(("x-should-retry", "false"),))


def operations_at(path: str) -> tuple[dict[str, Operation], str]:
    """The operations of a page, by method (none: there is no such page), and what the path names."""
    page, slash, name = path.removeprefix(PREFIX).partition("/")
    patterns = {f"{page}{slash}{name}"} | ({page + "/{name}"} if name and "/" not in name else set())
    return {method: operation for (method, pattern), operation in OPERATIONS.items() if pattern in patterns}, name


def control(sessions: Sessions, engine: Engine, request: Request) -> Answer:
    """Status and JSON. Raises Wrong."""
    operations, name = operations_at(request.path)
    operation = operations.get(request.method)
    if operation is None:
        raise Wrong(405, f"{request.path} takes {', '.join(sorted(operations))}, not {request.method}")
    try:
        body = msgspec.json.decode(request.body) if isinstance(request.body, bytes) and request.body else {}
    except (msgspec.DecodeError, RecursionError) as error:
        raise Wrong(400, f"the body is no JSON: {error}") from None
    try:
        return operation(Asked(sessions, engine, unquote(name), dict(parse_qsl(request.query)), body))
    except UsageError as error:
        raise Wrong(400, str(error)) from None


# Rules


def _list_rules(asked: Asked) -> Answer:
    return 200, _told(asked.engine.script.rules)


def _add_rules(asked: Asked) -> Answer:
    rules = _read(asked)
    asked.engine.script.extend(rules)
    return 201, _told(rules)


def _replace_rules(asked: Asked) -> Answer:
    rules = _read(asked)
    asked.engine.script.replace_all(rules)
    return 200, _told(rules)


def _remove_rules(asked: Asked) -> Answer:
    asked.engine.script.replace_all([])
    return 200, _told([])


def _show_rule(asked: Asked) -> Answer:
    return 200, _rule(_named(asked))


def _replace_rule(asked: Asked) -> Answer:
    old, rules = _named(asked), _read(asked)
    if len(rules) != 1:
        raise Wrong(400, f"one rule takes the place of {asked.name!r}; these are {len(rules)}")
    asked.engine.script.replace(old, rules[0])
    return 200, _rule(rules[0])


def _remove_rule(asked: Asked) -> Answer:
    rule = _named(asked)
    asked.engine.script.remove(rule)
    return 200, _rule(rule)


def _read(asked: Asked) -> list[Rule]:
    """The rules in the body: as a file has them, a list of them, or one."""
    body = asked.body
    if isinstance(body, dict) and not body.keys() & {"rules", "conversation"}:
        body = {"rules": [body]}
    return rules_of(Document("the request", body, None), asked.engine.catalog)


def _named(asked: Asked) -> Rule:
    rule = next((rule for rule in asked.engine.script.rules if rule.id == asked.name), None)
    if rule is None:
        raise Wrong(404, f"there is no rule {asked.name!r}")
    return rule


def _told(rules: list[Rule]) -> dict[str, Any]:
    return {"rules": [_rule(rule) for rule in rules]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "rule": str(rule),
        "endpoint": rule.route,
        "times": rule.times,
        "used": rule.used,
        "made_at": rule.made_at,
    }


# What happened


def _list_calls(asked: Asked) -> Answer:
    entries = asked.engine.journal.entries()
    operation = asked.query.get("operation")
    calls = [entry.to_dict() for entry in entries if operation in (None, entry.operation)]
    return 200, {"total": asked.engine.journal.total, "calls": calls}


def _forget_calls(asked: Asked) -> Answer:
    asked.engine.journal.clear()
    return 200, {"total": 0, "calls": []}


def _verify(asked: Asked) -> Answer:
    """Whether all that was promised was asked for, and nothing was asked that a strict mock has no answer to."""
    script, journal = asked.engine.script, asked.engine.journal
    problems = [str(entry.error) for entry in journal.entries() if isinstance(entry.error, UnscriptedCall)]
    unused = report.unused(script, journal)
    return 200, {"ok": not problems and unused is None, "problems": [*problems, *([str(unused)] if unused else [])]}


def _reset(asked: Asked) -> Answer:
    asked.engine.reset()
    return 200, {}


# Seed and clock


def _show_seed(asked: Asked) -> Answer:
    return 200, {"seed": asked.engine.options.seed}


def _set_seed(asked: Asked) -> Answer:
    asked.engine.seed(_field(asked, "seed", (int, str)))
    return _show_seed(asked)


def _show_clock(asked: Asked) -> Answer:
    clock = asked.engine.clock
    sleepers = {"sleepers": clock.sleepers} if isinstance(clock, ManualClock) else {}
    return 200, {"time": clock.time(), "frozen": isinstance(clock, FrozenClock), **sleepers}


def _set_clock(asked: Asked) -> Answer:
    _settable(asked).set(float(_field(asked, "time", (int, float))))
    return _show_clock(asked)


def _advance_clock(asked: Asked) -> Answer:
    _settable(asked).advance(float(_field(asked, "seconds", (int, float))))
    return _show_clock(asked)


def _settable(asked: Asked) -> FrozenClock | ManualClock:
    clock = asked.engine.clock
    if not isinstance(clock, (FrozenClock, ManualClock)):
        raise Wrong(409, "this clock can't be set: the server needs --clock manual, or --clock frozen")
    return clock


# Pace


def _show_pace(asked: Asked) -> Answer:
    pace = asked.engine.options.pace
    return 200, {"pace": None if pace is None else pace.to_dict()}


def _set_pace(asked: Asked) -> Answer:
    if not isinstance(asked.body, dict) or "pace" not in asked.body:
        raise Wrong(400, 'the body must say {"pace": ...}: a text, a mapping, or null')
    asked.engine.pace(asked.body["pace"])
    return _show_pace(asked)


# Whether the server keeps up


def _show_lag(asked: Asked) -> Answer:
    return 200, asked.sessions.lag.to_dict()


def _clear_lag(asked: Asked) -> Answer:
    asked.sessions.lag.clear()
    return _show_lag(asked)


# Limits


def _show_limits(asked: Asked) -> Answer:
    limits = asked.engine.limits
    return 200, {"limits": msgspec.to_builtins(limits.limits), "used": limits.told()}


def _set_limits(asked: Asked) -> Answer:
    if not isinstance(asked.body, dict) or "limits" not in asked.body:
        raise Wrong(400, 'the body must say {"limits": ...}: "rpm=60,tpm=10000", a mapping by model, or null for none')
    asked.engine.limit(asked.body["limits"])
    return _show_limits(asked)


# What takes time


def _list_jobs(asked: Asked) -> Answer:
    jobs = asked.engine.jobs.unfinished()
    return 200, {"jobs": [{"id": job.object_id, "resource": job.kind, "status": job.status} for job in jobs]}


def _advance_job(asked: Asked) -> Answer:
    to = _field(asked, "to", (str,)) if "to" in asked.body else None
    return _done(asked, asked.engine.jobs.advance(*_job(asked), to))


def _fail_job(asked: Asked) -> Answer:
    message, code = asked.body.get("message", "The job failed."), asked.body.get("code", "server_error")
    return _done(asked, asked.engine.jobs.fail(*_job(asked), code=str(code), message=str(message)))


def _job(asked: Asked) -> tuple[str, str]:
    return _field(asked, "resource", (str,)), _field(asked, "id", (str,))


def _done(asked: Asked, number: int) -> Answer:
    asked.engine.jobs.tell()
    if not number:
        resource, id = _job(asked)
        raise Wrong(404, f"there is no unfinished {id!r} of {resource!r}; GET {PREFIX}jobs lists them")
    return _list_jobs(asked)


# What users have had in ChatKit's widget


def _add_thread(asked: Asked) -> Answer:
    user, engine = _field(asked, "user", (str,)), asked.engine
    given = {name: asked.body[name] for name in ("title", "items", "status") if name in asked.body}
    return 201, Threads(engine.store, engine.clock, engine.options.seed).add(user, **given)


# Webhooks


def _list_webhooks(asked: Asked) -> Answer:
    return 200, _deliveries(asked.engine.webhooks.deliveries())


def _send_webhook(asked: Asked) -> Answer:
    outbox, type = asked.engine.webhooks, _field(asked, "type", (str,))
    check_events((type,))
    data = asked.body.get("data") or {}
    if not isinstance(data, dict):
        raise Wrong(400, 'the body may say {"data": {...}}: what the event says besides')
    queued = outbox.queue(type, data_of(type, _field(asked, "id", (str,)), data))
    if not queued:
        raise Wrong(404, f"no endpoint wants {type!r}: POST /v1/webhook_endpoints, or serve --webhooks, makes one")
    return _queued(asked, queued)


def _redeliver_webhook(asked: Asked) -> Answer:
    return _queued(asked, [asked.engine.webhooks.redeliver(_field(asked, "id", (str,)))])


def _queued(asked: Asked, deliveries: list[Delivery]) -> Answer:
    asked.engine.jobs.tell()
    return 202, _deliveries(deliveries)


def _deliveries(deliveries: list[Delivery]) -> dict[str, Any]:
    return {"deliveries": [delivery.to_dict() for delivery in deliveries]}


# Sessions


def _list_sessions(asked: Asked) -> Answer:
    return 200, {"sessions": asked.sessions.names()}


def _drop_session(asked: Asked) -> Answer:
    if not asked.sessions.drop(asked.name):
        raise Wrong(404, f"there is no session {asked.name!r}")
    return 200, {"sessions": asked.sessions.names()}


def _field(asked: Asked, name: str, kinds: tuple[type, ...]) -> Any:
    value = asked.body.get(name) if isinstance(asked.body, dict) else None
    if not isinstance(value, kinds) or isinstance(value, bool):
        raise Wrong(400, f'the body must say {{"{name}": ...}}: {" or ".join(kind.__name__ for kind in kinds)}')
    return value


OPERATIONS: dict[tuple[str, str], Operation] = {
    ("GET", "rules"): _list_rules,
    ("POST", "rules"): _add_rules,
    ("PUT", "rules"): _replace_rules,
    ("DELETE", "rules"): _remove_rules,
    ("GET", "rules/{name}"): _show_rule,
    ("PUT", "rules/{name}"): _replace_rule,
    ("DELETE", "rules/{name}"): _remove_rule,
    ("GET", "journal"): _list_calls,
    ("DELETE", "journal"): _forget_calls,
    ("GET", "verify"): _verify,
    ("POST", "reset"): _reset,
    ("GET", "seed"): _show_seed,
    ("PUT", "seed"): _set_seed,
    ("GET", "clock"): _show_clock,
    ("PUT", "clock"): _set_clock,
    ("POST", "clock"): _set_clock,
    ("POST", "clock/advance"): _advance_clock,
    ("GET", "pace"): _show_pace,
    ("PUT", "pace"): _set_pace,
    ("GET", "lag"): _show_lag,
    ("DELETE", "lag"): _clear_lag,
    ("GET", "limits"): _show_limits,
    ("PUT", "limits"): _set_limits,
    ("GET", "jobs"): _list_jobs,
    ("POST", "jobs/advance"): _advance_job,
    ("POST", "jobs/fail"): _fail_job,
    ("POST", "chatkit/threads"): _add_thread,
    ("GET", "webhooks"): _list_webhooks,
    ("POST", "webhooks/send"): _send_webhook,
    ("POST", "webhooks/redeliver"): _redeliver_webhook,
    ("GET", "sessions"): _list_sessions,
    ("DELETE", "sessions/{name}"): _drop_session,
}
"""Each method and page below the prefix, and who answers."""

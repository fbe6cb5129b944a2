"""Which rule would answer a request, and why the others wouldn't."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ..call import Call
from ..catalog import Catalog, Match
from ..catalog.forms import query_values
from ..errors import UsageError
from ..journal import Entry
from ..wire import Request
from .conditions import differences, table
from .document import Document
from .report import why_not
from .rules import Rule, view_of

# What a body alone tells of where it goes.
_PATHS = {"messages": "/v1/chat/completions", "prompt": "/v1/completions", "input": "/v1/responses"}
_PARTS = frozenset(("body", "headers", "method", "path", "query"))


def call_in(document: Document, catalog: Catalog) -> Call:
    """The call that a file describes: a request's `{"method", "path", "query", "headers", "body"}`, or a body alone.

    Where it goes follows from the body, if need be. Raises UsageError.
    """
    given: Any = document.value
    if not isinstance(given, dict):
        raise UsageError(f"{document.name} must hold a request, or a request's body: a JSON object")
    whole: dict[str, Any] = (
        given if "path" in given or ("body" in given and given.keys() <= _PARTS) else {"body": given}
    )
    body = whole.get("body") or {}
    path = whole.get("path") or next((path for field, path in _PATHS.items() if field in body), None)
    if path is None:
        raise UsageError(f"{document.name}: where does this go? Say {{'path': '/v1/embeddings', 'body': {{...}}}}")
    headers = {str(name).lower(): str(value) for name, value in (whole.get("headers") or {}).items()}
    path, _, query = str(path).partition("?")
    method = str(whole.get("method") or "POST").upper()
    request = Request(method, path, str(whole.get("query") or query), headers, msgspec.json.encode(body))
    found = catalog.find(method, path, request.query)
    if not isinstance(found, Match):
        raise UsageError(f"{document.name}: the API has no {method} {path}")
    query_fields = query_values(found.operation, request.query)
    return Call(request, found.operation, found.path_params, query_fields, body, Entry(request, 0.0))


def told(call: Call, rules: Sequence[Rule]) -> str:
    """Each rule, whether it would answer as the first or not at all, and its conditions beside what was asked."""
    view = view_of(call)
    lines = [f"{call.operation.sdk} ({call.request.method} {call.request.path})"]
    answered = False
    for rule in rules:
        reason = why_not(rule, call, view)
        if reason:
            mark = "✗"
        elif answered:
            mark, reason = "·", "an earlier one answers first"
        else:
            mark, reason, answered = "✓", "answers", True
        lines.append(f"{mark} {rule.made_at}  {rule}")
        lines.append(f"    {reason}")
        if rule.conditions:
            lines += table(differences(rule.conditions, view))
    lines.append(
        "" if answered else "No rule would answer: the mock makes something up, or refuses where it is strict."
    )
    return "\n".join(lines).rstrip()


def summary(rules: Sequence[Rule]) -> str:
    """How many rules there are, and which can never answer."""
    lines = [f"{len(rules)} {'rule' if len(rules) == 1 else 'rules'}"]
    for number, rule in enumerate(rules):
        shadow = next((other for other in rules[:number] if other.times is None and other.covers(rule)), None)
        if shadow is not None:
            lines.append(f"  {rule.made_at} never answers: {shadow.made_at} answers all that it would")
    return "\n".join(lines)

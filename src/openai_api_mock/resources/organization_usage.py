"""Usage and costs: what the ledger has, in buckets of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from .. import ledger
from ..answer import JSON
from ..call import Call
from ..ledger import DAY, HOUR, MINUTE, Line, Sum
from ..prices import items_of, price_of
from ..state import walk
from ..wire import Reply
from .base import Resource, operation

WIDTHS = {"1m": (MINUTE, 60, 1440), "1h": (HOUR, 24, 168), "1d": (DAY, 7, 31)}
"""A bucket's seconds, and how many buckets a page has: unless told otherwise, and at most."""
_COSTS_MOST = 180
_PRICED = (ledger.COMPLETIONS, ledger.DECISIONS, ledger.EMBEDDINGS, ledger.IMAGES)

Group = dict[str, JSON]


class Used(NamedTuple):
    """A part of what was used, with all that it can be grouped by."""

    start: int
    group: Group
    sum: Sum
    dollars: float = 0.0


def _tokens(used: Sum) -> Group:
    uncached = used.input - used.cached
    return {
        "input_tokens": used.input,
        "output_tokens": used.output,
        "input_cached_tokens": used.cached,
        "input_uncached_tokens": uncached,
        "input_audio_tokens": 0,
        "output_audio_tokens": 0,
        "num_model_requests": used.requests,
    }


class Report(NamedTuple):
    """What a report says: `organization.usage.<name>.result`."""

    name: str
    groups: tuple[str, ...]
    said: Callable[[Sum], Group]


_WHO = ("project_id", "user_id", "api_key_id")
REPORTS = {
    ledger.COMPLETIONS: Report("completions", (*_WHO, "model", "batch", "service_tier", "api_source"), _tokens),
    ledger.DECISIONS: Report("decisions", (*_WHO, "model", "batch", "service_tier", "api_source"), _tokens),
    ledger.EMBEDDINGS: Report(
        "embeddings",
        (*_WHO, "model"),
        lambda used: {"input_tokens": used.input, "num_model_requests": used.requests},
    ),
    ledger.MODERATIONS: Report(
        "moderations",
        (*_WHO, "model"),
        lambda used: {"input_tokens": used.amount, "num_model_requests": used.requests},
    ),
    ledger.IMAGES: Report(
        "images",
        (*_WHO, "model", "size", "source"),
        lambda used: {"images": used.amount, "num_model_requests": used.requests},
    ),
    ledger.SPEECHES: Report(
        "audio_speeches",
        (*_WHO, "model"),
        lambda used: {"characters": used.amount, "num_model_requests": used.requests},
    ),
    ledger.TRANSCRIPTIONS: Report(
        "audio_transcriptions",
        (*_WHO, "model"),
        lambda used: {"seconds": used.amount, "num_model_requests": used.requests},
    ),
    ledger.SEARCHES: Report(
        "web_searches",
        (*_WHO, "model", "context_level", "api_source"),
        lambda used: {"num_requests": used.amount, "num_model_requests": used.requests},
    ),
    ledger.FILE_SEARCHES: Report(
        "file_searches", (*_WHO, "vector_store_id"), lambda used: {"num_requests": used.amount}
    ),
    ledger.SESSIONS: Report("code_interpreter_sessions", ("project_id",), lambda used: {"num_sessions": used.amount}),
}


class Usage(Resource):
    """`/organization/usage` and `/organization/costs`."""

    def handlers(self) -> dict[str, Callable[[Call], Any]]:
        reports = {f"GET /organization/usage/{path}": self._reporter(path) for path in REPORTS}
        return super().handlers() | reports

    @operation("GET /organization/usage/vector_stores")
    def vector_stores(self, call: Call) -> Reply:
        """What the vector stores that there are by now take, from the time of their making on."""
        stores = list(walk(self.store, "/vector_stores", "asc"))

        def results(start: int, end: int) -> Iterator[Group]:
            taken = sum(int(each.get("usage_bytes") or 0) for each in stores if each.get("created_at", 0) < end)
            if taken:
                yield {"object": "organization.usage.vector_stores.result", "usage_bytes": taken, "project_id": None}

        return self._paged(call, results, *WIDTHS[str(call.query.get("bucket_width") or "1d")])

    @operation("GET /organization/costs")
    def costs(self, call: Call) -> Reply:
        """What was used, by the prices of the option `prices`. What has no price isn't in it."""
        groups = _groups(call, (*_WHO, "line_item", "api_source"))
        wanted = call.query.get("line_items")

        def results(start: int, end: int) -> Iterator[Group]:
            parts = [part for part in self._priced(call, start, end) if not wanted or part.group["line_item"] in wanted]
            for group, some in _grouped(parts, groups):
                result = {"object": "organization.costs.result", "amount": _dollars(some), **group}
                if "line_item" in groups:
                    result |= {"quantity": float(sum(each.sum.amount for each in some)), "quantity_unit": "tokens"}
                yield result

        return self._paged(call, results, DAY, WIDTHS["1d"][1], _COSTS_MOST)

    def _reporter(self, path: str) -> Callable[[Call], Reply]:
        report = REPORTS[path]

        def answer(call: Call) -> Reply:
            groups = _groups(call, report.groups)

            def results(start: int, end: int) -> Iterator[Group]:
                for group, some in _grouped(self._used(call, path, start, end), groups):
                    used = Sum()
                    for each in some:
                        used.add(each.sum)
                    shown = {name: group.get(name) for name in report.groups}
                    yield {"object": f"organization.usage.{report.name}.result", **report.said(used), **shown}

            return self._paged(call, results, *WIDTHS[str(call.query.get("bucket_width") or "1d")])

        return answer

    def _priced(self, call: Call, start: int, end: int) -> Iterator[Used]:
        prices = self.options.prices
        for report in _PRICED:
            for line, used in self.ledger.lines(report, start, end):
                price = price_of(prices, line.model)
                group = self._group(line)
                if price is None or not _is_wanted(call, group):
                    continue
                for name, tokens, dollars in items_of(price, used.input, used.cached, used.output):
                    group = {**group, "line_item": f"{line.model}, {name}"}
                    yield Used(line.start, group, Sum(amount=tokens), dollars)

    def _used(self, call: Call, report: str, start: int, end: int) -> Iterator[Used]:
        for line, used in self.ledger.lines(report, start, end):
            group = self._group(line)
            if _is_wanted(call, group):
                yield Used(line.start, group, used)

    def _group(self, line: Line) -> Group:
        """All that a line can be grouped by; a key's project where no header named one."""
        known = self.keys.find(line.key)
        owner = {} if known is None or known.owner is None else known.owner
        return {
            "project_id": line.project or (known.project if known is not None else None),
            "user_id": owner.get("id") if owner.get("type") == "user" else None,
            "api_key_id": self.keys.id_of(line.key),
            "model": line.model or None,
            "batch": line.batch,
            "service_tier": line.tier or "default",
            "api_source": "unlabeled",
            "size": line.size or None,
            "source": line.source or None,
        }

    def _paged(
        self, call: Call, results: Callable[[int, int], Iterable[Group]], width: int, usual: int, most: int
    ) -> Reply:
        query = call.query
        limit = query.get("limit")
        # What the API says of a limit beyond the greatest isn't known.
        count = min(limit, most) if isinstance(limit, int) and limit > 0 else usual
        end = _on_the_calendar(query.get("end_time") or int(self.clock.time()) + 1)
        begin = _on_the_calendar(
            query["start_time"] if isinstance(query.get("start_time"), int) else end - width * count
        )
        token = str(query.get("page") or "")
        paged = token.startswith("page_") and token[5:].isdecimal() and len(token) < 25
        start = _on_the_calendar(int(token[5:])) if paged else begin
        # The first bucket and the last may be cut by the range that is asked for.
        edges = range(start - start % width, end, width)
        data = [
            {
                "object": "bucket",
                "start_time": max(edge, begin),
                "end_time": min(edge + width, end),
                "results": list(results(max(edge, begin), min(edge + width, end))),
            }
            for edge in edges[:count]
        ]
        following = edges[count] if len(edges) > count else None
        page = {
            "object": "page",
            "data": data,
            "has_more": following is not None,
            "next_page": None if following is None else f"page_{following}",
        }
        return self.json(page, call.noise)


_LAST = 1 << 40
"""Seconds since the epoch; no call is later."""


def _on_the_calendar(time: int) -> int:
    return min(max(time, 0), _LAST)


_FILTERS = {
    "project_ids": "project_id",
    "user_ids": "user_id",
    "api_key_ids": "api_key_id",
    "models": "model",
    "batch": "batch",
    "sizes": "size",
    "sources": "source",
}


def _is_wanted(call: Call, group: Group) -> bool:
    for name, field in _FILTERS.items():
        wanted = call.query.get(name)
        if wanted is not None and group[field] not in (wanted if isinstance(wanted, list) else [wanted]):
            return False
    return True


def _groups(call: Call, known: tuple[str, ...]) -> tuple[str, ...]:
    asked = call.query.get("group_by") or []
    return tuple(name for name in known if name in (asked if isinstance(asked, list) else [asked]))


def _grouped(parts: Iterable[Used], groups: tuple[str, ...]) -> Iterator[tuple[Group, list[Used]]]:
    """The parts that are alike in these fields, each with them."""
    found: dict[tuple[JSON, ...], list[Used]] = {}
    for part in parts:
        found.setdefault(tuple(part.group.get(name) for name in groups), []).append(part)
    for values, some in sorted(found.items(), key=lambda pair: [str(value) for value in pair[0]]):
        yield dict(zip(groups, values, strict=True)), some


def _dollars(parts: Iterable[Used]) -> Group:
    return {"currency": "usd", "value": sum(part.dollars for part in parts)}

"""Lists: the envelopes of the SDK's page classes, and the buckets of usage and costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from ..answer import JSON
from ..call import Call
from ..state import Order
from .generic_objects import JsonSchema, resolved

# How many things a list gives, and which first, unless told otherwise.
_LIMIT = 20
_LIMITS = {
    "/files": 10_000,
    "/fine_tuning/checkpoints/{fine_tuned_model_checkpoint}/permissions": 10,
    "/fine_tuning/jobs/{fine_tuning_job_id}/checkpoints": 10,
    "/models": 100_000,
}
_OLDEST_FIRST = frozenset(("/chat/completions", "/chat/completions/{completion_id}/messages", "/evals", "/models"))
_OBJECTS = {
    "POST /vector_stores/{vector_store_id}/search": "vector_store.search_results.page",
    "GET /vector_stores/{vector_store_id}/files/{file_id}/content": "vector_store.file_content.page",
}
_PAGING = frozenset(("after", "before", "limit", "order", "order_by", "page", "include", "beta"))
# What a filter is called, where it isn't called as the field is.
_FILTERS = {"filter": "status"}

_GROUPS = (
    "api_key_id", "api_source", "batch", "context_level", "line_item", "model", "project_id", "service_tier", "size",
    "source", "user_id", "vector_store_id",
)  # fmt: skip
# A bucket's length in seconds, and how many a page of usage has: unless told otherwise, and at most.
_WIDTHS = {"1m": (60, 60, 1440), "1h": (3600, 24, 168), "1d": (86_400, 7, 180)}


_LONGEST_TOKEN = 20


class Wanted(msgspec.Struct, frozen=True):
    """What a request asks of a list."""

    limit: int
    order: Order
    after: str | None
    before: str | None
    where: dict[str, JSON]

    @property
    def cursor(self) -> str:
        return self.after or self.before or ""


def wanted(call: Call, fields: frozenset[str]) -> Wanted:
    """Which things to list; `fields` are those of one, by which a list can be filtered."""
    query, path = call.query, call.operation.path
    limit = query.get("limit")
    default: Order = "asc" if path in _OLDEST_FIRST else "desc"
    order: Order = "asc" if str(query.get("order") or default).startswith("asc") else "desc"
    filters = {_FILTERS.get(name, name): value for name, value in query.items() if name not in _PAGING}
    return Wanted(
        limit if isinstance(limit, int) and limit > 0 else _LIMITS.get(path, _LIMIT),
        order,
        _cursor(query.get("after") or query.get("page")),
        _cursor(query.get("before")),
        {name: value for name, value in filters.items() if name in fields},
    )


def envelope(call: Call, items: list[JSON], ids: list[str], has_more: bool) -> dict[str, JSON]:
    """A page as the SDK's class of it reads it; `ids` are the items'."""
    page: dict[str, JSON] = {"object": _OBJECTS.get(call.operation.key, "list"), "data": items, "has_more": has_more}
    if call.operation.page in ("NextCursorPage", "TokenPage"):
        page["next"] = ids[-1] if ids and has_more else None
    elif call.operation.page == "Page":
        del page["has_more"]
    else:
        page |= {"first_id": ids[0] if ids else None, "last_id": ids[-1] if ids else None}
    return page


def of_report(bucket: JsonSchema, report: str) -> JsonSchema:
    """The schema of a bucket, with results of that report alone: `completions`, `costs`."""
    key = resolved(bucket)
    results = key["properties"]["results"]
    fitting = [
        branch
        for branch in results["items"].get("anyOf", [])
        if f".{report}." in f"{resolved({**branch, '$defs': bucket['$defs']})['properties']['object'].get('const')}."
    ]
    if not fitting:
        return bucket
    narrowed = {**key["properties"], "results": {**results, "items": fitting[0]}}
    return {**key, "properties": narrowed, "$defs": bucket["$defs"]}


def buckets(call: Call, now: float, make: Callable[[int, int], JSON]) -> dict[str, JSON]:
    """A page of usage or costs: `make(start, end)` gives a bucket, whose times are seconds since the epoch.

    Pages go on by `page`, which holds where the next one starts.
    """
    query = call.query
    width, usual, most = _WIDTHS.get(str(query.get("bucket_width")), _WIDTHS["1d"])
    limit = query.get("limit")
    count = min(limit, most) if isinstance(limit, int) and limit > 0 else usual
    end = _seconds(query.get("end_time"), int(now))
    start = _seconds(query.get("start_time"), end - width * count)
    token = str(query.get("page") or "").removeprefix("page_")
    if token.isdecimal() and len(token) < _LONGEST_TOKEN:
        start = int(token)
    start -= start % width
    following = start + width * count
    starts = range(start, min(max(end, start + 1), following), width)
    page = [_grouped(make(each, each + width), query.get("group_by")) for each in starts]
    more = following < end
    return {
        "object": "page",
        "data": page,
        "has_more": more,
        "next_page": f"page_{following}" if more else None,
    }


def _grouped(bucket: JSON, group_by: JSON) -> JSON:
    """The bucket with null in the fields by which results aren't grouped."""
    groups = group_by if isinstance(group_by, list) else []
    for result in bucket["results"]:
        result |= {name: None for name in _GROUPS if name in result and name not in groups}
    return bucket


def _cursor(value: JSON) -> str | None:
    return None if value is None or value == "" else str(value)


def _seconds(value: JSON, otherwise: int) -> int:
    return value if isinstance(value, int) else otherwise


def many(body: Mapping[str, JSON], thing: str) -> list[dict[str, JSON]]:
    """What a request that makes several things says of each: a list of objects, or of ids."""
    for name, values in body.items():
        if not isinstance(values, list):
            continue
        if values and all(isinstance(value, dict) for value in values):
            return values
        if name.endswith("_ids"):
            field = "id" if thing.endswith(name[:-4]) else name[:-1]
            return [{field: value} for value in values]
    return [{}]

"""Audit logs: what was done to the organization, by the mock's own doing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from ..admission import key_of
from ..answer import JSON
from ..call import Call
from ..ids import make_for
from ..state import walk
from ..wire import Reply
from .base import Follower, Resource, operation
from .organization import PROJECTS

LOGS = "/_audit_logs"
KEPT = 10_000
"""Entries; beyond, the oldest go."""

_PROJECT = f"{PROJECTS}/{{project_id}}"


class Deed(NamedTuple):
    """What an operation is called, and which fields of it are told."""

    type: str
    data: tuple[str, ...] = ()
    """Of what was made."""
    changes: tuple[str, ...] = ()
    """Of what was asked to change."""
    plain: tuple[str, ...] = ()
    """Of what was made, beside the id."""


_RATE_LIMITS = (
    "batch_1_day_max_input_tokens", "max_audio_megabytes_per_1_minute", "max_images_per_1_minute",
    "max_requests_per_1_day", "max_requests_per_1_minute", "max_tokens_per_1_minute",
)  # fmt: skip
DEEDS = {
    "POST /organization/admin_api_keys": Deed("api_key.created"),
    "DELETE /organization/admin_api_keys/{key_id}": Deed("api_key.deleted"),
    f"POST {_PROJECT}/service_accounts/{{service_account_id}}/api_keys": Deed("api_key.created"),
    f"POST {_PROJECT}/api_keys/{{api_key_id}}": Deed("api_key.updated", changes=("scopes", "expires_in_seconds")),
    f"DELETE {_PROJECT}/api_keys/{{api_key_id}}": Deed("api_key.deleted"),
    "POST /organization/certificates": Deed("certificate.created", plain=("name",)),
    "POST /organization/certificates/{certificate_id}": Deed("certificate.updated", plain=("name",)),
    "DELETE /organization/certificates/{certificate_id}": Deed("certificate.deleted"),
    "POST /organization/groups": Deed("group.created", data=("group_name",)),
    "POST /organization/groups/{group_id}": Deed("group.updated", changes=("group_name",)),
    "DELETE /organization/groups/{group_id}": Deed("group.deleted"),
    "POST /organization/invites": Deed("invite.sent", data=("email", "role")),
    "DELETE /organization/invites/{invite_id}": Deed("invite.deleted"),
    f"POST {PROJECTS}": Deed("project.created", data=("name", "title")),
    f"POST {_PROJECT}": Deed("project.updated", changes=("title",)),
    f"POST {_PROJECT}/archive": Deed("project.archived"),
    f"POST {_PROJECT}/rate_limits/{{rate_limit_id}}": Deed("rate_limit.updated", changes=_RATE_LIMITS),
    "POST /organization/roles": Deed("role.created", plain=("role_name", "permissions")),
    "POST /organization/roles/{role_id}": Deed("role.updated", changes=("role_name", "description")),
    "DELETE /organization/roles/{role_id}": Deed("role.deleted"),
    f"POST {_PROJECT}/service_accounts": Deed("service_account.created", data=("role",)),
    f"POST {_PROJECT}/service_accounts/{{service_account_id}}": Deed("service_account.updated", changes=("role",)),
    f"DELETE {_PROJECT}/service_accounts/{{service_account_id}}": Deed("service_account.deleted"),
    f"POST {_PROJECT}/users": Deed("user.added", data=("role",)),
    f"POST {_PROJECT}/users/{{user_id}}": Deed("user.updated", changes=("role",)),
    f"DELETE {_PROJECT}/users/{{user_id}}": Deed("user.deleted"),
    "POST /organization/users/{user_id}": Deed("user.updated", changes=("role",)),
    "DELETE /organization/users/{user_id}": Deed("user.deleted"),
}
_CALLED = {"group_name": "name", "role_name": "name", "title": "name"}
"""What fields of audit logs are called elsewhere."""
_LIMIT = 20


class AuditLogs(Resource):
    """`/organization/audit_logs`."""

    def followers(self) -> dict[str, Follower]:
        return {key: self._follower(deed) for key, deed in DEEDS.items()}

    @operation("GET /organization/audit_logs")
    def logs(self, call: Call) -> Reply:
        """Newest first."""
        query = call.query
        found = [each for each in walk(self.store, LOGS, "desc") if _is_wanted(each, query)]
        limit = query.get("limit") or _LIMIT
        before, after = query.get("before"), query.get("after")
        ids = [each["id"] for each in found]
        if before in ids:
            found = found[: ids.index(before)][-limit:]
        if after in ids:
            found = found[ids.index(after) + 1 :]
        page = list(islice(found, limit))
        first, last = (page[0]["id"], page[-1]["id"]) if page else (None, None)
        more = len(found) > len(page)
        listed = {"object": "list", "data": page, "first_id": first, "last_id": last, "has_more": more}
        return self.json(listed, call.noise)

    def _follower(self, deed: Deed) -> Follower:
        def write(call: Call, said: dict[str, Any]) -> None:
            told: dict[str, JSON] = {"id": said.get("id")}
            told |= _fields(deed.plain, said)
            if deed.data:
                told["data"] = _fields(deed.data, said)
            if deed.changes:
                told["changes_requested"] = _fields(deed.changes, call.body)
            id = make_for("audit_log", call.noise)
            entry = {
                "id": id,
                "type": deed.type,
                "effective_at": int(self.clock.time()),
                "actor": self._actor(call),
                "project": self._project(call),
                deed.type: told,
            }
            with self.store.transaction():
                self.store.put(LOGS, id, entry)
                if self.store.count(LOGS) > KEPT:
                    oldest = self.store.page(LOGS, limit=1, order="asc").items[0]
                    self.store.delete(LOGS, oldest["id"])

        return write

    def _actor(self, call: Call) -> JSON:
        value = key_of(call.request)
        id = self.keys.id_of(value)
        if id is None:
            return None
        known = self.keys.find(value)
        owner = None if known is None else known.owner
        api_key: dict[str, JSON] = {"id": id, "type": "user"}
        if owner is not None and owner["type"] == "service_account":
            api_key |= {"type": "service_account", "service_account": {"id": owner["id"]}}
        return {"type": "api_key", "api_key": api_key}

    def _project(self, call: Call) -> JSON:
        project = self.store.get(PROJECTS, call.params.get("project_id", ""))
        return None if project is None else {"id": project["id"], "name": project["name"]}


def _fields(names: tuple[str, ...], source: dict[str, Any]) -> dict[str, JSON]:
    pairs = ((name, source.get(name, source.get(_CALLED.get(name, name)))) for name in names)
    return {name: value for name, value in pairs if value is not None}


def _actors(entry: dict[str, Any]) -> Iterator[str]:
    api_key = (entry.get("actor") or {}).get("api_key") or {}
    yield from (part["id"] for part in (api_key, api_key.get("service_account") or {}) if "id" in part)


_COMPARED: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda at, limit: at > limit,
    "gte": lambda at, limit: at >= limit,
    "lt": lambda at, limit: at < limit,
    "lte": lambda at, limit: at <= limit,
}


def _is_wanted(entry: dict[str, Any], query: Any) -> bool:
    def among(name: str, values: list[Any]) -> bool:
        wanted = query.get(name)
        return not wanted or not set(wanted if isinstance(wanted, list) else [wanted]).isdisjoint(values)

    effective = query.get("effective_at") or {}
    return (
        among("event_types", [entry["type"]])
        and among("actor_ids", list(_actors(entry)))
        and among("actor_emails", [])
        and among("project_ids", [(entry["project"] or {}).get("id")])
        and among("resource_ids", [entry[entry["type"]]["id"]])
        and all(_COMPARED[name](entry["effective_at"], int(limit)) for name, limit in effective.items())
    )

"""The organization, where it is peculiar: keys that work, and what goes with what is deleted.

All else of it follows from the catalog.
"""

from __future__ import annotations

from typing import Any

from ..answer import JSON
from ..call import Call
from ..errors import APIError
from ..ids import BASE62, formed, make_for
from ..keys import Key
from ..wire import Reply
from .base import Follower, Resource, operation

PROJECTS = "/organization/projects"
ADMIN_KEYS = "/organization/admin_api_keys"


class Organization(Resource):
    """`/organization`."""

    def followers(self) -> dict[str, Follower]:
        project = f"{PROJECTS}/{{project_id}}"
        return {
            "DELETE /organization/admin_api_keys/{key_id}": lambda call, said: self.keys.retire(key=said["id"]),
            f"DELETE {project}/api_keys/{{api_key_id}}": lambda call, said: self.keys.retire(key=said["id"]),
            f"POST {project}/archive": lambda call, said: self.keys.retire(project=said["id"]),
            f"DELETE {project}/service_accounts/{{service_account_id}}": self._drop_service_account,
            "DELETE /organization/users/{user_id}": self._drop_user,
            "DELETE /organization/groups/{group_id}": self._drop_group,
        }

    @operation("GET /organization/projects")
    def projects(self, call: Call) -> Reply:
        """Archived ones only for who asks for them."""
        where = {} if call.query.get("include_archived") else {"status": "active"}
        return self._listed(call, PROJECTS, where)

    @operation("GET /organization/projects/{project_id}/api_keys")
    def project_keys(self, call: Call) -> Reply:
        self._require_project(call)
        return self._listed(call, _keys_path(call), {})

    @operation("POST /organization/projects/{project_id}/service_accounts/{service_account_id}/api_keys")
    def make_key(self, call: Call) -> Reply:
        """A key of a service account, which works from now on, and whose value is shown this once."""
        self._require_project(call)
        project, owner = call.params["project_id"], call.params["service_account_id"]
        account = self.store.get(f"{PROJECTS}/{project}/service_accounts", owner)
        if account is None:
            raise self.unmade(APIError(404, f"No such service account object: {owner}", param="id"))
        value, shown = self._new_key(call, "sk-svcacct-")
        shown |= {
            "object": "organization.project.api_key",
            "name": str(call.body.get("name") or account["name"]),
            "owner": {
                "type": "service_account",
                "service_account": {name: account.get(name) for name in ("id", "created_at", "name", "role")},
            },
            "owner_project_access": "active",
        }
        key = Key("", shown["id"], project, {"type": "service_account", "id": owner}, shown["expires_at"])
        with self.store.transaction():
            self.store.put(_keys_path(call), shown["id"], shown)
            self.keys.issue(value, key)
        made = {name: shown[name] for name in ("id", "created_at", "expires_at", "name")}
        made |= {"object": "organization.project.service_account.api_key", "value": value}
        return self.json(made, call.noise)

    @operation("POST /organization/admin_api_keys")
    def make_admin_key(self, call: Call) -> Reply:
        """A key that works from now on, and whose value is shown this once."""
        value, shown = self._new_key(call, "sk-admin-")
        shown |= {
            "object": "organization.admin_api_key",
            "name": str(call.body.get("name") or ""),
            "owner": {"type": "user", "object": "organization.user", "role": "owner"},
        }
        with self.store.transaction():
            self.store.put(ADMIN_KEYS, shown["id"], shown)
            self.keys.issue(value, Key("", shown["id"], None, None, shown["expires_at"]))
        return self.json({**shown, "value": value}, call.noise)

    def _new_key(self, call: Call, prefix: str) -> tuple[str, dict[str, JSON]]:
        """A key's value, and what shows of any."""
        now, seconds = int(self.clock.time()), call.body.get("expires_in_seconds")
        value = formed((prefix, BASE62, 64), call.noise)
        return value, {
            "id": make_for("api_key", call.noise),
            "created_at": now,
            "expires_at": None if seconds is None else now + seconds,
            "last_used_at": None,
            "redacted_value": f"{value[:10]}...{value[-4:]}",
        }

    def _drop_service_account(self, call: Call, said: dict[str, Any]) -> None:
        self.keys.retire(owner=said["id"])
        path = _keys_path(call)
        for shown in self.store.page(path, limit=self.store.count(path) or 1).items:
            if shown.get("owner", {}).get("service_account", {}).get("id") == said["id"]:
                self.store.delete(path, shown["id"])

    def _drop_user(self, call: Call, said: dict[str, Any]) -> None:
        self._drop_below(said["id"], f"{PROJECTS}/", "/users")
        self._drop_below(said["id"], "/organization/groups/", "/users")
        self.store.delete_below(f"/organization/users/{said['id']}/")

    def _drop_group(self, call: Call, said: dict[str, Any]) -> None:
        self._drop_below(said["id"], f"{PROJECTS}/", "/groups")

    def _drop_below(self, id: str, beginning: str, ending: str) -> None:
        """Whoever is gone is gone everywhere."""
        for collection in list(self.store.collections()):
            if collection.startswith(beginning) and collection.endswith(ending) and collection.count("/") == 4:
                self.store.delete(collection, id)
                self.store.delete_below(f"{collection}/{id}/")

    def _require_project(self, call: Call) -> None:
        id = call.params["project_id"]
        if self.store.get(PROJECTS, id) is None:
            raise self.unmade(APIError(404, f"No such project object: {id}", param="id"))

    def _listed(self, call: Call, collection: str, where: dict[str, JSON]) -> Reply:
        listed = self.stored(
            call, collection, lambda id: APIError(404, f"No such object: {id}", param="after"), where=where or None
        )
        return self.json(listed, call.noise)


def _keys_path(call: Call) -> str:
    return f"{PROJECTS}/{call.params['project_id']}/api_keys"

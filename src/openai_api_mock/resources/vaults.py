"""Vaults and the credentials in them. A secret goes in and never comes out again: none is even kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..answer import JSON
from ..call import Call, Refused
from ..errors import APIError
from ..ids import make_for
from ..wire import Reply
from .base import Resource, operation

VAULTS = "/vaults"
Item = dict[str, JSON]
_Missing = Callable[[object], APIError]

# None was found quoted: worded like the API's other refusals.
_NO_VAULT = "No such vault object: {id}"
_NO_CREDENTIAL = "No such credential object: {id}"
_BLANK = "Invalid value for '{param}': expected 1 to 256 UTF-8 bytes."
_OTHER_TYPE = "Invalid value: 'auth.type' can't be changed from '{was}' to '{given}'."
_BAD_SECRET = "Invalid value for 'auth.secret_value': it must be nonempty and have no line breaks or NUL bytes."

NAME_LIMIT = 256
"""Bytes of a name, says the SDK's docstring (openai 3.54, vault_create_params.py)."""
# What each kind of authentication shows (openai 3.54, credential_auth.py), with what it is where it was left away.
_SHOWN: dict[str, Item] = {
    "environment_variable": {"networking": {"type": "unrestricted"}, "secret_name": ""},
    "mcp_oauth": {"expires_at": None, "mcp_server_url": "", "refresh": None},
    "static_bearer": {"mcp_server_url": ""},
}
_REFRESH: Item = {"client_id": "", "resource": None, "scope": None, "token_endpoint": ""}


class Vaults(Resource):
    """`/vaults`."""

    @operation("POST /vaults")
    def create(self, call: Call) -> Reply:
        name = call.body.get("name")
        vault: Item = {
            "id": make_for("vault", call.noise),
            "object": "vault",
            "created_at": int(self.clock.time()),
            "metadata": call.body.get("metadata") or {},
            "name": None if name is None else _trimmed(name, "name"),
        }
        self.store.put(VAULTS, vault["id"], vault)
        return self.json(vault, call.noise)

    @operation("GET /vaults")
    def list(self, call: Call) -> Reply:
        return self._listed(call, VAULTS, lambda id: APIError(404, _NO_VAULT.format(id=id)))

    @operation("GET /vaults/{vault_id}")
    def retrieve(self, call: Call) -> Reply:
        return self.json(self._vault(call), call.noise)

    @operation("POST /vaults/{vault_id}")
    def update(self, call: Call) -> Reply:
        with self.store.transaction():
            vault = self._vault(call)
            if "name" in call.body:
                name = call.body["name"]
                vault["name"] = None if name is None else _trimmed(name, "name")
            if call.body.get("metadata") is not None:
                vault["metadata"] = call.body["metadata"]
            self.store.put(VAULTS, vault["id"], vault)
        return self.json(vault, call.noise)

    @operation("DELETE /vaults/{vault_id}")
    def delete(self, call: Call) -> Reply:
        vault = self._vault(call)
        with self.store.transaction():
            self.store.delete(VAULTS, vault["id"])
            self.store.delete_below(f"{VAULTS}/{vault['id']}/")
        return self.json({"id": vault["id"], "object": "vault.deleted", "deleted": True}, call.noise)

    # Credentials

    @operation("POST /vaults/{vault_id}/credentials")
    def create_credential(self, call: Call) -> Reply:
        vault, auth, now = self._vault(call), call.body["auth"], int(self.clock.time())
        _check_secret(auth)
        credential: Item = {
            "id": make_for("vault.credential", call.noise),
            "object": "vault.credential",
            "auth": shown(auth),
            "created_at": now,
            "metadata": call.body.get("metadata") or {},
            "name": _trimmed(call.body["name"], "name"),
            "updated_at": now,
            "vault_id": vault["id"],
        }
        self.store.put(_below(vault["id"]), credential["id"], credential)
        return self.json(credential, call.noise)

    @operation("GET /vaults/{vault_id}/credentials")
    def list_credentials(self, call: Call) -> Reply:
        vault = self._vault(call)["id"]
        return self._listed(call, _below(vault), lambda id: APIError(404, _NO_CREDENTIAL.format(id=id)))

    @operation("GET /vaults/{vault_id}/credentials/{credential_id}")
    def retrieve_credential(self, call: Call) -> Reply:
        return self.json(self._credential(call), call.noise)

    @operation("POST /vaults/{vault_id}/credentials/{credential_id}")
    def update_credential(self, call: Call) -> Reply:
        """The SDK's docstring: "Updates credential metadata or rotates its write-only secret."."""
        with self.store.transaction():
            credential = self._credential(call)
            if call.body.get("auth") is not None:
                credential["auth"] = _rotated(credential["auth"], call.body["auth"])
            if call.body.get("metadata") is not None:
                credential["metadata"] = call.body["metadata"]
            credential["updated_at"] = int(self.clock.time())
            self.store.put(_below(credential["vault_id"]), credential["id"], credential)
        return self.json(credential, call.noise)

    @operation("DELETE /vaults/{vault_id}/credentials/{credential_id}")
    def delete_credential(self, call: Call) -> Reply:
        credential = self._credential(call)
        self.store.delete(_below(credential["vault_id"]), credential["id"])
        return self.json({"id": credential["id"], "object": "vault.credential.deleted", "deleted": True}, call.noise)

    def _vault(self, call: Call) -> Item:
        id = call.params["vault_id"]
        found = self.store.get(VAULTS, id)
        if found is None:
            raise self.unmade(APIError(404, _NO_VAULT.format(id=id)))
        return found

    def _credential(self, call: Call) -> Item:
        vault, id = self._vault(call)["id"], call.params["credential_id"]
        found = self.store.get(_below(vault), id)
        if found is None:
            raise self.unmade(APIError(404, _NO_CREDENTIAL.format(id=id)))
        return found

    def _listed(self, call: Call, collection: str, missing: _Missing) -> Reply:
        metadata, status = call.query.get("metadata"), call.query.get("status")
        # No operation archives anything, so all there is is active.
        if status and "active" not in ([status] if isinstance(status, str) else status):
            collection = f"{collection}/archived"
        where = {"metadata": metadata} if metadata else None
        return self.json(self.stored(call, collection, missing, where=where), call.noise)


def _below(vault: str) -> str:
    return f"{VAULTS}/{vault}/credentials"


def shown(auth: Mapping[str, JSON]) -> Item:
    """An authentication without its secrets."""
    fields = _SHOWN[auth["type"]]
    seen = {"type": auth["type"], **{name: auth.get(name, usual) for name, usual in fields.items()}}
    if seen.get("refresh"):
        refresh = seen["refresh"]
        method = {"type": refresh["token_endpoint_auth"]["type"]}
        seen["refresh"] = {name: refresh.get(name, usual) for name, usual in _REFRESH.items()}
        seen["refresh"]["token_endpoint_auth"] = method
    if seen.get("networking", {}).get("type") == "limited":
        hosts = [str(host).lower() for host in seen["networking"]["allowed_hosts"]]
        seen["networking"] = {"type": "limited", "allowed_hosts": hosts}  # "normalized to lowercase"
    return seen


def _rotated(auth: Item, given: Mapping[str, JSON]) -> Item:
    """With new secrets, which don't show; what shows may change with them."""
    if given["type"] != auth["type"]:
        raise Refused(APIError(400, _OTHER_TYPE.format(was=auth["type"], given=given["type"]), param="auth.type"))
    _check_secret(given)
    rotated = dict(auth)
    if "expires_at" in given or given.get("access_token"):
        # "Omitting this field preserves the expiry unless a new access token is supplied [...]"
        rotated["expires_at"] = given.get("expires_at")
    if given.get("refresh") and auth.get("refresh"):
        rotated["refresh"] = refresh = dict(auth["refresh"])
        if "scope" in given["refresh"]:
            refresh["scope"] = given["refresh"]["scope"]
        method = given["refresh"].get("token_endpoint_auth")
        if method is not None:
            refresh["token_endpoint_auth"] = {"type": method["type"]}
    return rotated


def _check_secret(auth: Mapping[str, JSON]) -> None:
    secret = auth.get("secret_value")
    if secret is not None and (not secret or set(secret) & set("\r\n\0")):
        raise Refused(APIError(400, _BAD_SECRET, param="auth.secret_value", code="invalid_value"))


def _trimmed(name: str, param: str) -> str:
    name = name.strip()
    if not 1 <= len(name.encode()) <= NAME_LIMIT:
        raise Refused(APIError(400, _BLANK.format(param=param), param=param, code="invalid_value"))
    return name

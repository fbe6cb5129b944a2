"""Webhook endpoints that are registered by the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..answer import JSON
from ..call import Call, Refused
from ..errors import APIError
from ..ids import make_for
from ..webhooks.endpoints import ENDPOINTS, SECRETS
from ..webhooks.events import SUBSCRIBABLE, thing_of
from ..webhooks.outbox import Attempt
from ..webhooks.signing import hint_of, new_secret
from ..wire import Pending, Reply
from .base import Resource, operation

_OVERLAP = 24 * 3600
"""Seconds for which a secret stays good beside the one that takes its place, where that is asked for."""


class WebhookEndpoints(Resource):
    """`/webhook_endpoints`."""

    @operation("GET /webhook_event_types")
    def types(self, call: Call) -> Reply:
        return self.json({"object": "list", "data": list(SUBSCRIBABLE)}, call.noise)

    @operation("POST /webhook_endpoints")
    def create(self, call: Call) -> Reply:
        body = call.body
        secret, now = new_secret(call.noise), int(self.clock.time())
        shown: dict[str, JSON] = {
            "id": make_for("webhook_endpoint", call.noise),
            "object": "webhook_endpoint",
            "created_at": now,
            "event_types": body.get("event_types") or [],
            "name": str(body.get("name") or ""),
            "signing_secret_hint": hint_of(secret),
            "updated_at": now,
            "url": str(body.get("url") or ""),
        }
        with self.store.transaction():
            self.store.put(ENDPOINTS, shown["id"], shown)
            self.store.put(SECRETS, shown["id"], {"secrets": [secret], "until": [None]})
        return self.json({**shown, "signing_secret": secret}, call.noise)

    @operation("GET /webhook_endpoints")
    def list_all(self, call: Call) -> Reply:
        listed = self.stored(call, ENDPOINTS, lambda id: _missing(str(id)))
        return self.json(listed, call.noise)

    @operation("GET /webhook_endpoints/{webhook_endpoint_id}")
    def retrieve(self, call: Call) -> Reply:
        return self.json(self._found(call), call.noise)

    @operation("POST /webhook_endpoints/{webhook_endpoint_id}")
    def update(self, call: Call) -> Reply:
        shown = self._found(call)
        changed = {**shown, **{name: value for name, value in call.body.items() if name in shown}}
        if changed != shown:
            changed["updated_at"] = int(self.clock.time())
            self.store.put(ENDPOINTS, shown["id"], changed)
        return self.json(changed, call.noise)

    @operation("DELETE /webhook_endpoints/{webhook_endpoint_id}")
    def delete(self, call: Call) -> Reply:
        id = self._found(call)["id"]
        with self.store.transaction():
            self.store.delete(ENDPOINTS, id)
            self.store.delete(SECRETS, id)
        return self.json({"id": id, "object": "webhook_endpoint.deleted", "deleted": True}, call.noise)

    @operation("POST /webhook_endpoints/{webhook_endpoint_id}/rotate_secret")
    def rotate(self, call: Call) -> Reply:
        shown, now, secret = self._found(call), int(self.clock.time()), new_secret(call.noise)
        known = self.store.get(SECRETS, shown["id"]) or {"secrets": []}
        old = known["secrets"][:1] if call.body.get("keep_old_secret_active_for_24_hours") else []
        shown |= {"signing_secret_hint": hint_of(secret), "updated_at": now}
        with self.store.transaction():
            self.store.put(ENDPOINTS, shown["id"], shown)
            kept = {"secrets": [secret, *old], "until": [None, *(now + _OVERLAP for _ in old)]}
            self.store.put(SECRETS, shown["id"], kept)
        return self.json({**shown, "signing_secret": secret}, call.noise)

    @operation("POST /webhook_endpoints/{webhook_endpoint_id}/test")
    def test(self, call: Call) -> Reply | Pending:
        """Send a sample, once, and say what the endpoint answered. What the API says where it can't be reached isn't
        known."""
        shown, type, now = self._found(call), str(call.body.get("event_type") or SUBSCRIBABLE[0]), self.clock.time()
        endpoint = self.webhooks.endpoints.find(shown["id"], now)
        if endpoint is None or self.webhooks.carrier is None:
            raise Refused(APIError(500, "this engine has no front end that sends webhooks", "server_error"))
        refusal = self.webhooks.endpoints.refusal(endpoint.url)
        if refusal is not None:
            raise self.unmade(_unreached(refusal))
        sample = self.webhooks.sample(endpoint, type, make_for(thing_of(type), call.noise))
        return Pending(
            self.webhooks.carrier(self.webhooks, sample, now),
            lambda attempt: self._tested(call, shown, type, attempt),
            lambda error: Refused(APIError(500, str(error))),
        )

    def _tested(self, call: Call, shown: Mapping[str, JSON], type: str, attempt: Attempt) -> Reply:
        if attempt.status is None:
            raise Refused(_unreached(attempt.error))
        result = {
            "object": "webhook_endpoint.test",
            "event_type": type,
            "status_code": attempt.status,
            "success": True,
            "webhook_endpoint_id": shown["id"],
        }
        return self.json(result, call.noise)

    def _found(self, call: Call) -> dict[str, Any]:
        id = call.params["webhook_endpoint_id"]
        shown = self.store.get(ENDPOINTS, id)
        if shown is None:
            raise self.unmade(_missing(id))
        return shown


def _unreached(reason: str | None) -> APIError:
    return APIError(400, f"The webhook endpoint could not be reached: {reason}")


def _missing(id: str) -> APIError:
    return APIError(404, f"No such webhook endpoint object: {id}", param="id")

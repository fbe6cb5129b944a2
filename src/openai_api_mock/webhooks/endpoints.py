"""Who wants to be told: endpoints of the configuration, of the API, and receivers in this process."""

from __future__ import annotations

import difflib
import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec

from ..answer import JSON
from ..errors import UsageError
from ..state import Store, walk
from .events import EVENT_TYPES
from .signing import is_secret, usual_secret

ENDPOINTS = "/webhook_endpoints"
"""Where the API's are kept, as they show."""
SECRETS = "/_webhooks/secrets"
"""What they are signed by, which doesn't show."""
_FORMS = (
    "it takes a URL, {'url': ..., 'secret': 'whsec_...', 'events': ['batch.completed']} (all but the URL may be left "
    "out), or several of these in a list"
)


class Webhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An endpoint of the configuration."""

    url: str
    secret: str | None = None
    events: tuple[str, ...] = ()
    """Their types; none: all."""


class Endpoint(msgspec.Struct, frozen=True):
    """Who is told of events of these types, and by what that is signed."""

    id: str
    url: str
    secrets: tuple[str, ...]
    """The latest first."""
    events: tuple[str, ...] = ()
    """None: all."""

    def wants(self, type: str) -> bool:
        return not self.events or type in self.events


class Receiver(Protocol):
    """An application in this process."""

    at_once: bool
    """Whether a thread delivers as soon as something happens; else whoever waits for it does."""

    def call(self, headers: Mapping[str, str], body: bytes) -> int:
        """The status that it answers with. Raises what it raises."""
        ...

    def is_bound_here(self) -> bool:
        """Whether it can only run when the asking thread goes back to its event loop."""
        ...


class Endpoints:
    """All of one engine's."""

    def __init__(self, store: Store, webhooks: Iterable[Webhook], hosts: Iterable[str]) -> None:
        self._store = store
        self._hosts = frozenset(host.lower() for host in hosts)
        self._configured = {endpoint.id: endpoint for endpoint in map(self._configured_as, webhooks)}
        self._received: dict[str, Endpoint] = {}
        self.receivers: dict[str, Receiver] = {}
        """By the id of their endpoint."""

    def _configured_as(self, webhook: Webhook) -> Endpoint:
        refusal = self.refusal(webhook.url)
        if refusal is not None:
            raise UsageError(f"webhooks: {refusal}")
        # The same in the next process, so that what is undelivered finds its way.
        id = "webhook_endpoint_" + blake2b(webhook.url.encode(), digest_size=16).hexdigest()
        return Endpoint(id, webhook.url, (webhook.secret or usual_secret(),), webhook.events)

    def receive(self, name: str, receiver: Receiver, secret: str, events: tuple[str, ...]) -> Endpoint:
        """Tell an application in this process, too."""
        id = f"receiver_{len(self._received) + 1}"
        endpoint = self._received[id] = Endpoint(id, name, (secret,), events)
        self.receivers[id] = receiver
        return endpoint

    def clear(self) -> None:
        """Forget the applications in this process. Those of the API are in the store."""
        self._received.clear()
        self.receivers.clear()

    def find(self, id: str, now: float) -> Endpoint | None:
        """An endpoint, with the secrets that are good by now."""
        known = self._configured.get(id) or self._received.get(id)
        if known is not None:
            return known
        shown = self._store.get(ENDPOINTS, id)
        return None if shown is None else self._stored(shown, now)

    def wanting(self, type: str, now: float) -> list[Endpoint]:
        """Those that want events of a type."""
        return [endpoint for endpoint in self._all(now) if endpoint.wants(type)]

    def any(self) -> bool:
        return bool(self._configured or self._received) or self._store.count(ENDPOINTS) > 0

    def any_at_once(self) -> bool:
        """Whether some are told by a thread."""
        if self._configured or any(receiver.at_once for receiver in self.receivers.values()):
            return True
        return self._store.count(ENDPOINTS) > 0

    def refusal(self, url: str) -> str | None:
        """Why nothing is sent there; None: it may be."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            host, port = "", 0
        if not host or parts.scheme not in ("http", "https") or port == 0:
            return f"{url!r} is no URL to send to; one looks like 'http://127.0.0.1:8000/webhook'"
        if is_loopback(host) or host in self._hosts:
            return None
        return f"nothing is sent to {host!r}, which is another machine: name it by webhook_hosts=[{host!r}]"

    def _all(self, now: float) -> Iterator[Endpoint]:
        yield from self._configured.values()
        yield from self._received.values()
        if self._store.count(ENDPOINTS):
            yield from (self._stored(shown, now) for shown in walk(self._store, ENDPOINTS, "asc"))

    def _stored(self, shown: Mapping[str, JSON], now: float) -> Endpoint:
        kept = self._store.get(SECRETS, shown["id"]) or {"secrets": [], "until": []}
        pairs = zip(kept["secrets"], kept["until"], strict=True)
        secrets = tuple(secret for secret, until in pairs if until is None or until > now)
        return Endpoint(shown["id"], shown["url"], secrets, tuple(shown["event_types"]))


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def webhooks_of(value: object) -> tuple[Webhook, ...]:
    """What the option `webhooks` says. Raises UsageError."""
    given: Any = value
    if isinstance(given, str):
        try:
            given = msgspec.json.decode(given)
        except msgspec.DecodeError:
            given = [part.strip() for part in given.split(",") if part.strip()]
    each = given if isinstance(given, (list, tuple)) else [given]
    try:
        known = [{"url": one} if isinstance(one, str) else one for one in each]
        webhooks = msgspec.convert(known, tuple[Webhook, ...])
    except msgspec.ValidationError:
        raise UsageError(f"webhooks={value!r} can't be: {_FORMS}") from None
    for webhook in webhooks:
        if webhook.secret is not None:
            check_secret(webhook.secret)
        check_events(webhook.events)
    return webhooks


def check_secret(secret: str) -> None:
    """Raises UsageError."""
    if not is_secret(secret):
        raise UsageError("a webhook's secret is 'whsec_' and Base64 behind it, or a text that doesn't begin so")


def check_events(events: Iterable[str]) -> None:
    """Raises UsageError on a type that isn't one."""
    for type in events:
        if type not in EVENT_TYPES:
            near = difflib.get_close_matches(type, EVENT_TYPES, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(EVENT_TYPES)}"
            raise UsageError(f"there is no event {type!r}; {hint}")

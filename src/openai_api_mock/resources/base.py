"""How a family of operations is written: a class whose methods say which operation they answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import IO, Any, TypeVar

import msgspec

from ..answer import JSON, Answer, Question
from ..asking import Asking
from ..call import Call, MadeUp, Refused
from ..clock import Clock
from ..errors import APIError
from ..faults.model import distorted
from ..files import Files
from ..generate.answers import Generator
from ..generate.tokens import Tokenizers
from ..headers import HeaderWriter
from ..jobs import Jobs, Kind
from ..keys import Keys
from ..ledger import Ledger
from ..limits.meters import Meters
from ..models import FURTHER, Model, is_tuned, model_named
from ..noise import Noise
from ..options import Options
from ..retrieval.stores import VectorStores
from ..state import Order, Store
from ..state import Page as Items
from ..stream.schedule import Schedule
from ..stream.sse import CONTENT_TYPE
from ..webhooks.outbox import Outbox
from ..wire import FileBody, Pending, Reply, Request, Session, Stream
from ..wordings import refusal

Handler = Callable[[Call], "Reply | Pending"]
Follower = Callable[[Call, Any], None]
"""Is given a call and the JSON that it was answered with."""
Page = Callable[[Request], Reply]
Ask = Callable[[Request], Reply | Pending]
Opener = Callable[[Request, Ask], Session | Reply]
"""Opens a conversation for a handshake, or refuses it; it asks the engine what a message stands for."""
_H = TypeVar("_H", bound=Callable[..., Reply | Pending | Session])

WEBSOCKET = "WEBSOCKET "
"""What the keys of operations over a WebSocket begin with."""

BESIDE = "/v1/_mock/"
"""Where a reply may name what lies beside the API: each resource's pages are in folders of their own below."""

HELD = 1024 * 1024
"""Bytes of a file that is answered in one piece."""

# Recorded replies that don't stream have their keys in alphabetical order.
encoded = msgspec.json.Encoder(order="sorted").encode


class Services(msgspec.Struct):
    """What an engine lends its resources."""

    clock: Clock
    generator: Generator
    tokenizers: Tokenizers
    headers: HeaderWriter
    options: Options
    store: Store
    jobs: Jobs
    files: Files
    vectors: VectorStores
    inside: Asking
    schedule: Schedule
    webhooks: Outbox
    ledger: Ledger
    keys: Keys
    limits: Meters
    lines: dict[str, Any]
    """Sessions that several connections and requests take part in, by their ids, while they last."""


class Resource:
    """A family of operations. A subclass marks its handlers with `@operation("POST /things")`."""

    def __init__(self, services: Services) -> None:
        self.clock = services.clock
        self.generator = services.generator
        self.tokenizers = services.tokenizers
        self._headers = services.headers
        self.options = services.options
        self.store = services.store
        self.jobs = services.jobs
        self.files = services.files
        self.vectors = services.vectors
        self.limits = services.limits
        self.inside = services.inside
        self.schedule = services.schedule
        self.webhooks = services.webhooks
        self.ledger = services.ledger
        self.keys = services.keys

    def handlers(self) -> dict[str, Handler]:
        """This resource's handlers by the key of their operation."""
        return {key: getattr(self, name) for key, name in keys_of(type(self)).items() if not key.startswith(WEBSOCKET)}

    def turns(self) -> dict[str, Handler]:
        """What answers the requests that a WebSocket's messages stand for, by the key of its operation."""
        return {}

    def pages(self) -> dict[str, Page]:
        """What this resource serves beside the API, by the folder below `BESIDE`: to anybody, with or without a key."""
        return {}

    def job_kinds(self) -> dict[str, Kind]:
        """What its jobs do in their stages, by the client's resource that they belong to, such as "batches"."""
        return {}

    def followers(self) -> dict[str, Follower]:
        """What else follows when an operation has been done, by its key."""
        return {}

    @property
    def exacting(self) -> bool:
        """Whether requests are held against all that the API asks of them, beyond what its types say."""
        return self.options.validate == "strict"

    def model_of(self, call: Call, usual: str = "") -> Model:
        """The model that a request names, or the usual one. Raises Refused where it must be the API's and isn't."""
        model = model_named(str(call.body.get("model") or usual))
        if self.options.models == "any" or self.knows(call, model.name):
            return model
        raise Refused(refusal("unknown_model", model=model.name))

    def knows(self, call: Call, name: str) -> bool:
        """Whether a model of that name is taken, or Azure's deployment where the path names one."""
        return self.takes(call.deployment or name)

    def takes(self, name: str) -> bool:
        """Whether a model of that name is taken."""
        if self.options.models == "any":
            return True
        return (not is_tuned(name) and model_named(name).known) or self.store.get(FURTHER, name) is not None

    def check_model(self, name: str) -> None:
        """Raises Refused where no model of that name is taken."""
        if not self.takes(name):
            raise Refused(refusal("unknown_model", model=name))

    def unmade(self, error: APIError) -> Exception:
        """What to raise where a thing was never made: what refuses the call, or has the generic resource answer it."""
        return Refused(error) if self.options.missing == "404" else MadeUp()

    def sockets(self) -> dict[str, Opener]:
        """What opens a conversation over a WebSocket, by the key of its operation."""
        return {key: getattr(self, name) for key, name in keys_of(type(self)).items() if key.startswith(WEBSOCKET)}

    def listed(
        self,
        call: Call,
        page: Callable[[int, Order, str | None], Items],
        missing: Callable[[object], APIError],
        *,
        usual: int = 20,
    ) -> dict[str, JSON]:
        """A list as a request asks for it, newest first unless it says otherwise: `page` gives so many in that order
        after a cursor, `usual` is how many where the request names no limit. Raises Refused with what `missing` says of
        a cursor that never was."""
        query = call.query
        order: Order = "asc" if query.get("order") == "asc" else "desc"
        try:
            found = page(query.get("limit") or usual, order, query.get("after"))
        except KeyError:
            if self.options.missing == "404":
                raise Refused(missing(query.get("after"))) from None
            found = Items([], False)
        ids = [item["id"] for item in found.items] or [None]
        more = found.has_more
        return {"object": "list", "data": found.items, "first_id": ids[0], "last_id": ids[-1], "has_more": more}

    def stored(
        self,
        call: Call,
        collection: str,
        missing: Callable[[object], APIError],
        *,
        where: Mapping[str, JSON] | None = None,
        before: str | None = None,
        usual: int = 20,
    ) -> dict[str, JSON]:
        """A list of a collection of the store, as `listed` has it."""

        def page(limit: int, order: Order, after: str | None) -> Items:
            return self.store.page(collection, limit=limit, order=order, after=after, before=before, where=where)

        return self.listed(call, page, missing, usual=usual)

    def distorted(self, call: Call, answer: Answer, question: Question) -> Answer:
        """The answer as the faults that strike the call have it."""
        faults = call.entry.faults
        answer = distorted(answer, question, faults, lambda question: self.generator.answer(question, call.chance()))
        return self.generator.spoken(answer, question)

    def json(self, value: JSON, noise: Noise, *, of_model: bool = False, status: int = 200) -> Reply:
        """A reply of one JSON value."""
        return Reply(status, self._write("application/json", noise, of_model), encoded(value))

    def said(self, content: bytes, noise: Noise) -> Reply:
        """A model's reply, of one JSON value that is encoded already."""
        return Reply(200, self._write("application/json", noise, True), content)

    def from_file(self, file: IO[bytes], noise: Noise, content_type: str = "application/octet-stream") -> Reply:
        """A reply of a file's bytes. A large one is read as it is sent; it is no business of the journal's."""
        headers, body = self._write(content_type, noise, False), FileBody(file)
        return Reply(200, headers, body.read()) if body.size <= HELD else Reply(200, headers, b"", file=body)

    def events(self, chunks: list[bytes], noise: Noise) -> Reply:
        """A reply that is a stream of server-sent events."""
        return Reply(200, self._write(CONTENT_TYPE, noise, True), Stream(chunks))

    def _write(self, content_type: str, noise: Noise, of_model: bool) -> list[tuple[str, str]]:
        return self._headers.write(content_type, noise, self.clock.time(), of_model=of_model)


def keys_of(resource: type[Resource]) -> dict[str, str]:
    """The operations that a family answers, each with the name of its handler."""
    marked = ((getattr(member, "_operation", None), name) for name, member in vars(resource).items())
    return {key: name for key, name in marked if key is not None}


def operation(key: str) -> Callable[[_H], _H]:
    """Marks the handler of one operation of the catalog, such as "POST /files"."""

    def mark(handler: _H) -> _H:
        handler._operation = key  # type: ignore[attr-defined]  # functions take attributes
        return handler

    return mark

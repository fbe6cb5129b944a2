"""What all families of the Agents API have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from ..advance import advance_of
from ..answer import JSON
from ..call import Call, Refused
from ..wire import Reply
from .agents_refusals import refusal
from .agents_running import Running
from .agents_state import Item, Kept, path_of
from .agents_stream import Following
from .base import Resource, Services

IDEMPOTENCY = "idempotency-key"


class OfAgents(Resource):
    """A family of operations about sessions and what belongs to them."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.kept = Kept(self.store, self.clock)
        self.running = Running(self.store, self.clock, self.jobs, self.inside, self.webhooks, self.options.prices)
        self._advance = advance_of(self.options.advance)

    @property
    def now(self) -> int:
        return int(self.clock.time())

    def session(self, call: Call, *, looks: bool = False) -> Item:
        """The session that the path names. `looks`: somebody asks for what has become of it."""
        id = call.params["session_id"]
        if looks:
            self.jobs.look(path_of(id))
        found = self.kept.session(id)
        if found is None:
            raise self.missing("session", id)
        return found

    def missing(self, what: str, id: object) -> Exception:
        """What to raise where a thing was never made."""
        return self.unmade(refusal("not_found", what=what, id=id))

    @contextmanager
    def made_up_otherwise(self) -> Iterator[None]:
        """Where what was never made is made up, so is what can't be made of a request."""
        try:
            yield
        except Refused as refused:
            raise self.unmade(refused.error) from None

    def found(self, collection: str, id: str, what: str) -> Item:
        found = self.store.get(collection, id)
        if found is None:
            raise self.missing(what, id)
        return found

    def page(
        self,
        call: Call,
        collection: str,
        what: str,
        *,
        where: Mapping[str, JSON] | None = None,
        show: Callable[[Item], Item] = lambda item: item,
    ) -> Reply:
        """A list of a collection, as the query asks for it."""
        listed = self.stored(call, collection, lambda id: refusal("not_found", what=what, id=id), where=where)
        listed["data"] = [show(item) for item in listed["data"]]
        return self.json(listed, call.noise)

    def deleted(self, call: Call, object: str, id: str) -> Reply:
        return self.json({"id": id, "object": f"{object}.deleted", "deleted": True}, call.noise)

    def followed(
        self,
        call: Call,
        session: str,
        place: str | None,
        *,
        first: Item | None = None,
        obfuscated: JSON = None,
        one_turn: bool = False,
    ) -> Reply:
        """The stream of what happens to a session behind a place in what was told of it; `first`, an event ahead of
        that, where it is told of what is to come alone. It is obfuscated unless that is false."""
        noise = None if obfuscated is False else call.noise
        following = Following(self.kept, self.jobs, self.clock, self._advance, session, place, noise, one_turn=one_turn)
        reply = self.events([], call.noise)
        reply.body = following.so_far() if first is None else following.stream([(0.0, first)])
        return reply

    def sent_before(self, call: Call, collection: str) -> Item | None:
        """What an earlier request with the same idempotency key was answered by."""
        key = call.request.headers.get(IDEMPOTENCY)
        return None if not key else self.store.get(collection, key)

    def remember_sent(self, call: Call, collection: str, answered: Item) -> None:
        key = call.request.headers.get(IDEMPOTENCY)
        if key:
            self.store.put(collection, key, {**answered, "id": key})

    def check_given(self, body: Mapping[str, JSON], *names: str) -> None:
        """Raises Refused where the request lacks one of these. Where it is validated, it was refused before."""
        for name in names:
            if body.get(name) is None:
                raise Refused(refusal("missing", param=name))

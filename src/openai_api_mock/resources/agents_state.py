"""Sessions of agents, their turns, items and events, as they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..answer import JSON
from ..clock import Clock
from ..ids import make_for
from ..noise import Noise
from ..state import Store, walk

Item = dict[str, JSON]
Told = tuple[float, str, Item]
"""An event: seconds from now until it is told, its type, and its fields."""

AGENTS = "/agents"
BELOW = "/_agents"
"""Before the collections of what has fields that aren't shown. What is made up on the spot hasn't, and is kept below
`/agents` by who makes it up."""
SESSIONS = f"{BELOW}/sessions"

# The events about a session or a subagent as a whole don't name its id beside it.
_WITH_ID = "session_id"
_WITHOUT_ID = frozenset(
    f"agent.session.{name}"
    for name in (
        "budget_reached", "created", "failed", "idle", "in_progress", "requires_action", "subagent.active",
        "subagent.closed", "subagent.created",
    )
)  # fmt: skip


def path_of(session: str) -> str:
    """Of a session's job, and of all that lies below it."""
    return f"{SESSIONS}/{session}"


def shown(session: Mapping[str, JSON]) -> Item:
    """A session as the API shows it: without what only the mock knows."""
    return {name: value for name, value in session.items() if not name.startswith("_")}


class Kept:
    """What sessions are made of, in the store. What belongs together is the caller's to put into a transaction."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    @property
    def now(self) -> int:
        return int(self._clock.time())

    # Sessions

    def session(self, id: str) -> Item | None:
        return self._store.get(SESSIONS, id)

    def put(self, session: Item) -> None:
        self._store.put(SESSIONS, session["id"], session)

    def delete(self, id: str) -> None:
        """A session with all that is its own."""
        self._store.delete(SESSIONS, id)
        self._store.delete_below(f"{path_of(id)}/")

    # Turns and items

    def turn(self, session: str, id: str) -> Item | None:
        return self._store.get(f"{path_of(session)}/turns", id)

    def put_turn(self, turn: Item) -> None:
        self._store.put(f"{path_of(turn['session_id'])}/turns", turn["id"], turn)

    def put_item(self, session: str, item: Item) -> None:
        """Make or change an item: one list has all of a session's, the other those of its turn."""
        self._store.put(f"{path_of(session)}/items", item["id"], item)
        self._store.put(f"{path_of(session)}/turns/{item['turn_id']}/items", item["id"], item)

    def items(self, session: str, turn: str) -> list[Item]:
        """Those of a turn, oldest first."""
        return [*walk(self._store, f"{path_of(session)}/turns/{turn}/items", "asc")]

    # What the model is told when it is asked

    def remember(self, session: str, items: Sequence[Item], noise: Noise) -> None:
        for item in items:
            key = noise.randbytes(8).hex()
            self._store.put(f"{path_of(session)}/asked", key, {"id": key, "item": item})

    def asked(self, session: str) -> list[Item]:
        return [each["item"] for each in walk(self._store, f"{path_of(session)}/asked", "asc")]

    # What was told

    def tell(self, session: Item, events: Sequence[Told]) -> None:
        """Note what has happened to a session, for those who follow it. The caller puts the session."""
        if not events:
            return
        now, first = self._clock.time(), session["_told"]
        written = []
        for number, (after, type, fields) in enumerate(events, first):
            noise = Noise(f"{session['id']} event {number}".encode())
            named = {} if type in _WITHOUT_ID else {_WITH_ID: session["id"]}
            written.append([now + after, {"type": type, "event_id": make_for("event", noise), **named, **fields}])
        session["_told"] = first + len(written)
        key = f"{first:012}"
        self._store.put(f"{path_of(session['id'])}/told", key, {"id": key, "events": written})

    def told_last(self, session: str) -> str | None:
        """The place behind all that was told so far."""
        last = self._store.page(f"{path_of(session)}/told", limit=1).items
        return str(last[0]["id"]) if last else None

    def told_after(self, session: str, place: str | None) -> tuple[list[tuple[float, Item]], str | None]:
        """What was told behind a place, with the times at which it is due; and the place behind that. Raises KeyError
        where the session is gone."""
        events: list[tuple[float, Item]] = []
        more = True
        while more:
            page = self._store.page(f"{path_of(session)}/told", limit=100, order="asc", after=place)
            for each in page.items:
                events += [(at, event) for at, event in each["events"]]
                place = str(each["id"])
            more = page.has_more
        return events, place

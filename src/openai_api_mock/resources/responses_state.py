"""What is kept of responses, and the way back along a chain of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from ..answer import JSON
from ..state import Store
from .responses_envelope import thin, whole
from .responses_question import role_of

Item = dict[str, JSON]

RESPONSES = "/responses"
CONVERSATIONS = "/conversations"


class Kept(msgspec.Struct, omit_defaults=True):
    """A response with all that later requests need of it."""

    response: dict[str, JSON]
    input: list[Item] = []
    context: int = 0
    """Tokens of the conversation up to and with this response."""
    loaded: list[str] = []
    """Tools that a search has found on the way here."""
    listed: list[str] = []
    """MCP servers whose tools have been listed on the way here."""
    running: str | None = None
    """The status that shows while it runs in the background; None: its outcome does."""
    streamed: bool = False
    pieces: list[str] | None = None
    images: dict[str, list[str]] = {}
    error: dict[str, JSON] | None = None
    """What went wrong in the middle, whole."""

    @property
    def previous(self) -> str | None:
        return self.response.get("previous_response_id")


class Past(msgspec.Struct):
    """What was said before a request."""

    recent: list[Item] = []
    """The items since, and with, the last message of the user; those before don't change what is said next."""
    context: int = 0
    loaded: Sequence[str] = ()
    listed: Sequence[str] = ()
    earlier: str | None = None
    """The id that ids of this response take after."""


def items_path(conversation: str) -> str:
    return f"{CONVERSATIONS}/{conversation}/items"


RUNNING = "response"
"""The one object of `running_path`, there while a response of the conversation runs in the background."""


def running_path(conversation: str) -> str:
    return f"{CONVERSATIONS}/{conversation}/running"


def keep(store: Store, kept: Kept, *, soon: bool = False) -> None:
    thinned = msgspec.structs.replace(kept, response=thin(kept.response))
    store.put(RESPONSES, kept.response["id"], msgspec.to_builtins(thinned), soon=soon)


def find(store: Store, id: str) -> Kept | None:
    found = store.get(RESPONSES, id)
    return None if found is None else msgspec.convert({**found, "response": whole(found["response"])}, Kept)


def past_of_chain(store: Store, kept: Kept) -> Past:
    """What was said up to the end of a response: reads back only as far as the user last spoke."""
    recent: list[Item] = []
    for items in _backwards(store, kept):
        recent = [*items, *recent]
        if any(role_of(item) == "user" for item in items):
            break
    return Past(recent, kept.context, kept.loaded, kept.listed, kept.response["id"])


def past_of_conversation(items: Sequence[Item], id: str, context: int) -> Past:
    """What was said in a conversation, whose items come oldest first."""
    start = max((index for index, item in enumerate(items) if role_of(item) == "user"), default=0)
    return Past([*items[start:]], context, earlier=id)


def input_items(store: Store, kept: Kept) -> Iterator[Item]:
    """All that a response was given, newest first: its own input, then what the chain before it said and was given."""
    yield from reversed(kept.input)
    before = None if kept.previous is None else find(store, kept.previous)
    if before is not None:
        for items in _backwards(store, before):
            yield from reversed(items)


def _backwards(store: Store, kept: Kept) -> Iterator[list[Item]]:
    """Each response's items, input and output, the newest response first."""
    at: Kept | None = kept
    while at is not None:
        yield [*at.input, *at.response["output"]]
        at = None if at.previous is None else find(store, at.previous)


def names(items: Sequence[Mapping[str, JSON]], kind: str, key: str) -> list[str]:
    return [str(item.get(key)) for item in items if item.get("type") == kind]

"""Threads of ChatKit. Its widget makes them, in a way that isn't the API's; the API lists them, shows them and deletes
them. So a test puts in those that its users are to have had.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .answer import JSON
from .clock import Clock
from .content import shortened
from .errors import UsageError
from .ids import make_for
from .noise import Noise, digest
from .state import Store

THREADS = "/chatkit/threads"
_MADE = "/_chatkit"

Item = dict[str, JSON]

STATUSES = ("active", "locked", "closed")
KINDS: Mapping[str, Item] = {
    "chatkit.user_message": {"attachments": [], "content": [], "inference_options": None},
    "chatkit.assistant_message": {"content": []},
    "chatkit.widget": {"widget": "{}"},
    "chatkit.client_tool_call": {"name": "", "call_id": "", "arguments": "{}", "status": "completed", "output": None},
    "chatkit.task": {"task_type": "custom", "heading": None, "summary": None},
    "chatkit.task_group": {"tasks": []},
}
"""What an item has unless told otherwise, by its type."""


def items_of(thread: str) -> str:
    """The collection of a thread's items."""
    return f"{THREADS}/{thread}/items"


class Threads:
    """The threads of one engine."""

    def __init__(self, store: Store, clock: Clock, seed: object) -> None:
        self._store = store
        self._clock = clock
        self._seed = str(seed).encode()

    def add(
        self,
        user: str,
        title: str | None = None,
        items: Sequence[object] = (),
        status: str | Mapping[str, Any] = "active",
    ) -> Item:
        """A new thread with these items, oldest first. Raises UsageError on what is none."""
        given: object = user
        if not isinstance(given, str) or not given:
            raise _cannot("user", user, "who the thread belongs to, a text as sessions have it")
        if isinstance(items, str) or not isinstance(items, Sequence):
            raise _cannot("items", items, "a list of {'user': 'Hi'}, {'assistant': 'Hello!'}, or items with a type")
        state: Item = {"type": status} if isinstance(status, str) else dict(status)
        if state.get("type") not in STATUSES:
            raise _cannot("status", status, "'active', 'locked' or 'closed', or such a type with its reason")
        if state["type"] != "active":
            state.setdefault("reason", None)
        with self._store.transaction():
            made = (self._store.get(_MADE, "threads") or {"count": 0})["count"] + 1
            self._store.put(_MADE, "threads", {"count": made})
            noise = Noise(digest(self._seed, b"chatkit.thread", b"%d" % made))
            thread: Item = {
                "id": make_for("chatkit.thread", noise),
                "object": "chatkit.thread",
                "created_at": int(self._clock.time()),
                "status": state,
                "title": title,
                "user": user,
            }
            self._store.put(THREADS, thread["id"], thread)
            for number, given in enumerate(items):
                item = self._item(thread, f"items[{number}]", given, noise)
                self._store.put(items_of(thread["id"]), item["id"], item)
        return thread

    def find(self, id: str) -> Item | None:
        return self._store.get(THREADS, id)

    def delete(self, id: str) -> None:
        """With its items, as documented."""
        with self._store.transaction():
            self._store.delete(THREADS, id)
            self._store.delete_below(f"{THREADS}/{id}/")

    def _item(self, thread: Item, where: str, given: object, noise: Noise) -> Item:
        fields = _spelt_out(given)
        kind = fields.get("type") if fields is not None else None
        if fields is None or kind not in KINDS:
            kinds = ", ".join(KINDS)
            raise _cannot(where, given, f"{{'user': 'Hi'}}, {{'assistant': 'Hello!'}}, or an item of a type ({kinds})")
        whole: Item = {
            # Not documented: how the ids of items look.
            "id": make_for("chatkit.thread_item", noise),
            "object": "chatkit.thread_item",
            "created_at": thread["created_at"],
            "thread_id": thread["id"],
            **KINDS[str(kind)],
            **fields,
        }
        return whole


def _spelt_out(given: object) -> Item | None:
    """An item's fields; None where it is none."""
    if not isinstance(given, Mapping):
        return None
    if set(given) == {"user"}:
        return {"type": "chatkit.user_message", "content": [{"type": "input_text", "text": given["user"]}]}
    if set(given) == {"assistant"}:
        text = {"type": "output_text", "text": given["assistant"], "annotations": []}
        return {"type": "chatkit.assistant_message", "content": [text]}
    return dict(given)


def _cannot(name: str, value: object, wanted: str) -> UsageError:
    return UsageError(f"threads.add({name}={shortened(repr(value))}) can't be: it takes {wanted}")

"""Conversations: the items that responses read and add to, as objects of their own."""

from __future__ import annotations

from collections.abc import Mapping

from ..answer import JSON
from ..call import Call, Refused
from ..state.store import Order
from ..wire import Reply
from ..wordings import refusal
from .base import Resource, operation
from .responses_ids import ChainIds
from .responses_input import Item, items_of, lasting
from .responses_state import CONVERSATIONS, items_path

_MOST = 20
"""Items that may be added at a time."""


class Conversations(Resource):
    """`/conversations`."""

    @operation("POST /conversations")
    def create(self, call: Call) -> Reply:
        made = self._ids(call)
        conversation: Item = {
            "id": made.make("conversation")[:-2],  # 48 digits, two less than a response's
            "object": "conversation",
            "created_at": int(self.clock.time()),
            "metadata": call.body.get("metadata") or {},
        }
        with self.store.transaction():
            self.store.put(CONVERSATIONS, conversation["id"], conversation)
            self._add(conversation["id"], call.body.get("items"), made)
        return self.json(conversation, call.noise)

    @operation("GET /conversations/{conversation_id}")
    def retrieve(self, call: Call) -> Reply:
        return self.json(self._found(call), call.noise)

    @operation("POST /conversations/{conversation_id}")
    def update(self, call: Call) -> Reply:
        conversation = {**self._found(call), "metadata": call.body.get("metadata") or {}}
        self.store.put(CONVERSATIONS, conversation["id"], conversation)
        return self.json(conversation, call.noise)

    @operation("DELETE /conversations/{conversation_id}")
    def delete(self, call: Call) -> Reply:
        id = self._found(call)["id"]
        with self.store.transaction():
            self.store.delete(CONVERSATIONS, id)
            self.store.delete_below(f"{CONVERSATIONS}/{id}/")
        return self.json({"id": id, "object": "conversation.deleted", "deleted": True}, call.noise)

    @operation("POST /conversations/{conversation_id}/items")
    def add(self, call: Call) -> Reply:
        id = self._found(call)["id"]
        with self.store.transaction():
            added = self._add(id, call.body.get("items"), self._ids(call, id))
        return self.json(_list(added, False), call.noise)

    @operation("GET /conversations/{conversation_id}/items")
    def items(self, call: Call) -> Reply:
        id, query = self._found(call)["id"], call.query
        order: Order = "asc" if query.get("order") == "asc" else "desc"
        after = query.get("after")
        try:
            page = self.store.page(items_path(id), limit=query.get("limit") or 20, order=order, after=after)
        except KeyError:
            if self.options.missing == "404":
                raise Refused(refusal("no_conversation_item", id=after)) from None
            return self.json(_list([], False), call.noise)
        return self.json(_list(page.items, page.has_more), call.noise)

    @operation("GET /conversations/{conversation_id}/items/{item_id}")
    def item(self, call: Call) -> Reply:
        id, item_id = self._found(call)["id"], call.params["item_id"]
        item = self.store.get(items_path(id), item_id)
        if item is None:
            if self.options.missing == "404":
                raise Refused(refusal("no_conversation_item", id=item_id))
            item = items_of("Hello", self._ids(call))[0] | {"id": item_id}
        return self.json(item, call.noise)

    @operation("DELETE /conversations/{conversation_id}/items/{item_id}")
    def remove(self, call: Call) -> Reply:
        """Answers with the conversation, not with what was deleted."""
        conversation, item_id = self._found(call), call.params["item_id"]
        if not self.store.delete(items_path(conversation["id"]), item_id) and self.options.missing == "404":
            raise Refused(refusal("no_conversation_item", id=item_id))
        return self.json(conversation, call.noise)

    def _found(self, call: Call) -> dict[str, JSON]:
        id = call.params["conversation_id"]
        found = self.store.get(CONVERSATIONS, id)
        if found is not None:
            return found
        if self.options.missing == "404":
            raise Refused(refusal("no_conversation", id=id))
        return {"id": id, "object": "conversation", "created_at": int(self.clock.time()), "metadata": {}}

    def _ids(self, call: Call, conversation: str | None = None) -> ChainIds:
        return ChainIds(call.noise, int(self.clock.time()), conversation)

    def _add(self, conversation: str, given: JSON, made: ChainIds) -> list[Item]:
        added = lasting(items_of(given or [], made))
        if len(added) > _MOST:
            raise Refused(refusal("too_many_items"))
        for item in added:
            self.store.put(items_path(conversation), str(item["id"]), item)
        return added


def _list(items: list[Item] | list[dict[str, JSON]], has_more: bool) -> Mapping[str, JSON]:
    # By the SDK's type both are text, of an empty list too.
    first, last = (items[0]["id"], items[-1]["id"]) if items else ("", "")
    return {"object": "list", "data": items, "first_id": first, "last_id": last, "has_more": has_more}

"""Models: the API's own, those that were fine-tuned, and those that the option `models` names."""

from __future__ import annotations

from ..answer import JSON
from ..call import Call, Refused
from ..headers import ORGANIZATION
from ..models import CREATED, FURTHER, created, is_tuned, listed_model, owner
from ..wire import Reply
from ..wordings import refusal
from .base import Resource, Services, operation

NAMED = "/models/_named"
"""The store's collection of the names that the option brought: what was deleted since stays away."""


class Models(Resource):
    """`/models`. What isn't the API's own is in the store, where a fine-tuning job puts what it made."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        names = () if isinstance(self.options.models, str) else self.options.models
        for name in names:
            if name not in CREATED and self.store.get(NAMED, name) is None:
                self.store.put(NAMED, name, {})
                self.store.put(FURTHER, name, self._further(name))

    @operation("GET /models")
    def list(self, call: Call) -> Reply:
        further = self.store.page(FURTHER, limit=self.store.count(FURTHER) or 1, order="asc").items
        return self.json({"object": "list", "data": [*map(_own, CREATED), *further]}, call.noise)

    @operation("GET /models/{model}")
    def retrieve(self, call: Call) -> Reply:
        name = call.params["model"]
        model = _own(name) if name in CREATED else self.store.get(FURTHER, name)
        if model is None and self.options.missing == "synthesize":
            model = self._further(name)
        if model is None:
            raise Refused(refusal("no_model", model=name))
        return self.json(model, call.noise)

    @operation("DELETE /models/{model}")
    def delete(self, call: Call) -> Reply:
        """Only what was fine-tuned can go."""
        name = call.params["model"]
        mine = self.store.get(FURTHER, name) is not None or self.options.missing == "synthesize"
        if name in CREATED or (mine and not is_tuned(name)):
            raise Refused(refusal("delete_model"))
        if not mine:
            raise Refused(refusal("no_model", model=name))
        self.store.delete(FURTHER, name)
        return self.json({"id": name, "object": "model", "deleted": True}, call.noise)

    def _further(self, name: str) -> dict[str, JSON]:
        return listed_model(name, int(self.clock.time()), ORGANIZATION if is_tuned(name) else "system")


def _own(name: str) -> dict[str, JSON]:
    return listed_model(name, created(name), owner(name))

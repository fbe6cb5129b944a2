"""Moderations: each input held against a word list."""

from __future__ import annotations

from collections.abc import Iterator

from .. import ids
from ..answer import JSON
from ..call import Call
from ..generate.moderation import USUAL_MODEL, moderate
from ..wire import Reply
from .base import Resource, operation


class Moderations(Resource):
    """`/moderations`."""

    @operation("POST /moderations")
    def create(self, call: Call) -> Reply:
        model = self.model_of(call, USUAL_MODEL)
        illicit = not model.name.startswith("text-moderation-")
        value: dict[str, JSON] = {
            "id": ids.make_for("moderation", call.noise),
            "model": model.snapshot,
            "results": [
                moderate(text, texts=texts, images=images, illicit=illicit)
                for text, texts, images in _inputs(call.body.get("input"))
            ],
        }
        return self.json(value, call.noise, of_model=True)


def _inputs(given: JSON) -> Iterator[tuple[str, bool, bool]]:
    """The inputs, each a text with whether there is text and whether there are images; parts are one input together."""
    if not isinstance(given, list):
        yield str(given or ""), True, False
        return
    parts = [part for part in given if isinstance(part, dict)]
    if parts:
        texts = [str(part.get("text") or "") for part in parts if part.get("type") == "text"]
        yield "\n".join(texts), bool(texts), any(part.get("type") == "image_url" for part in parts)
        return
    yield from ((str(text), True, False) for text in given)

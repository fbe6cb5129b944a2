"""Operations that the SDK has no method for, and other packages of OpenAI's call."""

from __future__ import annotations

from collections.abc import Callable

from .document import Document
from .lookup import Catalog, Match
from .operation import Components, Operation

# Such operations have no name on the client, and bodies of any shape.
BEYOND = (
    # What openai-agents posts its traces to, whatever its base URL.
    Operation(key="POST /traces/ingest", method="POST", path="/traces/ingest", sdk=""),
)
_Miss = Callable[[str, str], Catalog | None]


def beyond_or(newer: _Miss) -> _Miss:
    """What gives the catalog for a path that the catalog lacks: that of these operations, or `newer`'s."""
    catalog = Catalog(Document("", BEYOND, Components({})))
    return lambda method, path: catalog if isinstance(catalog.find(method, path), Match) else newer(method, path)

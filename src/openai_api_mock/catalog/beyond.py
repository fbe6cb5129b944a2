"""Operations that the SDK has no method for, and other packages of OpenAI's call."""

from __future__ import annotations

from .document import Document
from .lookup import Catalog
from .operation import Components, Operation

BEYOND = Catalog(
    Document("", (Operation(key="POST /traces/ingest", method="POST", path="/traces/ingest", sdk=""),), Components({}))
)
"""What openai-agents posts its traces to. Such operations have no name on the client, and their bodies any shape."""

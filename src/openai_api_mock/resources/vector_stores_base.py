"""What all operations on vector stores share: what is looked for, and how its jobs go on."""

from __future__ import annotations

from collections.abc import Mapping

from ..advance import advance_of
from ..answer import JSON
from ..call import Call, Refused
from ..retrieval.chunks import OVERLAP, SIZE
from ..retrieval.layout import Item
from ..retrieval.stores import NO_FILES, RUNNING
from ..wire import Reply
from .base import Resource
from .vector_stores_refusals import refusal

FILES, BATCHES = "vector_stores.files", "vector_stores.file_batches"
STAGES = (RUNNING, "completed")


class OfVectorStores(Resource):
    """Operations on vector stores."""

    def found_store(self, call: Call) -> Item:
        """The vector store that a path names."""
        id = call.params["vector_store_id"]
        found = self.vectors.find(id)
        if found is None:
            if self.options.missing == "404":
                raise Refused(refusal("no_store", id=id))
            return self.vectors.made_up(id)
        return found

    def found_file(self, call: Call) -> Item:
        """The vector store's file that a path names."""
        store, id = call.params["vector_store_id"], call.params["file_id"]
        self.found_store(call)
        found = self.vectors.file(store, id)
        if found is None and self.options.missing == "404":
            raise Refused(refusal("no_file", id=id, store=store))
        return found or {
            "id": id,
            "object": "vector_store.file",
            "created_at": int(self.clock.time()),
            "usage_bytes": 0,
            "vector_store_id": store,
            "status": "completed",
            "last_error": None,
            "chunking_strategy": strategy_of(None),
            "attributes": {},
        }

    def found_batch(self, call: Call) -> Item:
        """The batch that a path names."""
        store, id = call.params["vector_store_id"], call.params["batch_id"]
        self.found_store(call)
        found = self.vectors.batch(store, id)
        if found is None and self.options.missing == "404":
            raise Refused(refusal("no_batch", id=id, store=store))
        return found or {
            "id": id,
            "object": "vector_store.files_batch",
            "created_at": int(self.clock.time()),
            "vector_store_id": store,
            "status": "completed",
            "file_counts": dict(NO_FILES),
        }

    def begin(self, kind: str, path: str) -> None:
        """A file, or a batch of them, is in progress from now on."""
        self.jobs.begin(kind, path, STAGES)

    def polled(self, reply: Reply, status: JSON) -> Reply:
        """With the hint when to ask again, which the SDK's helpers follow, where it isn't over."""
        if status == RUNNING:
            reply.headers.append(("openai-poll-after-ms", str(advance_of(self.options.advance).poll_after)))
        return reply

    def check_file(self, id: str) -> None:
        """Raises Refused where a file to be added isn't there."""
        if self.files.find(id) is None and self.options.missing == "404":
            raise Refused(refusal("no_such_file", id=id))

    def strategy(self, given: Mapping[str, JSON] | None, param: str = "chunking_strategy") -> Item:
        """The chunking strategy that is asked for. Raises Refused where its chunks overlap too much."""
        strategy = strategy_of(given)
        static = strategy["static"]
        most = static["max_chunk_size_tokens"] // 2
        if self.options.validate != "off" and static["chunk_overlap_tokens"] > most:
            name = f"{param}.static.chunk_overlap_tokens"
            raise Refused(refusal("overlap", param=name, most=most, value=static["chunk_overlap_tokens"]))
        return strategy


def strategy_of(given: Mapping[str, JSON] | None) -> Item:
    """A chunking strategy as the API shows it: what it chooses by itself is shown as if it had been asked for."""
    if given is not None and given.get("type") == "static" and given.get("static"):
        return {"type": "static", "static": dict(given["static"])}
    return {"type": "static", "static": {"max_chunk_size_tokens": SIZE, "chunk_overlap_tokens": OVERLAP}}

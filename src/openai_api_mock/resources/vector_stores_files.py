"""The files of vector stores, one by one and in batches."""

from __future__ import annotations

from ..answer import JSON
from ..call import Call, Refused
from ..ids import make_for
from ..jobs import Kind
from ..retrieval.ingest import BatchWork, FileWork, Ingestion
from ..retrieval.layout import BATCH, Item, batches_of, files_of, shown
from ..retrieval.stores import RUNNING
from ..wire import Reply
from .base import operation
from .vector_stores_base import BATCHES, FILES, OfVectorStores
from .vector_stores_refusals import refusal


class VectorStoreFiles(OfVectorStores):
    """`/vector_stores/{id}/files` and `/vector_stores/{id}/file_batches`."""

    def job_kinds(self) -> dict[str, Kind]:
        synthesizes = self.options.missing == "synthesize"
        ingestion = Ingestion(self.store, self.files, self.vectors, self.tokenizers, synthesizes=synthesizes)
        return {FILES: FileWork(ingestion, self.vectors), BATCHES: BatchWork(ingestion, self.vectors)}

    @operation("POST /vector_stores/{vector_store_id}/files")
    def create(self, call: Call) -> Reply:
        store, file = self._open_store(call), str(call.body.get("file_id"))
        self.check_file(file)
        path = f"{files_of(store)}/{file}"
        chunking = self.strategy(call.body.get("chunking_strategy"))
        with self.store.transaction():
            self.jobs.end(path)
            made = self.vectors.add(store, file, attributes=call.body.get("attributes"), chunking=chunking)
            self.begin(FILES, path)
        return self.polled(self.json(shown(made), call.noise), made["status"])

    @operation("GET /vector_stores/{vector_store_id}/files")
    def list(self, call: Call) -> Reply:
        return self._listed(call, {})

    @operation("GET /vector_stores/{vector_store_id}/files/{file_id}")
    def retrieve(self, call: Call) -> Reply:
        found = self.found_file(call)
        if found["status"] == RUNNING:
            self.jobs.look(_path(found))
            found = self.found_file(call)
        return self.polled(self.json(shown(found), call.noise), found["status"])

    @operation("POST /vector_stores/{vector_store_id}/files/{file_id}")
    def update(self, call: Call) -> Reply:
        found, attributes = self.found_file(call), call.body.get("attributes")
        described = self.vectors.describe(found["vector_store_id"], found["id"], attributes)
        return self.json(shown(described or {**found, "attributes": attributes or {}}), call.noise)

    @operation("DELETE /vector_stores/{vector_store_id}/files/{file_id}")
    def delete(self, call: Call) -> Reply:
        found = self.found_file(call)
        with self.store.transaction():
            self.vectors.remove(found["vector_store_id"], found["id"])
            self.jobs.end(f"{files_of(found['vector_store_id'])}/{found['id']}")
        return self.json({"id": found["id"], "object": "vector_store.file.deleted", "deleted": True}, call.noise)

    @operation("GET /vector_stores/{vector_store_id}/files/{file_id}/content")
    def content(self, call: Call) -> Reply:
        found = self.found_file(call)
        if found["status"] == RUNNING:
            self.jobs.look(_path(found))
        text = self.vectors.text(found["vector_store_id"], found["id"])
        page = {"object": "vector_store.file_content.page", "data": [{"type": "text", "text": text}]}
        return self.json({**page, "has_more": False, "next_page": None}, call.noise)

    # Batches

    @operation("POST /vector_stores/{vector_store_id}/file_batches")
    def create_batch(self, call: Call) -> Reply:
        store = self._open_store(call)
        wanted = self._batched(call)
        for file in wanted:
            self.check_file(file)
        id = make_for("vector_store.files_batch", call.noise)
        with self.store.transaction():
            made = self.vectors.make_batch(store, id, len(wanted))
            for file, (attributes, chunking) in wanted.items():
                self.jobs.end(f"{files_of(store)}/{file}")
                self.vectors.add(store, file, attributes=attributes, chunking=chunking, batch=id)
            self.begin(BATCHES, f"{batches_of(store)}/{id}")
        return self.polled(self.json(made, call.noise), made["status"])

    @operation("GET /vector_stores/{vector_store_id}/file_batches/{batch_id}")
    def retrieve_batch(self, call: Call) -> Reply:
        found = self.found_batch(call)
        if found["status"] == RUNNING:
            self.jobs.look(f"{batches_of(found['vector_store_id'])}/{found['id']}")
            found = self.found_batch(call)
        return self.polled(self.json(found, call.noise), found["status"])

    @operation("POST /vector_stores/{vector_store_id}/file_batches/{batch_id}/cancel")
    def cancel_batch(self, call: Call) -> Reply:
        found = self.found_batch(call)
        if found["status"] == RUNNING:
            path = f"{batches_of(found['vector_store_id'])}/{found['id']}"
            self.jobs.catch_up(path)
            self.jobs.turn(path, ("cancelled",))
            self.jobs.advance(BATCHES, found["id"])
            found = self.found_batch(call)
        return self.json(found, call.noise)

    @operation("GET /vector_stores/{vector_store_id}/file_batches/{batch_id}/files")
    def list_batch(self, call: Call) -> Reply:
        return self._listed(call, {BATCH: self.found_batch(call)["id"]})

    def _open_store(self, call: Call) -> str:
        """The id of a vector store that takes files."""
        found = self.found_store(call)
        if found["status"] == "expired":
            raise Refused(refusal("expired", id=found["id"]))
        return str(found["id"])

    def _batched(self, call: Call) -> dict[str, tuple[JSON, Item]]:
        """The files of a batch, each with its attributes and chunking strategy."""
        body = call.body
        ids, files = body.get("file_ids"), body.get("files")
        if self.exacting and ids is not None and files is not None:
            raise Refused(refusal("both_files"))
        if self.exacting and not ids and not files:
            raise Refused(refusal("no_files"))
        chunking, attributes = self.strategy(body.get("chunking_strategy")), body.get("attributes")
        wanted: dict[str, tuple[JSON, Item]] = {str(id): (attributes, chunking) for id in ids or ()}
        for number, file in enumerate(files or ()):
            own = self.strategy(file.get("chunking_strategy"), f"files[{number}].chunking_strategy")
            wanted[str(file.get("file_id"))] = (file.get("attributes"), own)
        return wanted

    def _listed(self, call: Call, where: Item) -> Reply:
        store = self.found_store(call)["id"]
        self.vectors.catch_up(store)
        if call.query.get("filter"):
            where = {**where, "status": call.query["filter"]}
        listed = self.stored(
            call,
            files_of(store),
            lambda id: refusal("no_file", id=id, store=store),
            before=call.query.get("before"),
            where=where,
        )
        listed["data"] = [shown(each) for each in listed["data"]]
        return self.json(listed, call.noise)


def _path(file: Item) -> str:
    """Of the job that reads a file."""
    store, batch = file["vector_store_id"], file[BATCH]
    return f"{batches_of(store)}/{batch}" if batch is not None else f"{files_of(store)}/{file['id']}"

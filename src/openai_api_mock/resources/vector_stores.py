"""Vector stores: made, changed, and searched."""

from __future__ import annotations

from ..call import Call, Refused
from ..ids import make_for
from ..retrieval.layout import STORES, Item, batches_of, files_of
from ..retrieval.search import find, question_of, rewritten
from ..wire import Reply
from .base import operation
from .vector_stores_base import FILES, OfVectorStores
from .vector_stores_refusals import refusal


class VectorStoresThemselves(OfVectorStores):
    """`/vector_stores`."""

    @operation("POST /vector_stores")
    def create(self, call: Call) -> Reply:
        ids = list(dict.fromkeys(call.body.get("file_ids") or ()))
        chunking = self.strategy(call.body.get("chunking_strategy"))
        for file in ids:
            self.check_file(file)
        id = make_for("vector_store", call.noise)
        with self.store.transaction():
            made = self.vectors.make(id, call.body)
            for file in ids:
                self.vectors.add(id, file, attributes=None, chunking=chunking)
                self.begin(FILES, f"{files_of(id)}/{file}")
            made = self.vectors.find(id) or made
        return self.json(made, call.noise)

    @operation("GET /vector_stores")
    def list(self, call: Call) -> Reply:
        listed = self.stored(call, STORES, lambda id: refusal("no_store", id=id), before=call.query.get("before"))
        listed["data"] = [self.vectors.find(each["id"]) or each for each in listed["data"]]
        return self.json(listed, call.noise)

    @operation("GET /vector_stores/{vector_store_id}")
    def retrieve(self, call: Call) -> Reply:
        id = self.found_store(call)["id"]
        below = (files_of(id), batches_of(id))
        if self.jobs.any():
            for path in [job.id for job in self.jobs.unfinished() if job.collection in below]:
                self.jobs.look(path)
        found = self.found_store(call)
        return self.polled(self.json(found, call.noise), found["status"])

    @operation("POST /vector_stores/{vector_store_id}")
    def update(self, call: Call) -> Reply:
        found = self.found_store(call)
        given: Item = {name: call.body[name] for name in ("name", "expires_after", "metadata") if name in call.body}
        if given.get("name", "") is None:
            given["name"] = ""
        changed: Item = self.vectors.change(found["id"], given) or {**found, **given}
        return self.json(changed, call.noise)

    @operation("DELETE /vector_stores/{vector_store_id}")
    def delete(self, call: Call) -> Reply:
        id = self.found_store(call)["id"]
        below = (files_of(id), batches_of(id))
        with self.store.transaction():
            for path in [job.id for job in self.jobs.unfinished() if job.collection in below]:
                self.jobs.end(path)
            self.vectors.delete(id)
        return self.json({"id": id, "object": "vector_store.deleted", "deleted": True}, call.noise)

    @operation("POST /vector_stores/{vector_store_id}/search")
    def search(self, call: Call) -> Reply:
        store = self.found_store(call)
        if store["status"] == "expired":
            raise Refused(refusal("expired", id=store["id"]))
        asked = call.body.get("query")
        queries = [str(each) for each in asked] if isinstance(asked, list) else [str(asked)]
        if call.body.get("rewrite_query"):
            queries = [rewritten(query) for query in queries]
        self.vectors.catch_up(store["id"])
        self.vectors.touch(store["id"])
        found = [
            {
                "file_id": each.file_id,
                "filename": each.filename,
                "score": each.score,
                "attributes": each.attributes,
                "content": [{"type": "text", "text": each.text}],
            }
            for each in find(self.vectors, [store["id"]], question_of(call.body, queries))
        ]
        page = {"object": "vector_store.search_results.page", "search_query": queries, "data": found}
        return self.json({**page, "has_more": False, "next_page": None}, call.noise)

"""How a file comes into a vector store: its text is read, cut in chunks, and each chunk made ready to be searched."""

from __future__ import annotations

from collections.abc import Generator

from ..files import Files
from ..generate.tokens import Tokenizers
from ..jobs import Job, Work
from ..state import Store
from .chunks import OVERLAP, SIZE, chunks
from .index import MODEL, row_of
from .layout import ERROR, MADE, Item, files_of, rows_of, text_key
from .stores import RUNNING, VectorStores
from .texts import text_of
from .unreadable import EMPTY, GONE, Unreadable

UNREAD = ("cancelled", "failed")
"""Ends of those whose files needn't be read any more."""


class Ingestion:
    """Reads files. Each piece of it is one chunk: what was done is in the store, and is gone on with after a crash."""

    def __init__(
        self, store: Store, files: Files, vectors: VectorStores, tokenizers: Tokenizers, *, synthesizes: bool
    ) -> None:
        self._store = store
        self._files = files
        self._vectors = vectors
        self._tokenizers = tokenizers
        self._synthesizes = synthesizes
        """Whether files that were never made exist, and are empty."""

    def read(self, file: Item) -> Generator[None, None, None]:
        """All of a file; where it can't be read, why is kept with it."""
        store, id = file["vector_store_id"], file["id"]
        try:
            text = self._text(id)
        except Unreadable as reason:
            self._put(file, ERROR, {"code": reason.code, "message": reason.message})
            return
        strategy = file["chunking_strategy"].get("static") or {}
        size, overlap = strategy.get("max_chunk_size_tokens", SIZE), strategy.get("chunk_overlap_tokens", OVERLAP)
        rows, done = rows_of(store, id), self._store.count(rows_of(store, id))
        if not done and not self._is_there(file):
            return
        self._store.put_file(text_key(store, id), text.encode())
        for number, span in enumerate(chunks(text, self._tokenizers.of(MODEL), size, overlap)):
            if number < done:
                continue
            row = row_of(span.text, span.start, span.end)
            with self._store.transaction():
                if not self._is_there(file):
                    return
                self._store.put(rows, row["id"], row)
            yield

    def _text(self, id: str) -> str:
        opened = self._files.open(id)
        if opened is None:
            if self._synthesizes:
                return ""
            raise Unreadable(*GONE)
        with opened:
            content = opened.read()
        text = text_of(str((self._files.find(id) or {}).get("filename") or ""), content)
        if not text.strip():
            raise Unreadable(*EMPTY)
        return text

    def _put(self, file: Item, name: str, value: Item) -> None:
        with self._store.transaction():
            if self._is_there(file):
                self._store.put(files_of(file["vector_store_id"]), file["id"], {**file, name: value})

    def _is_there(self, file: Item) -> bool:
        """Whether it is still the one that was added, and to be read."""
        now = self._vectors.file(file["vector_store_id"], file["id"])
        return now is not None and now[MADE] == file[MADE] and now["status"] == RUNNING


class FileWork:
    """A vector store's file as a job."""

    def __init__(self, ingestion: Ingestion, vectors: VectorStores) -> None:
        self._ingestion = ingestion
        self._vectors = vectors

    def work(self, job: Job, share: float) -> Work:
        file = self._vectors.file(store_of(job), job.object_id)
        if file is None or share < 1 or job.stages[-1] in UNREAD:
            return None
        yield from self._ingestion.read(file)
        file = self._vectors.file(store_of(job), job.object_id)
        return ("failed",) if file is not None and ERROR in file else None

    def enter(self, job: Job, stage: str, at: float) -> None:
        self._vectors.settle(store_of(job), job.object_id, stage, job.failure)


class BatchWork:
    """A batch of files as a job."""

    def __init__(self, ingestion: Ingestion, vectors: VectorStores) -> None:
        self._ingestion = ingestion
        self._vectors = vectors

    def work(self, job: Job, share: float) -> Work:
        store, id = store_of(job), job.object_id
        batch = self._vectors.batch(store, id)
        if batch is None or job.stages[-1] in UNREAD:
            return None
        counts = batch["file_counts"]
        left = int(share * counts["total"]) - (counts["total"] - counts[RUNNING])
        for file in list(self._vectors.unread(store, id))[: max(0, left)]:
            yield from self._ingestion.read(file)
            now = self._vectors.file(store, file["id"])
            self._vectors.settle(store, file["id"], "failed" if now is not None and ERROR in now else "completed")
            yield
        return None

    def enter(self, job: Job, stage: str, at: float) -> None:
        self._vectors.settle_batch(store_of(job), job.object_id, stage, job.failure)


def store_of(job: Job) -> str:
    """The id of the vector store, from `/vector_stores/{id}/files/{file}`."""
    return job.id.split("/")[2]

"""Uploads: a large file that comes in parts, in any order, and is put together without ever being held whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import IO, cast

import msgspec

from ..answer import JSON
from ..call import Call, Refused
from ..forms import File
from ..ids import make_for
from ..joining import Joined
from ..wire import Reply
from .base import Resource, operation
from .uploads_refusals import refusal

UPLOADS = "/uploads"
LIVES = 3600
"""Seconds in which an upload can be completed."""
LIMIT = 8 * 1024**3
"""Bytes of all parts together."""
PART_LIMIT = 64 * 1024**2


class Kept(msgspec.Struct):
    """An upload with what its file will need."""

    upload: dict[str, JSON]
    seconds: int | None = None
    """How long the file will be kept."""
    received: int = 0
    """Bytes of all its parts."""

    @property
    def id(self) -> str:
        return str(self.upload["id"])

    @property
    def status(self) -> str:
        return str(self.upload["status"])


class Uploads(Resource):
    """`/uploads`."""

    @operation("POST /uploads")
    def create(self, call: Call) -> Reply:
        size = call.body.get("bytes") or 0
        if size > LIMIT:
            raise Refused(refusal("upload_too_large", limit=LIMIT, size=size))
        if self.exacting and size < 1:
            raise Refused(refusal("empty", size=size))
        kept = self._new(call, make_for("upload", call.noise))
        self._keep(kept)
        return self.json(kept.upload, call.noise)

    @operation("POST /uploads/{upload_id}/parts")
    def add_part(self, call: Call) -> Reply:
        data = call.body.get("data")
        if not isinstance(data, File):
            raise Refused(refusal("no_data"))
        if data.size > PART_LIMIT:
            raise Refused(refusal("part_too_large", limit=PART_LIMIT, size=data.size))
        id = self._pending(call).id
        part: dict[str, JSON] = {
            "id": make_for("upload.part", call.noise),
            "object": "upload.part",
            "created_at": int(self.clock.time()),
            "upload_id": id,
        }
        key = _content_of(id, part["id"])
        self.store.put_file(key, data.content)
        try:
            with self.store.transaction():
                kept = self._pending(call)
                kept.received += data.size
                if kept.received > LIMIT:
                    raise Refused(refusal("upload_too_large", limit=LIMIT, size=kept.received))
                self._keep(kept)
                self.store.put(_parts_of(id), part["id"], {**part, "size": data.size})
        except Refused:
            self.store.delete_file(key)
            raise
        return self.json(part, call.noise)

    @operation("POST /uploads/{upload_id}/complete")
    def complete(self, call: Call) -> Reply:
        kept = self._pending(call)
        keys = self._checked(kept, call)
        file_id = make_for("file", call.noise)
        filename, purpose = kept.upload["filename"], kept.upload["purpose"]
        # Copied before the transaction, so that others needn't wait for it.
        with closing(Joined(self._opened(keys))) as joined:
            size = self.store.put_file(f"/files/{file_id}/content", cast("IO[bytes]", joined))
        try:
            with self.store.transaction():
                kept = self._pending(call)
                file = self.files.enter(file_id, filename, purpose, size, seconds=kept.seconds)
                kept.upload |= {"status": "completed", "file": file}
                self._keep(kept)
                self.store.delete_below(f"{UPLOADS}/{kept.id}/")
        except Refused:  # somebody else was quicker
            self.files.delete(file_id)
            raise
        return self.json(kept.upload, call.noise)

    @operation("POST /uploads/{upload_id}/cancel")
    def cancel(self, call: Call) -> Reply:
        with self.store.transaction():
            kept = self._pending(call)
            kept.upload["status"] = "cancelled"
            self._keep(kept)
            self.store.delete_below(f"{UPLOADS}/{kept.id}/")
        return self.json(kept.upload, call.noise)

    def _checked(self, kept: Kept, call: Call) -> list[str]:
        """The keys of the parts in the order in which the request names them. Raises Refused where they don't make the
        file that was announced."""
        ids: list[str] = call.body.get("part_ids") or []
        parts = [self.store.get(_parts_of(kept.id), id) for id in ids]
        if self.options.missing == "synthesize":
            parts = [part for part in parts if part is not None]
        elif None in parts:
            raise Refused(refusal("no_part", id=ids[parts.index(None)], upload=kept.id))
        elif len(set(ids)) < len(ids):
            raise Refused(refusal("part_twice", id=next(id for id in ids if ids.count(id) > 1)))
        elif (size := sum(part["size"] for part in parts if part)) != kept.upload["bytes"]:
            raise Refused(refusal("size", size=size, expected=kept.upload["bytes"]))
        keys = [_content_of(kept.id, part["id"]) for part in parts if part]
        expected = call.body.get("md5")
        if expected and self.options.missing != "synthesize":
            self._check_md5(keys, expected)
        return keys

    def _check_md5(self, keys: Sequence[str], expected: str) -> None:
        digest = hashlib.md5(usedforsecurity=False)
        with closing(Joined(self._opened(keys))) as joined:
            while part := joined.read(1 << 20):
                digest.update(part)
        if digest.hexdigest() != expected.lower():
            raise Refused(refusal("md5", md5=digest.hexdigest(), expected=expected))

    def _opened(self, keys: Sequence[str]) -> Iterator[Callable[[], IO[bytes]]]:
        """Each part's content, to be opened when its turn comes."""
        for key in keys:
            yield lambda key=key: self._open(key)  # type: ignore[misc]  # mypy doesn't see through the default

    def _open(self, key: str) -> IO[bytes]:
        opened = self.store.open_file(key)
        if opened is None:  # it was cancelled, or completed, just now
            raise Refused(refusal("not_pending", status="completed"))
        return opened

    # Finding one

    def _pending(self, call: Call) -> Kept:
        """The upload that a path names, which waits for parts. Raises Refused."""
        id = call.params["upload_id"]
        found = self.store.get(UPLOADS, id)
        if found is None:
            if self.options.missing == "404":
                raise Refused(refusal("no_upload", id=id))
            kept = self._new(call, id)
        else:
            kept = msgspec.convert(found, Kept)
        if kept.status == "pending" and kept.upload["expires_at"] <= self.clock.time():
            kept.upload["status"] = "expired"
            with self.store.transaction():
                self._keep(kept)
                self.store.delete_below(f"{UPLOADS}/{id}/")
        if kept.status != "pending" and self.options.missing == "404":
            raise Refused(refusal("not_pending", status=kept.status))
        return kept

    def _new(self, call: Call, id: str) -> Kept:
        body, now = call.body, int(self.clock.time())
        upload: dict[str, JSON] = {
            "id": id,
            "object": "upload",
            "bytes": body.get("bytes") or 0,
            "created_at": now,
            "filename": body.get("filename") or "file",
            "purpose": body.get("purpose") or "assistants",
            "status": "pending",
            "expires_at": now + LIVES,
            "file": None,
        }
        return Kept(upload, (body.get("expires_after") or {}).get("seconds"))

    def _keep(self, kept: Kept) -> None:
        self.store.put(UPLOADS, kept.id, msgspec.to_builtins(kept))


def _parts_of(upload: str) -> str:
    return f"{UPLOADS}/{upload}/parts"


def _content_of(upload: str, part: str) -> str:
    return f"{_parts_of(upload)}/{part}/content"

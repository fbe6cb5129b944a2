"""Files: uploaded, listed, downloaded byte for byte, and gone when their time is over."""

from __future__ import annotations

from io import BytesIO

from ..answer import JSON
from ..call import Call, Refused
from ..files import FILE_LIMIT
from ..forms import File
from ..generate.media import media
from ..ids import make_for
from ..wire import Reply
from .base import Resource, operation
from .files_refusals import refusal

MOST_LISTED = 10_000
JSONL = {"batch": "Batch", "fine-tune": "Fine-Tuning"}
"""Purposes for which a file's name must end in `.jsonl`, each with the name of its API. What is in the file is looked
at by the batch, or the fine-tuning job, that is made of it."""
NOT_DOWNLOADED = ("assistants", "user_data")
"""Purposes of files that the API doesn't give back."""


class UploadedFiles(Resource):
    """`/files`."""

    @operation("POST /files")
    def create(self, call: Call) -> Reply:
        file, purpose = call.body.get("file"), str(call.body.get("purpose"))
        if not isinstance(file, File):
            raise Refused(refusal("no_file"))
        if file.size > FILE_LIMIT:
            raise Refused(refusal("too_large"))
        if self.exacting and purpose in JSONL and not file.filename.endswith(".jsonl"):
            raise Refused(refusal("not_jsonl", api=JSONL[purpose]))
        seconds = (call.body.get("expires_after") or {}).get("seconds")
        id = make_for("file", call.noise)
        return self.json(self.files.make(id, file.filename, purpose, file.content, seconds=seconds), call.noise)

    @operation("GET /files")
    def list(self, call: Call) -> Reply:
        listed = self.listed(
            call,
            lambda limit, order, after: self.files.page(
                limit=limit, order=order, after=after, purpose=call.query.get("purpose")
            ),
            lambda id: refusal("no_such_file", id=id),
            usual=MOST_LISTED,
        )
        return self.json(listed, call.noise)

    @operation("GET /files/{file_id}")
    def retrieve(self, call: Call) -> Reply:
        return self.json(self._found(call), call.noise)

    @operation("DELETE /files/{file_id}")
    def delete(self, call: Call) -> Reply:
        id = self._found(call)["id"]
        self.files.delete(id)
        return self.json({"id": id, "object": "file", "deleted": True}, call.noise)

    @operation("GET /files/{file_id}/content")
    def content(self, call: Call) -> Reply:
        file = self._found(call)
        if self.exacting and file["purpose"] in NOT_DOWNLOADED:
            raise Refused(refusal("not_downloaded", purpose=file["purpose"]))
        return self.from_file(self.files.open(file["id"]) or BytesIO(media("bin")), call.noise)

    def _found(self, call: Call) -> dict[str, JSON]:
        id = call.params["file_id"]
        file = self.files.find(id)
        if file is None and self.options.missing == "synthesize":
            file = {
                "id": id,
                "object": "file",
                "bytes": len(media("bin")),
                "created_at": int(self.clock.time()),
                "expires_at": None,
                "filename": "file.bin",
                "purpose": "vision",
                "status": "processed",
                "status_details": None,
            }
        if file is None:
            raise Refused(refusal("no_such_file", id=id))
        return file

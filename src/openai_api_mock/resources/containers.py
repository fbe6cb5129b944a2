"""Containers, and the files in them."""

from __future__ import annotations

from io import BytesIO

from ..call import Call, Refused
from ..containers import CONTAINERS, Item, files_of
from ..containers import Containers as Kept
from ..errors import APIError
from ..forms import File
from ..generate.media import media
from ..ids import make_for
from ..wire import Reply
from .base import Resource, Services, operation

# As quoted from real replies, but for the last.
_NO_CONTAINER = "Container with id '{id}' not found."
_NO_FILE = "File {id} not found on container {container}."
_EXPIRED = "Container is expired."
_NO_UPLOAD = "Missing required parameter: 'file' or 'file_id'."


class Containers(Resource):
    """`/containers`."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._kept = Kept(self.store, self.clock, self.files)

    @operation("POST /containers")
    def create(self, call: Call) -> Reply:
        for file in call.body.get("file_ids") or ():
            self._check_file(file)
        id = make_for("container", call.noise)
        return self.json(self._kept.make(id, str(call.body.get("name") or ""), call.body, call.noise), call.noise)

    @operation("GET /containers")
    def list(self, call: Call) -> Reply:
        name = call.query.get("name")
        listed = self.stored(
            call,
            CONTAINERS,
            lambda id: APIError(404, _NO_CONTAINER.format(id=id)),
            where=None if name is None else {"name": name},
        )
        listed["data"] = [self._kept.find(each["id"]) or each for each in listed["data"]]
        return self.json(listed, call.noise)

    @operation("GET /containers/{container_id}")
    def retrieve(self, call: Call) -> Reply:
        return self.json(self._found(call), call.noise)

    @operation("DELETE /containers/{container_id}")
    def delete(self, call: Call) -> Reply:
        self._kept.delete(self._found(call)["id"])
        return self._nothing(call)

    @operation("POST /containers/{container_id}/files")
    def create_file(self, call: Call) -> Reply:
        container, id = self._running(call), make_for("container.file", call.noise)
        file, file_id = call.body.get("file"), call.body.get("file_id")
        if isinstance(file, File):
            return self.json(self._kept.add(container, id, file.filename, file.content), call.noise)
        if file_id is not None:
            self._check_file(str(file_id))
            made = self._kept.copy(container, id, str(file_id))
            return self.json(made or self._kept.add(container, id, "file.bin", media("bin")), call.noise)
        if self.exacting:
            raise Refused(APIError(400, _NO_UPLOAD, param="file", code="missing_required_parameter"))
        return self.json(self._kept.add(container, id, "file.bin", b""), call.noise)

    @operation("GET /containers/{container_id}/files")
    def list_files(self, call: Call) -> Reply:
        container = self._running(call)
        listed = self.stored(
            call, files_of(container), lambda id: APIError(404, _NO_FILE.format(id=id, container=container))
        )
        return self.json(listed, call.noise)

    @operation("GET /containers/{container_id}/files/{file_id}")
    def retrieve_file(self, call: Call) -> Reply:
        return self.json(self._found_file(call), call.noise)

    @operation("DELETE /containers/{container_id}/files/{file_id}")
    def delete_file(self, call: Call) -> Reply:
        found = self._found_file(call)
        self._kept.remove(found["container_id"], found["id"])
        return self._nothing(call)

    @operation("GET /containers/{container_id}/files/{file_id}/content")
    def content(self, call: Call) -> Reply:
        found = self._found_file(call)
        opened = self.store.open_file(f"{files_of(found['container_id'])}/{found['id']}/content")
        return self.from_file(opened or BytesIO(media("bin")), call.noise)

    def _found(self, call: Call) -> Item:
        id = call.params["container_id"]
        found = self._kept.find(id)
        if found is None and self.options.missing == "404":
            raise Refused(APIError(404, _NO_CONTAINER.format(id=id)))
        return found or self._kept.made_up(id, id, {})

    def _running(self, call: Call) -> str:
        """The id of a container whose time isn't over, which is used now."""
        found = self._found(call)
        if found["status"] == "expired":
            raise Refused(APIError(400, _EXPIRED))
        self._kept.touch(found["id"])
        return str(found["id"])

    def _found_file(self, call: Call) -> Item:
        container, id = self._running(call), call.params["file_id"]
        found = self.store.get(files_of(container), id)
        if found is None and self.options.missing == "404":
            raise Refused(APIError(404, _NO_FILE.format(id=id, container=container)))
        return found or {
            "id": id,
            "object": "container.file",
            "container_id": container,
            "created_at": int(self.clock.time()),
            "bytes": len(media("bin")),
            "path": "/mnt/data/file.bin",
            "source": "user",
        }

    def _check_file(self, id: str) -> None:
        if self.options.missing == "404" and self.files.find(id) is None:
            raise Refused(APIError(404, f"No such File object: {id}", param="id"))

    def _nothing(self, call: Call) -> Reply:
        return Reply(200, self._write("application/json", call.noise, False), b"")

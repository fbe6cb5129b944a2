"""Skills: archives of instructions, in versions."""

from __future__ import annotations

import io
import re
from zipfile import BadZipFile, ZipFile, ZipInfo

from ..answer import JSON
from ..call import Call, Refused
from ..errors import APIError
from ..forms import File
from ..generate.media import media
from ..ids import make_for
from ..wire import Reply
from .base import Resource, operation

SKILLS = "/skills"
MOST_BYTES = 50 * 1024 * 1024
MANIFEST = "skill.md"
_FIELD = re.compile(r"^(name|description):\s*(.+?)\s*$", re.MULTILINE)

# None was found quoted.
_NO_SKILL = "Skill with id '{id}' not found."
_NO_VERSION = "Version '{version}' of skill '{id}' not found."
_NO_FILES = "Missing required parameter: 'files'."
_NO_MANIFEST = "A skill must contain exactly one SKILL.md file."
_NO_FIELDS = "The front matter of SKILL.md must have a name and a description."
_TOO_LARGE = "A skill may have at most {most} bytes."
_ONLY = "The only version of a skill can't be deleted; delete the skill."

Item = dict[str, JSON]


class Skills(Resource):
    """`/skills`."""

    @operation("POST /skills")
    def create(self, call: Call) -> Reply:
        bundle = self._bundle(call)
        id = make_for("skill", call.noise)
        skill: Item = {
            "id": id,
            "object": "skill",
            "created_at": int(self.clock.time()),
            **_described(bundle),
            "default_version": "1",
            "latest_version": "1",
        }
        with self.store.transaction():
            self.store.put(SKILLS, id, skill)
            self._add_version(call, id, "1", bundle)
        return self.json(skill, call.noise)

    @operation("GET /skills")
    def list(self, call: Call) -> Reply:
        return self.json(self._listed(call, SKILLS), call.noise)

    @operation("GET /skills/{skill_id}")
    def retrieve(self, call: Call) -> Reply:
        return self.json(self._found(call), call.noise)

    @operation("POST /skills/{skill_id}")
    def update(self, call: Call) -> Reply:
        skill, version = self._found(call), str(call.body.get("default_version"))
        described = self._version(call, skill["id"], version)
        skill |= {"default_version": version, "name": described["name"], "description": described["description"]}
        self.store.put(SKILLS, skill["id"], skill)
        return self.json(skill, call.noise)

    @operation("DELETE /skills/{skill_id}")
    def delete(self, call: Call) -> Reply:
        id = self._found(call)["id"]
        with self.store.transaction():
            self.store.delete(SKILLS, id)
            self.store.delete_below(f"{SKILLS}/{id}/")
        return self.json({"id": id, "object": "skill.deleted", "deleted": True}, call.noise)

    @operation("GET /skills/{skill_id}/content")
    def content(self, call: Call) -> Reply:
        skill = self._found(call)
        return self._archive(call, skill["id"], skill["default_version"])

    # Versions

    @operation("POST /skills/{skill_id}/versions")
    def create_version(self, call: Call) -> Reply:
        skill, bundle = self._found(call), self._bundle(call)
        with self.store.transaction():
            version = str(int(skill["latest_version"]) + 1)
            made = self._add_version(call, skill["id"], version, bundle)
            skill["latest_version"] = version
            if call.body.get("default"):
                skill |= {"default_version": version, **_described(bundle)}
            self.store.put(SKILLS, skill["id"], skill)
        return self.json(made, call.noise)

    @operation("GET /skills/{skill_id}/versions")
    def list_versions(self, call: Call) -> Reply:
        return self.json(self._listed(call, _versions(self._found(call)["id"])), call.noise)

    @operation("GET /skills/{skill_id}/versions/{version}")
    def retrieve_version(self, call: Call) -> Reply:
        return self.json(self._version(call, self._found(call)["id"], call.params["version"]), call.noise)

    @operation("DELETE /skills/{skill_id}/versions/{version}")
    def delete_version(self, call: Call) -> Reply:
        skill = self._found(call)
        version = self._version(call, skill["id"], call.params["version"])
        collection = _versions(skill["id"])
        with self.store.transaction():
            if self.store.count(collection) == 1 and self.options.missing == "404":
                raise Refused(APIError(400, _ONLY))
            if self.store.delete(collection, version["id"]):
                self.store.delete_file(_content(skill["id"], version["version"]))
                self._without(skill, version["version"])
        gone = {"id": skill["id"], "object": "skill.version.deleted", "deleted": True, "version": version["version"]}
        return self.json(gone, call.noise)

    @operation("GET /skills/{skill_id}/versions/{version}/content")
    def version_content(self, call: Call) -> Reply:
        id = self._found(call)["id"]
        return self._archive(call, id, self._version(call, id, call.params["version"])["version"])

    def _without(self, skill: Item, version: str) -> None:
        """Where the default is gone, the newest is it."""
        newest = self.store.page(_versions(skill["id"]), limit=1).items
        if newest and skill["default_version"] == version:
            named = {name: newest[0][name] for name in ("name", "description")}
            self.store.put(SKILLS, skill["id"], {**skill, "default_version": newest[0]["version"], **named})

    def _add_version(self, call: Call, skill: str, version: str, bundle: bytes) -> Item:
        made: Item = {
            "id": make_for("skill.version", call.noise),
            "object": "skill.version",
            "created_at": int(self.clock.time()),
            "skill_id": skill,
            "version": version,
            **_described(bundle),
        }
        self.store.put_file(_content(skill, version), bundle)
        self.store.put(_versions(skill), made["id"], made)
        return made

    def _bundle(self, call: Call) -> bytes:
        """The archive that a request brings: a zip file as it came, or its files in one."""
        given = call.body.get("files")
        files = [each for each in (given if isinstance(given, list) else [given]) if isinstance(each, File)]
        if not files:
            if self.exacting:
                raise Refused(APIError(400, _NO_FILES, param="files", code="missing_required_parameter"))
            return media("zip")
        if sum(file.size for file in files) > MOST_BYTES:
            raise Refused(APIError(400, _TOO_LARGE.format(most=MOST_BYTES), param="files"))
        bundle = files[0].content.read() if len(files) == 1 else _zipped(files)
        if len(files) == 1 and not bundle.startswith(b"PK"):
            bundle = _zipped(files)
        if self.exacting:
            _check(bundle)
        return bundle

    def _found(self, call: Call) -> Item:
        id = call.params["skill_id"]
        found = self.store.get(SKILLS, id)
        if found is None and self.options.missing == "404":
            raise Refused(APIError(404, _NO_SKILL.format(id=id), param="skill_id"))
        return found or {
            "id": id,
            "object": "skill",
            "created_at": int(self.clock.time()),
            **_described(media("zip")),
            "default_version": "1",
            "latest_version": "1",
        }

    def _version(self, call: Call, skill: str, version: str) -> Item:
        found = self.store.page(_versions(skill), limit=1, where={"version": version}).items
        if not found and self.options.missing == "404":
            message = _NO_VERSION.format(version=version, id=skill)
            raise Refused(APIError(404, message, param="version"))
        return found[0] if found else {
            "id": make_for("skill.version", call.noise),
            "object": "skill.version",
            "created_at": int(self.clock.time()),
            "skill_id": skill,
            "version": version,
            **_described(media("zip")),
        }  # fmt: skip

    def _listed(self, call: Call, collection: str) -> Item:
        return self.stored(call, collection, lambda id: APIError(404, _NO_SKILL.format(id=id), param="after"))

    def _archive(self, call: Call, skill: str, version: str) -> Reply:
        opened = self.store.open_file(_content(skill, version))
        return self.from_file(opened or io.BytesIO(media("zip")), call.noise, "application/zip")


def _versions(skill: str) -> str:
    return f"{SKILLS}/{skill}/versions"


def _content(skill: str, version: str) -> str:
    return f"{_versions(skill)}/{version}/content"


def _zipped(files: list[File]) -> bytes:
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        for file in files:
            archive.writestr(ZipInfo(file.filename), file.content.read())
    return out.getvalue()


def _manifests(bundle: bytes) -> list[str]:
    try:
        with ZipFile(io.BytesIO(bundle)) as archive:
            names = [name for name in archive.namelist() if name.rpartition("/")[2].lower() == MANIFEST]
            return [archive.read(name).decode("utf-8", "replace") for name in names]
    except (BadZipFile, RuntimeError, NotImplementedError, EOFError, ValueError, OSError):
        return []


def _check(bundle: bytes) -> None:
    """Raises Refused where it is no skill."""
    manifests = _manifests(bundle)
    if len(manifests) != 1:
        raise Refused(APIError(400, _NO_MANIFEST, param="files"))
    if not all(_described(bundle).values()):
        raise Refused(APIError(400, _NO_FIELDS, param="files"))


def _described(bundle: bytes) -> dict[str, str]:
    """The name and the description that its front matter gives."""
    text = next(iter(_manifests(bundle)), "").replace("\r\n", "\n")
    matter = text.split("---\n")[1] if text.startswith("---\n") and text.count("---\n") > 1 else ""
    fields = {name: value.strip("\"'") for name, value in _FIELD.findall(matter)}
    return {"name": fields.get("name", ""), "description": fields.get("description", "")}

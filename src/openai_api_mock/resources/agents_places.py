"""Where agents run: environments, as they are kept. Nothing runs in them here; they show what they were given."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from hashlib import blake2b

from ..answer import JSON
from ..call import Refused
from ..clock import Clock
from ..errors import APIError
from ..files import Files
from ..ids import make_for
from ..jobs import Jobs
from ..noise import Noise
from ..state import Store
from .agents_publishing import files_of
from .agents_refusals import refusal
from .agents_state import BELOW, Item, Told

ENVIRONMENTS = f"{BELOW}/environments"
TEMPLATES = f"{BELOW}/templates"
KIND = "beta.agents.environments"
"""The client's resource: one that is made ahead of its session takes time."""
STAGES = ("pending", "ready")
_GONE = ("disconnected", "expired", "failed", "suspended")
_RESERVED = ("/workspace/outputs", "/workspace/.codex", "/workspace/.managed-agents")
_ACCESS = ("disabled", "restricted", "enabled")
"""From narrow to broad."""
_SHOWN = ("id", "files", "object", "plugins", "skills", "status", "type")
_INLINE = (
    "capability_directories", "container_size", "desktop", "env", "environment_template_id", "files", "network",
    "packages", "plugins", "setup_commands", "skills",
)  # fmt: skip
CONFIG = ("capability_directories", "desktop", "files", "network", "packages", "plugins", "skills")
"""What a template and a hosted environment are shown with. Their variables and setup commands are confidential."""


def shown(environment: Mapping[str, JSON]) -> Item:
    """An environment as the API shows it by itself."""
    return {name: environment[name] for name in _SHOWN}


class Places:
    """The environments of one engine."""

    def __init__(
        self, store: Store, clock: Clock, jobs: Jobs, files: Files, unmade: Callable[[APIError], Exception]
    ) -> None:
        self._store = store
        self._clock = clock
        self._jobs = jobs
        self._files = files
        self._unmade = unmade

    def taken(self, session: str, given: Mapping[str, JSON], noise: Noise) -> tuple[Item, list[Told]]:
        """The environment of a new session as that shows it, and what is told of it. Called in a transaction."""
        kind = given["type"]
        if kind == "none":
            return {"type": "none"}, []
        if kind == "self_hosted":
            environment = self._self_hosted(given, noise)
        elif given.get("environment_id") is not None:
            environment = self._prewarmed(given)
        else:
            environment = self.hosted(given, noise)
        environment |= {"status": "connected", "_session": session}
        self._store.put(ENVIRONMENTS, environment["id"], environment)
        # Not documented is what a session is told of an environment that connects. One that the application hosts
        # connects at once: nobody could tell otherwise, as no executor comes here.
        states = ("pending", "connected") if kind == "self_hosted" else ("pending", "ready", "connected")
        return environment["_shown"], [_told(environment, state) for state in states]

    def leave(self, environment: Mapping[str, JSON]) -> None:
        """Its session is gone."""
        found = self._store.get(ENVIRONMENTS, environment["id"]) if "id" in environment else None
        if found is not None:
            self._store.put(ENVIRONMENTS, found["id"], {**found, "status": "disconnected"})

    def hosted(self, given: Mapping[str, JSON], noise: Noise) -> Item:
        """A new one of OpenAI's, by a template where it names one. The caller keeps it."""
        id = make_for("agent.environment", noise)
        config = self._config(given)
        files = [self._with_id(self.put_file(id, file, f"files[{index}]"), file, noise)
                 for index, file in enumerate(config["files"])]  # fmt: skip
        installed = {
            "files": files,
            "plugins": [archive(each) for each in config["plugins"]],
            "skills": [self._skill(each) for each in config["skills"]],
        }
        as_shown = {
            **{name: config[name] for name in ("capability_directories", "desktop", "network", "packages")},
            **installed,
            "id": id,
            "container_size": given.get("container_size") or "medium",
            "type": "openai_hosted",
        }
        common = {"id": id, "object": "agent.environment", "status": STAGES[0], "type": "openai_hosted"}
        return {**common, **installed, "_session": None, "_shown": as_shown}

    def _self_hosted(self, given: Mapping[str, JSON], noise: Noise) -> Item:
        id = make_for("agent.environment", noise)
        as_shown = {
            "id": id,
            "capability_directories": list(given.get("capability_directories") or ()),
            "remote_url": f"wss://api.openai.com/v1/agents/environments/{id}/connect",
            "type": "self_hosted",
            "workspace_directory": given["workspace_directory"],
        }
        common: Item = {"id": id, "object": "agent.environment", "status": STAGES[0], "type": "self_hosted"}
        return {**common, "files": [], "plugins": [], "skills": [], "_session": None, "_shown": as_shown}

    def _prewarmed(self, given: Mapping[str, JSON]) -> Item:
        """One that was made ahead, which says the SDK's docstring "cannot be combined with a template or inline
        configuration"."""
        id = str(given["environment_id"])
        other = next((name for name in _INLINE if given.get(name) is not None), None)
        if other is not None:
            names = f"'environment.environment_id' and 'environment.{other}'"
            raise Refused(refusal("both", names=names, param=f"environment.{other}"))
        found = self._store.get(ENVIRONMENTS, id)
        if found is None:
            raise self._unmade(refusal("not_found", what="environment", id=id))
        if found["_session"] is not None:
            raise Refused(refusal("environment_taken", id=id))
        if found["status"] in _GONE:
            raise Refused(refusal("not_connected", id=id, status=found["status"]))
        self._jobs.end(f"{ENVIRONMENTS}/{id}")
        return found

    # Configuration

    def _config(self, given: Mapping[str, JSON]) -> Item:
        """What is given, over what the template says; defaults are the SDK's docstrings'."""
        template = self._template(given.get("environment_template_id"))
        merged = {**template, **{name: value for name, value in given.items() if value is not None}}
        self._check_network(template.get("network"), given.get("network"))
        return settings_of(merged) | {name: list(merged.get(name) or ()) for name in ("files", "plugins", "skills")}

    def _template(self, id: JSON) -> Item:
        if id is None:
            return {}
        found = self._store.get(TEMPLATES, str(id))
        if found is None:
            raise self._unmade(refusal("not_found", what="environment template", id=id))
        given: Item = found["_given"]
        return given

    def _check_network(self, template: JSON, given: JSON) -> None:
        """The SDK's docstring: "network overrides cannot broaden its policy"."""
        if template and given and _ACCESS.index(given["access"]) > _ACCESS.index(template["access"]):
            raise Refused(refusal("network", param="environment.network"))

    def _skill(self, given: Mapping[str, JSON]) -> Item:
        if given["type"] == "inline":
            return archive(given)
        found = self._store.get("/skills", given["skill_id"])
        if found is None:
            raise self._unmade(refusal("not_found", what="skill", id=given["skill_id"]))
        version = str(given.get("version") or found["default_version"])
        version = str(found["latest_version"]) if version == "latest" else version
        named = {name: found[name] for name in ("description", "name")}
        return {**named, "skill_id": found["id"], "type": "skill_reference", "version": version}

    # Files

    def put_file(self, environment: str, given: Mapping[str, JSON], param: str) -> Item:
        """Put a file where it belongs in an environment, over what was there; its object."""
        path = checked_path(given["path"], _named(param, "path"))
        below, key = files_of(environment), blake2b(path.encode(), digest_size=16).hexdigest()
        if given["type"] == "file_id":
            opened = self._files.open(given["file_id"])
            if opened is None:
                raise self._unmade(refusal("no_file", id=given["file_id"], param=_named(param, "file_id")))
            with opened:
                size = self._store.put_file(f"{below}/{key}", opened)
        else:
            size = self._store.put_file(f"{below}/{key}", decoded(given["data"], _named(param, "data")))
        file: Item = {"environment_id": environment, "object": "agent.environment.file", "path": path}
        file["size_bytes"] = size
        self._store.put(below, key, {**file, "id": key})
        return file

    def _with_id(self, file: Item, given: Mapping[str, JSON], noise: Noise) -> Item:
        """As the environment lists what it was made with."""
        listed = {"id": make_for("agent.environment.file", noise), "path": file["path"]}
        source = {"file_id": given["file_id"]} if given["type"] == "file_id" else {}
        return {**listed, "size_bytes": file["size_bytes"], "type": given["type"], **source}


def _named(param: str, field: str) -> str:
    return f"{param}.{field}" if param else field


def settings_of(given: Mapping[str, JSON]) -> Item:
    """What a hosted configuration says, files, plugins and skills aside."""
    return {
        "capability_directories": list(given.get("capability_directories") or ()),
        "desktop": {"enabled": bool((given.get("desktop") or {}).get("enabled"))},
        "network": _network(given.get("network")),
        "packages": {name: list((given.get("packages") or {}).get(name) or ()) for name in ("npm", "python", "system")},
    }


def _network(given: JSON) -> Item:
    """Not documented: "the API version determines whether network access is enabled or disabled"; here it is not."""
    given = given or {}
    return {"access": given.get("access") or "disabled", "allowed_domains": list(given.get("allowed_domains") or ())}


def checked_path(path: str, param: str) -> str:
    """A file's path in an environment. Raises Refused where none can be there."""
    parts = path.split("/")[2:]
    bad = not path.startswith("/workspace/") or "\x00" in path or "\\" in path
    if (
        bad
        or any(part in ("", ".", "..") for part in parts)
        or path in _RESERVED
        or parts[0].startswith((".codex", ".managed-agents"))
    ):
        raise Refused(refusal("path", param=param))
    return path


def decoded(data: str, param: str) -> bytes:
    """What a file has that comes in base64. Raises Refused."""
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(refusal("data", param=param)) from None


def archive(given: Mapping[str, JSON]) -> Item:
    """An archive, without what is in it."""
    return {name: given[name] for name in ("description", "name", "type")}


def _told(environment: Mapping[str, JSON], state: str) -> Told:
    told = {"id": environment["id"], "error": None, "status": state, "type": environment["type"]}
    return 0.0, f"agent.session.environment.{state}", {"environment": told, "turn_id": None}

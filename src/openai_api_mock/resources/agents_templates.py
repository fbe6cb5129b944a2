"""Templates of environments. What is confidential is kept for those that are made by them, and never shown."""

from __future__ import annotations

from collections.abc import Mapping

from ..answer import JSON
from ..call import Call
from ..ids import make_for
from ..wire import Reply
from .agents_base import OfAgents
from .agents_places import CONFIG, TEMPLATES, checked_path, decoded, network, packages
from .agents_state import Item, shown
from .base import operation

_KEPT = (*CONFIG, "env", "setup_commands")


class Templates(OfAgents):
    """`/agents/environments/templates`."""

    @operation("POST /agents/environments/templates")
    def create(self, call: Call) -> Reply:
        template: Item = {
            "id": make_for("agent.environment.template", call.noise),
            "object": "agent.environment.template",
            "created_at": self.now,
            "name": call.body.get("name"),
        }
        with self.made_up_otherwise():
            self._keep(template, call.body)
        return self.json(shown(template), call.noise)

    @operation("GET /agents/environments/templates")
    def list(self, call: Call) -> Reply:
        return self.page(call, TEMPLATES, "environment template", show=shown)

    @operation("GET /agents/environments/templates/{environment_template_id}")
    def retrieve(self, call: Call) -> Reply:
        return self.json(shown(self._template(call)), call.noise)

    @operation("POST /agents/environments/templates/{environment_template_id}")
    def update(self, call: Call) -> Reply:
        """Each field that is given replaces what was there."""
        with self.made_up_otherwise(), self.store.transaction():
            template = self._template(call)
            if "name" in call.body:
                template["name"] = call.body["name"]
            self._keep(template, {**template["_given"], **call.body})
        return self.json(shown(template), call.noise)

    @operation("DELETE /agents/environments/templates/{environment_template_id}")
    def delete(self, call: Call) -> Reply:
        template = self._template(call)
        self.store.delete(TEMPLATES, template["id"])
        return self.deleted(call, "agent.environment.template", template["id"])

    def _template(self, call: Call) -> Item:
        return self.found(TEMPLATES, call.params["environment_template_id"], "environment template")

    def _keep(self, template: Item, given: Mapping[str, JSON]) -> None:
        kept = {name: given[name] for name in _KEPT if given.get(name) is not None}
        template |= {"updated_at": self.now, "_given": kept, **described(kept)}
        self.store.put(TEMPLATES, template["id"], template)


def described(given: Mapping[str, JSON]) -> Item:
    """A hosted configuration as it is shown, with defaults and without what is confidential."""
    return {
        "capability_directories": list(given.get("capability_directories") or ()),
        "desktop": {"enabled": bool((given.get("desktop") or {}).get("enabled"))},
        "files": _files(given.get("files") or ()),
        "network": network(given.get("network")),
        "packages": packages(given.get("packages")),
        "plugins": _plugins(given.get("plugins") or ()),
        "skills": _skills(given.get("skills") or ()),
    }


def _files(files: JSON) -> list[Item]:
    return [_file(each, f"files[{index}]") for index, each in enumerate(files)]


def _plugins(plugins: JSON) -> list[Item]:
    return [{name: each[name] for name in ("description", "name", "type")} for each in plugins]


def _skills(skills: JSON) -> list[Item]:
    """A reference as it was written: it is resolved afresh for each session."""
    return [
        {"skill_id": each["skill_id"], "type": "skill_reference", "version": each.get("version")}
        if each["type"] == "skill_reference"
        else {name: each[name] for name in ("description", "name", "type")}
        for each in skills
    ]


def _file(given: Mapping[str, JSON], param: str) -> Item:
    listed = {"path": checked_path(given["path"], f"{param}.path"), "type": given["type"]}
    if given["type"] == "file_id":
        return {**listed, "file_id": given["file_id"]}
    return {**listed, "size_bytes": len(decoded(given["data"], f"{param}.data"))}

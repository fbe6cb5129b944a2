"""Templates of environments. What is confidential is kept for those that are made by them, and never shown."""

from __future__ import annotations

from collections.abc import Mapping

from ..answer import JSON
from ..call import Call
from ..ids import make_for
from ..wire import Reply
from .agents_base import OfAgents
from .agents_places import CONFIG, TEMPLATES, archive, checked_path, decoded, settings_of
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
        **settings_of(given),
        "files": [_file(each, f"files[{index}]") for index, each in enumerate(given.get("files") or ())],
        "plugins": [archive(each) for each in given.get("plugins") or ()],
        "skills": [_skill(each) for each in given.get("skills") or ()],
    }


def _skill(given: Mapping[str, JSON]) -> Item:
    """A reference as it was written: it is resolved afresh for each session."""
    if given["type"] == "skill_reference":
        return {"skill_id": given["skill_id"], "type": "skill_reference", "version": given.get("version")}
    return archive(given)


def _file(given: Mapping[str, JSON], param: str) -> Item:
    listed = {"path": checked_path(given["path"], f"{param}.path"), "type": given["type"]}
    if given["type"] == "file_id":
        return {**listed, "file_id": given["file_id"]}
    return {**listed, "size_bytes": len(decoded(given["data"], f"{param}.data"))}

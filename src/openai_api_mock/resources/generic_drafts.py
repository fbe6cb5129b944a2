"""How a new object looks: a schema narrowed by what the names of its fields say.

A draft is a schema again, so the sampler makes its values: what can be null is, lists are empty, counts are zero, the
status is the first that doesn't read as a failure. Ids and times can't be told beforehand; marks stand for them, which
`Fill` replaces call by call.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Literal

from .. import ids
from ..answer import JSON
from ..noise import Noise
from .generic_tagged import variants

JsonSchema = dict[str, JSON]

Age = Literal["new", "found", "rich"]
"""How an object looks: just made; there before anybody made it, so it has a name; or as a result of work, with
something in its lists."""

# From Unicode's private use: no schema and no sample has it.
_MARK = "\ue000"
_HOUR = 3600

# Words in a field's name that tell of an end or a failure, which nothing new has.
_ENDED = frozenset(
    [
        "archived",
        "cancelled",
        "cancelling",
        "canceled",
        "completed",
        "deactivated",
        "deleted",
        "deprecated",
        "ended",
        "error",
        "errors",
        "expired",
        "failed",
        "failure",
        "finished",
        "incomplete",
        "refusal",
        "rejected",
        "revoked",
        "warning",
        "warnings",
    ]
)
_BAD_STATUS = _ENDED - {"completed", "ended", "finished"} | {"denied", "inactive", "invalid", "requires_action"}
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# What the SDK's types are called besides the thing's own name.
_NOT_THE_THING = frozenset(
    [
        "added",
        "archived",
        "beta",
        "create",
        "created",
        "data",
        "delete",
        "deleted",
        "get",
        "info",
        "list",
        "object",
        "param",
        "params",
        "resource",
        "response",
        "retrieve",
        "update",
        "updated",
    ]
)
# What isn't null though it could be.
_KEPT = frozenset(("created_at", "last_active_at", "metadata", "object", "status", "type", "updated_at"))
_KEPT_IF_FOUND = _KEPT | frozenset(
    ("actor", "added_at", "created", "description", "email", "filename", "name", "role", "user")
)

# The first status, where it isn't the first in the SDK's list, or where the SDK has no list; by thing.
STATUSES = {
    "container": "running",
    "eval.run": "queued",
    "file": "processed",
    "vector_store": "completed",
}
# Text of which the name alone tells nothing: forms of secrets, and what the API's examples say.
_SECRETS: dict[str, ids.Form] = {
    "client_secret": ("ek_", ids.HEX, 32),
    "fingerprint": ("", ids.HEX, 40),
    "key": ("sk-", ids.BASE62, 48),
    "secret": ("whsec_", ids.BASE62, 32),
    "value": ("sk-", ids.BASE62, 48),
}
_TEXTS: dict[str, JSON] = {
    "completion_window": "24h",
    "currency": "usd",
    "endpoint": "/v1/responses",
    "interval": "month",
    "owned_by": "system",
    "redacted_value": "sk-abc...xyz",
    "role": "member",
    "system_fingerprint": "fp_44709d6fcb",
}
_MODELS = ["gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-5", "gpt-5-mini"]
_BOOLEANS = {"deleted": True, "valid": True, "has_more": False, "flagged": False}


def draft(schema: JsonSchema, thing: str, age: Age = "new") -> JsonSchema:
    """The schema of an object of that shape and age."""
    drafter = _Drafter(schema.get("$defs", {}), age)
    root = drafter.root(schema, thing)
    return {**root, "$defs": drafter.definitions}


class _Drafter:
    def __init__(self, originals: JsonSchema, age: Age, *, whole: bool = False) -> None:
        self._originals = originals
        self._whole = whole
        self._rich = age == "rich"
        self._kept = _KEPT if age == "new" else _KEPT_IF_FOUND
        self.definitions: JsonSchema = {}

    def root(self, schema: JsonSchema, thing: str) -> JsonSchema:
        while "$ref" in schema:
            schema = self._originals[_name(schema)]
        if "anyOf" in schema:
            # What can be an object or plain text, such as a transcription, is an object.
            objects = [branch for branch in schema["anyOf"] if branch.get("type") != "string"]
            if len(objects) == 1 or not self._rich:
                return self.root(objects[0], thing)
            return {"anyOf": [self.of(branch, "", thing) for branch in objects]}
        if "properties" in schema:
            return self._object(schema, _called(schema) or thing, at_root=True)
        return self.of(schema, "", thing)

    def of(self, schema: JSON, name: str, thing: str) -> JsonSchema:
        """The draft of a place: `name` is the field's, `thing` what it belongs to."""
        if not isinstance(schema, dict) or not schema:
            return {"const": {}}
        if "$ref" in schema:
            return self._reference(schema, name, thing)
        if "anyOf" in schema:
            return self._union(schema["anyOf"], name, thing)
        if "const" in schema:
            return schema
        if "enum" in schema:
            return _one_of(schema, name, thing)
        kind = schema.get("type")
        if kind == "string" and name in _ENDED:
            return {"const": ""}
        if kind == "object" or "properties" in schema:
            return self._object(schema, _called(schema) or thing)
        if kind == "array":
            return self._array(schema, name, thing)
        if kind == "string":
            return _text(schema, name, thing)
        if kind in ("integer", "number"):
            return self._number(schema, name)
        if kind == "boolean" and name in _BOOLEANS:
            return {"const": _BOOLEANS[name]}
        return schema

    def _reference(self, schema: JsonSchema, name: str, thing: str) -> JsonSchema:
        key = _name(schema)
        original = self._originals[key]
        if not self._rich and name.rpartition("_")[2] in _ENDED and "properties" in original:
            return _no_failure(original)
        if "properties" not in original:
            return self.of(original, name, thing) if not self._rich else self._defined(key, original, name, thing)
        return self._defined(key, original, name, _called(original) or thing_named(key))

    def _defined(self, key: str, original: JsonSchema, name: str, thing: str) -> JsonSchema:
        if key not in self.definitions:
            self.definitions[key] = {}  # a definition may refer to itself
            self.definitions[key] = self.of(original, name, thing)
        return {"$ref": f"#/$defs/{key}"}

    def _union(self, branches: list[JSON], name: str, thing: str) -> JsonSchema:
        some = [branch for branch in branches if branch.get("type") != "null"]
        if len(some) < len(branches):
            if name == "metadata" or not some:
                return {"const": {} if some and name == "metadata" else None}
            if name not in self._kept and (not self._rich or _ENDED.intersection(name.split("_"))):
                return {"type": "null"}
        if len(some) == 1 or not self._rich:
            return self.of(some[0], name, thing)
        return {"anyOf": [self.of(branch, name, thing) for branch in some]}

    def _object(self, schema: JsonSchema, thing: str, at_root: bool = False) -> JsonSchema:
        properties = schema.get("properties")
        if properties is None:
            values = schema.get("additionalProperties")
            if not self._rich or not isinstance(values, dict):
                return {"const": {}}
            return {"type": "object", "additionalProperties": self.of(values, "", thing)}
        each = [self._tagged(tag, variant, thing, at_root) for tag, variant in variants(schema)]
        return {"anyOf": each} if each else self._fields(schema, thing, at_root)

    def _tagged(self, tag: str, schema: JsonSchema, thing: str, at_root: bool) -> JsonSchema:
        """Its `type` says that there is something in the field of that name."""
        if not tag:
            return self._fields(schema, thing, at_root)
        within = _Drafter(self._originals, "rich", whole=True)
        within.definitions = self.definitions
        told = {tag: within.of(schema["properties"][tag], "", thing)}
        others = {name: field for name, field in schema["properties"].items() if name != tag}
        made = self._fields({**schema, "properties": others}, thing, at_root)
        return {**made, "properties": made["properties"] | told, "required": [*made["required"], tag]}

    def _fields(self, schema: JsonSchema, thing: str, at_root: bool) -> JsonSchema:
        properties, required = schema["properties"], schema.get("required", ())
        if self._rich:
            made = {name: self.of(field, name, thing) for name, field in properties.items()}
            needed = list(made if self._whole else required)
            return {"type": "object", "properties": made, "required": needed, "additionalProperties": False}
        kept = [name for name in properties if at_root or name in required]
        made = {name: self.of(properties[name], name, thing) for name in kept}
        if _counts(schema, thing):
            made = {name: {"const": 0} if field.get("type") == "integer" else field for name, field in made.items()}
        return {"type": "object", "properties": made, "required": kept, "additionalProperties": False}

    def _array(self, schema: JsonSchema, name: str, thing: str) -> JsonSchema:
        if not self._rich:
            return {"const": []}
        return {"type": "array", "items": self.of(schema.get("items"), name, thing), "minItems": 1, "maxItems": 2}

    def _number(self, schema: JsonSchema, name: str) -> JsonSchema:
        if name.endswith("_at") or name in ("created", "updated", "timestamp"):
            ahead = _HOUR if name.startswith("expire") else 0
            return {"const": f"{_MARK}at {ahead}"}
        if not self._rich and name.endswith(("_bytes", "_count", "_tokens")):
            return {"const": 0}
        return schema


def _no_failure(schema: JsonSchema) -> JsonSchema:
    """The draft of an error that must be there: its texts say nothing."""
    made = {
        name: {"const": ""} if field.get("type") == "string" and "enum" not in field else field
        for name, field in schema["properties"].items()
        if name in schema.get("required", ())
    }
    return {**schema, "properties": made, "additionalProperties": False}


def _one_of(schema: JsonSchema, name: str, thing: str) -> JsonSchema:
    options = schema["enum"]
    if name not in ("status", "state", "phase"):
        return schema
    usual = STATUSES.get(thing)
    return {"const": usual if usual in options else next((each for each in options if not _is_bad(each)), options[0])}


def _is_bad(status: JSON) -> bool:
    return not _BAD_STATUS.isdisjoint((str(status), *str(status).split("_")))


def _text(schema: JsonSchema, name: str, thing: str) -> JsonSchema:
    if schema.keys() - {"type", "title", "description", "examples", "default"}:
        return schema
    if name == "id":
        return {"const": f"{_MARK}id {thing}"}
    if name.endswith("_id"):
        return {"const": f"{_MARK}id {name[:-3]}"}
    if name.endswith("_at"):
        return {"const": f"{_MARK}iso"}
    if name == "object":
        return {"const": thing}
    if name == "status":
        return {"const": STATUSES.get(thing, "active")}
    if name == "version":
        return {"const": f"{_MARK}ordinal"}
    if name.endswith("_version"):
        return {"const": "1"}
    if name == "model" or name.endswith("_model"):
        return {"enum": _MODELS}
    if name in _SECRETS:
        return {"const": f"{_MARK}secret {name}"}
    return {"const": _TEXTS[name]} if name in _TEXTS else schema


def _counts(schema: JsonSchema, thing: str) -> bool:
    """Whether an object does nothing but count."""
    return thing.endswith("counts") or {"completed", "failed", "total"} <= schema["properties"].keys()


def _called(schema: JsonSchema) -> str:
    properties = schema.get("properties", {})
    for name in ("object", "type"):
        constant = properties.get(name, {}).get("const")
        if isinstance(constant, str) and "id" in properties:
            return constant.removesuffix(".deleted")
    return ""


def thing_named(type_name: str) -> str:
    """What a type's name says: `beta.agent.AgentCreateResponse` is an `agent`."""
    words = [word.lower() for word in _WORDS.findall(type_name.rpartition(".")[2])]
    return "_".join(word for word in words if word not in _NOT_THE_THING) or "item"


def _name(reference: JsonSchema) -> str:
    name: str = reference["$ref"].removeprefix("#/$defs/")
    return name


class Fill:
    """Puts ids and times where a draft left marks.

    `known` are the ids of things that are known beforehand. With `one_each` every thing has one id, as the events of
    one stream speak of the same things.
    """

    def __init__(
        self,
        now: float,
        noise: Noise,
        ordinal: int = 1,
        known: Mapping[str, str] | None = None,
        *,
        one_each: bool = False,
    ) -> None:
        self._now = int(now)
        self._noise = noise
        self._ordinal = ordinal
        self._known = dict(known or {})
        self._one_each = one_each

    def __call__(self, value: JSON) -> JSON:
        if isinstance(value, str):
            return self._mark(value) if value.startswith(_MARK) else value
        if isinstance(value, dict):
            return {name: self(field) for name, field in value.items()}
        if isinstance(value, list):
            return [self(item) for item in value]
        return value

    def _mark(self, mark: str) -> JSON:
        kind, _, about = mark[1:].partition(" ")
        if kind == "id":
            return self._id(about)
        if kind == "at":
            return self._now + int(about)
        if kind == "iso":
            return datetime.fromtimestamp(self._now, timezone.utc).isoformat().replace("+00:00", "Z")
        return str(self._ordinal) if kind == "ordinal" else ids.formed(_SECRETS[about], self._noise)

    def _id(self, thing: str) -> str:
        known = self._known.get(thing)
        if known is None:
            known = ids.make_for(thing, self._noise)
            if self._one_each:
                self._known[thing] = known
        return known

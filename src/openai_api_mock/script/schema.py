"""The JSON Schema of rule files, by which editors complete and check them."""

from __future__ import annotations

from typing import Any

import msgspec

from ..catalog import Catalog
from ..faults.spelling import WHEN
from ..faults.table import ADVICE, FAULTS, Kind, Parameter
from .conditions import fields_of
from .conversation import ROLES
from .file_spec import FileSpec, ReplySpec, RuleSpec
from .view import READERS

PACKAGED = "rules.schema.json"
"""Beside this file; made by `openai-api-mock schema`."""


def schema(catalog: Catalog) -> dict[str, Any]:
    """The schema, made from the shape of files and the catalog's operations."""
    _, specs = msgspec.json.schema_components([FileSpec, RuleSpec, ReplySpec], ref_template="#/$defs/{name}")
    file, rule = specs["FileSpec"]["properties"], specs["RuleSpec"]["properties"]
    file["rules"]["items"] = {"$ref": "#/$defs/RuleSpec"}
    file["conversation"]["items"] = {"$ref": "#/$defs/Step"}
    rule["endpoint"] = {"enum": sorted(catalog.methods)}
    rule["when"] = {"$ref": "#/$defs/When"}
    answers = [{"required": [name]} for name in ("reply", "replies", "fail")]
    specs["RuleSpec"]["anyOf"] = [{"oneOf": answers}, {"required": ["fault"], "not": {"anyOf": answers}}]
    one = [{"$ref": "#/$defs/FaultText"}, {"$ref": "#/$defs/Fault"}]
    rule["fault"] = {
        "description": rule["fault"].get("description", ""),
        "anyOf": [*one, {"type": "array", "items": {"anyOf": one}}],
    }
    specs |= {f"Fault.{name}": _parameter(each) for name, each in SHARED.items()}
    specs["FaultText"] = _fault_text()
    specs["Fault"] = {"oneOf": [_fault(kind) for kind in FAULTS.values()]}
    matcher = {"$ref": "#/$defs/Matcher"}
    by_name = {"type": "object", "minProperties": 1, "additionalProperties": matcher}
    known = dict.fromkeys(sorted(READERS.keys() | fields_of(catalog, None)), matcher)
    specs["When"] = {
        "description": "What a request must have. A rule of one endpoint may name that one's other fields too.",
        "type": "object",
        "properties": {**known, "at": by_name, "header": by_name},
        "additionalProperties": matcher,
    }
    specs["Matcher"] = {
        "description": "A value that must be equal, or an object that says how it must look.",
        "anyOf": [
            {"type": ["string", "number", "boolean", "null", "array"]},
            {"type": "object", "properties": _matchers(matcher), "additionalProperties": False, "minProperties": 1},
        ],
    }
    reply = rule["reply"]["anyOf"] + [{"type": "object", "properties": {"fail": rule["fail"]}, "required": ["fail"]}]
    specs["Step"] = {
        "description": "Who speaks, and what: the assistant says it, the others' messages must hold it.",
        "type": "object",
        "properties": {role: {"anyOf": reply} if role == "assistant" else matcher for role in ROLES},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rules of openai-api-mock",
        "anyOf": [{"$ref": "#/$defs/FileSpec"}, {"type": "array", "items": {"$ref": "#/$defs/RuleSpec"}}],
        "$defs": dict(sorted(specs.items())),
    }


SHARED = {**WHEN, **ADVICE}
"""What many faults take."""


def _fault_text() -> dict[str, Any]:
    """One fault, or several in a row, as texts: `cut:bytes=100`."""
    one = rf"({'|'.join(FAULTS)})(:[^\s]+)?"
    return {"type": "string", "pattern": rf"^\s*{one}(\s+{one})*\s*$"}


def _fault(kind: Kind) -> dict[str, Any]:
    parameters = {**kind.takes, **WHEN}
    shared = {name: {"$ref": f"#/$defs/Fault.{name}"} for name in parameters if parameters[name] is SHARED.get(name)}
    return {
        "description": kind.what,
        "type": "object",
        "properties": {
            "name": {"const": kind.name},
            **{name: shared.get(name) or _parameter(each) for name, each in parameters.items()},
        },
        "required": ["name"],
        "additionalProperties": False,
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    kind = {int: "integer", float: "number", str: "string", bool: "boolean"}[parameter.kind]
    found: dict[str, Any] = {"type": kind, "description": parameter.what}
    if parameter.least is not None:
        found["minimum"] = parameter.least
    if parameter.choices:
        found["enum"] = list(parameter.choices)
    return found


def _matchers(matcher: dict[str, Any]) -> dict[str, Any]:
    several = {"type": "array", "items": matcher, "minItems": 1}
    return {
        "all": several,
        "any_of": several,
        "contains": {"type": "string", "minLength": 1},
        "equals": True,
        "ignore_case": {"type": "boolean", "description": "Goes with contains."},
        "not": matcher,
        "regex": {"type": "string", "format": "regex"},
    }


def text(catalog: Catalog) -> str:
    return msgspec.json.format(msgspec.json.encode(schema(catalog)), indent=1).decode() + "\n"

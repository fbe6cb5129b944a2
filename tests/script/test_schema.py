"""The JSON Schema of rule files says what their reader says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

import openai_api_mock.script
from openai_api_mock.catalog import Catalog
from openai_api_mock.script import schema

from .test_files import FAULTS, TALK, YAML

# What only the reader sees: broken YAML, fields of some endpoints, files that aren't there, what fits together.
BEYOND = (
    "has no",
    "rules.yaml",
    "no such file",
    "twice",
    "400 to 599",
    "regex",
    "a reply has one of",
    "speaks before",
    "once",
)
SEEN = [fault for fault in FAULTS if "mesage" not in fault[0] and not any(w in " ".join(fault[2:]) for w in BEYOND)]


def test_the_packaged_schema_is_the_commands() -> None:
    path = Path(openai_api_mock.script.__file__).with_name(schema.PACKAGED)
    assert path.read_text() == schema.text(Catalog.load()), f"openai-api-mock schema > {path}"


@pytest.fixture(scope="module")
def validator() -> Any:
    return jsonschema_rs.validator_for(schema.schema(Catalog.load()))


@pytest.mark.parametrize("text", [YAML, TALK, "- {reply: a}", "always: true\nrules: [{fail: {status: 500}}]"])
def test_what_can_be_read_is_valid(validator: Any, text: str) -> None:
    assert [error.message for error in validator.iter_errors(yaml.safe_load(text))] == []


@pytest.mark.parametrize("fault", SEEN, ids=lambda fault: fault[2])
def test_what_cannot_be_read_is_not(validator: Any, fault: tuple[str, ...]) -> None:
    assert not validator.is_valid(yaml.safe_load(fault[0]))

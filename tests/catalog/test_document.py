"""The shipped document: complete, without prose, made of valid schemas, and the same whenever it is built."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import openai
import pytest

from openai_api_mock.catalog import Catalog, Operation
from openai_api_mock.catalog.extract_methods import methods

ROOT = Path(openai.__path__[0])
VERBS = {"get": "GET", "get_api_list": "GET", "post": "POST", "delete": "DELETE", "put": "PUT", "patch": "PATCH"}
BUILD = """
import sys, openai
from openai_api_mock.catalog.extract import build, compressed
sys.stdout.buffer.write(compressed(build(openai)))
"""


def requests_in_the_source() -> set[str]:
    """`VERB /path` of all the SDK's resources, read from their text: another way than the catalog's own."""
    call = re.compile(
        r"self\._(get|post|delete|put|patch|get_api_list)\(\s*(?:path_template\(\s*)?\"(/[^\"]*)\"(.*?)\n        \)",
        re.S,
    )
    found = set()
    for file in sorted(ROOT.glob("resources/**/*.py")):
        for verb, path, rest in call.findall(file.read_text()):
            override = re.search(r"method=\"(\w+)\"", rest)
            found.add(f"{override.group(1).upper() if override else VERBS[verb]} {path}")
    return found


def everything(catalog: Catalog) -> list[Operation]:
    twins = [operation.beta_variant for operation in catalog.operations if operation.beta_variant is not None]
    return [*catalog.operations, *twins]


def dictionaries(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    if isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from dictionaries(inner)


def test_has_every_request_that_the_sdks_source_makes(catalog: Catalog) -> None:
    known = {operation.key for operation in everything(catalog) if not operation.websocket}
    assert known == requests_in_the_source()


def test_has_381_pairs_of_method_and_path_and_seven_beta_twins(catalog: Catalog) -> None:
    http = [operation for operation in catalog.operations if not operation.websocket]
    assert catalog.version == "3.54.0"
    assert len(http) == 381
    assert sum(operation.beta_variant is not None for operation in http) == 7


def test_has_the_websockets(catalog: Catalog) -> None:
    assert {operation.path for operation in catalog.operations if operation.websocket} == {
        "/live/sessions",
        "/live/sessions/{session_id}/attach",
        "/live/sessions/{session_id}/fork",
        "/realtime",
        "/realtime/translations",
        "/responses",
    }


def test_async_resources_make_the_same_requests() -> None:
    assert {each.key for each in methods(ROOT)} == {each.key for each in methods(ROOT, asynchronous=True)}


def test_sdk_names_lead_from_the_client_to_the_method(catalog: Catalog) -> None:
    client: Any = openai.OpenAI(api_key="k", webhook_secret="s")
    for operation in everything(catalog):
        for name in (operation.sdk, *operation.sdk_aliases):
            target = client
            for part in name.split("."):
                target = getattr(target, part)
            assert callable(target), name


def test_is_built_to_the_byte_whatever_the_hash_seed(catalog: Catalog) -> None:
    source = str(Path(__file__).parents[2] / "src")
    made = {
        subprocess.run(
            [sys.executable, "-c", BUILD],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": source},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(made) == 1
    assert gzip.decompress(made.pop()) == catalog.openapi()


def test_has_no_prose(catalog: Catalog) -> None:
    document = json.loads(catalog.openapi())
    for path in document["paths"].values():
        for operation in dictionaries(path):
            assert operation.get("description", "") == "" or isinstance(operation["description"], dict)
    for name, schema in document["components"]["schemas"].items():
        for part in dictionaries({key: value for key, value in schema.items() if key != "properties"}):
            assert not isinstance(part.get("description"), str), name
            assert not isinstance(part.get("title"), str), name


def test_is_small(catalog: Catalog) -> None:
    shipped = Path(__file__).parents[2] / "src/openai_api_mock/catalog/openapi.json.gz"
    assert shipped.stat().st_size < 200_000


def test_every_reference_leads_to_a_component(catalog: Catalog) -> None:
    document = json.loads(catalog.openapi())
    known = {f"#/components/{kind}/{name}" for kind, named in document["components"].items() for name in named}
    assert {part["$ref"] for part in dictionaries(document) if isinstance(part.get("$ref"), str)} <= known


def test_every_discriminator_leads_from_each_value_to_the_branch_that_says_it(catalog: Catalog) -> None:
    document = json.loads(catalog.openapi())
    components = document["components"]["schemas"]
    unions = [part for part in dictionaries(document) if "mapping" in (part.get("discriminator") or {})]

    assert len(unions) > 200
    assert not [part for part in dictionaries(document) if list(part.get("discriminator") or {}) == ["propertyName"]]
    for union in unions:
        name, mapping = union["discriminator"]["propertyName"], union["discriminator"]["mapping"]
        assert list(dict.fromkeys(mapping.values())) == [branch["$ref"] for branch in union["anyOf"]]
        for value, reference in mapping.items():
            told = components[reference.rpartition("/")[2]]["properties"][name]
            assert value in told.get("enum", [told.get("const")])


def test_every_schema_of_every_operation_compiles(catalog: Catalog) -> None:
    for operation in everything(catalog):
        schemas = (
            operation.body_schema(),
            operation.result_schema(),
            operation.stream_schema(),
            operation.client_schema(),
            operation.query_schema(),
        )
        for schema in schemas:
            if schema is not None:
                jsonschema_rs.meta.validate(schema)
                jsonschema_rs.validator_for(schema)


def test_an_operation_carries_only_the_definitions_it_reaches(catalog: Catalog) -> None:
    deletion = catalog.operation("DELETE /files/{file_id}").result_schema()
    assert deletion is not None
    assert list(deletion.get("$defs", {})) == ["FileDeleted"]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("POST /chat/completions", {"cast_to": "ChatCompletion", "stream": "ChatCompletionChunk", "page": None}),
        ("GET /files", {"cast_to": "FileObject", "page": "CursorPage"}),
        ("POST /files", {"multipart": True, "files": ("file",)}),
        ("POST /images/edits", {"multipart": True, "files": ("image", "image[]", "markup", "mask")}),
        ("POST /skills", {"multipart": True, "files": ("files", "files[]")}),
        ("GET /files/{file_id}/content", {"binary": "application/binary", "sdk_aliases": ("files.retrieve_content",)}),
        ("POST /audio/speech", {"binary": "application/octet-stream"}),
        ("POST /assistants", {"beta": "assistants=v2", "deprecated": True}),
        ("GET /organization/users", {"admin": True, "page": "ConversationCursorPage"}),
        ("DELETE /containers/{container_id}", {"cast_to": "NoneType"}),
        ("POST /webhook_endpoints", {"sdk": "webhooks.create", "status": 200}),
        ("POST /evals", {"sdk": "evals.create", "status": 201}),
        ("GET /agents/sessions/{session_id}/events", {"stream": "AgentSessionEvent", "cast_to": None}),
        ("POST /responses?beta=true", {"sdk": "beta.responses.create", "stream": "BetaResponseStreamEvent"}),
    ],
)
def test_knows_what_is_peculiar_to_an_operation(catalog: Catalog, key: str, expected: dict[str, object]) -> None:
    operation = catalog.operation(key)
    assert {name: getattr(operation, name) for name in expected} == expected


def test_overloads_that_stream_and_that_dont_are_one_body(catalog: Catalog) -> None:
    schema = catalog.operation("POST /chat/completions").body_schema()
    assert schema is not None
    assert schema["properties"]["stream"] == {"anyOf": [{"type": "boolean"}, {"type": "null"}]}
    assert schema["required"] == ["messages", "model"]
    assert schema["additionalProperties"] is False


def test_any_string_will_do_where_the_sdk_only_names_examples(catalog: Catalog) -> None:
    schema = catalog.operation("POST /chat/completions").body_schema()
    assert schema is not None
    model = schema["properties"]["model"]
    assert model["type"] == "string"
    assert "gpt-4o" in model["examples"]
    assert "enum" not in model


def test_file_parameters_are_binary(catalog: Catalog) -> None:
    schema = catalog.operation("POST /images/edits").body_schema()
    assert schema is not None
    file = {"type": "string", "format": "binary"}
    assert schema["properties"]["mask"] == file
    assert schema["properties"]["image"] == {"anyOf": [file, {"type": "array", "items": file}]}

"""What every operation answers by default is what the SDK's types say it is, strictly."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, cast
from urllib.parse import urlencode

import msgspec
import openai
import pytest
from openai._models import validate_type

from openai_api_mock.catalog import Catalog, Operation
from openai_api_mock.engine import Engine
from openai_api_mock.options import options_from
from openai_api_mock.resources.base import Services
from openai_api_mock.resources.generic import Generic
from openai_api_mock.wire import Reply, Request, Stream

SEEDS = range(20)


class Caught(Exception):
    """Holds the type that the SDK was about to make of a result."""

    def __init__(self, cast_to: Any) -> None:
        self.cast_to = cast_to


class TypeCatcher(openai.OpenAI):
    """A client that sends nothing."""

    def request(self, cast_to: Any, *arguments: Any, **named: Any) -> Any:
        raise Caught(cast_to)


@cache
def client() -> TypeCatcher:
    return TypeCatcher(api_key="x", admin_api_key="x")


def operations() -> Iterator[Operation]:
    for operation in Catalog.load().operations:
        if operation.websocket or operation.binary is not None:
            continue
        yield operation
        if operation.beta_variant is not None:
            yield operation.beta_variant


def result_type(operation: Operation) -> Any:
    """The type that the SDK's own method casts to."""
    method: Any = client()
    for name in operation.sdk.split("."):
        method = getattr(method, name)
    parameters = [each for each in inspect.signature(method).parameters.values() if each.kind is not each.VAR_KEYWORD]
    needed = [each.name for each in parameters if each.default is each.empty]
    # Where overloads ask for one of several sets of arguments, all of them will do.
    every = [each.name for each in parameters if each.name not in OPTIONS]
    try:
        try:
            method(**{name: FILES.get(name, "x") for name in needed})
        except TypeError:
            method(**{name: FILES.get(name, "x") for name in every})
    except Caught as caught:
        return caught.cast_to
    raise AssertionError("the SDK asked for nothing")


FILES = dict.fromkeys(("audio_sample", "data", "file", "image", "input_reference", "mask", "recording", "video"), b"x")
FILES["files"] = [b"x"]  # type: ignore[assignment]  # one of several
OPTIONS = ("extra_body", "extra_headers", "extra_query", "stream", "timeout")


def request_of(operation: Operation, engine: Engine) -> Reply:
    """What the generic resource replies, whatever handlers there are; ids are made up."""
    path = "/v1" + re.sub(r"\{(\w+)\}", r"\1-1", operation.path)
    query = "beta=true" if operation.key.endswith("beta=true") else ""
    engine._tables.handlers.clear()
    reply = engine.handle(Request(operation.method, path, query))
    assert isinstance(reply, Reply)
    return reply


@pytest.fixture(scope="module")
def engines() -> list[Engine]:
    lenient = {"missing": "synthesize", "validate": "off", "legacy": "assistants,videos"}
    return [Engine(options_from({"seed": seed, **lenient})) for seed in SEEDS]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("operation", list(operations()), ids=lambda operation: operation.key)
def test_every_operation_answers_what_its_type_says_for_20_seeds(operation: Operation, engines: list[Engine]) -> None:
    cast_to = result_type(operation)
    for engine in engines:
        reply = request_of(operation, engine)
        assert reply.status in (200, 201)
        if isinstance(reply.body, Stream):
            continue
        if cast_to is type(None):
            assert reply.body == b""
            continue
        validate_type(type_=cast_to, value=msgspec.json.decode(reply.body))


@pytest.mark.parametrize("value", [10**30, -1, None, "\0", [], {}, [[[]]], {"id": {"id": []}}], ids=repr)
def test_no_value_of_a_field_or_a_query_is_our_fault(value: Any) -> None:
    engine = Engine(options_from({"missing": "synthesize", "validate": "off", "legacy": "assistants,videos"}))
    engine._tables.handlers.clear()
    for operation in operations():
        fields = [*(operation.body_schema() or {}).get("properties", {}), "name", "response_format"]
        body = json.dumps(dict.fromkeys(fields, value)).encode() if operation.has_body else b""
        query = urlencode([(each.name, json.dumps(value)) for each in operation.query_parameters])
        path = "/v1" + re.sub(r"\{\w+\}", "%2F..%00", operation.path)
        reply = engine.handle(Request(operation.method, path, query, body=body))
        assert isinstance(reply, Reply)
        assert reply.status < 500


def test_what_only_a_newer_sdk_has_is_made_and_found_too() -> None:
    engine = Engine(options_from({}))
    known = Catalog.load()
    older = object.__new__(Catalog)
    older.operations = tuple(each for each in known.operations if not each.path.startswith("/vaults"))
    e, nobody = engine, cast(Any, None)
    lent = (
        e._headers,
        e.options,
        e.store,
        e.jobs,
        e.files,
        e.vectors,
        e.inside,
        e.schedule,
        e.webhooks,
        e.ledger,
        e.keys,
        e.limits,
        e.lines,
    )
    services = Services(e.clock, nobody, nobody, *lent)
    engine._generic = Generic(services, older)

    def call(method: str, path: str, body: bytes = b"") -> tuple[int, Any]:
        reply = engine.handle(Request(method, path, body=body))
        assert isinstance(reply, Reply)
        assert isinstance(reply.body, bytes)
        return reply.status, msgspec.json.decode(reply.body)

    status, made = call("POST", "/v1/vaults", b'{"name": "keys"}')
    assert status == 200
    assert call("GET", f"/v1/vaults/{made['id']}") == (200, made)
    assert call("GET", "/v1/vaults")[1]["data"] == [made]
    assert call("GET", "/v1/vaults/vault_never")[0] == 404
    assert call("DELETE", f"/v1/vaults/{made['id']}")[1]["deleted"] is True
    assert call("GET", f"/v1/vaults/{made['id']}")[0] == 404

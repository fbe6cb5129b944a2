from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_api_mock.generate.values import Sampler, Unsatisfiable, sample

SEEDS = [str(number) for number in range(20)]


def strict(**properties: Any) -> dict[str, Any]:
    """An object as the API's strict mode wants it."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


NODE = strict(value={"type": "number"}, next={"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]})
ELEMENT = strict(
    type={"type": "string", "enum": ["div", "button", "header"]},
    label={"type": "string"},
    children={"type": "array", "items": {"$ref": "#"}},
    attributes={"type": "array", "items": strict(name={"type": "string"}, value={"type": "string"})},
)
NUMBER = strict(kind={"const": "number"}, value={"type": "number"})
OPERATION = strict(
    kind={"const": "sum"}, of={"type": "array", "items": {"$ref": "#/$defs/term"}, "minItems": 2, "maxItems": 2}
)
FORMATS = [
    *("date-time", "time", "date", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6"),
    *("uuid", "uri", "uri-reference", "iri", "iri-reference", "uri-template", "json-pointer", "relative-json-pointer"),
    *("regex", "unheard-of"),
]

SHORT = {"duration": 3, "ipv4": 7, "ipv6": 3, "uri-template": 5, "json-pointer": 1, "regex": 2, "hostname": 1}
LONG = {"duration": 12, "ipv4": 15, "ipv6": 39, "uri-template": 40, "date-time": 24, "time": 12, "email": 100}
NEVER = {"type": "string", "format": "date", "pattern": "^[a-z]+$"}  # which is only found out by trial
EITHER = {
    "type": "object",
    "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
    "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
}

SCHEMAS: dict[str, Any] = {
    # The subset of strict mode.
    "strict": strict(name={"type": "string"}, age={"type": "integer"}, on={"type": "boolean"}, gone={"type": "null"}),
    "nullable": strict(note={"type": ["string", "null"]}, place={"anyOf": [{"type": "string"}, {"type": "null"}]}),
    "formats": strict(**{name: {"type": "string", "format": name} for name in FORMATS}),
    "bounds": strict(a={"type": "integer", "minimum": 3, "maximum": 3}, b={"type": "number", "exclusiveMinimum": 0}),
    "steps": strict(
        a={"type": "number", "multipleOf": 0.07, "minimum": 1000}, b={"type": "integer", "multipleOf": 2.5}
    ),
    "items": strict(tags={"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 4}),
    "union": strict(shape={"anyOf": [strict(radius={"type": "number"}), strict(side={"type": "number"})]}),
    # Recursion.
    "list": {**strict(head={"$ref": "#/$defs/node"}), "$defs": {"node": NODE}},
    "tree by the root": ELEMENT,
    "mutual": {"$ref": "#/$defs/term", "$defs": {"term": {"oneOf": [NUMBER, {"$ref": "#/$defs/op"}]}, "op": OPERATION}},
    "optional": {"type": "object", "properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}},
    "only itself": {"$ref": "#"},
    # References.
    "percent": {"$ref": "#/$defs/a%20b~1c%25", "$defs": {"a b/c%": {"type": "integer"}}},
    "definitions": {"$ref": "#/definitions/a", "definitions": {"a": {"type": "boolean"}}},
    "anchor": {"$ref": "#here", "$defs": {"a": {"$anchor": "here", "type": "boolean"}}},
    "id": {
        **strict(item={"$ref": "item"}),
        "$id": "https://example.com/root",
        "$defs": {"a": {"$id": "item", **strict(n={"$ref": "#/$defs/n"}), "$defs": {"n": {"type": "integer"}}}},
    },
    "siblings": {"$ref": "#/$defs/word", "maxLength": 3, "$defs": {"word": {"type": "string", "minLength": 3}}},
    # Patterns.
    "password": {"type": "string", "pattern": r"^(?=.*[A-Z])(?=.*\d)(?=.*[!@#$%])[A-Za-z\d!@#$%]{8,16}$"},
    "only a lookahead": {"type": "string", "pattern": "^(?=[a-z]{3}$)"},
    "negative": {"type": "string", "pattern": "^(?!admin)[a-z]{3,10}(?<!x)$"},
    "catastrophic": {"type": "string", "pattern": "^(a+)+$", "minLength": 5, "maxLength": 9},
    "exact length": {"type": "string", "pattern": "^([a-z]{2}|[0-9]{5})+$", "minLength": 13, "maxLength": 13},
    "free ends": {"type": "string", "pattern": "[0-9]{3}", "minLength": 10, "maxLength": 12},
    "two patterns": {"allOf": [{"type": "string", "pattern": "^[a-z]"}, {"pattern": "[0-9]$"}], "maxLength": 8},
    # Tight bounds.
    "between": {"type": "number", "exclusiveMinimum": 0.1, "maximum": 0.3, "multipleOf": 0.1},
    "tiny": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1e-12},
    "tinier": {"type": "number", "exclusiveMinimum": 1e-20, "exclusiveMaximum": 2e-20},
    "beyond floats": {"type": "number", "minimum": 2**60 + 1, "multipleOf": 0.5},
    "short formats": strict(
        **{f"of {name}": {"type": "string", "format": name, "maxLength": size} for name, size in SHORT.items()}
    ),
    "long formats": strict(
        **{f"of {name}": {"type": "string", "format": name, "minLength": size} for name, size in LONG.items()}
    ),
    "huge": {"type": "integer", "minimum": 10**25, "maximum": 10**25 + 5},
    "integers as floats": {"type": "integer", "minimum": 1.0, "maximum": 2.0, "multipleOf": 2.0},
    "short email": {"type": "string", "format": "email", "maxLength": 8},
    "long hostname": {"type": "string", "format": "hostname", "minLength": 80, "maxLength": 90},
    "long uri": {"type": "string", "format": "uri", "minLength": 60, "maxLength": 61},
    # The rest of draft 2020-12, and before.
    "allOf": {"allOf": [strict(a={"minimum": 3}), {"properties": {"a": {"type": "integer", "maximum": 4}}}]},
    "oneOf of properties": EITHER,
    "many oneOfs": {"type": "array", "items": EITHER, "minItems": 12},
    "an option that fails": {"type": "array", "items": {"anyOf": [NEVER, {"type": "integer"}]}, "minItems": 9},
    "not required": {"type": "object", "properties": {"a": {}, "b": {}}, "not": {"required": ["a"]}},
    "number of properties": {
        "type": "object",
        "properties": {name: {"type": "null"} for name in "abcdef"},
        "minProperties": 4,
        "maxProperties": 4,
    },
    "oneOf of numbers": {"type": "integer", "oneOf": [{"multipleOf": 3}, {"multipleOf": 5}]},
    "not": {"type": "integer", "minimum": 1, "maximum": 5, "not": {"enum": [1, 2, 4]}},
    "not a type": {"not": {"type": ["string", "number", "null"]}},
    "if": {
        "type": "object",
        "properties": {"kind": {"enum": ["a", "b"]}},
        "required": ["kind"],
        "if": {"properties": {"kind": {"const": "a"}}},
        "then": {"required": ["x"], "properties": {"x": {"type": "integer"}}},
        "else": {"required": ["y"], "properties": {"y": {"type": "string"}}},
    },
    "dependentRequired": {
        "properties": {name: {"type": "string"} for name in "abc"},
        "type": "object",
        "dependentRequired": {"a": ["b"], "b": ["c"]},
    },
    "dependentSchemas": {
        "type": "object",
        "properties": {"card": {"type": "string"}},
        "dependentSchemas": {"card": {"required": ["zip"], "properties": {"zip": {"type": "integer"}}}},
    },
    "unique": {"type": "array", "items": {"enum": [1, 2, True, None, "a"]}, "uniqueItems": True, "minItems": 5},
    "unique pairs": {
        "type": "array",
        "items": {
            "type": "array",
            "items": {"type": "object", "properties": {"a": {"type": "boolean"}}},
            "minItems": 2,
            "maxItems": 2,
        },
        "uniqueItems": True,
        "minItems": 4,
    },
    "prefixItems": {"type": "array", "prefixItems": [{"type": "string"}, {"const": 1}], "items": False, "minItems": 2},
    "contains": {
        "type": "array",
        "items": {"type": "integer"},
        "minItems": 4,
        "contains": {"minimum": 1000},
        "minContains": 2,
        "maxContains": 2,
    },
    "names": {
        "type": "object",
        "minProperties": 3,
        "maxProperties": 4,
        "additionalProperties": False,
        "patternProperties": {"^x_[a-z]+$": {"type": "integer"}},
        "propertyNames": {"maxLength": 6},
    },
    "more names": {
        "type": "object",
        "properties": {"x_a": {"type": "integer"}},
        "required": ["x_a"],
        "patternProperties": {"^x_": {"minimum": 5}, "^y_[a-z]{3}$": {"type": "string"}},
        "additionalProperties": {"type": ["number", "string"]},
        "minProperties": 5,
    },
    "more names by two": {
        "allOf": [{"patternProperties": {"^x_": {"type": "integer"}}}, {"additionalProperties": {"maximum": 3}}],
        "type": "object",
    },
    "names that begin alike": {
        "type": "object",
        "properties": {"k": {"type": "string"}},
        "patternProperties": {"^x": {"type": "integer"}, "^y": {"type": "string"}},
        "additionalProperties": False,
        "minProperties": 12,
    },
    "names of any kind": {"type": "object", "patternProperties": {"": {"type": "integer"}}, "minProperties": 5},
    "all names that there are": {
        "type": "object",
        "patternProperties": {r"^\d\d$": {"type": "integer"}},
        "additionalProperties": False,
        "minProperties": 100,
    },
    "map": {"type": "object", "additionalProperties": {"type": "number"}, "propertyNames": {"enum": ["a", "b"]}},
    "unevaluated": {"allOf": [strict(a=True) | {"additionalProperties": True}], "unevaluatedProperties": False},
    "enum of anything": {"enum": [{"a": [1]}, [None], 0.5, "x"]},
    "true": True,
    "empty": {},
    "draft 7": {"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "string"}], "minItems": 1},
    "unknown dialect": {"$schema": "https://example.com/dialect", "type": "string"},
}


def judge_of(schema: Any) -> Any:
    if isinstance(schema, dict) and schema.get("$schema") == "https://example.com/dialect":
        return jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid
    return jsonschema_rs.validator_for(schema, validate_formats=True).is_valid


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_value_is_valid(name: str) -> None:
    schema = SCHEMAS[name]
    is_valid = judge_of(schema)
    for seed in SEEDS:
        value = sample(schema, seed)
        assert is_valid(value), value


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_seed_gives_the_same_value_each_time(name: str) -> None:
    sampler = Sampler(SCHEMAS[name])
    backwards = {seed: sampler.sample(seed) for seed in reversed(SEEDS)}
    assert json.dumps([backwards[seed] for seed in SEEDS]) == json.dumps([sample(SCHEMAS[name], s) for s in SEEDS])


def test_another_process_with_another_hash_seed_gives_the_same_values() -> None:
    script = (
        "import json, sys; from openai_api_mock.generate.values import sample\n"
        "print(json.dumps([[sample(schema, str(n)) for n in range(5)] for schema in json.load(sys.stdin)]))"
    )
    here = json.dumps([[sample(schema, str(n)) for n in range(5)] for schema in SCHEMAS.values()])
    for hash_seed in ("1", "2"):
        assert run(script, json.dumps(list(SCHEMAS.values())), PYTHONHASHSEED=hash_seed).strip() == here


def test_other_seeds_give_other_values() -> None:
    assert len({json.dumps(sample(ELEMENT, seed)) for seed in SEEDS}) > 15


def test_keys_come_in_the_order_of_the_schema() -> None:
    schema = strict(zeta={"type": "null"}, alpha={"type": "null"}, mid={"type": "null"})
    assert list(as_object(sample(schema, "0"))) == ["zeta", "alpha", "mid"]


def test_most_optional_properties_are_there() -> None:
    schema: Any = {"type": "object", "properties": {name: {"type": "boolean"} for name in "abcd"}}
    count = sum(len(as_object(sample(schema, str(seed)))) for seed in range(200))
    assert 0.5 < count / 800 < 0.9


def test_a_nullable_value_is_seldom_null() -> None:
    nullables: list[Any] = [
        {"type": ["null", "integer"]},
        {"anyOf": [{"type": "null"}, {"type": "integer"}]},
        {"enum": [None, 1]},
    ]
    for nullable in nullables:
        nulls = sum(sample(nullable, str(seed)) is None for seed in range(200))
        assert 0 < nulls < 60


def test_recursive_values_stay_small() -> None:
    sizes = [len(json.dumps(sample(ELEMENT, str(seed)))) for seed in range(100)]
    assert max(sizes) < 30_000
    assert min(sizes) > 50


def test_a_part_that_has_no_value_is_left_out_where_it_may_be() -> None:
    schema: Any = {"type": "object", "properties": {"a": NEVER, "b": False, "c": {"type": "array", "items": NEVER}}}
    values = [as_object(sample(schema, seed)) for seed in SEEDS]
    assert all(value in ({}, {"c": []}) for value in values)


def test_a_number_is_an_exact_multiple() -> None:
    assert all(sample(SCHEMAS["between"], seed) in (0.2, 0.3) for seed in SEEDS)


def test_overrides_are_laid_over_the_value() -> None:
    schema = strict(city={"type": "string"}, days={"type": "integer"})
    value = as_object(sample(schema, "0", overrides={"city": "Paris"}))
    assert value == {"city": "Paris", "days": value["days"]}
    assert list(value) == ["city", "days"]


def test_an_override_that_the_schema_forbids_is_refused() -> None:
    with pytest.raises(Unsatisfiable) as caught:
        sample(strict(city={"type": "string"}), "0", overrides={"city": 1})
    assert caught.value.pointer == "/properties/city"


def test_what_a_caller_does_to_a_value_or_a_schema_changes_no_later_value() -> None:
    schema: dict[str, Any] = {"const": {"a": [1]}}
    sampler = Sampler(schema)
    as_object(sampler.sample("0"))["a"] = "changed"
    schema["const"]["a"] = "changed"
    assert sampler.sample("0") == {"a": [1]}


def test_the_global_random_numbers_are_left_alone() -> None:
    random.seed(3)
    before = random.getstate()
    sample(strict(name={"type": "string"}, city={"type": "string"}), "never used before")
    assert random.getstate() == before


def test_threads_share_a_sampler() -> None:
    alone = [Sampler(ELEMENT).sample(str(seed)) for seed in range(64)]
    shared = Sampler(ELEMENT)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(shared.sample, map(str, range(64)))) == alone


def test_the_import_is_light() -> None:
    script = (
        "import sys, openai_api_mock.generate.values\n"
        "print([name for name in ('faker', 'jsonschema_rs') if name in sys.modules])"
    )
    assert run(script).strip() == "[]"


def test_faker_is_imported_when_a_value_wants_it() -> None:
    script = (
        "import sys; from openai_api_mock.generate.values import sample\n"
        "sample({'properties': {'note': {'type': 'string'}, 'price': {'type': 'number'}}, 'required': ['note']}, '0')\n"
        "before = 'faker' in sys.modules\n"
        "sample({'properties': {'city': {'type': 'string'}}, 'required': ['city']}, '0')\n"
        "print(before, 'faker' in sys.modules)"
    )
    assert run(script).strip() == "False True"


def schemas() -> st.SearchStrategy[Any]:
    """Schemas that have a value by construction."""
    lengths = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(sorted)
    bounds = st.tuples(st.integers(-1000, 1000), st.integers(-1000, 1000)).map(sorted)
    leaves = st.one_of(
        lengths.map(lambda size: {"type": "string", "minLength": size[0], "maxLength": size[1]}),
        bounds.map(lambda size: {"type": "integer", "minimum": size[0], "maximum": size[1]}),
        bounds.map(lambda size: {"type": "number", "exclusiveMinimum": size[0], "maximum": size[1] + 0.5}),
        st.sampled_from([{"type": "null"}, {"type": "boolean"}, {}, True, {"type": ["string", "null"]}]),
        st.sampled_from([r"^[a-z]{2,5}\d?$", "^(ab|cde)*$", r"\d{3}-\d{4}", "^(?=.*[0-9])[a-z0-9]{4}$"]).map(
            lambda pattern: {"type": "string", "pattern": pattern}
        ),
        st.sampled_from(FORMATS).map(lambda name: {"type": "string", "format": name}),
        st.lists(st.sampled_from([1, 2.5, "a", None, True, [1], {"a": 1}]), min_size=1).map(lambda v: {"enum": v}),
        st.sampled_from(["#/$defs/tree", "#/$defs/word"]).map(lambda reference: {"$ref": reference}),
    )
    return st.recursive(leaves, lambda inner: st.one_of(objects(inner), arrays(inner), unions(inner)), max_leaves=8)


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = st.sampled_from(["a", "b/c", "d~e", "%f", "email", "price", "createdAt", "", "ü"])
    properties = st.dictionaries(names, inner, min_size=1, max_size=4)
    return properties.flatmap(
        lambda known: st.fixed_dictionaries(
            {
                "type": st.just("object"),
                "properties": st.just(known),
                "required": st.lists(st.sampled_from(list(known)), unique=True),
                "additionalProperties": st.booleans(),
            },
            optional={"minProperties": st.integers(0, len(known))},
        )
    )


def arrays(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    sizes = st.tuples(st.integers(0, 3), st.integers(0, 4)).map(sorted)
    return st.builds(
        lambda items, size: {"type": "array", "items": items, "minItems": size[0], "maxItems": size[1]}, inner, sizes
    )


def unions(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, min_size=1, max_size=3).map(lambda options: {"anyOf": options})


DEFINITIONS = {
    "word": {"type": "string", "minLength": 1},
    "tree": {"type": "array", "items": {"anyOf": [{"$ref": "#/$defs/tree"}, {"$ref": "#/$defs/word"}]}},
}


@settings(max_examples=200, deadline=None)
@given(schemas(), st.text(max_size=8))
def test_whatever_the_schema_its_values_are_valid_and_hang_on_the_seed_alone(schema: Any, seed: str) -> None:
    whole: Any = {"allOf": [schema], "$defs": DEFINITIONS}
    value = sample(whole, seed)
    assert judge_of(whole)(value)
    assert json.dumps(Sampler(whole).sample(seed)) == json.dumps(value)


def as_object(value: Any) -> dict[str, Any]:
    assert isinstance(value, dict)
    return value


def run(script: str, given: str = "", **environment: str) -> str:
    process = subprocess.run(
        [sys.executable, "-c", script],
        input=given,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return process.stdout

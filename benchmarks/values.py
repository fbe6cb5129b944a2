"""What a value from a JSON Schema costs: its sampler the first time, then each value.

    python benchmarks/values.py

Values are warm: the sampler is kept, and each meaning's pool of Faker values is filled.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from openai_api_mock.generate.values import Sampler, sample

VALUES = 2000


def strict(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


TEXT = {"type": "string"}
SCHEMAS: dict[str, Any] = {
    "tool, 1 property": strict(city=TEXT),
    "tool, 3 properties": strict(location=TEXT, unit={"enum": ["celsius", "fahrenheit"]}, days={"type": "integer"}),
    "tool, 8 optional": {
        "type": "object",
        "properties": dict.fromkeys(("query", "from", "to", "kind", "note", "first_name", "city", "date"), TEXT),
    },
    "strict, 6 properties": strict(
        name=TEXT,
        age={"type": "integer"},
        email={**TEXT, "format": "email"},
        price={"type": "number"},
        city=TEXT,
        tag=TEXT,
    ),
    "nested, 8 properties": strict(
        order=strict(id=TEXT, total={"type": "number"}, items={"type": "array", "items": strict(sku=TEXT, price=TEXT)}),
        customer=strict(name=TEXT, phone={"type": ["string", "null"]}),
    ),
    "pattern": strict(code={**TEXT, "pattern": "^[A-Z]{2}-\\d{4}$"}, slug={**TEXT, "pattern": "^[a-z]+(-[a-z]+)*$"}),
    "lookaheads": strict(password={**TEXT, "pattern": r"^(?=.*[A-Z])(?=.*\d)(?=.*[!@#$%])[A-Za-z\d!@#$%]{8,16}$"}),
    "recursive list": {
        **strict(head={"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}),
        "$defs": {
            "node": strict(value={"type": "number"}, next={"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]})
        },
    },
    "recursive tree": strict(
        type={"enum": ["div", "button"]}, label=TEXT, children={"type": "array", "items": {"$ref": "#"}}
    ),
    "oneOf, if, not": {
        **strict(kind={"enum": ["a", "b"]}, n={"type": "integer", "not": {"multipleOf": 2}}),
        "additionalProperties": True,
        "if": {"properties": {"kind": {"const": "a"}}},
        "then": {"required": ["x"]},
        "oneOf": [{"required": ["y"]}, {"not": {"required": ["y"]}}],
    },
}


def main() -> None:
    started = time.perf_counter()
    sample(strict(city=TEXT), "0")
    print(f"Python {sys.version.split()[0]}; the first value, with the imports that it takes, {since(started):.0f} ms")
    print(f"{'schema':<22} {'sampler, ms':>12} {'median, us':>11} {'p95, us':>9} {'most, us':>9}")
    for name, schema in SCHEMAS.items():
        started = time.perf_counter()
        Sampler(schema).sample("0")
        first = since(started)
        for number in range(VALUES * 2):
            sample(schema, str(number))
        times = sorted(timed(schema, str(number)) for number in range(VALUES))
        median, late, most = (times[int(VALUES * part)] * 1e6 for part in (0.5, 0.95, 0.9999))
        print(f"{name:<22} {first:>12.2f} {median:>11.1f} {late:>9.1f} {most:>9.1f}")


def timed(schema: Any, seed: str) -> float:
    started = time.perf_counter()
    sample(schema, seed)
    return time.perf_counter() - started


def since(started: float) -> float:
    return (time.perf_counter() - started) * 1e3


if __name__ == "__main__":
    main()

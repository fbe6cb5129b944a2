"""What the API asks of a request for a decision beyond its types, by the SDK's docstrings. How many questions and
choices there may be is in `catalog/bounds.py`. The wordings aren't quoted, where nothing else is said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from ..answer import JSON
from ..call import Refused
from ..content import dicts
from ..errors import APIError
from ..wordings import refusal

LEVELS, VALUES, SIZE = 32, 10_000, 256 * 1024
"""Of a part that is JSON: container levels, values, and bytes of compact UTF-8."""

_OUTPUTS = {
    "function_call_output": ("function_call", "function call output"),
    "custom_tool_call_output": ("custom_tool_call", "custom tool call output"),
}


def unsupported(model: str) -> APIError:
    """The refusal of another of the API's models."""
    return APIError(400, f"The model '{model}' is not supported with the Decisions API.", param="model")


def check(body: Mapping[str, JSON]) -> None:
    """Raises Refused."""
    items = dicts(body.get("input"))
    calls = {(item.get("type"), item.get("call_id")) for item in items}
    for item in items:
        kind = str(item.get("type"))
        if kind in _OUTPUTS and (_OUTPUTS[kind][0], item.get("call_id")) not in calls:
            # Worded as quoted of responses.
            raise Refused(refusal("no_tool_call", kind=_OUTPUTS[kind][1], id=item.get("call_id")))
    for where, part in _json_parts(body):
        _check_json(where, part.get("data"))
    for number, question in enumerate(dicts(body.get("questions"))):
        # Typed, as the docstring says: a text and a boolean of the same text are distinct.
        values = [(type(choice.get("value")), choice.get("value")) for choice in dicts(question.get("choices"))]
        twice = next((value for at, (_, value) in enumerate(values) if values[at] in values[:at]), None)
        if twice is not None:
            where = f"questions[{number}].choices"
            message = f"Invalid '{where}': each choice must be unique, but {twice!r} is given twice."
            raise Refused(APIError(400, message, param=where))


def _json_parts(body: Mapping[str, JSON]) -> Iterator[tuple[str, Mapping[str, JSON]]]:
    """The parts that are JSON, of messages and of questions, and where they are."""
    for name, key in (("input", "content"), ("questions", "instructions")):
        for number, item in enumerate(dicts(body.get(name))):
            for at, part in enumerate(dicts(item.get(key))):
                if part.get("type") == "input_json":
                    yield f"{name}[{number}].{key}[{at}].data", part


def _check_json(where: str, data: JSON) -> None:
    levels, values = _measured(data)
    size = len(msgspec.json.encode(data))
    for what, found, most in (
        ("container levels", levels, LEVELS),
        ("values", values, VALUES),
        ("bytes", size, SIZE),
    ):
        if found > most:
            message = f"Invalid '{where}': JSON is limited to {most} {what}, but this has {found}."
            raise Refused(APIError(400, message, param=where))


def _measured(data: JSON) -> tuple[int, int]:
    """How deep containers are nested, and how many values there are, the containers among them (a guess)."""
    levels, values, layer = 0, 0, [data]
    while layer:
        values += len(layer)
        containers = [each for each in layer if isinstance(each, (dict, list))]
        levels += bool(containers)
        layer = [inner for each in containers for inner in (each.values() if isinstance(each, dict) else each)]
    return levels, values

"""The templates of graders and of evals: `{{ item.answer }}`, `{{ sample.output_json.steps[0] }}`."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from ..answer import JSON

_BLANK = re.compile(r"\{\{\s*(.+?)\s*\}\}")
_STEP = re.compile(r"\.?([A-Za-z_]\w*)|\[(\d+)\]|\[(?:'([^']*)'|\"([^\"]*)\")\]")
NAMESPACES = ("item", "sample")


class UnknownVariable(Exception):
    """A template names what isn't there."""


def filled(text: str, names: Mapping[str, JSON]) -> str:
    """The text, its blanks filled in; what is no text is written as JSON. Raises UnknownVariable."""
    return _BLANK.sub(lambda blank: _written(looked_up(blank[1], names)), text)


def variables(text: str) -> list[str]:
    """What a text's blanks name."""
    return _BLANK.findall(text)


def looked_up(path: str, names: Mapping[str, JSON]) -> JSON:
    """The value at a path such as `item.answers[0].text`. Raises UnknownVariable."""
    value: JSON = names
    at = 0
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            raise UnknownVariable(path)
        at = step.end()
        name, index, *quoted = step.groups()
        try:
            value = value[int(index)] if index else value[name or next(key for key in quoted if key is not None)]
        except (KeyError, IndexError, TypeError):
            raise UnknownVariable(path) from None
    return value


def _written(value: JSON) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()

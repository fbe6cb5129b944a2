"""What the user said, where a value would else be made up: "What is f(3)?" calls f with 3, "the weather in Paris" asks
for that of Paris, and a JSON object has the keys, or obeys the schema, that the prompt names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping

from ..answer import JSON
from .meanings import meaning_of_text, words_of

MOST = 4000
"""Characters of a text that are looked at."""
_MOST_BRACES = 100
_MOST_KEYS = 20

# Numbers that stand alone: no parts of dates, times, versions, names or grouped numbers.
_NUMBER = re.compile(r"(?<![\w.,:/-])-?\d{1,15}(?:\.\d{1,15})?(?!\w|[.,:/-]\d)")
_QUOTED = re.compile(r"""(?<!\w)(?:'([^'\n]{1,200})'|"([^"\n]{1,200})"|`([^`\n]{1,200})`|“([^”\n]{1,200})”)(?!\w)""")
_KEY = re.compile(r"[^\W\d]\w{0,39}")
_PROPER = r"[A-ZÀ-Þ][\w'’-]+(?: [A-ZÀ-Þ][\w'’-]+)*"

# By the last word of a field's name, where its value stands in a text.
_PLACES = {
    **dict.fromkeys(("city", "town", "location", "place", "country"), rf"\b(?:in|at|near|for|of|to|from) ({_PROPER})"),
    "destination": rf"\bto ({_PROPER})",
    "origin": rf"\bfrom ({_PROPER})",
    "name": rf"\b(?:named|called|name is|[Nn]ame:|I am|I'm) ({_PROPER})",
    "email": r"([\w.+-]+@[\w-]+(?:\.[\w-]+)+)",
    "url": r"(https?://[^\s<>\"']+[^\s<>\"'.,;:!?)])",
    "date": r"\b(\d{4}-\d\d-\d\d)\b",
}
_QUOTABLE = frozenset(("answer", "content", "message", "name", "query", "question", "text", "title", "topic", "word"))


def as_heard(value: JSON, schema: JSON, text: str, description: str, fits: Callable[[JSON], bool]) -> JSON:
    """The value with what the text says of its properties, where it still `fits`.

    Numbers and quoted words go to the first property that takes them, each once. Where a name means nothing, words do
    that the tool's description quotes: the agents among which it chooses.
    """
    text = text[:MOST]
    if not text or not isinstance(value, dict):
        return value
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    numbers = [_number(match[0]) for match in _NUMBER.finditer(text)]
    quoted = [word for word in quoted_in(text) if word not in value]
    for name, made in list(value.items()):
        said: Iterator[JSON] = iter(())
        if isinstance(made, str):
            said = _texts(name, (properties or {}).get(name), text, quoted, description)
        elif isinstance(made, (int, float)) and not isinstance(made, bool):
            said = iter(list(numbers))
        for each in said:
            if fits({**value, name: each}):
                value = {**value, name: each}
                for left in (numbers, quoted):
                    if each in left:
                        left.remove(each)
                break
    return value


def schema_asked(text: str) -> JSON:
    """The last JSON Schema of an object in a prompt, or None: what comes before it may be an example."""
    decoder = json.JSONDecoder()
    last = None
    start = text.find("{")
    for _ in range(_MOST_BRACES):
        if start < 0:
            break
        try:
            found, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            if isinstance(found.get("properties"), dict) and found.get("type", "object") == "object":
                last = found
        start = text.find("{", end)
    return last


def keys_asked(text: str) -> JSON:
    """A JSON Schema of the keys that a prompt quotes, or None."""
    keys = [word for word in dict.fromkeys(quoted_in(text[:MOST])) if _KEY.fullmatch(word)][:_MOST_KEYS]
    if not keys:
        return None
    properties = {key: {"type": "string", "minLength": 1} for key in keys}
    return {"type": "object", "properties": properties, "required": keys, "additionalProperties": False}


def quoted_in(text: str) -> list[str]:
    return [next(filter(None, match.groups())) for match in _QUOTED.finditer(text)]


def _texts(name: str, schema: JSON, text: str, quoted: list[str], description: str) -> Iterator[str]:
    values = schema.get("enum") if isinstance(schema, Mapping) else None
    if isinstance(values, list):
        words = text.casefold()
        yield from (each for each in values if isinstance(each, str) and each and each.casefold() in words)
        return
    ending = (words_of(name) or ("",))[-1]
    if ending in _PLACES:
        yield from (match[1] for match in re.finditer(_PLACES[ending], text))
    unknown = meaning_of_text(name) is None
    if unknown or ending in _QUOTABLE:
        yield from quoted
    if unknown:
        yield from quoted_in(description)


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)

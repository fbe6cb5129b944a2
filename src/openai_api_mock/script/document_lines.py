"""Where the values of JSON and TOML stand; the readers of both tell only values."""

from __future__ import annotations

import re
from functools import cached_property

import msgspec

Where = tuple[str | int, ...]
"""The way to a value: `("rules", 2, "when", "message")`."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|\n|[^\s{}\[\],:"]+')


class JsonLines:
    """Lines in a text that is JSON."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __call__(self, where: Where) -> int | None:
        """The line of the deepest value on the way that is there."""
        while where not in self._lines:
            where = where[:-1]
        return self._lines[where]

    @cached_property
    def _lines(self) -> dict[Where, int]:
        lines: dict[Where, int] = {}
        stack: list[str | int] = []
        line, key = 1, ""
        for word in _TOKEN.findall(self._text):
            if word == "\n":
                line += 1
                continue
            if word == ":":
                stack[-1] = key
            if word not in "{}[],:":
                key = word
            if word in "}]":
                stack.pop()
            elif word == "," and isinstance(stack[-1], int):
                stack[-1] += 1
            elif word not in ",:":
                lines.setdefault(tuple(_plain(part) for part in stack), line)
            if word in "{[":
                stack.append(0 if word == "[" else "")
        return lines


def _plain(part: str | int) -> str | int:
    """A key as it is meant."""
    return str(msgspec.json.decode(part)) if isinstance(part, str) and part else part


class TomlLines:
    """Lines in a text that is TOML: of a table by its number, and of a key that is looked for below its head."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    def __call__(self, where: Where) -> int | None:
        name, number = (*where, 0, 0)[:2] if where else ("", 0)
        heads = [line for line, head in self._heads if head == name]
        if not isinstance(number, int) or number >= len(heads):
            return self._find(str(name), 0, len(self._lines))
        first = heads[number]
        last = heads[number + 1] if number + 1 < len(heads) else len(self._lines)
        keys = [part for part in where[2:] if isinstance(part, str)]
        found = (self._find(key, first + 1, last) for key in reversed(keys))
        return next((line for line in found if line is not None), first + 1)

    def _find(self, key: str, first: int, last: int) -> int | None:
        pattern = re.compile(rf"(?<![\w-])\"?{re.escape(key)}\"?\s*[=.\]]")
        return next((line + 1 for line in range(first, last) if pattern.search(self._lines[line])), None)

    @cached_property
    def _heads(self) -> list[tuple[int, str]]:
        found = ((line, re.match(r"\s*\[\[\s*(\w+)\s*\]\]", text)) for line, text in enumerate(self._lines))
        return [(line, head[1]) for line, head in found if head]

"""The places of a schema document: what lies at a JSON Pointer, and where a `$ref` leads.

Only places inside the document are found. A reference to any other is an `InvalidSchema`: nothing is fetched.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TypeAlias
from urllib.parse import unquote, urldefrag, urljoin

from .schema_errors import InvalidSchema

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"
Schema: TypeAlias = "Mapping[str, JSON] | bool"
Keywords: TypeAlias = "dict[str, JSON]"

# Whatever the document calls itself, this is what it is called when one of its places is referred to from outside.
BASE = "https://schema.invalid/root"

_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_ANCHORS = ("$anchor", "$dynamicAnchor")
_NOT_SCHEMAS = frozenset(("const", "enum", "default", "examples", "example"))
_MAPS = frozenset(("properties", "patternProperties", "dependentSchemas", "$defs", "definitions"))


class Document:
    """One schema with all that it defines, read from its JSON."""

    def __init__(self, text: bytes) -> None:
        self.root: JSON = json.loads(text)
        own = isinstance(self.root, dict) and "$id" in self.root
        # Finding every `$id` takes a walk over all of the document, and hardly any has one inside.
        self._one_base = text.count(b'"$id"') == own
        self._found: dict[str, JSON] = {"": self.root}
        self._names: dict[str, str] | None = None
        self._bases: dict[str, str] = {}

    def at(self, pointer: str) -> Keywords | bool:
        """The schema at `pointer`. Raises `KeyError` where there is none."""
        found = self._value(pointer)
        if not isinstance(found, (dict, bool)):
            raise KeyError(pointer)
        return found

    def applied(self, pointer: str) -> Iterator[str]:
        """The pointers of the schemas that a value at `pointer` must meet as well: by `$ref` and by `allOf`."""
        schema = self.at(pointer)
        if isinstance(schema, bool):
            return
        for keyword in _REFERENCES:
            reference = schema.get(keyword)
            if isinstance(reference, str):
                yield self.target(pointer, reference)
        every = schema.get("allOf")
        if isinstance(every, list):
            yield from (f"{pointer}/allOf/{index}" for index in range(len(every)))

    def target(self, pointer: str, reference: str) -> str:
        """The pointer that `reference`, written at `pointer`, leads to. Raises `InvalidSchema`."""
        if self._one_base and (reference == "#" or reference.startswith("#/")):
            return self._existing(pointer, reference, unquote(reference[1:]))
        resource, fragment = urldefrag(urljoin(self._base(pointer), reference))
        fragment = unquote(fragment)
        if fragment and not fragment.startswith("/"):
            return self._existing(pointer, reference, self._named(f"{resource}#{fragment}"))
        start = self._named(resource)
        return self._existing(pointer, reference, None if start is None else start + fragment)

    def dangling(self) -> InvalidSchema | None:
        """The first reference of the document that leads nowhere."""
        for pointer, schema in self._schemas():
            for keyword in _REFERENCES:
                reference = schema.get(keyword)
                if not isinstance(reference, str):
                    continue
                try:
                    self.target(pointer, reference)
                except InvalidSchema as error:
                    return error
        return None

    def _value(self, pointer: str) -> JSON:
        known = self._found.get(pointer, ...)
        if known is not ...:
            return known
        above, _, token = pointer.rpartition("/")
        token = token.replace("~1", "/").replace("~0", "~")
        holder = self._value(above)
        if isinstance(holder, dict) and token in holder:
            value = holder[token]
        elif isinstance(holder, list) and token.isdecimal() and int(token) < len(holder):
            value = holder[int(token)]
        else:
            raise KeyError(pointer)
        return self._found.setdefault(pointer, value)

    def _existing(self, pointer: str, reference: str, target: str | None) -> str:
        try:
            if target is not None:
                self.at(target)
                return target
        except KeyError:
            pass
        reason = f"the reference {reference!r} leads to no schema in this document"
        if not reference.startswith("#"):
            reason += ", and references to other documents are never fetched"
        raise InvalidSchema(pointer, reason)

    def _base(self, pointer: str) -> str:
        self._named("")
        while pointer not in self._bases:
            pointer = pointer.rpartition("/")[0]
        return self._bases[pointer]

    def _named(self, uri: str) -> str | None:
        if self._names is None:
            self._names = self._index()
        return self._names.get(uri)

    def _index(self) -> dict[str, str]:
        """The pointers of all that an `$id` or `$anchor` names; fills in the bases on the way."""
        names = {BASE: ""}
        bases = {"": BASE}
        for pointer, schema in self._schemas():
            base = self._nearest(bases, pointer)
            own = schema.get("$id")
            if isinstance(own, str):
                base = bases[pointer] = urldefrag(urljoin(base, own))[0]
                names[base] = pointer
            for keyword in _ANCHORS:
                if isinstance(anchor := schema.get(keyword), str):
                    names[f"{base}#{anchor}"] = pointer
        self._bases = bases
        return names

    @staticmethod
    def _nearest(bases: dict[str, str], pointer: str) -> str:
        while pointer not in bases:
            pointer = pointer.rpartition("/")[0]
        return bases[pointer]

    def _schemas(self) -> Iterator[tuple[str, Keywords]]:
        """All objects that may be schemas, outer before inner."""
        waiting: list[tuple[str, JSON]] = [("", self.root)]
        while waiting:
            pointer, value = waiting.pop()
            if isinstance(value, list):
                waiting += [(f"{pointer}/{index}", item) for index, item in enumerate(value)]
            elif isinstance(value, dict):
                yield pointer, value
                named = pointer.rpartition("/")[2] in _MAPS
                inner = [(key, item) for key, item in value.items() if named or key not in _NOT_SCHEMAS]
                waiting += [(f"{pointer}/{token(key)}", item) for key, item in inner]


def token(key: str) -> str:
    """A key, as it is written in a JSON Pointer."""
    return key.replace("~", "~0").replace("/", "~1") if "~" in key or "/" in key else key

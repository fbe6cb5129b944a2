"""A file of YAML, JSON or TOML, and the line on which each of its values stands."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from ..errors import UsageError
from .document_lines import JsonLines, TomlLines, Where


class Fault(Exception):
    """Something in a document can't be."""

    def __init__(self, where: Where, message: object) -> None:
        super().__init__(message)
        self.where = where
        self.message = str(message)


class Document(msgspec.Struct, frozen=True):
    """What a file holds, or a request did."""

    name: str
    value: Any
    folder: Path | None
    """Where the files that it names are; None: it may name none."""
    find_line: Callable[[Where], int | None] = lambda where: None

    def place(self, where: Where) -> str:
        """`rules.yaml:7`."""
        line = self.find_line(where)
        return self.name if line is None else f"{self.name}:{line}"

    def complaint(self, fault: Fault) -> UsageError:
        field = _written(fault.where)
        return UsageError(f"{self.place(fault.where)}: {f'{field}: ' if field else ''}{fault.message}")


def read(path: str | Path) -> Document:
    """The file's content, by its suffix: `.json`, `.toml`, else YAML. Raises UsageError, which names the line."""
    if not isinstance(path, (str, Path)):
        raise UsageError(f"{path!r} can't be read: a file of rules is named by its path")
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} can't be read: {getattr(error, 'strerror', None) or error}") from None
    value, find_line = _READERS.get(path.suffix.lower(), _yaml)(text, str(path))
    return Document(str(path), value, path.parent, find_line)


Read = tuple[Any, Callable[[Where], "int | None"]]


def _yaml(text: str, name: str) -> Read:
    import yaml

    from .document_yaml import Loader, find_line

    loader = Loader(text)
    try:
        node = loader.get_single_node()
        value = loader.construct_document(node) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark is not None else ""
        raise UsageError(f"{name}{line}: {getattr(error, 'problem', None) or error}") from None
    finally:
        loader.dispose()
    return value, lambda where: find_line(node, where)


def _json(text: str, name: str) -> Read:
    import json

    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise UsageError(f"{name}:{error.lineno}: {error.msg}") from None
    return value, JsonLines(text)


def _toml(text: str, name: str) -> Read:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise UsageError(f"{name}{f':{line[1]}' if line else ''}: {error}") from None
    return value, TomlLines(text)


_READERS = {".json": _json, ".toml": _toml}


def _written(where: Where) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where).removeprefix(".")

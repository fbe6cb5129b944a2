"""The text of Office's files, which are zip archives of XML."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile

from .unreadable import BROKEN, TOO_LARGE, Unreadable

_SLIDE = re.compile(r"ppt/slides/slide(\d+)\.xml")
_SHEET = re.compile(r"xl/worksheets/sheet(\d+)\.xml")


def docx(content: bytes, most: int) -> str:
    """A document's paragraphs, a line each. `most` bytes of XML are read."""
    archive = _Archive(content, most)
    return "\n".join(_paragraphs(archive.parsed("word/document.xml")))


def pptx(content: bytes, most: int) -> str:
    """The paragraphs of the slides, in their order, with an empty line between two slides."""
    archive = _Archive(content, most)
    return "\n\n".join("\n".join(_paragraphs(archive.parsed(name))) for name in archive.numbered(_SLIDE))


def xlsx(content: bytes, most: int) -> str:
    """The rows of the sheets, their cells apart by tabs, with an empty line between two sheets."""
    archive = _Archive(content, most)
    shared: list[str] = []
    if "xl/sharedStrings.xml" in archive.names:
        strings = archive.parsed("xl/sharedStrings.xml")
        shared = ["".join(each.text or "" for each in _named(item, "t")) for item in _named(strings, "si")]
    sheets = []
    for name in archive.numbered(_SHEET):
        rows = ([_cell(cell, shared) for cell in _named(row, "c")] for row in _named(archive.parsed(name), "row"))
        sheets.append("\n".join("\t".join(row) for row in rows))
    return "\n\n".join(sheets)


def _cell(cell: ElementTree.Element, shared: list[str]) -> str:
    if cell.get("t") == "inlineStr":
        return "".join(each.text or "" for each in _named(cell, "t"))
    value = next((each.text or "" for each in _named(cell, "v")), "")
    if cell.get("t") == "s" and value.isdecimal():
        return shared[int(value)] if int(value) < len(shared) else ""
    return value


def _paragraphs(root: ElementTree.Element) -> Iterator[str]:
    for paragraph in _named(root, "p"):
        parts = []
        for each in paragraph.iter():
            kind = each.tag.rpartition("}")[2]
            if kind == "t":
                parts.append(each.text or "")
            elif kind in ("tab", "br", "cr"):
                parts.append("\t" if kind == "tab" else "\n")
        if parts:
            yield "".join(parts)


def _named(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (each for each in root.iter() if each.tag.rpartition("}")[2] == name)


class _Archive:
    def __init__(self, content: bytes, most: int) -> None:
        self._most = most
        try:
            self._file = ZipFile(io.BytesIO(content))
        except (BadZipFile, ValueError, OSError):
            raise Unreadable(*BROKEN) from None
        self.names = frozenset(self._file.namelist())

    def numbered(self, pattern: re.Pattern[str]) -> list[str]:
        found = sorted((int(match[1]), match[0]) for match in map(pattern.fullmatch, self.names) if match)
        return [name for _, name in found]

    def parsed(self, name: str) -> ElementTree.Element:
        try:
            with self._file.open(name) as part:
                content = part.read(self._most + 1)
            if len(content) > self._most:
                raise Unreadable(*TOO_LARGE)
            return ElementTree.fromstring(content)
        except (KeyError, BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, ElementTree.ParseError):
            raise Unreadable(*BROKEN) from None

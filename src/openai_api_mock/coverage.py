"""Which operations there are and who answers them: the table of `openai-api-mock endpoints` and of the docs."""

from __future__ import annotations

import msgspec

from .catalog import Catalog
from .resources import RESOURCES
from .resources.base import keys_of

_PREFACE = """Made by `openai-api-mock endpoints --markdown`. *handler*: the operation's behaviour is written.
*generic*: it follows from the catalog: what is created is listed, found, changed and deleted. *refused*: a WebSocket
whose handshake is answered by a clear error."""
_HEADINGS = ("method", "path", "SDK method", "stream", "answered by")


class Row(msgspec.Struct, frozen=True):
    """One operation."""

    method: str
    path: str
    sdk: str
    streams: bool
    by: str
    """`handler`: its behaviour is written; `generic`: it follows from the catalog; `refused`: a WebSocket without."""

    def cells(self) -> tuple[str, ...]:
        return (self.method, self.path, self.sdk, "stream" if self.streams else "", self.by)


def rows(word: str = "") -> list[Row]:
    """All operations whose method, path or SDK method holds the word, by path."""
    handled = {key for resource in RESOURCES for key in keys_of(resource)}
    found = []
    for operation in Catalog.load().operations:
        by = "handler" if operation.key in handled else "refused" if operation.websocket else "generic"
        method = "WEBSOCKET" if operation.websocket else operation.method
        row = Row(method, operation.path, operation.sdk, operation.stream is not None, by)
        if word.lower() in f"{row.method} {row.path} {row.sdk}".lower():
            found.append(row)
    return found


def table(rows: list[Row]) -> str:
    """In columns, for a terminal."""
    cells = [_HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(_HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join([*lines, "", _sum(rows)])


def markdown(rows: list[Row]) -> str:
    """As a page."""
    lines = [f"| {' | '.join(_HEADINGS)} |", "|---" * len(_HEADINGS) + "|"]
    lines += [f"| {row.method} | `{row.path}` | `{row.sdk}` | {row.cells()[3]} | {row.by} |" for row in rows]
    return "\n".join(
        [
            "# What is answered",
            "",
            _PREFACE,
            "",
            *lines,
            "",
            _sum(rows),
        ]
    )


def _sum(rows: list[Row]) -> str:
    by = [row.by for row in rows]
    return (
        f"{len(rows)} operations: {by.count('handler')} with a handler, {by.count('generic')} generic, "
        f"{by.count('refused')} WebSockets refused."
    )

"""Server-sent events with names and numbers, as the Responses API sends them.

Recorded: 32 streams. Each event has an `event:` line that repeats its `type`; fields come in alphabetical order behind
the type; `sequence_number` counts from 0; there is no `[DONE]`.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ..answer import JSON
from ..noise import Noise
from .sse import PADDING, PADDINGS

_encode = msgspec.json.encode

BLOCK = 16
"""Of every delta, delta and obfuscation together have a multiple of so many characters (recorded: 3,068 of 3,068)."""


class NamedEvents:
    """The events of one stream, in the order in which they are added."""

    def __init__(self, noise: Noise | None) -> None:
        """Without noise, deltas aren't obfuscated."""
        self.chunks: list[bytes] = []
        self._at = None if noise is None else int(noise.random() * PADDINGS)

    def add(self, type: str, **fields: JSON) -> None:
        """An event that stands alone."""
        body = {"type": type, **dict(sorted({**fields, "sequence_number": len(self.chunks)}.items()))}
        self.chunks.append(b"event: %b\ndata: %b\n\n" % (type.encode(), _encode(body)))

    def deltas(self, type: str, pieces: Iterable[str], **fields: JSON) -> None:
        """An event for each piece, which is its `delta`; all else is the same in all."""
        self.deltas_with(type, ((piece, "") for piece in pieces), **fields)

    def deltas_with(self, type: str, pieces: Iterable[tuple[str, str]], **fields: JSON) -> None:
        """An event for each piece; the compact JSON that comes with it goes between `item_id` and `obfuscation`."""
        before = _inside({"type": type, **{k: fields[k] for k in sorted(fields) if k < "delta"}})
        between = _inside({k: fields[k] for k in sorted(fields) if "delta" < k < "obfuscation"})
        ahead = _inside({k: fields[k] for k in sorted(fields) if "obfuscation" < k < "sequence_number"})
        behind = _inside({k: fields[k] for k in sorted(fields) if k > "sequence_number"})
        start = f'event: {type}\ndata: {{{before},"delta":'
        end = f",{behind}}}\n\n" if behind else "}\n\n"
        between = f",{between}" if between else ""
        number, at, chunks = len(self.chunks), self._at, self.chunks
        for piece, own in pieces:
            padding = ""
            if at is not None:
                at = (at + 17) % PADDINGS
                padding = f',"obfuscation":"{PADDING[at : at + -len(piece) % BLOCK]}"'
            delta = _encode(piece).decode()
            chunks.append(f'{start}{delta}{between}{own}{padding},{ahead},"sequence_number":{number}{end}'.encode())
            number += 1
        self._at = at


def _inside(fields: dict[str, JSON]) -> str:
    """Fields as JSON without the braces."""
    return _encode(fields).decode()[1:-1]

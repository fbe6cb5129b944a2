"""Prompts that begin as an earlier one did, of which the API caches the beginning.

Documented: from 1,024 tokens on, in steps of 128, for five minutes after they were last used. Where the beginning ends
is told by bytes, not by tokens, so the count may be a step off.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import blake2b

import msgspec

from ..answer import JSON

FEWEST, STEP = 1024, 128
"""Tokens."""
LIVES = 300.0
"""Seconds."""
_BLOCK = 256
"""Bytes by which prompts are compared."""
_MOST = 100_000
"""Blocks that are remembered, 10 MB of them."""
_FIELDS = ("model", "tools", "functions", "instructions", "text", "response_format", "messages", "input", "prompt")
"""What a prompt is made of, in that order."""


class Prefixes:
    """What was asked lately."""

    def __init__(self) -> None:
        self._until: OrderedDict[bytes, float] = OrderedDict()
        self._lock = threading.Lock()

    def cached(self, body: Mapping[str, JSON], tokens: int, now: float, past: int = 0) -> int:
        """Of the prompt's tokens, those that are cached; from now on, all of it is. `past` of them belong to what a
        conversation had before, which the request doesn't hold."""
        if tokens < FEWEST:
            return 0
        text = b"".join([msgspec.json.encode(body[name]) for name in _FIELDS if body.get(name) is not None])
        known = past + (tokens - past) * self._known(text, now)
        return int(known) // STEP * STEP if known >= FEWEST else 0

    def _known(self, text: bytes, now: float) -> float:
        """The share of the text that was there before."""
        key, known, is_known = b"", 0, True
        with self._lock:
            for at in range(0, len(text), _BLOCK):
                block = text[at : at + _BLOCK]
                key = blake2b(block, digest_size=12, key=key).digest()
                is_known = is_known and self._until.get(key, 0.0) > now
                known += len(block) * is_known
                self._until[key] = now + LIVES
                self._until.move_to_end(key)
            while len(self._until) > _MOST:
                self._until.popitem(last=False)
        return known / len(text) if text else 0.0

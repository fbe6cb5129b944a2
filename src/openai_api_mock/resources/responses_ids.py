"""Ids of responses and their items. Recorded: 50 hex digits, of which the first 16 are shared by all of a chain, 8 are
the time in seconds, and 24 are random."""

from __future__ import annotations

from .. import ids
from ..noise import Noise


class ChainIds:
    """Makes the ids of one response."""

    def __init__(self, noise: Noise, seconds: int, earlier: str | None = None) -> None:
        """`earlier` is the id of the response or conversation that this one goes on from."""
        given = "" if earlier is None else earlier.partition("_")[2][:16]
        chain = given if len(given) == 16 else noise.randbytes(8).hex()
        self._noise = noise
        self._start = f"{chain}00{seconds & 0xFFFFFFFF:08x}"

    def make(self, thing: str) -> str:
        """An id for what the API calls `thing`, such as `response` or `function_call`."""
        return f"{ids.form_of(thing)[0]}{self._start}{self._noise.randbytes(12).hex()}"

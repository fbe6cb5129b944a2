"""Random numbers that hang on a seed and a place, cheap enough to have one stream for every value.

`random.Random(str)` hashes by SHA-512 and fills 2.5 KB of state, 5 µs each time. This is SplitMix64: a fork costs a
tenth of that, and gives the same numbers on every Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

_T = TypeVar("_T")

_MASK = (1 << 64) - 1

# How often optional properties are kept: at first as a model fills them, then every other way, until a value passes.
_KEEP = (0.75, 0.5, 0.25, 0.9, 0.0, 1.0)

_MOST_VALUES = 150
_MOST_REJECTIONS = 300
_DEEPEST = 8


class Exhausted(Exception):
    """The sample has rejected as many values as it may."""


class Allowance:
    """What one sample may still spend, over all its places."""

    __slots__ = ("_values", "rejections", "values")

    def __init__(self, values: int, rejections: int) -> None:
        self.values = self._values = values
        self.rejections = rejections

    def refill(self) -> None:
        """Allow another value of the first size. What was rejected stays counted."""
        self.values = self._values

    def reject(self) -> None:
        """Count a value that was made in vain. Raises `Exhausted` when there were too many."""
        self.rejections -= 1
        if self.rejections < 0:
            raise Exhausted


class Chance:
    """The stream of random numbers of one place in a value, with its depth and the sample's common allowance."""

    __slots__ = ("allowance", "depth", "keep", "state")

    def __init__(self, state: int, depth: int, keep: float, allowance: Allowance) -> None:
        self.state = state
        self.depth = depth
        self.keep = keep
        self.allowance = allowance

    @classmethod
    def of(cls, seed: str) -> Chance:
        return cls(_hashed(seed), 0, _KEEP[0], Allowance(_MOST_VALUES, _MOST_REJECTIONS))

    @classmethod
    def least(cls, seed: str) -> Chance:
        """The stream of a value that takes the shortest way to an end everywhere."""
        return cls(_hashed(seed), 0, 0.0, Allowance(0, _MOST_REJECTIONS // 5))

    def fork(self, salt: int) -> Chance:
        """The stream of the place below that `salt` names; this stream doesn't move on."""
        state = ((self.state + salt) * 0xD6E8FEB86659FD93 + 0x9E3779B97F4A7C15) & _MASK
        return Chance(state ^ (state >> 32), self.depth + 1, self.keep, self.allowance)

    def again(self, attempt: int) -> Chance:
        """Another stream for the same place; the first attempt's is this one."""
        if attempt == 0:
            return self
        other = self.fork(0xA5A5_0000 + attempt)
        other.depth = self.depth
        other.keep = _KEEP[attempt % len(_KEEP)]
        return other

    @property
    def lean(self) -> bool:
        """Whether to take the shortest way to an end, because the value is deep or large enough."""
        return self.depth >= _DEEPEST or self.allowance.values <= 0

    def bits(self) -> int:
        """64 random bits."""
        self.state = z = (self.state + 0x9E3779B97F4A7C15) & _MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return z ^ (z >> 31)

    def below(self, count: int) -> int:
        """An integer from 0 to count - 1. The bias is under 2**-32, as numbers above 2**32 draw on more bits."""
        if count <= 0x1_0000_0000:
            return self.bits() % count
        drawn = 0
        for _ in range(count.bit_length() // 64 + 2):
            drawn = drawn << 64 | self.bits()
        return drawn % count

    def fraction(self) -> float:
        """A float from 0 up to, not including, 1."""
        return (self.bits() >> 11) * 2.0**-53

    def choice(self, options: Sequence[_T]) -> _T:
        return options[self.bits() % len(options)]

    def text(self, alphabet: str, length: int) -> str:
        """`length` characters, eight from each draw."""
        count = len(alphabet)
        chars: list[str] = []
        for start in range(0, length, 8):
            drawn = self.bits()
            for _ in range(min(8, length - start)):
                drawn, index = divmod(drawn, count)
                chars.append(alphabet[index])
        return "".join(chars)


def _hashed(seed: str) -> int:
    return int.from_bytes(blake2b(seed.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")

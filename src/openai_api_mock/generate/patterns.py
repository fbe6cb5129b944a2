"""Strings that match a regular expression and have a wanted length.

The expression is read by the parser of the standard library's `re`. Every part of its tree knows the set of lengths
that it can have, as the bits of an integer (bit n: it can have n characters); so a length is shared out over the parts
without trial and error, and a length that no match has is known at once. Lookarounds, boundaries and backreferences are
left to trial: what comes out of `samples` must still be checked.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from string import ascii_letters, ascii_lowercase, digits
from typing import Any, Protocol

from .chance import Chance

_parser = import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")

LONGEST = 10_000
_FEW_LENGTHS = 16
_CANDIDATES = 3
_FEW_COUNTS = 8

_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
_CATEGORIES = {
    "CATEGORY_DIGIT": digits,
    "CATEGORY_WORD": ascii_letters + digits + "_",
    "CATEGORY_SPACE": " ",
}
_FOREIGN = "éüñçøßλπωжяд中文日本"
_WIDEST_RANGE = 256

# ECMA 262 spells a few things otherwise than Python. A Unicode property is narrowed to its ASCII part: it is enough to
# make strings, which are checked by the validator's own regular expressions.
_PROPERTIES = {"L": "A-Za-z", "Lu": "A-Z", "Ll": "a-z", "N": "0-9", "Nd": "0-9", "P": "!-#%-*,-/:;?@", "S": "$+<=>"}
_ECMA = re.compile(
    r"\\p\{(?:\w+=)?(?P<property>\w+)\}"
    r"|\\u\{(?P<point>[0-9A-Fa-f]+)\}"
    r"|\\(?P<end>z)"
    r"|(?P<group>\(\?<)(?=\w)"
    r"|(?P<bracket>\[|\])"
    r"|\\?.",
    re.DOTALL,
)


class UnreadablePattern(ValueError):
    """A regular expression that Python's parser doesn't take, or that only matches strings of over `LONGEST`."""


class Pattern:
    """The strings of `low` to `high` (None: no bound) characters that match `source`, an ECMA 262 expression.

    Raises `UnreadablePattern`.
    """

    def __init__(self, source: str, low: int = 0, high: int | None = None) -> None:
        try:
            tree = _parser.parse(_in_python(source))
            shortest = tree.getwidth()[0]
        except (re.error, RecursionError, OverflowError) as error:
            raise UnreadablePattern(f"the pattern {source!r} can't be read: {error}") from None
        least = max(low, shortest)
        if least > LONGEST:
            raise UnreadablePattern(f"the pattern {source!r} needs more than {LONGEST} characters")
        # Room for a choice of lengths beyond the least, as a longer cap costs time and makes unreadable strings.
        cap = least + 64 if high is None else min(high, least + 64)
        reading = _Reading((1 << max(cap, 0) + 1) - 1)
        self._tree = reading.sequence(tree)
        self._hints = [hint for hint in reading.lookaheads if hint.lengths > 1]
        self._lengths = [n for n in range(low, cap + 1) if self._tree.lengths >> n & 1]
        self._low, self._high = low, high
        self.possible = bool(self._lengths or self._hints)

    def samples(self, chance: Chance) -> Iterator[str]:
        """Some candidates. Parts of what lookaheads want are laid over all but the first."""
        if not self.possible:
            return
        few = self._lengths[:_FEW_LENGTHS]
        for attempt in range(_CANDIDATES):
            text = self._tree.write(chance, few[chance.below(len(few))], {}) if few else ""
            if self._hints and attempt:
                text = self._overlaid(text, chance, attempt)
            if len(text) >= self._low and (self._high is None or len(text) <= self._high):
                yield text

    def _overlaid(self, text: str, chance: Chance, attempt: int) -> str:
        for hint in self._hints:
            shortest, _ = _bounds(hint.lengths & ~1)
            wanted = hint.write(chance, shortest, {})
            at = chance.below(max(len(text) - shortest, 0) + 1) if attempt % 3 else 0
            text = text[:at] + wanted + text[at + shortest :]
        return text


class _Part(Protocol):
    lengths: int

    def write(self, chance: Chance, length: int, groups: dict[int, str]) -> str:
        """A match of `length` characters, which must be among `lengths`."""


class _Characters:
    """One character out of an alphabet."""

    def __init__(self, alphabet: str) -> None:
        self.alphabet = alphabet
        self.lengths = 0b10 if alphabet else 0

    def write(self, chance: Chance, length: int, groups: dict[int, str]) -> str:
        return self.alphabet[chance.below(len(self.alphabet))]


class _Sequence:
    def __init__(self, parts: list[_Part], full: int) -> None:
        self.parts = parts
        after = [1]
        for part in reversed(parts):
            after.append(_joined(part.lengths, after[-1], full))
        after.reverse()
        self.lengths = after[0]
        self.after = after[1:]

    def write(self, chance: Chance, length: int, groups: dict[int, str]) -> str:
        written = []
        for part, after in zip(self.parts, self.after, strict=True):
            share = _share(part.lengths, after, length, chance)
            written.append(part.write(chance, share, groups))
            length -= share
        return "".join(written)


class _Alternatives:
    def __init__(self, options: list[_Part]) -> None:
        self.options = options
        self.lengths = 0
        for option in options:
            self.lengths |= option.lengths

    def write(self, chance: Chance, length: int, groups: dict[int, str]) -> str:
        return chance.choice([option for option in self.options if option.lengths >> length & 1]).write(
            chance, length, groups
        )


class _Repeat:
    def __init__(self, part: _Part, low: int, high: int, full: int) -> None:
        self.part, self.low, self.high, self.full = part, low, high, full
        longest = full.bit_length() - 1
        optional = _power(part.lengths | 1, min(max(high - low, 0), longest), full)
        self.lengths = _joined(_power(part.lengths, low, full), optional, full)
        self.powers = {0: 1}

    def write(self, chance: Chance, length: int, groups: dict[int, str]) -> str:
        if isinstance(self.part, _Characters):
            return chance.text(self.part.alphabet, length)
        written: list[str] = []
        self._write(chance.choice(self._counts(length)), chance, length, groups, written)
        return "".join(written)

    def _write(self, count: int, chance: Chance, length: int, groups: dict[int, str], written: list[str]) -> None:
        """Share the length out by halves: that takes the lengths of few different counts."""
        if count == 1:
            written.append(self.part.write(chance, length, groups))
        elif count > 1:
            half = count // 2
            share = _share(self._power(half), self._power(count - half), length, chance)
            self._write(half, chance, share, groups, written)
            self._write(count - half, chance, length - share, groups, written)

    def _counts(self, length: int) -> list[int]:
        """Some of the numbers of parts that can have this length together."""
        only = _only(self.part.lengths)
        if only:
            return [length // only]
        shortest, longest = _bounds(self.part.lengths)
        least = max(self.low, -(-length // longest) if longest else 0)
        most = max(least, min(self.high, length // shortest if shortest else self.low + length))
        counts = range(least, most + 1, max((most - least) // _FEW_COUNTS, 1))
        return [count for count in counts if self._power(count) >> length & 1] or [
            count for count in range(least, most + 1) if self._power(count) >> length & 1
        ]

    def _power(self, count: int) -> int:
        known = self.powers.get(count)
        if known is None:
            half = count // 2
            known = self.part.lengths
            if half:
                known = _joined(self._power(half), self._power(count - half), self.full)
            self.powers[count] = known
        return known


class _Group:
    def __init__(self, number: int, part: _Part) -> None:
        self.number, self.part, self.lengths = number, part, part.lengths

    def write(self, chance: Chance, length: int, groups: dict[int, str]) -> str:
        text = groups[self.number] = self.part.write(chance, length, groups)
        return text


class _Backreference:
    """What a group matched. It has the group's lengths, though not each on its own: a match may have another length."""

    def __init__(self, number: int, lengths: int) -> None:
        self.number, self.lengths = number, lengths

    def write(self, chance: Chance, length: int, groups: dict[int, str]) -> str:
        return groups.get(self.number, "")


class _Reading:
    """Turns the parser's tree into parts; `full` has the bits of all lengths that matter."""

    def __init__(self, full: int) -> None:
        self.full = full
        self.lookaheads: list[_Part] = []
        self.groups: dict[int, int] = {}

    def sequence(self, tree: Any) -> _Part:
        parts = [part for op, arg in tree if (part := self._part(str(op), arg)) is not None]
        return parts[0] if len(parts) == 1 else _Sequence(parts, self.full)

    def _part(self, op: str, arg: Any) -> _Part | None:
        read = _READERS.get(op)
        return None if read is None else read(self, arg)

    def _repeat(self, arg: Any) -> _Part:
        low, high, tree = arg
        return _Repeat(self.sequence(tree), int(low), int(high), self.full)

    def _group(self, arg: Any) -> _Part:
        number, _, _, tree = arg
        part = self.sequence(tree)
        if number is None:
            return part
        self.groups[number] = part.lengths
        return _Group(number, part)

    def _branch(self, arg: Any) -> _Part:
        return _Alternatives([self.sequence(option) for option in arg[1]])

    def _reference(self, arg: Any) -> _Part:
        return _Backreference(arg, self.groups.get(arg, self.full))

    def _lookahead(self, arg: Any) -> None:
        direction, tree = arg
        if direction > 0:
            self.lookaheads.append(_Reading(self.full).sequence(tree))


_READERS: dict[str, Callable[[_Reading, Any], _Part | None]] = {
    "LITERAL": lambda _, code: _Characters(chr(code)),
    "NOT_LITERAL": lambda _, code: _Characters(_alphabet([("NEGATE", None), ("LITERAL", code)])),
    "ANY": lambda _, __: _Characters(ascii_lowercase + digits),
    "IN": lambda _, members: _Characters(_alphabet(members)),
    "BRANCH": _Reading._branch,
    "SUBPATTERN": _Reading._group,
    "MAX_REPEAT": _Reading._repeat,
    "MIN_REPEAT": _Reading._repeat,
    "POSSESSIVE_REPEAT": _Reading._repeat,
    "GROUPREF": _Reading._reference,
    "ASSERT": _Reading._lookahead,
}


def _alphabet(members: list[tuple[Any, Any]]) -> str:
    """The characters of a class, the readable ones alone where it has any."""
    named = [(str(op), arg) for op, arg in members]
    found: dict[str, None] = {}
    for op, arg in named:
        found.update(dict.fromkeys(_MEMBERS.get(op, lambda _: "")(arg)))
    if ("NEGATE", None) not in named:
        return "".join(char for char in found if char in _PRINTABLE) or "".join(found)
    left = "".join(char for char in _PRINTABLE if char not in found)
    return "".join(char for char in left if char.isalnum()) or left or "".join(c for c in _FOREIGN if c not in found)


def _category(name: Any) -> str:
    positive = str(name).replace("CATEGORY_NOT_", "CATEGORY_")
    characters = _CATEGORIES.get(positive, "")
    if positive == str(name):
        return characters
    return "".join(char for char in _PRINTABLE if char not in characters)


def _range(bounds: tuple[int, int]) -> str:
    first, last = bounds
    points = range(first, min(last, first + _WIDEST_RANGE) + 1)
    return "".join(chr(point) for point in points if not 0xD800 <= point <= 0xDFFF)


_MEMBERS: dict[str, Callable[[Any], str]] = {"LITERAL": chr, "RANGE": _range, "CATEGORY": _category}


def _joined(first: int, second: int, full: int) -> int:
    """The lengths of two parts, one after the other."""
    if not first or not second:
        return 0
    (low, high), (least, most) = _bounds(first), _bounds(second)
    if first.bit_count() > high - low and second.bit_count() > most - least:
        return (1 << high + most + 1) - (1 << low + least) & full  # neither has a gap, so nor have they both
    if first.bit_count() > second.bit_count():
        first, second = second, first
    lengths = 0
    while first:
        lowest = first & -first
        lengths |= second << lowest.bit_length() - 1
        first ^= lowest
    return lengths & full


def _power(lengths: int, count: int, full: int) -> int:
    """The lengths of `count` parts alike, one after the other."""
    only = _only(lengths)
    if only is not None:
        return 1 << only * count & full if only * count < full.bit_length() else 0
    result = 1
    while count:
        if count & 1:
            result = _joined(result, lengths, full)
        lengths = _joined(lengths, lengths, full)
        count >>= 1
    return result


def _bounds(lengths: int) -> tuple[int, int]:
    """The least and the greatest length."""
    return (lengths & -lengths).bit_length() - 1, lengths.bit_length() - 1


def _only(lengths: int) -> int | None:
    """The one length that there is, if there is one only."""
    return lengths.bit_length() - 1 if lengths and not lengths & lengths - 1 else None


def _share(lengths: int, after: int, length: int, chance: Chance) -> int:
    """A part's own share of `length`, of which what comes after it takes the rest."""
    only = _only(lengths)
    if only is not None:
        return only
    shares = [n for n in range(length + 1) if lengths >> n & 1 and after >> length - n & 1]
    return shares[chance.below(len(shares))]


def _in_python(source: str) -> str:
    inside = False

    def spell(match: re.Match[str]) -> str:
        nonlocal inside
        if match["bracket"]:
            inside = match["bracket"] == "[" or (inside and match["bracket"] != "]")
            return match[0]
        if match["property"]:
            members = _PROPERTIES.get(match["property"], "A-Za-z")
            return members if inside else f"[{members}]"
        if match["point"]:
            return re.escape(chr(int(match["point"], 16)))
        if match["end"]:
            return r"\Z"
        return "(?P<" if match["group"] else match[0]

    return _ECMA.sub(spell, source)

"""What a value must look like for a rule to answer: matchers that combine with `&`, `|` and `~`, and say why not.

Where a matcher is taken, so is a plain value, which must be equal (an object of dirty-equals, say), and a function of
the value.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable

from ..content import shortened
from ..errors import UsageError
from .refusals import refuse_function


class Matcher(ABC):
    """Whether a value will do. A subclass says how, and what it asks for."""

    @abstractmethod
    def __call__(self, value: object) -> bool: ...

    def why_not(self, value: object) -> str:
        """Why a value that won't do won't, after "because"."""
        return f"{short(value)} is not {self!r}"

    def __and__(self, other: object) -> Matcher:
        return Both(self, matcher_of(other))

    def __rand__(self, other: object) -> Matcher:
        return Both(matcher_of(other), self)

    def __or__(self, other: object) -> Matcher:
        return Either(self, matcher_of(other))

    def __ror__(self, other: object) -> Matcher:
        return Either(matcher_of(other), self)

    def __invert__(self) -> Matcher:
        return Not(self)

    def __bool__(self) -> bool:
        raise UsageError(f"{self!r} is no answer yet: matchers combine by &, | and ~, not by `and`, `or` and `not`")


class Equals(Matcher):
    def __init__(self, wanted: object) -> None:
        self.wanted = wanted

    def __call__(self, value: object) -> bool:
        return bool(self.wanted == value)

    def why_not(self, value: object) -> str:
        return f"{short(value)} is not {self.wanted!r}"

    def __repr__(self) -> str:
        return repr(self.wanted)


class Holds(Matcher):
    """A text that the value holds; of several values, one that does."""

    def __init__(self, wanted: str, ignore_case: bool) -> None:
        self.wanted = wanted
        self.folded = wanted.casefold() if ignore_case else None

    def __call__(self, value: object) -> bool:
        if isinstance(value, str):
            return self.wanted in value if self.folded is None else self.folded in value.casefold()
        return isinstance(value, (list, tuple, set, frozenset)) and any(self(each) for each in value)

    def why_not(self, value: object) -> str:
        return f"{short(value)} doesn't contain {self.wanted!r}"

    def __repr__(self) -> str:
        return f"contains({self.wanted!r}{', ignore_case=True' if self.folded is not None else ''})"


class Has(Matcher):
    """One of the value's elements."""

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted

    def __call__(self, value: object) -> bool:
        return isinstance(value, (list, tuple)) and self.wanted in value

    def why_not(self, value: object) -> str:
        return f"{self.wanted!r} is not among {short(value)}"

    def __repr__(self) -> str:
        return repr(self.wanted)


class Regex(Matcher):
    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern

    def __call__(self, value: object) -> bool:
        if isinstance(value, str):
            return self.pattern.search(value) is not None
        return isinstance(value, (list, tuple, set, frozenset)) and any(self(each) for each in value)

    def why_not(self, value: object) -> str:
        return f"{short(value)} has no match of {self.pattern.pattern!r}"

    def __repr__(self) -> str:
        return f"regex({self.pattern.pattern!r})"


class Says(Matcher):
    """What a user's function says of the value."""

    def __init__(self, function: Callable[[object], object]) -> None:
        self.function = function
        self.name = getattr(function, "__name__", repr(function))

    def __call__(self, value: object) -> bool:
        return bool(self.function(value))

    def why_not(self, value: object) -> str:
        return f"{self.name} says no to {short(value)}"

    def __repr__(self) -> str:
        return self.name


class Both(Matcher):
    def __init__(self, *matchers: Matcher) -> None:
        self.matchers = matchers

    def __call__(self, value: object) -> bool:
        return all(matcher(value) for matcher in self.matchers)

    def why_not(self, value: object) -> str:
        return "; ".join(matcher.why_not(value) for matcher in self.matchers if not matcher(value))

    def __repr__(self) -> str:
        return " & ".join(map(repr, self.matchers))


class Either(Matcher):
    def __init__(self, *matchers: Matcher) -> None:
        self.matchers = matchers

    def __call__(self, value: object) -> bool:
        return any(matcher(value) for matcher in self.matchers)

    def why_not(self, value: object) -> str:
        return " and ".join(matcher.why_not(value) for matcher in self.matchers)

    def __repr__(self) -> str:
        if all(type(matcher) is Equals for matcher in self.matchers):
            return f"any_of({', '.join(map(repr, self.matchers))})"
        return " | ".join(map(repr, self.matchers))


class Not(Matcher):
    def __init__(self, matcher: Matcher) -> None:
        self.matcher = matcher

    def __call__(self, value: object) -> bool:
        return not self.matcher(value)

    def why_not(self, value: object) -> str:
        return f"{short(value)} is {self.matcher!r}"

    def __repr__(self) -> str:
        inner = repr(self.matcher)
        return f"~({inner})" if isinstance(self.matcher, (Both, Either)) and " " in inner else f"~{inner}"


def contains(text: str, *, ignore_case: bool = False) -> Matcher:
    """A text that holds `text`, or several of which one does."""
    if not text or type(text) is not str:
        raise UsageError(f"contains({text!r}) can't be: it takes a text that isn't empty")
    if type(ignore_case) is not bool:
        raise UsageError(f"contains(ignore_case={ignore_case!r}) can't be: it takes True or False")
    return Holds(text, ignore_case)


def regex(pattern: str | re.Pattern[str]) -> Matcher:
    """A text in which the pattern is found, anywhere: `^` and `$` pin it. Raises UsageError on a bad pattern."""
    text = pattern.pattern if isinstance(pattern, re.Pattern) else pattern
    if not isinstance(text, str):
        raise UsageError(f"regex({pattern!r}) can't be: it takes a pattern of text")
    try:
        return Regex(re.compile(pattern))
    except re.error as error:
        raise UsageError(f"regex({pattern!r}) can't be: {error}") from None


def any_of(*wanted: object) -> Matcher:
    """One of these: values, matchers or functions."""
    if not wanted:
        raise UsageError("any_of() needs something to choose from")
    return Either(*map(matcher_of, wanted))


def matcher_of(wanted: object) -> Matcher:
    """The matcher that a user means by a matcher, a compiled pattern, a function of the value, or a value that must be
    equal. Raises UsageError where nothing can be equal to it."""
    if isinstance(wanted, Matcher):
        return wanted
    if isinstance(wanted, re.Pattern):
        return regex(wanted)
    # A class may be a value: dirty-equals lets `IsStr` stand for `IsStr()`.
    if callable(wanted) and not _is_dirty(wanted):
        name = getattr(wanted, "__name__", None)
        if any(wanted is maker for maker in (contains, regex, any_of)):
            raise UsageError(f"{name} can't be a value: it takes what is looked for, {name}('…')")
        refuse_function(wanted, "a matcher", "the value")
        return Says(wanted)
    if isinstance(wanted, (bytes, bytearray, set, frozenset, tuple)):
        raise UsageError(f"{short(wanted)} can't be a value: requests have JSON, where no {type(wanted).__name__} is")
    return Equals(wanted)


def _is_dirty(value: object) -> bool:
    """Whether it brings its own idea of equality, as dirty-equals' objects do."""
    return type(value).__eq__ is not object.__eq__


def short(value: object, most: int = 100) -> str:
    return shortened(repr(value), most)


def nearest(words: Iterable[str], word: str) -> str:
    """A hint at the word that was meant, or nothing."""
    import difflib

    found = difflib.get_close_matches(word, sorted(words), n=1)
    return f" Did you mean {found[0]!r}?" if found else ""

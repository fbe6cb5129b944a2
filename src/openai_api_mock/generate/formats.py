"""Strings of the formats that JSON Schema names. No date hangs on today's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from string import ascii_lowercase, digits
from typing import TypeAlias

from .chance import Chance

# Candidates for a string of at least `low` and at most `high` characters. Those that have another length are rejected
# by the caller, with all else that doesn't fit.
Format: TypeAlias = Callable[[int, "int | None", Chance], Iterable[str]]

_LONGEST_LABEL = 63
_DOMAINS = (".example.com", ".example.org", ".co", "")


def date(chance: Chance) -> str:
    """A day of 2024 or 2025, as YYYY-MM-DD."""
    return f"{2024 + chance.below(2)}-{1 + chance.below(12):02}-{1 + chance.below(28):02}"


def clock(chance: Chance) -> str:
    """A time of the day, as HH:MM:SS."""
    return f"{chance.below(24):02}:{chance.below(60):02}:{chance.below(60):02}"


def date_time(chance: Chance) -> str:
    """A moment of 2024 or 2025 in UTC, as RFC 3339."""
    return f"{date(chance)}T{clock(chance)}Z"


def uuid(chance: Chance) -> str:
    """A UUID of version 4."""
    drawn = f"{chance.bits():016x}{chance.bits():016x}"
    return f"{drawn[:8]}-{drawn[8:12]}-4{drawn[13:16]}-{'89ab'[chance.below(4)]}{drawn[17:20]}-{drawn[20:]}"


def _date(low: int, high: int | None, chance: Chance) -> Iterable[str]:
    return (date(chance),)


def _moment(make: Callable[[Chance], str]) -> Format:
    def moment(low: int, high: int | None, chance: Chance) -> Iterable[str]:
        text = make(chance)
        missing = low - len(text) - 1
        return (text if missing < 0 else f"{text[:-1]}.{chance.text(digits, max(missing, 1))}Z",)

    return moment


def _duration(low: int, high: int | None, chance: Chance) -> Iterable[str]:
    yield ("P{}D", "PT{}H", "PT{}M", "P{}W")[chance.below(4)].format(1 + chance.below(30))
    yield f"P{1 + chance.below(9)}D"
    yield f"P{1 + chance.below(9)}DT{1 + chance.below(23)}H{1 + chance.below(59)}M{1 + chance.below(59)}S"
    yield f"P{chance.text('123456789', max(low - 2, 1))}D"


def _uuid(low: int, high: int | None, chance: Chance) -> Iterable[str]:
    return (uuid(chance),)


def _ipv4(low: int, high: int | None, chance: Chance) -> Iterable[str]:
    # 192.0.2.0/24, 198.51.100.0/24 and 203.0.113.0/24 are for documentation: RFC 5737.
    yield f"{chance.choice(('192.0.2', '198.51.100', '203.0.113'))}.{1 + chance.below(254)}"
    yield ".".join(str(1 + chance.below(9)) for _ in range(4))
    yield ".".join(str(100 + chance.below(155)) for _ in range(4))
    yield ".".join(str(1 + chance.below(254)) for _ in range(4))


def _ipv6(low: int, high: int | None, chance: Chance) -> Iterable[str]:
    # 2001:db8::/32 is for documentation: RFC 3849.
    yield f"2001:db8::{1 + chance.below(0xFFFE):x}"
    yield f"::{1 + chance.below(9)}"
    yield "::"
    yield "2001:0db8:" + ":".join(f"{chance.below(0x10000):04x}" for _ in range(6))


def _email(low: int, high: int | None, chance: Chance) -> Iterable[str]:
    for domain in ("example.com", "example.org", "b.co", "b"):
        room = _length(low, high, 8, chance) - len(domain) - 1
        if room > 0:
            yield f"{_letters(min(room, 64), chance)}@{_labels(room - 64, chance)}{domain}"


def _hostname(low: int, high: int | None, chance: Chance) -> Iterable[str]:
    for domain in _DOMAINS:
        room = _length(low, high, 20, chance) - len(domain)
        if room > 0:
            yield f"{_labels(room - _LONGEST_LABEL, chance)}{_letters(min(room, _LONGEST_LABEL), chance)}{domain}"


def _labels(room: int, chance: Chance) -> str:
    """`room` characters, in labels that each end in a dot."""
    labels = []
    while room > 1:
        size = min(room - 1, _LONGEST_LABEL)
        labels.append(_letters(size, chance) + ".")
        room -= size + 1
    return "".join(labels)


def _after(*starts: str, usual: int = 8) -> Format:
    """A start and letters."""

    def lettered(low: int, high: int | None, chance: Chance) -> Iterable[str]:
        for start in starts:
            room = _length(low, high, len(start) + usual, chance) - len(start)
            if room > 0:
                yield start + _letters(room, chance)
            elif room == 0:
                yield start

    return lettered


def _regex(low: int, high: int | None, chance: Chance) -> Iterable[str]:
    yield chance.choice(("^[a-z]+$", "^[0-9]{3,5}$", "[A-Z][a-z]*", "^(yes|no)$"))
    yield _letters(_length(low, high, 4, chance), chance)


def _uri_template(low: int, high: int | None, chance: Chance) -> Iterable[str]:
    yield f"https://example.com/{_letters(6, chance)}/{{id}}"
    yield _letters(_length(low, high, 8, chance), chance)


def _length(low: int, high: int | None, usual: int, chance: Chance) -> int:
    """A length near the usual one, if the bounds allow."""
    wanted = max(low, usual + chance.below(5))
    return wanted if high is None else min(wanted, high)


def _letters(count: int, chance: Chance) -> str:
    return chance.text(ascii_lowercase, count)


FORMATS: dict[str, Format] = {
    "date": _date,
    "time": _moment(lambda chance: clock(chance) + "Z"),
    "date-time": _moment(date_time),
    "duration": _duration,
    "email": _email,
    "idn-email": _email,
    "hostname": _hostname,
    "idn-hostname": _hostname,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "uri": _after("https://example.com/", "https://a.co/", "a:"),
    "uri-reference": _after("https://example.com/", "/", ""),
    "iri": _after("https://example.com/", "https://a.co/", "a:"),
    "iri-reference": _after("https://example.com/", "/", ""),
    "uri-template": _uri_template,
    "uuid": _uuid,
    "json-pointer": _after("/items/0/", "/", ""),
    "relative-json-pointer": _after("1/", "0"),
    "regex": _regex,
}

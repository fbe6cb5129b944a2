"""What the name of a field says about its value: an email looks like one, a price has two decimals.

A name is split into words, and the longest run of words at its end that the tables know decides: `customerEmail` is an
email, `departure_date` a date. Names, places and companies come from Faker, which takes 80 ms to import and 100 µs for
each value: so it is imported when the first such value is made, and each meaning keeps 256 values.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from string import ascii_uppercase
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar
from zlib import crc32

from .chance import Chance
from .formats import FORMATS, clock, date, date_time
from .text import ADJECTIVES, ARTICLES, NOUNS, OPENINGS, VERBS

if TYPE_CHECKING:
    from faker import Faker

Maker: TypeAlias = Callable[[Chance], str]
_T = TypeVar("_T")

_POOL = 256
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_faker_lock = Lock()


class Range(NamedTuple):
    """Where a number usually lies, and with how many decimals when it isn't an integer."""

    low: int
    high: int
    decimals: int = 0


def meaning_of_text(name: str, format: str | None = None) -> Maker | None:
    """What makes strings for a field of this name and format."""
    if format is None:
        return _meant(TEXTS, name)
    if format in FORMATS:
        return TEXTS.get(_FORMATS_MEANING.get(format, ""))
    return _meant(TEXTS, format) or _meant(TEXTS, name)


def meaning_of_number(name: str) -> Range | None:
    """Where the numbers of a field of this name lie."""
    return _meant(NUMBERS, name)


def plain_text(name: str, low: int, high: int | None, chance: Chance) -> str:
    """One to three words, or as many as it takes for `low` characters, cut at `high`."""
    text = chance.choice(NOUNS)
    for _ in range(chance.below(3)):
        text = f"{chance.choice(ADJECTIVES)} {text}"
    if len(text) < low:
        text += " " + " ".join(chance.choice(NOUNS) for _ in range((low - len(text)) // 4 + 1))
    if high is not None and len(text) > high:
        text = text[:high]
        text = text[:-1] + "s" if text.endswith(" ") else text
    return text


@lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in camelCase, snake_case or kebab-case, in lower case."""
    return tuple(word.lower() for word in _WORDS.findall(name))


def _meant(table: dict[str, _T], name: str) -> _T | None:
    words = words_of(name)
    if len(words) > 1 and words[-1] in _QUALIFIERS:
        words = words[:-1]
    for start in range(len(words)):
        ending = "_".join(words[start:])
        for form in (ending, *_singular(ending)):
            if start and f"_{form}" in table:
                return table[f"_{form}"]
            if form in table:
                return table[form]
    return None


def _singular(word: str) -> tuple[str, ...]:
    if word.endswith("ies"):
        return (word[:-3] + "y",)
    return (word[:-1], word[:-2]) if word.endswith("s") else ()


def _fake(method: str) -> Maker:
    return lambda chance: _faked(method, chance.below(_POOL))


@cache
def _faked(method: str, number: int) -> str:
    with _faker_lock:
        faker = _faker()
        faker.seed_instance(crc32(f"{method} {number}".encode()))
        return str(getattr(faker, method)()).replace("\n", ", ")


@lru_cache(maxsize=1)
def _faker() -> Faker:
    from faker import Faker

    return Faker("en_US", use_weighting=False)


def _one_of(*options: str) -> Maker:
    return lambda chance: chance.choice(options)


def _person(chance: Chance) -> str:
    # Faker's own `name` may be "Dr. Jo Doe MD".
    return f"{_faked('first_name', chance.below(_POOL))} {_faked('last_name', chance.below(_POOL))}"


def _phone(chance: Chance) -> str:
    # 555-0100 to 555-0199 belong to nobody.
    return f"+1-{200 + chance.below(700)}-555-01{chance.below(100):02}"


def _birthday(chance: Chance) -> str:
    return f"{1950 + chance.below(55)}{date(chance)[4:]}"


def _title(chance: Chance) -> str:
    return f"{chance.choice(OPENINGS)} {chance.choice(ADJECTIVES)} {chance.choice(NOUNS)}".title()


def _sentence(chance: Chance) -> str:
    subject = f"{chance.choice(OPENINGS)} {chance.choice(ADJECTIVES)} {chance.choice(NOUNS)}"
    thing = f"{chance.choice(ARTICLES)} {chance.choice(ADJECTIVES)} {chance.choice(NOUNS)}"
    return f"{subject} {chance.choice(VERBS)} {thing}."


def _search(chance: Chance) -> str:
    return f"{chance.choice(ADJECTIVES)} {chance.choice(NOUNS)} {chance.choice(NOUNS)}"


def _slug(chance: Chance) -> str:
    return f"{chance.choice(ADJECTIVES)}-{chance.choice(NOUNS)}"


def _decimal(low: int, high: int, decimals: int) -> Maker:
    scale = 10**decimals
    return lambda chance: f"{(low * scale + chance.below((high - low) * scale)) / scale:.{decimals}f}"


def _by_name(rows: dict[str, _T]) -> dict[str, _T]:
    """A table with one row for each of the names that share one."""
    return {name: meaning for names, meaning in rows.items() for name in names.split()}


# Names that start with "_" are endings only: `product_name` isn't a person's, `at` alone isn't a moment.
TEXTS: dict[str, Maker] = _by_name(
    {
        "email mail e_mail email_address": _fake("safe_email"),
        "username user_name login handle nickname": _fake("user_name"),
        "name full_name person author owner assignee recipient passenger attendee": _person,
        "customer_name contact_name display_name user_full_name": _person,
        "_name label": lambda chance: f"{chance.choice(ADJECTIVES)} {chance.choice(NOUNS)}".title(),
        "first_name given_name forename": _fake("first_name"),
        "last_name surname family_name": _fake("last_name"),
        "city town municipality": _fake("city"),
        "country nation country_name": _fake("country"),
        "country_code": _fake("country_code"),
        "state province": _fake("state"),
        "street street_address address_line address_line_1 line1": _fake("street_address"),
        "address postal_address mailing_address": _fake("address"),
        "zip zip_code postcode postal_code": lambda chance: f"{10000 + chance.below(89999)}",
        "location place destination origin": _fake("city"),
        "company company_name organization organisation employer vendor manufacturer": _fake("company"),
        "job job_title occupation profession position": _fake("job"),
        "phone phone_number telephone mobile fax tel cell": _phone,
        "url uri link website homepage webpage": _fake("url"),
        "domain domain_name host hostname": _fake("domain_name"),
        "ip ip_address": lambda chance: f"192.0.2.{1 + chance.below(254)}",
        "color colour color_name": _fake("color_name"),
        "hex_color color_hex": lambda chance: f"#{chance.below(1 << 24):06x}",
        "date day due_date start_date end_date": date,
        "birthday birthdate birth_date date_of_birth dob": _birthday,
        "time start_time end_time": lambda chance: clock(chance)[:5],
        "datetime date_time timestamp _at created updated": date_time,
        "year": lambda chance: str(1990 + chance.below(36)),
        "month": _one_of("January", "March", "May", "June", "August", "October", "November"),
        "weekday day_of_week": _one_of("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
        "timezone time_zone tz": _one_of("UTC", "Europe/Paris", "America/New_York", "Asia/Tokyo"),
        "price cost total amount subtotal fee": _decimal(1, 500, 2),
        "currency currency_code": _one_of("USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD"),
        "latitude lat": _decimal(-60, 70, 4),
        "longitude lng lon": _decimal(-180, 180, 4),
        "temperature": _decimal(-5, 35, 1),
        "unit units temperature_unit": _one_of("celsius", "fahrenheit"),
        "weight_unit": _one_of("kg", "lb"),
        "length_unit distance_unit": _one_of("km", "m", "mi"),
        "language": _one_of("English", "French", "German", "Spanish", "Japanese", "Portuguese"),
        "language_code lang locale": _one_of("en", "fr", "de", "es", "ja", "pt"),
        "gender sex": _one_of("female", "male"),
        "title headline subject heading": _title,
        "description summary content body text message comment note details reason explanation bio": _sentence,
        "question prompt": lambda chance: f"What does {chance.choice(ARTICLES)} {chance.choice(NOUNS)} say?",
        "ticker symbol": lambda chance: chance.text(ascii_uppercase, 4),
        "answer response instructions review feedback": _sentence,
        "query search keywords search_query search_term": _search,
        "tag category topic keyword type kind": _one_of(*NOUNS),
        "slug": _slug,
        "status": _one_of("active", "pending", "done"),
        "priority severity": _one_of("low", "medium", "high"),
        "id identifier key ref token": lambda chance: f"{chance.below(1 << 48):012x}",
        "sku code": lambda chance: f"{chance.choice(NOUNS)[:3].upper()}-{1000 + chance.below(9000)}",
        "version": lambda chance: f"{chance.below(5)}.{chance.below(20)}.{chance.below(10)}",
        "file filename file_name": lambda chance: f"{_slug(chance)}.txt",
        "path file_path filepath": lambda chance: f"/{chance.choice(NOUNS)}/{_slug(chance)}.txt",
        "mime_type content_type media_type": _one_of("text/plain", "application/json", "image/png"),
    }
)  # fmt: skip

NUMBERS: dict[str, Range] = _by_name(
    {
        "number": Range(1, 100, 2),
        "price cost total amount subtotal fee budget balance": Range(1, 500, 2),
        "salary income revenue": Range(30_000, 200_000),
        "tax discount": Range(0, 50, 2),
        "age": Range(18, 80),
        "year": Range(1990, 2025),
        "month": Range(1, 12),
        "day": Range(1, 28),
        "hour hours": Range(0, 23),
        "minute minutes second seconds": Range(0, 59),
        "years months weeks days nights": Range(1, 14),
        "duration": Range(5, 120),
        "timestamp _at created updated": Range(1_704_067_200, 1_767_139_200),
        "latitude lat": Range(-60, 70, 4),
        "longitude lng lon": Range(-180, 180, 4),
        "rate": Range(0, 20, 2),
        "temperature celsius fahrenheit": Range(-5, 35, 1),
        "humidity percent percentage": Range(0, 100, 1),
        "rating stars": Range(1, 5, 1),
        "score probability confidence ratio": Range(0, 1, 2),
        "quantity count limit guests passengers people": Range(1, 10),
        "id identifier": Range(1, 99_999),
        "page": Range(1, 5),
        "weight": Range(1, 100, 1),
        "height width length depth": Range(1, 200, 1),
        "distance": Range(1, 500, 1),
        "zip zip_code postcode postal_code": Range(10_000, 99_998),
        "port": Range(1024, 65_535),
    }
)

# `price_min` means what `price` means.
_QUALIFIERS = frozenset(("min", "max", "from", "to", "start", "end", "usd", "eur"))

# The formats that a name's meaning makes better than letters do.
_FORMATS_MEANING = {"email": "email", "idn-email": "email", "uri": "url", "iri": "url", "uri-reference": "url"}

from __future__ import annotations

import re
from typing import Any

import pytest

from openai_api_mock.generate.meanings import words_of
from openai_api_mock.generate.values import sample

SEEDS = [str(number) for number in range(25)]

TEXTS = {
    "email": r"[\w.]+@example\.(com|net|org)",
    "userEmail": r"[\w.]+@example\.(com|net|org)",
    "contact-emails": r"[\w.]+@example\.(com|net|org)",
    "name": r"[A-Z][a-z]+ [A-Z]\w+",
    "first_name": r"[A-Z][a-z]+",
    "lastName": r"[A-Z]\w+",
    "product_name": r"[A-Z][a-z]+ [A-Z][a-z]+",
    "city": r"[A-Z][A-Za-z ]+",
    "departureCity": r"[A-Z][A-Za-z ]+",
    "country": r"[A-Z][^\d]+",
    "country_code": r"[A-Z]{2}",
    "company": r"[A-Z][\w, -]+",
    "phone": r"\+1-\d{3}-555-01\d\d",
    "phoneNumber": r"\+1-\d{3}-555-01\d\d",
    "url": r"https?://\S+",
    "zip": r"\d{5}",
    "color": r"[A-Z]\w+",
    "date": r"202[45]-\d\d-\d\d",
    "departureDate": r"202[45]-\d\d-\d\d",
    "date_of_birth": r"(19[5-9]\d|200[0-4])-\d\d-\d\d",
    "created_at": r"202[45]-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "start_time": r"\d\d:\d\d",
    "price": r"\d+\.\d\d",
    "currency": r"[A-Z]{3}",
    "from_currency": r"[A-Z]{3}",
    "unit": r"celsius|fahrenheit",
    "language": r"[A-Z][a-z]+",
    "title": r"([A-Z][a-z]+ ){2}[A-Z][a-z]+",
    "description": r"[A-Z][a-z ]+\.",
    "query": r"[a-z]+ [a-z]+ [a-z]+",
    "id": r"[0-9a-f]{12}",
    "userID": r"[0-9a-f]{12}",
    "file_path": r"/[a-z]+/[a-z-]+\.txt",
    "ip_address": r"192\.0\.2\.\d+",
    "blorp": r"[a-z]+( [a-z]+){0,2}",
}

NUMBERS = {
    "age": (18, 80),
    "latitude": (-90, 90),
    "lng": (-180, 180),
    "temperature": (-10, 40),
    "rating": (1, 5),
    "confidence": (0, 1),
    "birthYear": (1990, 2025),
    "month": (1, 12),
    "created_at": (1_704_067_200, 1_767_139_200),
    "max_price": (1, 500),
    "price_min": (1, 500),
    "quantity": (1, 10),
}


def one(name: str, seed: str, **schema: Any) -> Any:
    made = sample({"type": "object", "properties": {name: schema}, "required": [name]}, seed)
    assert isinstance(made, dict)
    return made[name]


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_looks_like_what_its_name_says(name: str) -> None:
    for seed in SEEDS:
        text = one(name, seed, type="string")
        assert re.fullmatch(TEXTS[name], text), text


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("kind", ["integer", "number"])
def test_a_number_lies_where_its_name_says(name: str, kind: str) -> None:
    low, high = NUMBERS[name]
    for seed in SEEDS:
        number = one(name, seed, type=kind)
        assert low <= number <= high
        assert kind == "number" or isinstance(number, int)


def test_a_price_is_positive_and_has_two_decimals() -> None:
    prices = [one("unitPrice", seed, type="number") for seed in SEEDS]
    assert all(price > 0 and round(price, 2) == price for price in prices)
    assert any(price != int(price) for price in prices)


def test_the_items_of_an_array_have_its_name() -> None:
    for seed in SEEDS:
        emails = one("emails", seed, type="array", items={"type": "string"}, minItems=1)
        assert all("@" in email for email in emails)


def test_a_reference_keeps_the_name_of_the_property() -> None:
    schema: Any = {
        "properties": {"email": {"$ref": "#/$defs/a"}},
        "required": ["email"],
        "$defs": {"a": {"type": "string"}},
    }
    assert "@" in str(sample(schema, "0"))


def test_a_root_has_the_name_that_it_is_given() -> None:
    assert "@" in str(sample({"type": "string"}, "0", name="email"))
    assert "@" not in str(sample({"type": "string"}, "0"))


def test_a_format_says_more_than_a_name() -> None:
    assert re.fullmatch(r"\S+@\S+", one("date", "0", type="string", format="email"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", one("email", "0", type="string", format="date"))


def test_a_format_that_the_validator_does_not_know_is_a_meaning() -> None:
    assert re.fullmatch(TEXTS["phone"], one("contact", "0", type="string", format="phone"))


@pytest.mark.parametrize(
    ("name", "schema", "expected"),
    [
        ("email", {"type": "string", "maxLength": 4}, r".{0,4}"),
        ("city", {"type": "string", "pattern": "^[A-Z]{3}$"}, r"[A-Z]{3}"),
        ("zip", {"type": "string", "pattern": "^[0-9]{5}$"}, r"\d{5}"),
        ("date", {"type": "string", "minLength": 30}, r".{30,}"),
        ("country", {"enum": ["here", "there"]}, r"here|there"),
        ("price", {"type": "integer", "minimum": 900, "maximum": 901}, r"90[01]"),
        ("age", {"type": "integer", "maximum": 3}, r"-?\d+"),
    ],
)
def test_what_the_schema_says_comes_before_what_the_name_means(name: str, schema: Any, expected: str) -> None:
    for seed in SEEDS:
        assert re.fullmatch(expected, str(one(name, seed, **schema)))


def test_a_name_that_means_something_has_many_values() -> None:
    assert len({one("city", seed, type="string") for seed in SEEDS}) > 15


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("userEmail", ("user", "email")),
        ("HTTPServerURL", ("http", "server", "url")),
        ("first_name", ("first", "name")),
        ("x-api-key", ("x", "api", "key")),
        ("line1", ("line", "1")),
        ("", ()),
    ],
)
def test_names_are_split_into_words(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words

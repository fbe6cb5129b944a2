from __future__ import annotations

import re

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_api_mock.generate.chance import Chance
from openai_api_mock.generate.patterns import LONGEST, Pattern, UnreadablePattern
from openai_api_mock.generate.values import sample

EXACT = [
    "^[A-Z]{2}-\\d{4}$",
    "^(\\+1)?[2-9]\\d{2}[2-9]\\d{6}$",
    "^([a-z]{2}|[0-9]{5})+$",
    "^(a+)+$",
    "^((a|b|ab)*)*$",
    "^[^\\s@]+@[^\\s@]+\\.[a-z]{2,}$",
    "^.{3}\\W\\S\\D$",
    "^a??b*?c+?$",
    "^\\$\\d+\\.\\d{2}$",
    "^[\\u4e00-\\u9fff]{2,4}$",
    "^[\\s\\S]{5}$",
    "^$",
]


def candidates(pattern: Pattern) -> list[str]:
    return [text for seed in range(20) for text in pattern.samples(Chance.of(str(seed)))]


@pytest.mark.parametrize("source", EXACT)
def test_samples_match(source: str) -> None:
    found = candidates(Pattern(source))
    assert sum(re.search(source, text) is not None for text in found) > len(found) * 0.9


@pytest.mark.parametrize("length", range(5, 40))
def test_every_length_that_a_match_can_have_is_made(length: int) -> None:
    source = "^([a-z]{5}|[0-9]{7})*(x|yz)$"
    possible = any(length - end - 5 * fives in range(0, 50, 7) for end in (1, 2) for fives in range(9))
    pattern = Pattern(source, length, length)
    assert pattern.possible == possible
    for text in candidates(pattern):
        assert len(text) == length
        assert re.search(source, text)


def test_samples_keep_within_the_lengths() -> None:
    found = candidates(Pattern("^\\w+$", 6, 8))
    assert {len(text) for text in found} == {6, 7, 8}


@pytest.mark.parametrize(
    "source",
    [
        r"^(?=.*[A-Z])(?=.*[a-z])(?=.*\d)(?=.*[#?!@$%^&*-]).{8,}$",
        r"^(?!.*\.\.)[a-z.]{4,10}$",
        r"^(?=[a-z]{3}$)",
        r"^([a-z]{2,4})-\1$",
        r"^(?<year>\d{4})-(?<month>\d\d)$",
        r"^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$",
        r"^\p{Lu}\p{Ll}{2,8}[\p{N}_]$",
        r"^\u{1F600}x$",
        r"\bfoo\b",
        r"foo\/bar$",
    ],
)
def test_what_needs_trial_or_is_spelled_as_in_ecma_script_is_found(source: str) -> None:
    judge = jsonschema_rs.Draft202012Validator({"pattern": source})
    for seed in range(20):
        assert judge.is_valid(sample({"type": "string", "pattern": source}, str(seed)))


def test_a_long_match_of_a_nested_repeat_is_made() -> None:
    source = "^(([a-z])+.)+[A-Z]([a-z])+$"
    text = next(Pattern(source, 3000, 3000).samples(Chance.of("0")))
    assert len(text) == 3000
    assert re.search("^[a-z][a-z0-9]+[A-Z][a-z]+$", text)


@pytest.mark.parametrize("source", ["(", "[z-a]", f"^a{{{LONGEST + 1}}}$", "(" * 4000 + ")" * 4000])
def test_what_cannot_be_read_or_is_endless_is_refused(source: str) -> None:
    with pytest.raises(UnreadablePattern):
        Pattern(source)


def expressions() -> st.SearchStrategy[str]:
    """Regular expressions without anchors or lookarounds."""
    leaves = st.sampled_from(["a", "b", ".", "\\d", "[a-f]", "[^a]", "\\.", ""])
    counts = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}", "*?"])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map("".join),
            st.lists(inner, min_size=1, max_size=3).map(lambda options: f"(?:{'|'.join(options)})"),
            st.tuples(inner, counts).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
            inner.map(lambda part: f"({part})"),
        ),
        max_leaves=6,
    )


@settings(max_examples=200, deadline=None)
@given(expressions(), st.integers(0, 12), st.integers(0, 12), st.text(max_size=4))
def test_whatever_the_expression_its_samples_match_within_the_lengths(
    source: str, low: int, more: int, seed: str
) -> None:
    pattern = Pattern(source, low, low + more)
    found = list(pattern.samples(Chance.of(seed)))
    assert bool(found) == pattern.possible
    for text in found:
        assert low <= len(text) <= low + more
        assert re.fullmatch(source, text, re.DOTALL)

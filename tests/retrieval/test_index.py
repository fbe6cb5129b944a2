"""Chunks, filters and the search among vectors."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_api_mock.generate.tokens import TOKENIZERS, Estimate
from openai_api_mock.retrieval.chunks import chunks
from openai_api_mock.retrieval.filters import matches
from openai_api_mock.retrieval.index import SHORTLIST, Entry, Ranking, best_of, entry_of, row_of, score, search, wanted

RANKING = Ranking()
NOUNS = """
account answer bank bread bridge camera city cloud coffee contract doctor email engine family flight forest garden
guitar holiday hospital invoice island journey kitchen language library market medicine mountain museum network
orchestra package password picture planet price question recipe refund river school season station storm student
summer teacher telescope tournament traffic translation university vegetable village weather window winter
"""
WORDS = NOUNS.split()


def entries_of(*texts: str) -> list[Entry]:
    return [entry_of(row_of(text, 0, 0)) for text in texts]


def texts(count: int, words: int = 12) -> list[str]:
    choose = random.Random(count)
    return [" ".join(choose.choices(WORDS, k=words)) for _ in range(count)]


@given(st.text(max_size=600), st.integers(1, 50), st.data())
def test_chunks_are_all_of_the_text_and_overlap_as_asked(text: str, size: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, size // 2))
    tokens = Estimate().split(text)
    raw = "".join(tokens).encode()
    spans = list(chunks(text, Estimate(), size, overlap))
    assert all(raw[span.start : span.end].decode() == span.text for span in spans)
    assert all(len(Estimate().split(span.text)) > 0 for span in spans)
    joined, end = b"", 0
    for span in spans:
        assert span.start <= end < span.end
        joined += raw[end : span.end]
        end = span.end
    assert joined == raw


def test_a_chunk_has_so_many_tokens() -> None:
    text = " ".join(texts(1, 400))
    tokenizer = TOKENIZERS["cl100k_base"]
    whole = tokenizer.split(text)
    spans = list(chunks(text, tokenizer, 100, 50))
    assert [span.text for span in spans[:2]] == ["".join(whole[:100]), "".join(whole[50:150])]
    assert len(spans) == -(-(len(whole) - 50) // 50)


@pytest.mark.parametrize(("filters", "passes"), [
    ({"type": "eq", "key": "city", "value": "Oslo"}, True),
    ({"type": "eq", "key": "city", "value": "Rome"}, False),
    ({"type": "ne", "key": "city", "value": "Rome"}, True),
    ({"type": "gt", "key": "year", "value": 2023}, True),
    ({"type": "gte", "key": "year", "value": 2024}, True),
    ({"type": "lt", "key": "year", "value": 2024}, False),
    ({"type": "lte", "key": "year", "value": 2024.0}, True),
    ({"type": "in", "key": "city", "value": ["Rome", "Oslo"]}, True),
    ({"type": "nin", "key": "city", "value": ["Rome", "Oslo"]}, False),
    ({"type": "nin", "key": "year", "value": [2020]}, True),
    ({"type": "eq", "key": "draft", "value": True}, True),
    ({"type": "eq", "key": "draft", "value": 1}, False),
    ({"type": "gt", "key": "city", "value": 3}, False),
    ({"type": "eq", "key": "absent", "value": 3}, False),
    ({"type": "ne", "key": "absent", "value": 3}, False),
])  # fmt: skip
def test_an_attribute_is_compared(filters: dict[str, Any], passes: bool) -> None:
    assert matches(filters, {"city": "Oslo", "year": 2024, "draft": True}) is passes


def test_comparisons_are_joined_by_and_and_or() -> None:
    oslo = {"type": "eq", "key": "city", "value": "Oslo"}
    old = {"type": "lt", "key": "year", "value": 2000}
    for kind, expected in (("and", False), ("or", True)):
        filters = {"type": kind, "filters": [oslo, {"type": "or", "filters": [old]}]}
        assert matches(filters, {"city": "Oslo", "year": 2024}) is expected


@given(st.lists(st.text(max_size=80), max_size=40), st.text(min_size=1, max_size=60), st.integers(1, 50))
def test_a_search_is_brute_force_where_there_is_little_to_search(held: list[str], asked: str, most: int) -> None:
    entries, query = entries_of(*held), wanted(asked)
    scored = [(score(entry, query, RANKING), at) for at, entry in enumerate(entries)]
    assert all(0 <= each <= 1 for each, _ in scored)
    assert search(entries, query, most, RANKING) == sorted(scored, key=lambda each: -each[0])[:most]


@given(st.text(min_size=1, max_size=200))
def test_a_text_answers_itself_best_of_all(text: str) -> None:
    [entry] = entries_of(text)
    assert score(entry, wanted(text), RANKING) >= 0.9999


def test_the_best_of_many_is_among_the_nearest_sketches() -> None:
    held = texts(2000)
    entries = entries_of(*held)
    hits = 0
    for at in range(0, 2000, 100):
        query = wanted(" ".join(held[at].split()[:5]))
        best = best_of(((score(entry, query, RANKING), number) for number, entry in enumerate(entries)), 1)
        hits += search(entries, query, 10, RANKING)[:1] == best
    assert len(entries) > SHORTLIST
    assert hits == 20


def test_rankings_weigh_the_angle_and_the_words() -> None:
    [entry] = entries_of("Boil the potatoes in salted water for twenty minutes, and serve them with butter.")
    query = wanted("potatoes")
    angle, words = score(entry, query, Ranking(1, 0)), score(entry, query, Ranking(0, 1))
    assert angle < 0.6
    assert words == 1
    assert score(entry, query, Ranking(3, 1)) == pytest.approx((3 * angle + words) / 4, abs=1e-3)

"""How alike two texts are. Expected values are worked out by hand from the metrics' definitions."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_api_mock.graders.similarity import METRICS, common, similarity

WORDS = st.lists(st.sampled_from(("the", "cat", "sat", "on", "a", "mat", ".")), max_size=12).map(" ".join)
CAT, MAT = "the cat sat on the mat", "the cat lay on the mat"


@pytest.mark.parametrize(("metric", "value"), [
    ("rouge_1", 5 / 6),
    ("rouge_2", 3 / 5),
    ("rouge_3", 1 / 4),
    ("rouge_4", 0),
    ("rouge_5", 0),
    ("rouge_l", 5 / 6),
    ("gleu", (5 + 3 + 1 + 0) / (6 + 5 + 4 + 3)),
    ("bleu", (5 / 6 * 4 / 6 * 2 / 5 * 1 / 4) ** 0.25),
    ("meteor", 5 / 6 * (1 - 0.5 * (2 / 5) ** 3)),
    ("fuzzy_match", 40 / 44),
])  # fmt: skip
def test_a_pair_that_differs_in_a_word_scores_as_defined(metric: str, value: float) -> None:
    assert math.isclose(similarity(metric, CAT, MAT), value)


@pytest.mark.parametrize("metric", METRICS)
@given(text=WORDS, other=WORDS)
def test_every_metric_stays_between_nothing_and_all(metric: str, text: str, other: str) -> None:
    assert 0 <= similarity(metric, text, other) <= 1


@pytest.mark.parametrize("metric", sorted(METRICS.keys() - {"meteor", "rouge_2", "rouge_3", "rouge_4", "rouge_5"}))
@given(text=WORDS)
def test_a_text_is_wholly_like_itself(metric: str, text: str) -> None:
    assert similarity(metric, text, text) == pytest.approx(1, abs=1e-4)


def test_what_means_the_same_is_nearer_than_what_doesnt() -> None:
    near = similarity("cosine", "How do I reset my password?", "I forgot my password, how can I reset it?")
    assert near > similarity("cosine", "How do I reset my password?", "The cake needs two eggs and some flour.")


@given(st.text("abc", max_size=12), st.text("abc", max_size=12))
def test_the_longest_common_subsequence_is_the_one_of_the_table(one: str, other: str) -> None:
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, left in enumerate(one):
        for j, right in enumerate(other):
            table[i + 1][j + 1] = table[i][j] + 1 if left == right else max(table[i][j + 1], table[i + 1][j])
    assert common(one, other) == table[-1][-1]

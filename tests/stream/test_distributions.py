from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_api_mock import Constant, Empirical, Gamma, LogNormal, Normal, UsageError
from openai_api_mock.noise import Noise
from openai_api_mock.stream.distributions import Distribution, distribution_of

MANY = 4000
numbers = st.floats(0.001, 10)
distributions = st.one_of(
    st.builds(Constant, numbers),
    st.builds(Normal, numbers, numbers),
    st.builds(LogNormal, numbers, st.floats(0, 1)),
    st.builds(Gamma, st.floats(0.1, 50), numbers),
    st.builds(lambda values: Empirical(tuple(values)), st.lists(numbers, min_size=1)),
)


@given(distributions, st.binary(max_size=8))
def test_draws_are_durations_that_depend_on_the_noise_alone(distribution: Distribution, key: bytes) -> None:
    drawn = distribution.draw(Noise(key), 20)
    assert len(drawn) == 20
    assert all(0 <= seconds < math.inf for seconds in drawn)
    assert drawn == distribution.draw(Noise(key), 20)


@given(distributions)
def test_what_is_written_is_what_is_read(distribution: Distribution) -> None:
    if isinstance(distribution, Empirical):
        return  # its values aren't written
    again = distribution_of(str(distribution))
    assert type(again) is type(distribution)
    assert again.mean == pytest.approx(distribution.mean, rel=1e-4)


@pytest.mark.parametrize(
    ("distribution", "mean", "deviation"),
    [
        (Normal(1.0, 0.1), 1.0, 0.1),
        (LogNormal(0.3, 0.4), 0.3 * math.exp(0.08), 0.3 * math.exp(0.08) * math.sqrt(math.exp(0.16) - 1)),
        (Gamma(4, 0.005), 0.02, 0.01),
        (Gamma(0.5, 2), 1.0, math.sqrt(0.5) * 2),
        (Gamma(1, 1), 1.0, 1.0),
        (Empirical((0.1, 0.2, 0.6)), 0.3, math.sqrt((0.04 + 0.01 + 0.09) / 3)),
        (Constant(2), 2.0, 0.0),
    ],
)
def test_draws_are_distributed_as_they_say(distribution: Distribution, mean: float, deviation: float) -> None:
    drawn = distribution.draw(Noise(b"a law of large numbers"), MANY)
    found = math.fsum(drawn) / MANY
    spread = math.sqrt(math.fsum((seconds - found) ** 2 for seconds in drawn) / MANY)
    assert distribution.mean == pytest.approx(mean)
    assert found == pytest.approx(mean, abs=4 * deviation / math.sqrt(MANY) + 1e-12)
    assert spread == pytest.approx(deviation, rel=0.1)


def test_half_of_a_lognormal_is_below_its_median() -> None:
    drawn = LogNormal(0.3, 0.4).draw(Noise(b"median"), MANY)
    assert sum(seconds < 0.3 for seconds in drawn) / MANY == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (0.02, Constant(0.02)),
        ("20ms", Constant(0.02)),
        ("0.5", Constant(0.5)),
        ("normal(20ms, 5ms)", Normal(0.02, 0.005)),
        (" lognormal( 300ms , 0.4 ) ", LogNormal(0.3, 0.4)),
        ("gamma(2,0.01)", Gamma(2, 0.01)),
    ],
)
def test_a_distribution_is_written_in_a_word(written: Any, meant: Distribution) -> None:
    assert distribution_of(written) == meant


def test_what_was_measured_is_read_from_a_csv(tmp_path: Path) -> None:
    path = tmp_path / "timings.csv"
    path.write_text("when,ttft_ms,itl\n10:00,250,0.02\n10:01,350,0.03\n\n10:02,,0.04\n")
    assert Empirical.from_csv(path, "ttft_ms").values == (0.25, 0.35)
    assert distribution_of(f"empirical({path}:itl)").mean == pytest.approx(0.03)
    assert str(distribution_of(f"empirical({path}:itl)")) == f"empirical({path}:itl)"
    path.write_text("0.1\n0.2\n")
    assert Empirical.from_csv(path).values == (0.1, 0.2)
    path.write_text("itl_ms\n10\n")
    assert distribution_of(f"empirical({path})").mean == 0.01


@pytest.mark.parametrize(
    ("content", "column", "words"),
    [
        ("a,b\n1,2\n", None, r"has the columns a, b: say which, .*:a"),
        ("a,b\n1,2\n", "c", "there is no column 'c'; there are a, b"),
        ("a\nslow\n", "a", "could not convert string to float: 'slow'"),
        ("a\n", "a", "needs at least one value"),
        ("a\n-1\n", "a", "its numbers are 0 or more"),
        ("", None, r"has the columns \(none\)"),
    ],
)
def test_what_cannot_be_read_from_a_csv_is_told(tmp_path: Path, content: str, column: str, words: str) -> None:
    path = tmp_path / "timings.csv"
    path.write_text(content)
    with pytest.raises(UsageError, match=words):
        Empirical.from_csv(path, column)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("soon", "'soon' can't be: it takes a duration, 0 or more, such as '300ms' or 1.5"),
        ("-1s", "'-1s' can't be: it takes a duration"),
        (-1, "-1 can't be: it takes a duration"),
        ("normal(20ms)", "it is written normal.20ms, 5ms."),
        ("normal(20ms, wide)", "'wide' can't be: it takes a duration"),
        ("beta(1, 2)", "it takes seconds, '300ms', or one of normal"),
        ("gamma(0, 10ms)", "its shape more"),
        (LogNormal(0.3, float("nan")), "its numbers are 0 or more"),
        (None, "it takes seconds"),
        (True, "it takes seconds"),
        ("empirical(nowhere.csv)", "nowhere.csv can't be read"),
    ],
)
def test_what_is_no_distribution_is_told(written: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        distribution_of(written)

"""Formulas of multi-graders."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_api_mock.graders.formula import BadFormula, names_in, worked_out
from openai_api_mock.graders.templates import UnknownVariable, filled


@pytest.mark.parametrize(("formula", "value"), [
    ("0.5 * name + other / 4", 0.75),
    ("2 ^ 3", 8),
    ("-min(name, other) + max(1, 2, 3)", 2),
    ("sqrt(abs(-4)) + floor(1.9) + ceil(1.1) + exp(0) + log(1)", 6),
])  # fmt: skip
def test_a_formula_comes_to_its_value(formula: str, value: float) -> None:
    assert worked_out(formula, {"name": 1, "other": 1}) == value


@pytest.mark.parametrize("formula", [
    "", "1 +", "unknown", "__import__('os')", "name.real", "(1).__class__", "[1][0]", "1 / 0", "log(-1)", "(-8) ^ 0.5",
    "9 ^ 9 ^ 9 ^ 9", "min()", "'a'", "lambda: 1", "1 if 1 else 2", "(" * 500 + "1" + ")" * 500, "min(1, key=2)",
    "1" * 3000, "exp(1e9)", "True", "1e308 * 10",
])  # fmt: skip
def test_what_is_no_formula_or_has_no_value_is_refused(formula: str) -> None:
    with pytest.raises(BadFormula):
        worked_out(formula, {"name": 1})


@given(st.text("()+-*/^%.,0123456789abcxeminmax _'[]:=", max_size=30))
def test_no_text_does_anything_but_come_to_a_number_or_be_refused(formula: str) -> None:
    with suppress(BadFormula):
        assert isinstance(worked_out(formula, {"a": 1, "b": 2}), float)


def test_functions_arent_names() -> None:
    assert names_in("min(a, b) * c") == {"a", "b", "c"}


def test_templates_reach_into_items_and_samples() -> None:
    names = {"item": {"answers": [{"text": "Paris"}], "odd key": 2}, "sample": {"output_json": {"ok": True}}}
    text = "{{ item.answers[0].text }}, {{item['odd key']}}, {{ sample.output_json }}"
    assert filled(text, names) == 'Paris, 2, {"ok":true}'
    for unknown in ("{{ item.question }}", "{{ item.answers[1] }}", "{{ sample.output_json.ok.x }}", "{{ 1 + 1 }}"):
        with pytest.raises(UnknownVariable):
            filled(unknown, names)

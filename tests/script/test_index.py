"""The index is a short cut: it finds what asking each rule in turn would find."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from openai_api_mock import OpenAIMock, Options, contains, regex
from openai_api_mock.script.conditions import all_hold
from openai_api_mock.script.index import Index
from openai_api_mock.script.view import View

WANTED = st.sampled_from(["a", "ab", contains("a"), contains("b"), contains("A", ignore_case=True), regex("^a"), None])
CONDITIONS = st.lists(st.tuples(st.sampled_from(["message", "system", "model"]), WANTED), max_size=2).map(dict)
BODIES = st.fixed_dictionaries(
    {"model": st.sampled_from(["a", "b"])},
    optional={"messages": st.lists(
        st.fixed_dictionaries({"role": st.sampled_from(["user", "system"]), "content": st.text("ab", max_size=2)}),
        max_size=3,
    )},
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(rules=st.lists(st.tuples(CONDITIONS, st.integers(0, 2)), max_size=8), body=BODIES)
def test_it_finds_the_first_rule_that_answers(rules: list[tuple[dict[str, Any], int]], body: dict[str, Any]) -> None:
    mock = OpenAIMock(Options())
    create = mock.chat.completions.create
    for conditions, used in rules:
        (create.when(**conditions) if conditions else create).reply("x", times=2)
        mock.engine.script.rules[-1].used = used
    made = mock.engine.script.rules
    view = View(body, {}, {}, {})

    expected = next((rule for rule in made if not rule.is_used_up and all_hold(rule.conditions, view)), None)

    assert Index("chat.completions.create", True, made).first(view) is expected

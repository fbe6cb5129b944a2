"""The short way of reading a request says what the long one says."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from openai_api_mock.models import model_named
from openai_api_mock.resources import chat_checks
from openai_api_mock.resources.chat_plain import plain_question
from openai_api_mock.resources.chat_question import question_of

ROLES = ("user", "system", "developer", "assistant", "tool", "function")
PARTS = [{"type": "text", "text": "part"}]
CALLS = [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(ROLES), "content": st.one_of(st.text(max_size=5), st.just(PARTS), st.none())},
        optional={"name": st.just("n"), "tool_calls": st.just(CALLS), "tool_call_id": st.just("call_1")},
    ),
    max_size=4,
)
REQUESTS = st.fixed_dictionaries(
    {"model": st.sampled_from(("gpt-4o", "gpt-5", "o1-mini", "gpt-4o-audio-preview")), "messages": MESSAGES},
    optional={
        "n": st.just(2),
        "seed": st.just(1),
        "stream": st.booleans(),
        "temperature": st.just(0.5),
        "stop": st.just("x"),
        "tools": st.just([{"type": "function", "function": {"name": "f"}}]),
        "max_tokens": st.just(5),
        "reasoning_effort": st.just("low"),
        "response_format": st.just({"type": "json_object"}),
    },
)


@given(REQUESTS)
def test_a_plain_request_asks_the_same_and_has_nothing_to_object_to(body: dict[str, Any]) -> None:
    model = model_named(body["model"])
    plain = plain_question(body, model)
    if plain is not None:
        assert plain == question_of(body, model)
        chat_checks.check(body, model)


def test_texts_alone_are_plain() -> None:
    said = [{"role": role, "content": role} for role in ("developer", "user", "assistant", "user")]
    assert plain_question({"model": "gpt-5", "messages": said, "stream": True}, model_named("gpt-5")) is not None

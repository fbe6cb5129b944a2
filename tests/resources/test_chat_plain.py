"""The short way of reading a request says what the long one says."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from openai_api_mock.answer import Question
from openai_api_mock.generate.answers import Generator
from openai_api_mock.generate.prompt import count_messages
from openai_api_mock.generate.text import words_of
from openai_api_mock.generate.tokens import TOKENIZERS, Tokenizers
from openai_api_mock.models import model_named
from openai_api_mock.noise import Noise
from openai_api_mock.options import Named
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


TOKENIZER = TOKENIZERS["o200k_base"]


@given(REQUESTS)
def test_a_plain_request_asks_the_same_and_has_nothing_to_object_to(body: dict[str, Any]) -> None:
    model = model_named(body["model"])
    plain = plain_question(body, model, TOKENIZER)
    if plain is not None:
        question, tokens = plain
        assert replace(question, plain=False) == question_of(body, model)
        assert tokens == count_messages(body["messages"], model, TOKENIZER)
        chat_checks.check(body, model)


@given(st.sampled_from(("lorem", "echo")), st.sampled_from(("gpt-4o", "gpt-5")), st.text(max_size=20), st.binary())
@example("lorem", "gpt-4o", 'As in {"properties": {"city": {"type": "string"}}}', b"")
def test_a_plain_question_has_the_answer_of_any_other(style: Named, model: str, user: str, key: bytes) -> None:
    generator = Generator(style, (20, 60), Tokenizers())
    family = model_named(model).family
    plain = Question(model=model, user=user, effort=family.effort if family.reasoning else None, plain=True)
    longer = generator.answer(replace(plain, plain=False), Noise(key[:64]))
    assert longer.pieces is not None
    answer = generator.answer(plain, Noise(key[:64]))
    assert replace(answer, pieces=answer.pieces or words_of(answer.text or "")) == longer


def test_texts_alone_are_plain() -> None:
    said = [{"role": role, "content": role} for role in ("developer", "user", "assistant", "user")]
    body = {"model": "gpt-5", "messages": said, "stream": True}
    assert plain_question(body, model_named("gpt-5"), TOKENIZER) is not None


def test_what_is_too_long_is_left_to_the_checks() -> None:
    model = model_named("gpt-4")
    said = [{"role": "user", "content": "word " * model.family.context}]
    assert plain_question({"model": "gpt-4", "messages": said}, model, TOKENIZER) is None

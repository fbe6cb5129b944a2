"""Decisions: answers to questions about an input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai import BadRequestError, NotFoundError, OpenAI

from openai_api_mock import Answer, UnscriptedCall, UsageError, mock_openai
from openai_api_mock.answer import Usage
from openai_api_mock.call import Call
from openai_api_mock.errors import ReplyMisfit

from ..conftest import MakeWay, Shared, Way

ANGRY = {"type": "predicate", "name": "angry", "instructions": "Is the customer angry?"}
KIND = {
    "type": "choice",
    "name": "kind",
    "instructions": "What is it about?",
    "choices": [{"value": "refund", "description": "Money back"}, {"value": "delivery"}, {"value": True}],
}
URGENCY = {
    "type": "score",
    "instructions": [{"type": "input_text", "text": "How urgent is it?"}],
    "levels": [{"label": "low"}, {"label": "medium"}, {"label": "high"}],
}
QUESTIONS = [ANGRY, KIND, URGENCY]


def asked(*questions: object, **arguments: object) -> dict[str, Any]:
    return {"model": "gpt-6-luna", "input": "I want my money back!", "questions": questions or QUESTIONS, **arguments}


def test_answers_come_in_order_and_are_of_the_options(way: Way) -> None:
    decision = way.call("decisions.create", **asked())
    angry, kind, urgency = decision.answers
    assert decision.model == "gpt-6-luna"
    assert [answer.type for answer in decision.answers] == ["predicate", "choice", "score"]
    assert [answer.name for answer in decision.answers] == ["angry", "kind", None]
    assert 0 < angry.probability < 1
    assert [each.value for each in kind.probabilities] == ["refund", "delivery", True]
    assert kind.choice in ("refund", "delivery", True)
    assert [(each.label, each.value) for each in urgency.probabilities] == [("low", 0), ("medium", 1), ("high", 2)]
    assert decision.usage.total_tokens == decision.usage.input_tokens + decision.usage.output_tokens
    again = way.call("decisions.create", **asked())
    assert again.answers == decision.answers
    assert way.call("decisions.create", **asked(input="Thank you!")).answers != decision.answers


_choices = st.lists(
    st.text(max_size=8) | st.booleans(), min_size=2, max_size=12, unique_by=lambda value: (type(value), value)
)
_labels = st.lists(st.text(max_size=8), min_size=1, max_size=12)


@given(choices=_choices, labels=_labels, said=st.text())
def test_every_answer_is_valid_against_its_question(
    one_client: Shared, choices: list[str | bool], labels: list[str], said: str
) -> None:
    _, client = one_client
    questions: Any = [
        {"type": "choice", "instructions": "Which?", "choices": [{"value": value} for value in choices]},
        {"type": "score", "instructions": "How?", "levels": [{"label": label} for label in labels]},
    ]
    answers: list[Any] = client.decisions.create(model="gpt-6-luna", input=said, questions=questions).answers
    asked_of: list[tuple[Any, list[Any]]] = [(answers[0], [*choices]), (answers[1], [*labels])]
    for answer, options in asked_of:
        shares = [each.probability for each in answer.probabilities]
        assert len(shares) == len(options)
        assert all(0 <= share <= 1 for share in shares)
        assert sum(shares) == pytest.approx(1)
        assert answer.confidence == max(shares)
    choice, score = answers
    assert [each.value for each in choice.probabilities] == choices
    likeliest = max(choice.probabilities, key=lambda each: each.probability).value
    assert (type(choice.choice), choice.choice) == (type(likeliest), likeliest)
    assert score.score == pytest.approx(sum(each.value * each.probability for each in score.probabilities), abs=1e-4)
    assert 0 <= score.score <= len(labels) - 1


def test_a_script_says_what_is_decided_by_the_questions_names_or_numbers(way: Way) -> None:
    way.mock.decisions.create.reply({"angry": 0.9, "kind": "delivery", "3": 1.5})
    angry, kind, urgency = way.call("decisions.create", **asked()).answers
    assert angry.probability == 0.9
    assert (kind.choice, kind.confidence > 0.5) == ("delivery", True)
    assert (urgency.score, [each.probability for each in urgency.probabilities]) == (1.5, [0, 0.5, 0.5])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"angry": True}, {"type": "predicate", "probability": 1.0}),
        ({"angry": None}, {"type": "refusal"}),
        ({"kind": True}, {"type": "choice", "choice": True}),
        ({"kind": {"refund": 0.7}}, {"choice": "refund", "confidence": 0.7}),
        ({"kind": {"refund": 0.2, "delivery": 0.8}}, {"choice": "delivery", "confidence": 0.8}),
        ({"kind": None}, {"type": "refusal"}),
        ({"3": "high"}, {"type": "score"}),
        ({"3": {"low": 0, "medium": 0.25, "high": 0.75}}, {"score": 1.75, "confidence": 0.75}),
        ({"3": 2}, {"score": 2.0, "confidence": 1.0}),
        ({"3": {"low": 1 / 3, "medium": 1 / 3, "high": 1 / 3}}, {"confidence": 0.3334}),
    ],
)
def test_a_script_may_say(said: dict[str, object], expected: dict[str, object]) -> None:
    with mock_openai() as mock, OpenAI() as client:
        mock.decisions.create.reply(said)
        answers = client.decisions.create(**asked()).answers
        number = {"angry": 0, "kind": 1, "3": 2}[next(iter(said))]
        shown = answers[number].to_dict()
        assert {name: shown.get(name) for name in expected} == expected
        assert all(answer.type != "refusal" for at, answer in enumerate(answers) if at != number)


def test_a_refusal_is_that_of_every_question_and_a_text_the_answer_to_one(way: Way) -> None:
    way.mock.decisions.create.reply(Answer(refusal="No."))
    assert [each.to_dict() for each in way.call("decisions.create", **asked()).answers] == [
        {"name": name, "type": "refusal"} for name in ("angry", "kind", None)
    ]
    way.mock.decisions.create.when(input="Where is it?").reply("delivery")
    assert way.call("decisions.create", **asked(KIND, input="Where is it?")).answers[0].choice == "delivery"
    way.mock.decisions.create.reply(Answer(text="0.25", usage=Usage(input=7, output=1)))
    decision = way.call("decisions.create", **asked(ANGRY))
    assert (decision.answers[0].probability, decision.usage.input_tokens) == (0.25, 7)


def test_callables_and_rules_in_files_decide_too(make_way: MakeWay, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules:\n  - endpoint: decisions.create\n    reply: {object: {angry: 0.25}}\n")
    way = make_way(script=rules)

    async def later(call: Call) -> dict[str, float]:
        return {"angry": 0.75}

    way.mock.decisions.create.replies(lambda call: {"angry": 0.5}, later)
    said = [way.call("decisions.create", **asked(ANGRY)).answers[0].probability for _ in range(3)]
    assert said == [0.25, 0.5, 0.75]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"angry": 3}, "3 is no answer to the predicate question 'angry': .* from 0 to 1"),
        ({"angry": "very"}, "'very' is no answer"),
        ({"kind": "weather"}, "'weather' is no answer to the choice question 'kind': .*'refund', 'delivery', True"),
        ({"kind": False}, "False is no answer"),
        ({"kind": {"weather": 1}}, "'weather' is none of its options"),
        ({"kind": {"refund": 0.9, "delivery": 0.9}}, "add up to 1"),
        ({"kind": {"refund": "most"}}, "a number from 0 to 1, and 'most' is none"),
        ({"3": 2.5}, "levels count from 0 to 2"),
        ({"anger": 1}, "no question 'anger'; it asks: angry, kind, 3"),
    ],
)
def test_what_is_no_answer_is_told(said: dict[str, object], why: str) -> None:
    with mock_openai() as mock, OpenAI() as client:
        mock.decisions.create.reply(said)
        with pytest.raises(ReplyMisfit, match=why):
            client.decisions.create(**asked())


def test_a_strict_mock_wants_it_scripted() -> None:
    with mock_openai(strict=True), OpenAI() as client, pytest.raises(UnscriptedCall, match=r"decisions\.create"):
        client.decisions.create(**asked())


def test_what_is_scripted_for_any_endpoint_that_speaks_is_not_for_decisions() -> None:
    with mock_openai() as mock, OpenAI() as client:
        mock.reply("Hello!")
        client.decisions.create(**asked())
        assert client.responses.create(model="gpt-5", input="Hi").output_text == "Hello!"
        with pytest.raises(UsageError, match="nothing to say Answer"):
            mock.decisions.create.reply(Answer(vectors={"a": [1.0]}))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (asked() | {"questions": []}, "'questions'"),
        (asked(*([ANGRY] * 401)), "400"),
        (asked({**KIND, "choices": [{"value": "a"}]}), "choices"),
        (asked({**KIND, "choices": [{"value": str(number)} for number in range(256)]}), "255"),
        (asked({**KIND, "choices": [{"value": "a"}, {"value": "a"}]}), "unique, but 'a' is given twice"),
        (asked(model="gpt-4o"), "The model 'gpt-4o' is not supported"),
        (asked(safety_identifier="x" * 65), "safety_identifier"),
        (
            asked(input=[{"type": "function_call_output", "call_id": "call_1", "output": "24"}]),
            "No tool call found for function call output with call_id call_1.",
        ),
        (
            asked({**ANGRY, "instructions": [{"type": "input_json", "data": {"a": [0] * 10_000}}]}),
            "limited to 10000 values",
        ),
        (asked({**ANGRY, "instructions": [{"type": "input_json", "data": {"a": "x" * 262_144}}]}), "262144 bytes"),
    ],
)
def test_a_request_that_the_docstrings_rule_out_is_refused(way: Way, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRequestError, match=message):
        way.call("decisions.create", **arguments)


def test_json_may_be_nested_so_deep_and_no_deeper(way: Way) -> None:
    def nested(levels: int) -> dict[str, Any]:
        data: Any = {}
        for _ in range(levels - 1):
            data = {"a": data}
        content = [{"type": "input_json", "data": data}]
        return asked(input=[{"role": "user", "content": content}])

    way.call("decisions.create", **nested(32))
    with pytest.raises(BadRequestError, match="limited to 32 container levels, but this has 33"):
        way.call("decisions.create", **nested(33))


def test_a_text_and_a_boolean_of_the_same_text_are_distinct(way: Way) -> None:
    choices = [{"value": "true"}, {"value": True}]
    way.mock.decisions.create.reply({"kind": True})
    answer = way.call("decisions.create", **asked({**KIND, "choices": choices})).answers[0]
    assert answer.choice is True


def test_a_conversation_with_tools_is_an_input(way: Way) -> None:
    items = [
        {"role": "user", "content": [{"type": "input_image", "image_url": "data:image/png;base64,AA=="}]},
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "24"},
    ]
    assert len(way.call("decisions.create", **asked(input=items)).answers) == 3


def test_other_models_are_taken_where_the_mock_says_so(make_way: MakeWay) -> None:
    assert make_way(validate="lenient").call("decisions.create", **asked(model="gpt-4o")).model == "gpt-4o"
    known = make_way(models="known")
    assert known.call("decisions.create", **asked()).model == "gpt-6-luna"
    with pytest.raises(NotFoundError):
        known.call("decisions.create", **asked(model="mine"))


def test_what_was_decided_is_in_the_usage_of_the_organization() -> None:
    with mock_openai() as mock, OpenAI(admin_api_key="sk-admin-mock") as client:
        used = client.decisions.create(**asked()).usage
        page = client.admin.organization.usage.decisions(start_time=int(mock.clock.time()) - 60)
        [result] = [result for bucket in page.data for result in bucket.results]
        assert (result.input_tokens, result.num_model_requests) == (used.input_tokens, 1)
        assert result.object == "organization.usage.decisions.result"

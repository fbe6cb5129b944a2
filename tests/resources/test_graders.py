"""Graders, run by themselves."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from ..conftest import MakeWay, Way

RUN = "fine_tuning.alpha.graders.run"
SCORE: dict[str, Any] = {
    "type": "score_model",
    "name": "judge",
    "model": "gpt-4o",
    "input": [
        {"role": "system", "content": "Score from 0 to 10."},
        {"role": "user", "content": "Wanted: {{ item.answer }}. Given: {{ sample.output_text }}"},
    ],
    "range": [0, 10],
}


def check(operation: str, reference: str = "{{ item.answer }}") -> dict[str, Any]:
    text = "{{ sample.output_text }}"
    return {
        "type": "string_check",
        "name": operation,
        "operation": operation,
        "input": text,
        "reference": reference,
    }


@pytest.mark.parametrize(("operation", "sample", "reward"), [
    ("eq", "Paris", 1), ("eq", "paris", 0), ("ne", "London", 1), ("ne", "Paris", 0),
    ("like", "It is Paris.", 1), ("like", "It is paris.", 0), ("ilike", "It is PARIS.", 1), ("ilike", "Rome", 0),
])  # fmt: skip
def test_strings_are_checked(way: Way, operation: str, sample: str, reward: float) -> None:
    result = way.call(RUN, grader=check(operation), model_sample=sample, item={"answer": "Paris"})
    assert result.reward == reward
    assert (result.metadata.type, result.metadata.name) == ("string_check", operation)
    assert result.metadata.errors.other_error is False


def test_texts_are_compared(way: Way) -> None:
    grader = {
        "type": "text_similarity",
        "name": "alike",
        "evaluation_metric": "rouge_l",
        "input": "{{ sample.output_text }}",
        "reference": "{{ item.answer }}",
    }
    result = way.call(RUN, grader=grader, model_sample="the cat lay", item={"answer": "the cat sat"})
    assert result.reward == pytest.approx(2 / 3)


def test_a_model_scores_as_the_script_says(way: Way) -> None:
    way.mock.chat.completions.create.when(message="Wanted: 4. Given: four").reply({"result": 7.5})
    result = way.call(RUN, grader=SCORE, model_sample="four", item={"answer": 4})
    assert result.reward == 7.5
    assert result.metadata.sampled_model_name == "gpt-4o-2024-08-06"
    usage = result.to_dict()["model_grader_token_usage_per_model"]["gpt-4o-2024-08-06"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 0


def test_a_model_that_nobody_scripted_scores_within_the_range_and_always_the_same(way: Way) -> None:
    results = [way.call(RUN, grader=SCORE, model_sample="four", item={"answer": 4}) for _ in range(2)]
    assert 0 <= results[0].reward <= 10
    assert results[0].reward == results[1].reward


@pytest.mark.parametrize(("said", "error"), [
    ("Very good!", "model_grader_parse_error"), ("11", "model_grader_parse_error"),
    (None, "model_grader_server_error"),
])  # fmt: skip
def test_what_a_model_says_amiss_is_told(way: Way, said: str | None, error: str) -> None:
    create = way.mock.chat.completions.create
    if said is None:
        create.fail(500, "Out of order.")
    else:
        create.reply(said)
    result = way.call(RUN, grader=SCORE, model_sample="four", item={"answer": 4})
    assert result.reward == 0
    assert result.to_dict()["metadata"]["errors"][error] is True


def test_a_formula_joins_graders(way: Way) -> None:
    grader = {
        "type": "multi",
        "name": "both",
        "calculate_output": "0.75 * exact + 0.25 * loose",
        "graders": {"exact": check("eq"), "loose": check("ilike")},
    }
    result = way.call(RUN, grader=grader, model_sample="paris", item={"answer": "Paris"})
    assert result.reward == 0.25
    assert result.sub_rewards == {"exact": 0, "loose": 1}


def test_a_formula_of_one_grader_is_taken_as_the_types_have_it(way: Way) -> None:
    grader = {"type": "multi", "name": "one", "calculate_output": "eq * 2", "graders": check("eq")}
    assert way.call(RUN, grader=grader, model_sample="Paris", item={"answer": "Paris"}).reward == 2


def test_a_variable_that_the_item_lacks_is_an_error_of_the_run(way: Way) -> None:
    result = way.call(RUN, grader=check("eq"), model_sample="Paris", item={})
    assert (result.reward, result.metadata.errors.invalid_variable_error) == (0, True)


def test_an_async_callable_may_judge_in_process(make_way: MakeWay) -> None:
    way = make_way()

    async def judge(call: object) -> str:
        return "3"

    way.mock.chat.completions.create.reply(judge)
    if way.name == "server":
        with pytest.raises(openai.BadRequestError, match="plain function"):
            way.call(RUN, grader=SCORE, model_sample="four", item={"answer": 4})
    else:
        assert way.call(RUN, grader=SCORE, model_sample="four", item={"answer": 4}).reward == 3


@pytest.mark.parametrize(("grader", "message"), [
    (check("eq", "{{ thing.answer }}"), "Invalid template variable 'thing.answer'"),
    ({"type": "multi", "name": "m", "calculate_output": "a + eq", "graders": check("eq")}, "there is no grader 'a'"),
    ({"type": "multi", "name": "m", "calculate_output": "eq +", "graders": check("eq")}, "Invalid 'calculate_output'"),
])  # fmt: skip
def test_a_grader_that_cant_be_is_refused(way: Way, grader: dict[str, Any], message: str) -> None:
    for method, more in ((RUN, {"model_sample": "x"}), ("fine_tuning.alpha.graders.validate", {})):
        with pytest.raises(openai.BadRequestError, match=message):
            way.call(method, grader=grader, **more)


def test_a_python_grader_is_valid_but_isnt_run(way: Way) -> None:
    grader = {"type": "python", "name": "code", "source": "def grade(sample, item): return 1"}
    assert way.call("fine_tuning.alpha.graders.validate", grader=grader).grader.name == "code"
    with pytest.raises(openai.BadRequestError, match="runs no code of python graders"):
        way.call(RUN, grader=grader, model_sample="x")

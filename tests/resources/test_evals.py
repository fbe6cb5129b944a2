"""Evals, their runs, and what comes of each row."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest

from ..conftest import MakeWay, Way

EXACT = {
    "type": "string_check",
    "name": "exact",
    "operation": "eq",
    "input": "{{ sample.output_text }}",
    "reference": "{{ item.answer }}",
}
ALIKE = {
    "type": "text_similarity",
    "name": "alike",
    "evaluation_metric": "fuzzy_match",
    "input": "{{ sample.output_text }}",
    "reference": "{{ item.answer }}",
    "pass_threshold": 0.5,
}
LABEL = {
    "type": "label_model",
    "name": "polite",
    "model": "gpt-4o",
    "input": [{"role": "user", "content": "Is it polite? {{ sample.output_text }}"}],
    "labels": ["polite", "rude"],
    "passing_labels": ["polite"],
}
ROWS = [{"item": {"question": f"Capital of {land}?", "answer": city}} for land, city in
        (("France", "Paris"), ("Italy", "Rome"), ("Spain", "Madrid"))]  # fmt: skip
ASK = {"type": "template", "template": [{"role": "user", "content": "{{ item.question }}"}]}


def make(way: Way, *criteria: dict[str, Any], **more: Any) -> str:
    schema = {"type": "object", "properties": {"question": {"type": "string"}, "answer": {"type": "string"}}}
    config = {"type": "custom", "item_schema": schema, "include_sample_schema": True}
    made = way.call("evals.create", data_source_config=config, testing_criteria=list(criteria or [EXACT]), **more)
    assert made.object == "eval"
    id: str = made.id
    return id


def sampling(kind: str = "completions", **more: Any) -> dict[str, Any]:
    source = {"type": "file_content", "content": ROWS}
    return {"type": kind, "model": "gpt-4o", "source": source, "input_messages": ASK, **more}


def run(way: Way, eval_id: str, data: dict[str, Any]) -> Any:
    """A run, over."""
    begun = way.call("evals.runs.create", eval_id=eval_id, data_source=data)
    assert (begun.status, begun.result_counts.total) == ("queued", 0)
    assert begun.report_url.startswith(f"https://platform.openai.com/evaluations/{eval_id}?")
    return way.call("evals.runs.retrieve", eval_id=eval_id, run_id=begun.id)


def items(way: Way, done: Any, **query: Any) -> Any:
    return way.call("evals.runs.output_items.list", eval_id=done.eval_id, run_id=done.id, **query).data


@pytest.mark.parametrize("kind", ["completions", "responses"])
def test_each_row_is_sampled_and_graded(way: Way, kind: str) -> None:
    way.mock.when(message="Capital of France?").reply("Paris")
    way.mock.when(message="Capital of Italy?").reply("Milan")
    way.mock.when(message="Capital of Spain?").reply("madrid")
    done = run(way, make(way, EXACT, ALIKE), sampling(kind))
    assert (done.status, done.error) == ("completed", None)
    assert done.result_counts.to_dict() == {"total": 3, "passed": 1, "failed": 2, "errored": 0}
    by_name = {each.testing_criteria.partition("-")[0]: each for each in done.per_testing_criteria_results}
    assert (by_name["exact"].passed, by_name["exact"].failed) == (1, 2)
    assert (by_name["alike"].passed, by_name["alike"].failed) == (2, 1)
    (usage,) = done.per_model_usage
    assert (usage.run_model_name, usage.invocation_count) == ("gpt-4o-2024-08-06", 3)
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    rows = items(way, done)
    assert [row.datasource_item for row in rows] == [each["item"] for each in ROWS]
    assert [row.status for row in rows] == ["pass", "fail", "fail"]
    assert [row.sample.output[0].content for row in rows] == ["Paris", "Milan", "madrid"]
    assert [row.sample.input[0].content for row in rows] == [each["item"]["question"] for each in ROWS]
    assert rows[0].results[0].score == 1
    assert [row.datasource_item_id for row in items(way, done, status="fail")] == [1, 2]
    one = way.call("evals.runs.output_items.retrieve", eval_id=done.eval_id, run_id=done.id, output_item_id=rows[2].id)
    assert one.to_dict() == rows[2].to_dict()


def test_a_model_labels_and_is_counted(way: Way) -> None:
    way.mock.chat.completions.create.when(message="Is it polite? Please!").reply({"result": "polite"})
    way.mock.chat.completions.create.when(message="Is it polite? Oi!").reply({"result": "rude"})
    content = [{"item": {}, "sample": {"output_text": text}} for text in ("Please!", "Oi!")]
    done = run(way, make(way, LABEL), {"type": "jsonl", "source": {"type": "file_content", "content": content}})
    assert done.result_counts.to_dict() == {"total": 2, "passed": 1, "failed": 1, "errored": 0}
    assert done.per_model_usage[0].invocation_count == 2
    assert items(way, done)[0].results[0].sample["output"][0]["content"] == '{"result":"polite"}'


def test_rows_come_from_files(way: Way) -> None:
    content = "\n".join(json.dumps({**row, "sample": {"output_text": "Rome"}}) for row in ROWS)
    file = way.call("files.create", file=("rows.jsonl", content.encode()), purpose="evals")
    done = run(way, make(way), {"type": "jsonl", "source": {"type": "file_id", "id": file.id}})
    assert done.result_counts.to_dict() == {"total": 3, "passed": 1, "failed": 2, "errored": 0}


def test_rows_come_from_stored_completions(way: Way) -> None:
    for answer, topic in (("Paris", "towns"), ("Rome", "towns"), ("42", "numbers")):
        way.mock.reply(answer)
        way.chat("Where?", store=True, metadata={"topic": topic})
    criterion = {**EXACT, "reference": "Rome"}
    source = {"type": "stored_completions", "metadata": {"topic": "towns"}}
    done = run(way, make(way, criterion), {"type": "completions", "source": source})
    assert done.result_counts.to_dict() == {"total": 2, "passed": 1, "failed": 1, "errored": 0}
    assert items(way, done)[0].sample.input[0].content == "Where?"


@pytest.mark.parametrize(("metadata", "rows"), [({"topic": "towns"}, 1), ({}, 102), (7, 102)])
def test_rows_come_from_stored_responses(way: Way, metadata: Any, rows: int) -> None:
    for topic in ("towns", *["numbers"] * 101):  # more than a page of them
        way.call("responses.create", model="gpt-4o", input="Where?", metadata={"topic": topic})
    source = {"type": "responses", "metadata": metadata}
    done = run(way, make(way, {**EXACT, "reference": "Rome"}), {"type": "responses", "source": source})
    while done.status == "in_progress":  # a server shows how far it is
        done = way.call("evals.runs.retrieve", eval_id=done.eval_id, run_id=done.id)
    assert (done.status, done.result_counts.total) == ("completed", rows)


@pytest.mark.parametrize(("source", "message"), [
    ({"type": "file_id", "id": "file-none"}, "No such File object: file-none"),
    ({"type": "file_content", "content": []}, "The data source has no rows."),
])  # fmt: skip
def test_a_source_without_rows_fails_the_run(way: Way, source: dict[str, Any], message: str) -> None:
    done = run(way, make(way), {"type": "jsonl", "source": source})
    assert (done.status, done.error.message) == ("failed", message)


def test_what_goes_wrong_in_a_row_is_told_in_it(way: Way) -> None:
    create = way.mock.chat.completions.create
    create.when(message="Capital of Italy?").always.fail(500, "Out of order.")
    create.reply("Paris", times=2)
    python = {"type": "python", "name": "code", "source": "def grade(sample, item): return 1"}
    done = run(way, make(way, EXACT, python), sampling())
    assert done.result_counts.to_dict() == {"total": 3, "passed": 0, "failed": 0, "errored": 3}
    rows = items(way, done)
    assert rows[1].sample.error.message == "Out of order."
    assert "runs no code" in rows[0].results[1].sample["error"]["message"]
    done = run(
        way,
        make(way),
        {**sampling(), "input_messages": {**ASK, "template": [{"role": "user", "content": "{{ item.x }}"}]}},
    )
    assert items(way, done)[0].sample.error.message == "There is no item.x in this row."


def test_async_callables_answer_each_row_once(make_way: MakeWay) -> None:
    way = make_way(advance="now")
    asked = []

    async def answer(call: Any) -> str:
        asked.append(call.body["messages"][-1]["content"])
        return "Paris"

    way.mock.chat.completions.create.always.reply(answer)
    eval_id = make(way)
    begun = way.call("evals.runs.create", eval_id=eval_id, data_source=sampling())
    for _ in range(1000):
        done = way.call("evals.runs.retrieve", eval_id=eval_id, run_id=begun.id)
        if done.status == "completed":
            break
    assert done.result_counts.passed == 1
    assert asked == [row["item"]["question"] for row in ROWS]


def test_a_run_goes_on_by_polls_and_is_canceled_in_the_middle(make_way: MakeWay) -> None:
    way = make_way(advance="polls:4", answers="echo")
    eval_id = make(way)
    begun = way.call("evals.runs.create", eval_id=eval_id, data_source=sampling())
    looks = [way.call("evals.runs.retrieve", eval_id=eval_id, run_id=begun.id) for _ in range(3)]
    assert [(each.status, each.result_counts.total) for each in looks] == [
        ("queued", 0), ("in_progress", 0), ("in_progress", 1),
    ]  # fmt: skip
    canceled = way.call("evals.runs.cancel", eval_id=eval_id, run_id=begun.id)
    assert (canceled.status, canceled.result_counts.total) == ("canceled", 1)
    with pytest.raises(openai.BadRequestError, match="Cannot cancel a run that is canceled"):
        way.call("evals.runs.cancel", eval_id=eval_id, run_id=begun.id)
    listed = way.call("evals.runs.list", eval_id=eval_id, status="canceled").data
    assert [each.id for each in listed] == [begun.id]


def test_a_run_can_be_told_to_fail(make_way: MakeWay) -> None:
    way = make_way(advance="manual")
    eval_id = make(way)
    begun = way.call("evals.runs.create", eval_id=eval_id, data_source=sampling())
    way.mock.evals.runs.fail(begun.id, "No luck.")
    done = way.call("evals.runs.retrieve", eval_id=eval_id, run_id=begun.id)
    assert (done.status, done.error.message) == ("failed", "No luck.")


def test_evals_are_kept_changed_listed_and_deleted(way: Way) -> None:
    ids = [make(way, name=f"eval {n}", metadata={"n": str(n)}) for n in range(3)]
    changed = way.call("evals.update", eval_id=ids[1], name="other")
    assert (changed.name, changed.metadata) == ("other", {"n": "1"})
    assert changed.data_source_config.schema_["required"] == ["item", "sample"]
    assert [each.id for each in way.call("evals.list", limit=2).data] == ids[:2]
    begun = way.call("evals.runs.create", eval_id=ids[0], data_source=sampling())
    assert way.call("evals.runs.delete", eval_id=ids[0], run_id=begun.id).deleted
    assert way.call("evals.delete", eval_id=ids[0]).deleted
    for path in ("evals.retrieve", "evals.runs.list"):
        with pytest.raises(openai.NotFoundError, match=ids[0]):
            way.call(path, eval_id=ids[0])


def test_evals_and_runs_are_created_with_201(way: Way) -> None:
    config = {"type": "custom", "item_schema": {"type": "object"}}
    given = {"data_source_config": config, "testing_criteria": [EXACT]}
    made = way.do(lambda client: client.evals.with_raw_response.create(**given))
    id = json.loads(made.content)["id"]
    begun = way.do(lambda client: client.evals.runs.with_raw_response.create(id, data_source=sampling()))
    assert (made.status_code, begun.status_code) == (201, 201)
    assert (id[:5], json.loads(begun.content)["id"][:8]) == ("eval_", "evalrun_")


def test_a_criterion_that_cant_be_is_refused_with_its_place(way: Way) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        make(way, EXACT, {**LABEL, "passing_labels": ["kind"]})
    assert caught.value.param == "testing_criteria[1].passing_labels"

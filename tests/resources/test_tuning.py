"""Fine-tuning jobs."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import openai
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from openai_api_mock.mock import OpenAIMock
from openai_api_mock.options import options_from

from ..conftest import MakeWay, Way

CHAT = {"messages": [{"role": "user", "content": "Hi there"}, {"role": "assistant", "content": "Ahoy!"}]}
COMPLETION = {"prompt": "Hi", "completion": "Ahoy!"}
PREFERENCE = {
    "input": {"messages": CHAT["messages"][:1]},
    "preferred_output": CHAT["messages"][1:],
    "non_preferred_output": [{"role": "assistant", "content": "Hello."}],
}
QUESTION = {"messages": CHAT["messages"][:1], "answer": "Ahoy!"}


def lines(*examples: Any) -> bytes:
    return b"\n".join(each if isinstance(each, bytes) else json.dumps(each).encode() for each in examples)


def upload(way: Way, content: bytes = lines(*[CHAT] * 10), purpose: str = "fine-tune") -> str:
    id: str = way.call("files.create", file=("train.jsonl", content), purpose=purpose).id
    return id


def begin(way: Way, content: bytes = lines(*[CHAT] * 10), **more: Any) -> Any:
    given = {"model": "gpt-4o-mini", "training_file": upload(way, content), **more}
    return way.call("fine_tuning.jobs.create", **given)


def look(way: Way, id: str) -> Any:
    return way.call("fine_tuning.jobs.retrieve", fine_tuning_job_id=id)


def messages(way: Way, id: str) -> list[str]:
    """Those of all events, oldest first."""
    page = way.call("fine_tuning.jobs.list_events", fine_tuning_job_id=id, limit=1000)
    return [event.message for event in page.data][::-1]


def test_a_job_succeeds_and_its_model_is_served(make_way: MakeWay) -> None:
    way = make_way(models="known")
    job = begin(way, suffix="sailor", seed=7, metadata={"a": "b"})
    assert (job.status, job.model, job.seed, job.fine_tuned_model) == (
        "validating_files", "gpt-4o-mini-2024-07-18", 7, None,
    )  # fmt: skip
    assert job.hyperparameters.n_epochs == "auto"
    done = look(way, job.id)
    assert (done.status, done.error, done.estimated_finish) == ("succeeded", None, None)
    assert done.fine_tuned_model.startswith("ft:gpt-4o-mini-2024-07-18:openai-api-mock:sailor:")
    assert (done.hyperparameters.n_epochs, done.hyperparameters.batch_size) == (10, 1)
    assert done.method.supervised.hyperparameters.learning_rate_multiplier == 1.8
    # 3 for the conversation; 3, the role and the words for each of two messages.
    assert done.trained_tokens == 10 * 10 * (3 + (3 + 1 + 2) + (3 + 1 + 3))
    name = done.fine_tuned_model
    assert way.call("models.retrieve", model=name).id == name
    assert way.chat(model=name).model == name
    assert way.call("models.delete", model=name).deleted
    with pytest.raises(openai.NotFoundError):
        way.chat(model=name)


def test_its_events_tell_its_story_newest_first(way: Way) -> None:
    job = begin(way, method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 2}}})
    done = look(way, job.id)
    said = messages(way, job.id)
    assert said[:4] == [
        f"Created fine-tuning job: {job.id}",
        f"Validating training file: {job.training_file}",
        "Files validated, moving job to queued state",
        "Fine-tuning job started",
    ]
    assert said[4].startswith("Step 1/20: training loss=")
    assert said[-2:] == [f"New fine-tuned model created: {done.fine_tuned_model}", "The job has successfully completed"]
    page = way.call("fine_tuning.jobs.list_events", fine_tuning_job_id=job.id, limit=3)
    assert page.has_more
    assert page.data[0].message == said[-1]
    assert page.data[2].type == "metrics"
    assert page.data[2].data["total_steps"] == 20


def test_losses_fall_in_the_file_of_metrics_and_in_checkpoints(way: Way) -> None:
    validation = upload(way)
    job = begin(way, lines(*[CHAT] * 20), validation_file=validation, hyperparameters={"n_epochs": 5})
    done = look(way, job.id)
    content = way.call("files.content", file_id=done.result_files[0]).text
    rows = list(csv.DictReader(io.StringIO(content)))
    assert len(rows) == 100
    for name in ("train_loss", "valid_loss"):
        assert float(rows[-1][name]) < float(rows[0][name]) / 2
    assert float(rows[-1]["train_accuracy"]) > float(rows[0]["train_accuracy"])
    file = way.call("files.retrieve", file_id=done.result_files[0])
    assert (file.purpose, file.filename) == ("fine-tune-results", "step_metrics.csv")
    checkpoints = way.call("fine_tuning.jobs.checkpoints.list", fine_tuning_job_id=job.id).data
    assert [each.step_number for each in checkpoints] == [100, 80, 60]
    assert checkpoints[0].fine_tuned_model_checkpoint == done.fine_tuned_model
    assert checkpoints[1].fine_tuned_model_checkpoint.endswith(":ckpt-step-80")
    losses = [each.metrics.full_valid_loss for each in checkpoints]
    assert losses == sorted(losses)
    for each in checkpoints:
        assert way.call("models.retrieve", model=each.fine_tuned_model_checkpoint)


@pytest.mark.parametrize(("method", "example"), [
    ("supervised", CHAT), ("supervised", COMPLETION), ("dpo", PREFERENCE), ("reinforcement", QUESTION),
])  # fmt: skip
def test_each_method_has_its_own_examples(way: Way, method: str, example: Any) -> None:
    grader = {
        "type": "string_check",
        "name": "g",
        "operation": "eq",
        "input": "{{ sample.output_text }}",
        "reference": "a",
    }
    inner = {"grader": grader} if method == "reinforcement" else {}
    job = begin(way, lines(*[example] * 12), method={"type": method, method: inner})
    done = look(way, job.id).to_dict()
    assert done["status"] == "succeeded", done["error"]
    assert done["method"][method]["hyperparameters"]["n_epochs"] == 8
    assert done["method"][method].get("grader") == inner.get("grader")


@pytest.mark.parametrize(("content", "code", "message"), [
    (lines(*[CHAT] * 3), "invalid_n_examples", "Training file has 3 example(s), but must have at least 10 examples"),
    (lines(*[CHAT] * 10, b"{oops"), "invalid_training_file", "Line 11 is not a dictionary"),
    (lines(*[CHAT] * 10, [1]), "invalid_training_file",
     'Line 11 is not a dictionary (HINT: line starts with: "[1]...")'),
    (lines({"text": "x"}), "invalid_training_file",
     "Unexpected file format, expected either prompt/completion pairs or chat messages."),
    (lines(CHAT, {"messages": [CHAT["messages"][0], {"content": "x"}]}), "invalid_training_file",
     "Invalid file format. Example 2, message 2 Discriminator 'role' is missing in value"),
    (lines({"messages": [{"role": "bot", "content": "x"}]}), "invalid_training_file",
     "Example 1, message 1 No match for discriminator 'role' and value 'bot'"),
    (lines({"messages": CHAT["messages"][:1]}), "invalid_training_file", "the last message must be from the assistant"),
    (lines(PREFERENCE), "invalid_training_file",
     "is not using 'dpo' as the training method (provided method=supervised)"),
])  # fmt: skip
def test_a_bad_file_fails_the_job_and_says_where(way: Way, content: bytes, code: str, message: str) -> None:
    job = begin(way, content)
    assert job.status == "validating_files"
    done = look(way, job.id)
    assert (done.status, done.error.code, done.error.param) == ("failed", code, "training_file")
    assert message in done.error.message
    assert messages(way, job.id)[-1] == done.error.message
    assert done.finished_at is not None
    assert done.fine_tuned_model is None


def test_a_bad_validation_file_is_told_apart(way: Way) -> None:
    done = look(way, begin(way, validation_file=upload(way, b"[]")).id)
    assert (done.error.code, done.error.param) == ("invalid_validation_file", "validation_file")


def test_what_cant_be_begun_is_refused_at_once(way: Way) -> None:
    other = upload(way, purpose="assistants")
    refused: list[tuple[dict[str, Any], str]] = [
        ({"training_file": "file-none"}, "invalid training_file: file-none"),
        ({"training_file": other}, "must have the purpose 'fine-tune'"),
        ({"model": "gpt-4-turbo"}, "Model gpt-4-turbo is not available for fine-tuning or does not exist."),
        ({"suffix": "x" * 65}, "Invalid 'suffix'"),
    ]
    for given, message in refused:
        with pytest.raises(openai.BadRequestError) as caught:
            begin(way, **given)
        assert message in caught.value.message
    with pytest.raises(openai.NotFoundError, match="Could not find fine tune: ftjob-none"):
        look(way, "ftjob-none")


def test_it_goes_on_by_polls_and_can_be_paused_resumed_and_cancelled(make_way: MakeWay) -> None:
    way = make_way(advance="polls:6")
    job = begin(way)
    assert [look(way, job.id).status for _ in range(4)] == ["validating_files", "queued", "queued", "running"]
    steps = len(messages(way, job.id))
    assert way.call("fine_tuning.jobs.pause", fine_tuning_job_id=job.id).status == "paused"
    assert {look(way, job.id).status for _ in range(8)} == {"paused"}
    assert way.call("fine_tuning.jobs.resume", fine_tuning_job_id=job.id).status == "queued"
    assert way.call("fine_tuning.jobs.cancel", fine_tuning_job_id=job.id).status == "cancelled"
    assert messages(way, job.id)[steps - 1 :][-3:] == [
        "Fine-tuning job paused", "Fine-tuning job resumed", "Fine-tuning job cancelled",
    ]  # fmt: skip
    with pytest.raises(openai.BadRequestError, match="Cannot cancel a job that is cancelled"):
        way.call("fine_tuning.jobs.cancel", fine_tuning_job_id=job.id)


def test_what_is_cancelled_is_trained_no_further(make_way: MakeWay) -> None:
    way = make_way(advance="manual")
    job = begin(way)
    way.mock.fine_tuning.jobs.advance(job.id, "running")
    before = messages(way, job.id)
    done = way.call("fine_tuning.jobs.cancel", fine_tuning_job_id=job.id)
    assert (done.status, done.trained_tokens, done.result_files) == ("cancelled", None, [])
    assert messages(way, job.id) == [*before, "Fine-tuning job cancelled"]


def test_a_paused_job_can_be_cancelled(make_way: MakeWay) -> None:
    way = make_way(advance="manual")
    job = begin(way)
    way.call("fine_tuning.jobs.pause", fine_tuning_job_id=job.id)
    assert way.call("fine_tuning.jobs.cancel", fine_tuning_job_id=job.id).status == "cancelled"


def test_by_hand_it_goes_step_by_step_or_fails(make_way: MakeWay) -> None:
    way = make_way(advance="manual")
    job = begin(way)
    way.mock.fine_tuning.jobs.advance(job.id, "running")
    running = look(way, job.id)
    assert (running.status, running.estimated_finish is not None) == ("running", True)
    way.mock.fine_tuning.jobs.fail(job.id, "Out of cards.")
    done = look(way, job.id)
    assert (done.status, done.error.message) == ("failed", "Out of cards.")


def test_time_brings_it_on(make_way: MakeWay) -> None:
    way = make_way(advance="1h", clock="frozen")
    job = begin(way)
    way.mock.clock.advance(2400 + 600)
    half = look(way, job.id)
    assert (half.status, half.estimated_finish) == ("running", job.created_at + 3600)
    assert messages(way, job.id)[-1].startswith("Step 50/100")
    way.mock.clock.advance(600)
    assert look(way, job.id).finished_at == job.created_at + 3600


def test_jobs_are_listed_newest_first_and_found_by_metadata(way: Way) -> None:
    ids = [begin(way, metadata={"n": str(n)}).id for n in range(3)]
    page = way.call("fine_tuning.jobs.list", limit=2)
    assert [job.id for job in page.data] == ids[:0:-1]
    assert page.has_more
    found = way.call("fine_tuning.jobs.list", metadata={"n": "0"})
    assert [job.id for job in found.data] == ids[:1]


def test_checkpoints_are_shared_with_projects(way: Way) -> None:
    name = look(way, begin(way).id).fine_tuned_model
    path = "fine_tuning.checkpoints.permissions."
    made = way.call(path + "create", fine_tuned_model_checkpoint=name, project_ids=["proj_a", "proj_b"]).data
    assert [each.project_id for each in made] == ["proj_a", "proj_b"]
    for order, wanted in (("ascending", made), ("descending", made[::-1])):
        listed = way.call(path + "list", fine_tuned_model_checkpoint=name, order=order).data
        assert [each.id for each in listed] == [each.id for each in wanted]
    assert way.call(path + "delete", permission_id=made[0].id, fine_tuned_model_checkpoint=name).deleted
    assert len(way.call(path + "list", fine_tuned_model_checkpoint=name).data) == 1


KILLED = """
import os, sys
from openai_api_mock.engine import Engine
from openai_api_mock.options import options_from
from openai_api_mock.wire import Request

engine = Engine(options_from({"store": sys.argv[1]}))
file = engine.files.make("file-1", "train.jsonl", "fine-tune", sys.stdin.buffer.read())
body = b'{"model": "gpt-4o-mini", "training_file": "file-1"}'
reply = engine.handle(Request("POST", "/v1/fine_tuning/jobs", "", {"content-type": "application/json"}, body))
assert reply.status == 200, reply.body
assert engine.jobs.run_due(5) == 0
os.kill(os.getpid(), 9)
"""


def test_a_job_in_the_middle_survives_kill_9(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'state.db'}"
    content = lines(*[CHAT] * 10)
    killed = subprocess.run([sys.executable, "-c", KILLED, store], input=content, capture_output=True, check=False)
    assert killed.returncode == -9, killed.stderr
    with OpenAIMock(options_from({"store": store})) as mock, openai.OpenAI() as client:
        (job,) = mock.engine.store.page("/fine_tuning/jobs", limit=2).items
        before = mock.engine.store.count(f"/fine_tuning/jobs/{job['id']}/events")
        assert job["status"] == "running"
        assert before == 4 + 4 * 20 + 1  # the story so far, four pieces of steps, a checkpoint
        done = client.fine_tuning.jobs.retrieve(job["id"])
        events = client.fine_tuning.jobs.list_events(job["id"], limit=1000).data
    assert done.status == "succeeded"
    steps = [event.to_dict()["data"]["step"] for event in events[::-1] if event.type == "metrics"]  # type: ignore[index]
    assert steps == list(range(1, 101))


class TuningMachine(RuleBasedStateMachine):
    """One job by hand, against what the API documents of its states."""

    def __init__(self) -> None:
        super().__init__()
        self.mock = OpenAIMock(options_from({"advance": "manual", "clock": "frozen"}))
        self.mock.start()
        self.client = openai.OpenAI(max_retries=0)
        file = self.client.files.create(file=("t.jsonl", lines(*[CHAT] * 10)), purpose="fine-tune")
        self.id = self.client.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=file.id).id
        self.status = "validating_files"
        self.read = False

    def teardown(self) -> None:
        self.client.close()
        self.mock.close()

    @property
    def jobs(self) -> Any:
        return self.client.fine_tuning.jobs

    @precondition(lambda self: self.status in ("validating_files", "queued", "running"))
    @rule()
    def advance(self) -> None:
        self.mock.fine_tuning.jobs.advance(self.id)
        self.read = True
        following = {"validating_files": "queued", "queued": "running", "running": "succeeded"}
        self.status = following[self.status]

    @precondition(lambda self: self.status in ("validating_files", "queued", "running"))
    @rule()
    def fail(self) -> None:
        self.mock.fine_tuning.jobs.fail(self.id)
        self.status = "failed"

    @rule(action=st.sampled_from(("cancel", "pause", "resume")))
    def act(self, action: str) -> None:
        able = {"cancel": ("validating_files", "queued", "running", "paused"), "resume": ("paused",)}
        allowed = self.status in able.get(action, ("validating_files", "queued", "running"))
        try:
            getattr(self.jobs, action)(self.id)
        except openai.BadRequestError:
            assert not allowed
            return
        assert allowed
        resumed = "queued" if self.read else "validating_files"
        self.status = {"cancel": "cancelled", "pause": "paused", "resume": resumed}[action]

    @invariant()
    def shows_its_status(self) -> None:
        job = self.jobs.retrieve(self.id)
        assert job.status == self.status
        over = self.status in ("succeeded", "failed", "cancelled")
        assert (job.finished_at is not None) == over
        assert (job.fine_tuned_model is not None) == (self.status == "succeeded")
        assert (job.error is not None) == (self.status == "failed")
        assert (job.estimated_finish is not None) == (self.status == "running")
        assert self.mock.engine.jobs.any() == (not over and self.status != "paused")


TestTuningMachine = TuningMachine.TestCase
TestTuningMachine.settings = settings(max_examples=20, stateful_step_count=10, deadline=None)

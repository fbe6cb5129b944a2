"""A server that is killed in the middle of things: what was acknowledged is there, and what was unfinished goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from openai import VERSION, OpenAI
from openai.types import Batch

SERVE = """
import sys
from openai_api_mock.engine import Engine
from openai_api_mock.options import Options
from openai_api_mock.server.run import serve
options = Options(store=sys.argv[1], advance=sys.argv[2], legacy=["assistants", "videos"])
serve(Engine(options), port=0, announce=lambda url: print(url, flush=True))
"""
REQUESTS = 30_000

Serve = Callable[..., tuple[OpenAI, "subprocess.Popen[str]"]]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts a server on the same database each time."""
    started: list[subprocess.Popen[str]] = []
    clients: list[OpenAI] = []

    def start(advance: str = "now") -> tuple[OpenAI, subprocess.Popen[str]]:
        command = [sys.executable, "-c", SERVE, f"sqlite:///{tmp_path / 'state.db'}", advance]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        clients.append(OpenAI(base_url=f"{url}/v1", api_key="sk-mock", max_retries=0, timeout=60))
        return clients[-1], process

    yield start
    for client in clients:
        client.close()
    for process in started:
        process.kill()
        process.communicate()


def done(batch: Batch) -> int:
    assert batch.request_counts is not None
    return batch.request_counts.completed


def test_a_batch_goes_on_where_it_was_killed(serve: Serve) -> None:
    client, process = serve()
    lines = [
        {
            "custom_id": f"request-{number}",
            "method": "POST",
            "url": "/v1/embeddings",
            "body": {"model": "text-embedding-3-small", "input": str(number), "dimensions": 2},
        }
        for number in range(REQUESTS)
    ]
    content = "\n".join(map(json.dumps, lines)).encode()
    file = client.files.create(file=("in.jsonl", content), purpose="batch")
    batch = client.batches.create(input_file_id=file.id, endpoint="/v1/embeddings", completion_window="24h")
    kills = before = 0
    while (batch := client.batches.retrieve(batch.id)).status != "completed":
        if kills < 2 and batch.status == "in_progress" and done(batch) > before:
            process.kill()
            process.wait()
            kills += 1
            before = done(batch)
            client, process = serve()
            assert done(client.batches.retrieve(batch.id)) >= before
    assert kills == 2
    assert done(batch) == REQUESTS
    output = client.files.content(str(batch.output_file_id)).content.splitlines()
    ids = [json.loads(line)["custom_id"] for line in output]
    assert len(ids) == REQUESTS
    assert set(ids) == {f"request-{number}" for number in range(REQUESTS)}
    assert [each.id for each in client.batches.list()] == [batch.id]
    assert {each.purpose for each in client.files.list()} == {"batch", "batch_output"}


def test_an_upload_goes_on_with_all_parts_that_were_acknowledged(serve: Serve) -> None:
    client, process = serve()
    parts = [bytes([number]) * 2_000_000 for number in range(5)]
    upload = client.uploads.create(bytes=10_000_000, filename="a.bin", mime_type="x/y", purpose="vision")
    ids = [client.uploads.parts.create(upload.id, data=part).id for part in parts[:3]]
    process.kill()
    process.wait()
    client, process = serve()
    ids += [client.uploads.parts.create(upload.id, data=part).id for part in parts[3:]]
    file = client.uploads.complete(upload.id, part_ids=ids[::-1]).file
    assert file is not None
    process.kill()
    process.wait()
    client, process = serve()
    assert client.files.content(file.id).content == b"".join(reversed(parts))
    assert [each.id for each in client.files.list()] == [file.id]


class Evaluation:
    """A run of an eval, which asks a model for each row and grades what it says."""

    LAST = "completed"

    def __init__(self, rows: int = 12) -> None:
        self.rows = rows

    def begin(self, client: OpenAI) -> None:
        exact: Any = {
            "type": "string_check",
            "name": "exact",
            "operation": "ilike",
            "input": "{{ sample.output_text }}",
            "reference": "{{ item.wanted }}",
        }
        config: Any = {"type": "custom", "item_schema": {"type": "object"}, "include_sample_schema": True}
        self.eval = client.evals.create(data_source_config=config, testing_criteria=[exact]).id
        rows = [{"item": {"question": f"What is {number}?", "wanted": " "}} for number in range(self.rows)]
        file = client.files.create(file=("rows.jsonl", "\n".join(map(json.dumps, rows)).encode()), purpose="evals")
        source: Any = {
            "type": "completions",
            "model": "gpt-4o-mini",
            "source": {"type": "file_id", "id": file.id},
            "input_messages": {"type": "template", "template": [{"role": "user", "content": "{{ item.question }}"}]},
        }
        self.run = client.evals.runs.create(self.eval, data_source=source).id

    def look(self, client: OpenAI) -> str:
        return client.evals.runs.retrieve(self.run, eval_id=self.eval).status

    def check(self, client: OpenAI) -> None:
        run = client.evals.runs.retrieve(self.run, eval_id=self.eval)
        assert (run.result_counts.total, run.result_counts.errored) == (self.rows, 0)
        items = client.evals.runs.output_items.list(self.run, eval_id=self.eval, limit=100)
        assert sorted(item.datasource_item_id for item in items) == list(range(self.rows))


class AssistantsRun:
    """A run of an assistant."""

    LAST = "completed"

    def begin(self, client: OpenAI) -> None:
        assistant = client.beta.assistants.create(model="gpt-4o")
        thread: Any = {"messages": [{"role": "user", "content": "Hi"}]}
        run = client.beta.threads.create_and_run(assistant_id=assistant.id, thread=thread)
        self.run, self.thread = run.id, run.thread_id

    def look(self, client: OpenAI) -> str:
        return client.beta.threads.runs.retrieve(self.run, thread_id=self.thread).status

    def check(self, client: OpenAI) -> None:
        messages = client.beta.threads.messages.list(self.thread).data
        assert [message.role for message in messages] == ["assistant", "user"]
        assert len(client.beta.threads.runs.steps.list(self.run, thread_id=self.thread).data) == 1


class BackgroundResponse:
    """A response that is made in the background."""

    LAST = "completed"

    def begin(self, client: OpenAI) -> None:
        self.id = client.responses.create(model="gpt-5", input="Hi", background=True).id

    def look(self, client: OpenAI) -> str:
        return str(client.responses.retrieve(self.id).status)

    def check(self, client: OpenAI) -> None:
        assert client.responses.retrieve(self.id).output_text


class Video:
    """A video."""

    LAST = "completed"

    def begin(self, client: OpenAI) -> None:
        self.id = client.videos.create(prompt="A cat", seconds="4", size="720x1280").id

    def look(self, client: OpenAI) -> str:
        return client.videos.retrieve(self.id).status

    def check(self, client: OpenAI) -> None:
        assert client.videos.retrieve(self.id).progress == 100
        assert client.videos.download_content(self.id).content[4:8] == b"ftyp"


class Tuning:
    """A job of fine-tuning."""

    LAST = "succeeded"

    def begin(self, client: OpenAI) -> None:
        example = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ahoy!"}]}
        content = "\n".join([json.dumps(example)] * 10).encode()
        file = client.files.create(file=("train.jsonl", content), purpose="fine-tune")
        self.id = client.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=file.id).id

    def look(self, client: OpenAI) -> str:
        return client.fine_tuning.jobs.retrieve(self.id).status

    def check(self, client: OpenAI) -> None:
        job = client.fine_tuning.jobs.retrieve(self.id)
        assert client.models.retrieve(str(job.fine_tuned_model)).id == job.fine_tuned_model
        messages = [event.message for event in client.fine_tuning.jobs.list_events(self.id, limit=100)]
        assert messages.count("The job has successfully completed") == 1


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("looks", [0, 2])
@pytest.mark.parametrize("kind", [AssistantsRun, BackgroundResponse, Evaluation, Tuning, Video])
def test_what_was_under_way_goes_on(
    kind: Callable[[], AssistantsRun | BackgroundResponse | Evaluation | Tuning | Video], looks: int, serve: Serve
) -> None:
    """Looked at so often before the server is killed, it is shown no less far by the next."""
    work = kind()
    client, process = serve("polls:4")
    work.begin(client)
    before = [work.look(client) for _ in range(looks)]
    assert work.LAST not in before
    process.kill()
    process.wait()
    client, process = serve("polls:4")
    after = [work.look(client) for _ in range(4 - looks)]
    assert after[-1] == work.LAST
    assert work.LAST not in after[:-1]
    work.check(client)


def test_a_run_of_an_eval_that_is_killed_between_two_rows_has_each_row_once(serve: Serve) -> None:
    work = Evaluation(rows=3000)
    client, process = serve()
    work.begin(client)
    kills = before = 0
    while (run := client.evals.runs.retrieve(work.run, eval_id=work.eval)).status != work.LAST:
        if kills < 2 and run.result_counts.total > before:
            process.kill()
            process.wait()
            kills += 1
            before = run.result_counts.total
            client, process = serve()
            assert client.evals.runs.retrieve(work.run, eval_id=work.eval).result_counts.total >= before
    assert kills == 2
    work.check(client)


@pytest.mark.skipif(not VERSION.startswith("3."), reason="older SDKs haven't the Agents API")
def test_a_session_of_an_agent_outlives_its_server(serve: Serve) -> None:
    client, process = serve()
    session = client.beta.agents.sessions.create(
        agent={"model": "gpt-4o"}, environment={"type": "none"}, input="My name is Ada."
    )
    process.kill()
    process.wait()
    client, _ = serve()
    sessions = client.beta.agents.sessions
    assert sessions.retrieve(session.id).status == "idle"
    with sessions.stream(session.id, input="And now?") as stream:
        stream.until_done()
    items = list(sessions.items.list(session.id, order="asc"))
    assert [getattr(item, "role", None) for item in items] == ["user", "assistant", "user", "assistant"]

"""A server that is killed in the middle of things: what was acknowledged is there, and what was unfinished goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from openai import VERSION, OpenAI
from openai.types import Batch

SERVE = """
import sys
from openai_api_mock.engine import Engine
from openai_api_mock.options import Options
from openai_api_mock.server.run import serve
serve(Engine(Options(store=sys.argv[1])), port=0, announce=lambda url: print(url, flush=True))
"""
REQUESTS = 30_000

Serve = Callable[[], tuple[OpenAI, "subprocess.Popen[str]"]]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts a server on the same database each time."""
    started: list[subprocess.Popen[str]] = []
    clients: list[OpenAI] = []

    def start() -> tuple[OpenAI, subprocess.Popen[str]]:
        command = [sys.executable, "-c", SERVE, f"sqlite:///{tmp_path / 'state.db'}"]
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

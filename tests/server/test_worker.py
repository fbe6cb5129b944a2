"""The thread that goes on with what takes time."""

from __future__ import annotations

import json
import logging
import threading
from typing import IO

import openai
import pytest

from openai_api_mock import troubles
from openai_api_mock.engine import Engine
from openai_api_mock.options import options_from
from openai_api_mock.server import worker

from .conftest import MakeServer


def test_it_outlives_an_error_and_tells_of_it_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker, "AGAIN", 0.001)
    engine, tries, done = Engine(options_from({})), [], threading.Event()
    run_due = engine.jobs.run_due

    def breaks(pieces: int = 500, *, unasked: bool = True) -> float | None:
        tries.append(pieces)
        if len(tries) <= 3:
            raise OSError("database is locked")
        done.set()
        return run_due(pieces, unasked=unasked)

    monkeypatch.setattr(engine.jobs, "run_due", breaks)
    works = worker.Worker(lambda: [engine])
    works.wake()
    assert done.wait(10)
    works.stop()
    engine.close()
    assert len(tries) == 4
    told = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.getMessage() for record in told] == ["nothing can go on just now; it is tried again"]


def test_a_batch_is_done_though_the_disk_was_full_for_a_while(
    make_protocol_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(troubles, "FIRST", 0.01)
    server = make_protocol_server()
    store = server.engine.store
    put_file = store.put_file
    failures: list[str] = []

    def full(key: str, content: bytes | IO[bytes]) -> int:
        if key.startswith("/_batches/") and len(failures) < 3:
            failures.append(key)
            raise OSError("No space left on device")
        return put_file(key, content)

    monkeypatch.setattr(store, "put_file", full)
    body = {"model": "text-embedding-3-small", "input": "Hi", "dimensions": 2}
    lines = [
        json.dumps({"custom_id": str(number), "method": "POST", "url": "/v1/embeddings", "body": body})
        for number in range(200)
    ]
    told = []
    with openai.OpenAI(base_url=server.url + "/v1", api_key="sk-mock", max_retries=0) as client:
        file = client.files.create(file=("in.jsonl", "\n".join(lines).encode()), purpose="batch")
        batch = client.batches.create(input_file_id=file.id, endpoint="/v1/embeddings", completion_window="24h")
        while batch.status != "completed":
            try:
                batch = client.batches.retrieve(batch.id)
            except openai.InternalServerError as error:
                told.append(error.message)
        assert len(failures) == 3
        assert len(told) == 1
        assert "No space left on device" in told[0]
        answered = client.files.content(str(batch.output_file_id)).text.splitlines()
        assert {json.loads(line)["custom_id"] for line in answered} == {str(number) for number in range(200)}
        # Nothing was asked twice.
        assert len(answered) == 200
        assert sum(call.batch == batch.id for call in server.mock.calls) == 200

"""Ask many things at once by a batch: upload the questions, start it, wait for it, read the answers."""

from __future__ import annotations

import json
import time

from openai import OpenAI

from openai_api_mock import OpenAIMock, contains


def ask_all(client: OpenAI, questions: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """The application: the answers by the questions' names, and the names of those that failed."""
    lines = [
        {
            "custom_id": name,
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": question}]},
        }
        for name, question in questions.items()
    ]
    content = "\n".join(map(json.dumps, lines)).encode()
    file = client.files.create(file=("questions.jsonl", content), purpose="batch")
    batch = client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"run": "nightly"}
    )
    while batch.status not in ("completed", "failed", "expired", "cancelled"):
        batch = client.batches.retrieve(batch.id)
        if batch.status == "in_progress":
            time.sleep(60)
    if batch.status == "failed" and batch.errors is not None:
        raise ValueError("; ".join(f"line {error.line}: {error.message}" for error in batch.errors.data or ()))
    answers = {}
    if batch.output_file_id is not None:
        for line in map(json.loads, client.files.content(batch.output_file_id).text.splitlines()):
            answers[line["custom_id"]] = line["response"]["body"]["choices"][0]["message"]["content"]
    return answers, [name for name in questions if name not in answers]


def test_what_was_said_is_found_by_its_name(openai_mock: OpenAIMock) -> None:
    create = openai_mock.chat.completions.create
    create.when(message=contains("France")).reply("Paris")
    create.when(message=contains("Japan")).reply("Tokyo")

    answers, failed = ask_all(OpenAI(), {"fr": "The capital of France?", "jp": "The capital of Japan?"})

    assert answers == {"fr": "Paris", "jp": "Tokyo"}
    assert failed == []


def test_what_failed_is_told(openai_mock: OpenAIMock) -> None:
    openai_mock.chat.completions.create.when(message=contains("Japan")).fail(429)

    answers, failed = ask_all(OpenAI(), {"fr": "The capital of France?", "jp": "The capital of Japan?"})

    assert list(answers) == ["fr"]
    assert failed == ["jp"]


def test_a_batch_may_fail_as_a_whole(openai_mock: OpenAIMock) -> None:
    client = OpenAI()
    file = client.files.create(file=("none.jsonl", b""), purpose="batch")
    batch = client.batches.create(input_file_id=file.id, endpoint="/v1/responses", completion_window="24h")
    openai_mock.batches.fail(batch.id, "No capacity.")
    assert client.batches.retrieve(batch.id).status == "failed"

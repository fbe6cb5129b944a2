"""A fine-tuning job from its file to its model, in no time."""

import json
from io import BytesIO

import pytest
from openai import OpenAI

from openai_api_mock import OpenAIMock


def tune(client: OpenAI, examples: list[dict[str, object]]) -> str:
    """The name of a model that was trained on the examples. Raises RuntimeError where that fails."""
    content = "\n".join(map(json.dumps, examples))
    file = client.files.create(file=("train.jsonl", BytesIO(content.encode())), purpose="fine-tune")
    job = client.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=file.id, suffix="pirate")
    while job.status not in ("succeeded", "failed", "cancelled"):
        job = client.fine_tuning.jobs.retrieve(job.id)
    if job.fine_tuned_model is None:
        raise RuntimeError(job.error.message if job.error else job.status)
    return job.fine_tuned_model


def example(question: str) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": "Arr!"}]}


def test_the_model_answers(openai_mock: OpenAIMock) -> None:
    client = OpenAI()
    model = tune(client, [example(f"Question {n}") for n in range(10)])
    openai_mock.chat.completions.create.when(model=model).reply("Ahoy!")
    said = client.chat.completions.create(model=model, messages=[{"role": "user", "content": "Hello"}])
    assert said.choices[0].message.content == "Ahoy!"


def test_too_few_examples_are_told(openai_mock: OpenAIMock) -> None:
    with pytest.raises(RuntimeError, match="has 1 example"):
        tune(OpenAI(), [example("Only one")])

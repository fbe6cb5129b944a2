"""What another process does in the tests: `python -m tests.retrieval.processes <database>`."""

from __future__ import annotations

import sys

from openai import OpenAI

from openai_api_mock import mock_openai

LINES = 3000
TEXT = "".join(f"Line {number} is about the weather in Oslo and its rain.\n" for number in range(LINES))


def read_until_killed(path: str) -> None:
    """Add two files to a vector store, and read them chunk by chunk; say what was made, and each chunk."""
    with mock_openai(store=f"sqlite:///{path}", advance="10s", clock="manual") as mock:
        client = OpenAI()
        store = client.vector_stores.create(name="killed")
        kept = client.vector_stores.files.upload(vector_store_id=store.id, file=("short.txt", b"A short text on hats."))
        mock.vector_stores.files.advance(kept.id)
        client.vector_stores.file_batches.create(
            store.id, file_ids=[client.files.create(file=("long.txt", TEXT.encode()), purpose="assistants").id]
        )
        print(store.id, flush=True)
        mock.clock.advance(10)
        while True:
            mock.engine.jobs.run_due(1)
            print("chunk", flush=True)


if __name__ == "__main__":
    read_until_killed(sys.argv[1])

"""A retrieval test with the API's own search: files go into a vector store, and an answer cites the right one."""

from __future__ import annotations

import pytest
from openai import OpenAI
from openai.types.responses import FileSearchToolParam

from openai_api_mock import OpenAIMock

HANDBOOK = {
    "refunds.md": "# Refunds\n\nReturn a purchase within thirty days and we transfer the money to your card.",
    "shipping.md": "# Shipping\n\nParcels leave our warehouse within two days; a courier brings them to your door.",
    "passwords.md": "# Passwords\n\nReset a forgotten password by the link in the email that we send you.",
}


class Handbook:
    """What is tested: a handbook that answers questions, in a vector store."""

    def __init__(self) -> None:
        self.client = OpenAI()
        self.store = self.client.vector_stores.create(name="handbook").id
        files = [(name, text.encode()) for name, text in HANDBOOK.items()]
        batch = self.client.vector_stores.file_batches.upload_and_poll(self.store, files=files)
        assert batch.file_counts.failed == 0

    def page_about(self, question: str) -> str:
        return self.client.vector_stores.search(self.store, query=question, max_num_results=1).data[0].filename

    def sources(self, question: str) -> list[str]:
        search: FileSearchToolParam = {"type": "file_search", "vector_store_ids": [self.store]}
        response = self.client.responses.create(model="gpt-5", input=question, tools=[search])
        message = response.output[-1].to_dict()
        return [citation["filename"] for citation in message["content"][0]["annotations"]]  # type: ignore[index]


@pytest.mark.parametrize(
    ("question", "page"),
    [
        ("How do I get my money back?", "refunds.md"),
        ("When will my package be delivered?", "shipping.md"),
        ("I forgot my pasword", "passwords.md"),
    ],
)
def test_the_right_page_is_found_and_cited(openai_mock: OpenAIMock, question: str, page: str) -> None:
    handbook = Handbook()
    assert handbook.page_about(question) == page
    assert handbook.sources(question) == [page]

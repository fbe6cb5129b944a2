"""A retrieval test: similar texts have similar embeddings, so the search that is tested really finds something."""

from __future__ import annotations

import pytest
from openai import OpenAI

from openai_api_mock import OpenAIMock

DOCUMENTS = (
    "Refunds: return a purchase within thirty days and we transfer the money to your card.",
    "Shipping: parcels leave our warehouse within two days; a courier brings them to your door.",
    "Passwords: reset a forgotten password by the link in the email that we send you.",
    "Subscriptions: cancel your plan at any time; it ends with the month.",
)


class Search:
    """What is tested: the text that is nearest to a question."""

    def __init__(self, documents: tuple[str, ...]) -> None:
        self.documents = documents
        self._vectors = self._embed(*documents)

    def nearest(self, question: str) -> str:
        [asked] = self._embed(question)
        scores = [sum(a * b for a, b in zip(asked, vector, strict=True)) for vector in self._vectors]
        return self.documents[scores.index(max(scores))]

    def _embed(self, *texts: str) -> list[list[float]]:
        created = OpenAI().embeddings.create(model="text-embedding-3-small", input=list(texts), dimensions=512)
        return [item.embedding for item in created.data]


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("How do I get my money back?", "Refunds"),
        ("When will my package be delivered?", "Shipping"),
        ("I forgot my pasword", "Passwords"),
        ("I want to unsubscribe", "Subscriptions"),
    ],
)
def test_the_right_document_is_found(openai_mock: OpenAIMock, question: str, topic: str) -> None:
    assert Search(DOCUMENTS).nearest(question).startswith(topic)


def test_documents_are_embedded_once(openai_mock: OpenAIMock) -> None:
    search = Search(DOCUMENTS)
    search.nearest("refund")
    search.nearest("parcel")

    assert [len(call.body["input"]) for call in openai_mock.calls] == [4, 1, 1]

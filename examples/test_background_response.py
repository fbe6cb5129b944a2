"""Work in the background: start it, look after it, cancel it, and read its stream again after a lost connection."""

from __future__ import annotations

from openai import OpenAI
from openai.types.responses import Response

from openai_api_mock import OpenAIMock


def start(client: OpenAI) -> Response:
    return client.responses.create(model="gpt-5", input="Write a long report.", background=True)


def report(client: OpenAI) -> str:
    """The application: it looks until the work is done. A real one sleeps in between."""
    response = start(client)
    while response.status in ("queued", "in_progress"):
        response = client.responses.retrieve(response.id)
    return response.output_text


def test_it_is_done_when_it_is_looked_for(openai_mock: OpenAIMock) -> None:
    openai_mock.reply("The report.")

    assert report(OpenAI()) == "The report."


def test_it_can_be_cancelled(openai_mock: OpenAIMock) -> None:
    client = OpenAI()
    id = start(client).id

    assert client.responses.cancel(id).status == "cancelled"
    assert client.responses.retrieve(id).output_text == ""


def test_its_stream_goes_on_where_it_was_lost(openai_mock: OpenAIMock) -> None:
    client = OpenAI()
    events = list(client.responses.create(model="gpt-5", input="Write a report.", background=True, stream=True))
    lost = 4
    assert events[0].type == "response.created"

    rest = client.responses.retrieve(events[0].response.id, stream=True, starting_after=lost)
    assert [event.sequence_number for event in rest] == [event.sequence_number for event in events[lost + 1 :]]

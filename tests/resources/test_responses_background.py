"""Responses in the background, in their own time."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from openai_api_mock import tool_call
from openai_api_mock.clock import FrozenClock
from openai_api_mock.errors import UsageError
from tests.conftest import MakeWay, Way


def start(way: Way, **arguments: Any) -> Any:
    return way.call("responses.create", model="gpt-5", input="Write a report.", background=True, **arguments)


def look(way: Way, id: str) -> str:
    return str(way.call("responses.retrieve", response_id=id).status)


def test_polls_bring_it_on(make_way: MakeWay) -> None:
    way = make_way(advance="polls:4")
    id = start(way).id

    assert [look(way, id) for _ in range(5)] == ["queued", "in_progress", "in_progress", "completed", "completed"]


def test_time_brings_it_on_and_stands_in_it(make_way: MakeWay) -> None:
    clock = FrozenClock()
    way = make_way(advance="10s", clock=clock)
    made = start(way)

    clock.advance(6)
    assert look(way, made.id) == "in_progress"
    clock.advance(6)
    done = way.call("responses.retrieve", response_id=made.id)
    assert (done.status, done.completed_at) == ("completed", made.created_at + 10)


def test_a_hand_brings_it_on(make_way: MakeWay) -> None:
    way = make_way(advance="manual")
    id = start(way).id

    assert [look(way, id) for _ in range(3)] == ["queued"] * 3
    way.mock.responses.advance(id)
    assert look(way, id) == "in_progress"
    way.mock.responses.advance(id, "completed")
    assert look(way, id) == "completed"
    with pytest.raises(UsageError, match="none is unfinished"):
        way.mock.responses.advance(id)


def test_a_hand_lets_it_fail(make_way: MakeWay) -> None:
    way = make_way(advance="manual")
    id = start(way).id
    way.mock.responses.fail(id, "The model broke.", code="server_error")

    failed = way.call("responses.retrieve", response_id=id)
    assert (failed.status, failed.output, failed.usage) == ("failed", [], None)
    assert (failed.error.code, failed.error.message) == ("server_error", "The model broke.")


def test_it_ends_as_what_it_says_ends(make_way: MakeWay) -> None:
    way = make_way(advance="manual")
    way.mock.responses.create.reply(tool_call("report", pages=3))
    id = start(way, max_output_tokens=16, tools=[{"type": "function", "name": "report", "parameters": {}}]).id

    way.mock.responses.advance(id)
    way.mock.responses.advance(id)
    assert [item.type for item in way.call("responses.retrieve", response_id=id).output] == ["function_call"]


def test_it_can_be_cancelled_until_it_is_over(make_way: MakeWay) -> None:
    way = make_way(advance="manual")
    id = start(way).id
    way.mock.responses.advance(id)

    assert way.call("responses.cancel", response_id=id).status == "cancelled"
    assert look(way, id) == "cancelled"
    assert not way.mock.engine.jobs.any()
    id = start(way).id
    way.mock.responses.advance(id, "completed")
    with pytest.raises(openai.BadRequestError, match="Cannot cancel a completed response"):
        way.call("responses.cancel", response_id=id)


def test_one_that_is_deleted_goes_no_further(make_way: MakeWay) -> None:
    way = make_way(advance="manual")
    id = start(way).id
    way.call("responses.delete", response_id=id)

    assert not way.mock.engine.jobs.any()


def test_its_conversation_is_locked_until_it_is_over(make_way: MakeWay) -> None:
    way = make_way(advance="manual")
    conversation = way.call("conversations.create").id
    id = start(way, conversation=conversation).id

    way.mock.responses.advance(id)
    with pytest.raises(openai.BadRequestError, match="Another process is currently operating"):
        way.call("responses.create", model="gpt-5", input="And?", conversation=conversation)
    way.mock.responses.fail(id)
    assert way.call("responses.create", model="gpt-5", input="And?", conversation=conversation).status == "completed"


@pytest.mark.parametrize("advance", ["polls:3", "manual"])
def test_whoever_reads_its_stream_sees_it_end(make_way: MakeWay, advance: str) -> None:
    way = make_way(advance=advance)
    events = start(way, stream=True)

    assert events[-1].type == "response.completed"
    assert look(way, events[0].response.id) == "completed"


def test_its_stream_takes_as_long_as_it_does(make_way: MakeWay) -> None:
    way = make_way(advance="10s", clock=FrozenClock())
    events = start(way, stream=True)
    times = [at for at, _ in way.mock.calls[-1].chunks]

    assert [event.type for event in events[:3]] == ["response.created", "response.queued", "response.in_progress"]
    assert (times[:3], times[-1]) == ([0.0, 0.0, 5.0], 10.0)
    assert times == sorted(times)


def test_a_stream_that_is_read_again_doesnt_wait_for_what_happened(make_way: MakeWay) -> None:
    clock = FrozenClock()
    way = make_way(advance="10s", clock=clock)
    id = start(way, stream=True)[0].response.id
    clock.advance(7)

    way.call("responses.retrieve", response_id=id, stream=True, starting_after=1)
    times = [at for at, _ in way.mock.calls[-1].chunks]
    assert (times[0], times[-1]) == (0.0, 3.0)

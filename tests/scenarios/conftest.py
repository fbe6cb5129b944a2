"""What tests of other mocks, and those who use them, ask of one: their behaviour, none of their code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from openai_api_mock.mock import OpenAIMock
from openai_api_mock.options import options_from

from ..conftest import SyncWay, Way

Story = Callable[..., Way]


@pytest.fixture
def story() -> Iterator[Story]:
    """Makes a mock in the process, and its client, where the way in doesn't matter; what is scripted must be asked
    for."""
    with ExitStack() as stack:

        def make(**options: Any) -> Way:
            mock = OpenAIMock(options_from({"clock": "instant", **options}))
            way = SyncWay(mock, stack)
            stack.callback(mock.assert_all_used)
            stack.callback(mock.close)
            stack.callback(way.close)
            return way

        yield make


def text(completion: Any) -> Any:
    return completion.choices[0].message.content


def calls(completion: Any) -> list[tuple[str, str]]:
    """The functions that are called, with their arguments."""
    called = completion.choices[0].message.tool_calls or []
    return [(call.function.name, call.function.arguments) for call in called]


def user(content: str) -> Any:
    return {"role": "user", "content": content}


def turn(completion: Any, *results: str) -> list[Any]:
    """What an agent's loop adds to its messages: the assistant's, and the results of its calls."""
    message = completion.choices[0].message
    return [
        message.model_dump(exclude_none=True),
        *(
            {"role": "tool", "tool_call_id": call.id, "content": result}
            for call, result in zip(message.tool_calls or [], results, strict=True)
        ),
    ]

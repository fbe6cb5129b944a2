"""instructor: typed answers in all of its modes for OpenAI."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import instructor
import openai
import pytest
from instructor import Mode
from instructor.core import InstructorRetryException
from pydantic import BaseModel, field_validator

from openai_api_mock import OpenAIMock, tool_call

CHAT = [Mode.TOOLS, Mode.TOOLS_STRICT, Mode.JSON, Mode.JSON_SCHEMA, Mode.MD_JSON, Mode.PARALLEL_TOOLS]
RESPONSES = [Mode.RESPONSES_TOOLS, Mode.RESPONSES_TOOLS_WITH_INBUILT_TOOLS]
ASKED = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Extract: a user named Jason is 25 years old."}]}


class User(BaseModel):
    name: str
    age: int
    mood: Literal["happy", "sad"] | None = None


def typed(mode: Mode, client: Any = None) -> Any:
    return instructor.from_openai(client or openai.OpenAI(), mode=mode)


@pytest.mark.parametrize("mode", [m for m in CHAT if m is not Mode.PARALLEL_TOOLS] + RESPONSES)
def test_a_typed_answer(openai_mock: OpenAIMock, mode: Mode) -> None:
    user = typed(mode).create(response_model=User, **ASKED)
    assert (user.name, user.age) == ("Jason", 25)


@pytest.mark.parametrize("mode", [Mode.TOOLS, Mode.JSON_SCHEMA, Mode.RESPONSES_TOOLS])
async def test_a_typed_answer_of_the_server(server_url: str, mode: Mode) -> None:
    user = await typed(mode, openai.AsyncOpenAI(base_url=server_url)).create(response_model=User, **ASKED)
    assert (user.name, user.age) == ("Jason", 25)


def test_parallel_tools(openai_mock: OpenAIMock) -> None:
    class Weather(BaseModel):
        """The weather in a city"""

        city: str

    users = list(typed(Mode.PARALLEL_TOOLS).create(response_model=Iterable[User | Weather], **ASKED))
    assert users
    assert all(isinstance(each, (User, Weather)) for each in users)


@pytest.mark.parametrize("mode", [Mode.TOOLS, Mode.JSON_SCHEMA, Mode.JSON])
def test_a_partial_answer_streams(openai_mock: OpenAIMock, mode: Mode) -> None:
    parts = list(typed(mode).create_partial(response_model=User, **ASKED))
    assert len(parts) > 1
    assert (parts[-1].name, parts[-1].age) == ("Jason", 25)


async def test_an_iterable_streams(openai_mock: OpenAIMock) -> None:
    client = typed(Mode.TOOLS, openai.AsyncOpenAI())
    users = [user async for user in client.create_iterable(response_model=User, **ASKED)]
    assert users
    assert all(isinstance(user, User) for user in users)


def test_what_does_not_validate_is_asked_again(openai_mock: OpenAIMock) -> None:
    class Adult(User):
        @field_validator("age")
        @classmethod
        def is_adult(cls, age: int) -> int:
            if age < 18:
                raise ValueError("too young")
            return age

    openai_mock.reply(tool_call("Adult", name="Jason", age=3))
    assert typed(Mode.TOOLS).create(response_model=Adult, max_retries=2, **ASKED).age >= 18
    assert "too young" in str(openai_mock.calls[-1].body)


def test_a_rate_limit_is_retried_then_raised(openai_mock: OpenAIMock) -> None:
    openai_mock.fail(429, retry_after=0.01, times=4)
    client = typed(Mode.TOOLS, openai.OpenAI(max_retries=2))
    with pytest.raises(InstructorRetryException) as raised:
        client.create(response_model=User, max_retries=1, **ASKED)
    assert "Rate limit" in str(raised.value)
    assert client.create(response_model=User, **ASKED).age == 25
    tries = [[attempt.status for attempt in call.attempts] for call in openai_mock.calls]
    assert tries == [[429, 429, 429], [429, 200]]

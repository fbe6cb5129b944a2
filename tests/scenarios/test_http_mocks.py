"""lundberg/respx, Colin-b/pytest_httpx and getsentry/responses: the habits of those who mock HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openai
import pytest

from openai_api_mock import APIError, Leak, UnscriptedCall, UnusedReplies, contains, mock_openai

from ..conftest import Way, chat
from .conftest import Story, text, user


def ask(client: openai.OpenAI, content: str = "Hi") -> Any:
    return text(client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": content}]))


def test_that_nothing_was_asked(story: Story) -> None:
    """pytest_httpx issues 18 and 31: to test that no request is made, nothing need be registered."""
    way = story()
    way.mock.chat.completions.create.assert_not_called()
    assert not way.mock.calls


def test_a_cached_result_is_asked_for_once(story: Story) -> None:
    """pytest_httpx issue 18: what is cached doesn't reach the network a second time."""
    way, cache = story(), dict[str, Any]()

    def cached(question: str) -> Any:
        if question not in cache:
            cache[question] = text(way.chat(question))
        return cache[question]

    way.mock.reply("42")
    assert [cached("The answer?"), cached("The answer?")] == ["42", "42"]
    way.mock.chat.completions.create.assert_called_once()


@pytest.mark.parametrize("asked", [2, 3])
def test_a_fixed_number_of_calls_is_expected(asked: int) -> None:
    """pytest_httpx issue 199: one response for N calls, and no more or fewer."""
    with mock_openai(strict=True) as mock, openai.OpenAI() as client:
        mock.reply("again", times=3)
        assert [ask(client) for _ in range(asked)] == ["again"] * asked
        if asked == 3:
            with pytest.raises(UnscriptedCall):
                ask(client)
        else:
            with pytest.raises(UnusedReplies, match=r"used 2 of 3"):
                mock.assert_all_used()
            ask(client)


def test_what_was_never_asked_for_fails_the_test() -> None:
    """respx issue 9, pytest_httpx issue 15: all that was added must be requested, unless it is said to be optional."""
    with pytest.raises(UnusedReplies, match="1 scripted reply was never asked for"), mock_openai() as mock:
        mock.reply("never")
    with mock_openai() as mock:
        mock.always.reply("perhaps")


def test_what_was_not_added_fails_the_test() -> None:
    """respx pull request 21: a request that nothing was added for is refused."""
    with mock_openai(strict=True) as mock, openai.OpenAI() as client:
        mock.when(message=contains("foo")).always.reply("spam")
        with pytest.raises(UnscriptedCall, match="'ham' doesn't contain 'foo'"):
            ask(client, "ham")


def test_no_other_host_is_reached() -> None:
    """respx pull request 21: what isn't mocked doesn't pass, if so told."""
    import httpx

    with mock_openai(allow_network=False), pytest.raises(Leak):
        httpx.get("https://ham.example/spam/")


def test_how_it_was_called(way: Way) -> None:
    """respx issue 299: `assert_called_once_with` on a route."""
    way.chat("Hi", temperature=0.5)
    way.mock.chat.completions.create.assert_called_once_with(temperature=0.5, messages=[user("Hi")])
    with pytest.raises(AssertionError, match=r"temperature: 0\.5, not 0\.7"):
        way.mock.chat.completions.create.assert_called_once_with(temperature=0.7)


def test_an_error_counts_as_asked_for(story: Story) -> None:
    """responses issue 162: bodies that were exceptions counted as never requested."""
    way = story()
    way.mock.fail(400)
    with pytest.raises(openai.BadRequestError):
        way.chat()


def test_a_list_of_answers_and_errors(way: Way) -> None:
    """respx, `side_effect` with an iterable: each call takes the next, be it a response or an error."""
    way.mock.reply("one")
    way.mock.fail(404, "no two")
    way.mock.reply("three")
    assert text(way.chat()) == "one"
    with pytest.raises(openai.NotFoundError, match="no two"):
        way.chat()
    assert text(way.chat()) == "three"


def test_a_function_decides(way: Way) -> None:
    """respx, `side_effect` with a function: what it returns is the response, an error among others."""

    def decide(call: Any) -> Any:
        return APIError(404, "No such model.") if call.body["model"] == "gpt-1" else f"I am {call.body['model']}."

    way.mock.always.reply(decide)
    assert text(way.chat()) == "I am gpt-4o."
    with pytest.raises(openai.NotFoundError, match=r"No such model\."):
        way.chat(model="gpt-1")


def test_the_first_that_matches_answers_until_it_is_used_up(way: Way) -> None:
    """pytest_httpx, README: of several registered responses that match, each is sent once, in their order."""
    way.mock.when(model="gpt-4o").reply("first")
    way.mock.when(message=contains("Hi")).reply("second")
    assert [text(way.chat("Hi")), text(way.chat("Hi"))] == ["first", "second"]


@pytest.mark.parametrize(
    ("route", "call"),
    [
        ("at", lambda way: way.chat(metadata={"team": "red"})),
        ("header", lambda way: way.chat(extra_headers={"X-Team": "red"})),
        ("query", lambda way: way.call("files.list", purpose="batch")),
        ("path", lambda way: way.call("files.retrieve", file_id="file-red")),
    ],
)
def test_patterns(story: Story, route: str, call: Callable[[Way], object]) -> None:
    """respx, patterns: by JSON body, headers, parameters and path."""
    way = story()
    mock: Any = way.mock
    patterns: dict[str, Callable[[], None]] = {
        "at": lambda: mock.when(at={"metadata.team": "red"}).reply("red"),
        "header": lambda: mock.when(header={"X-Team": "red"}).reply("red"),
        "query": lambda: mock.files.list.when(purpose="batch").reply(json={"object": "list", "data": []}),
        "path": lambda: mock.files.retrieve.when(file_id="file-red").reply(json={"id": "file-red"}),
    }
    patterns[route]()
    call(way)
    mock.assert_all_used()
    assert "reply" in mock.calls.last.rule


def test_a_call_is_waited_for(story: Story) -> None:
    """respx, `calls.last`: what a thread of the application asked, as soon as it has."""
    import threading

    way = story()
    way.mock.reply("from a thread")
    thread = threading.Thread(target=lambda: way.chat("Hi"))
    thread.start()
    assert way.mock.wait_for_call().body["messages"] == chat("Hi")["messages"]
    thread.join()

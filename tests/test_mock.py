from __future__ import annotations

import asyncio
import inspect
import os
import threading
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from openai_api_mock import (
    APIError,
    CallbackFailed,
    OpenAIMock,
    Options,
    UnscriptedCall,
    UnusedReplies,
    UsageError,
    mock_openai,
    tool_call,
)

from .conftest import MakeWay, Way, chat


def ask(client: openai.OpenAI | None = None, content: str = "Hello there!") -> str:
    with client or openai.OpenAI() as client:
        return client.chat.completions.create(**chat(content)).choices[0].message.content or ""


def test_the_mock_is_a_call_with_a_stop() -> None:
    mock = mock_openai(answers="fixed")
    assert mock.active
    assert ask() == "This is a mock response from openai-api-mock."
    mock.stop()
    assert not mock.active


def test_the_mock_is_a_context_manager_sync_and_async() -> None:
    async def main() -> str:
        async with mock_openai(answers="echo"), openai.AsyncOpenAI() as client:
            completion = await client.chat.completions.create(**chat("Async"))
            return completion.choices[0].message.content or ""

    with mock_openai(answers="echo"):
        assert ask(content="Sync") == "Sync"
    assert asyncio.run(main()) == "Async"


def test_the_mock_is_a_decorator_of_sync_and_async_functions() -> None:
    @mock_openai(answers="echo")
    def sync(content: str, openai_mock: OpenAIMock) -> tuple[str, int]:
        return ask(content=content), len(openai_mock.calls)

    @mock_openai(answers="fixed")
    async def asynchronous() -> str:
        async with openai.AsyncOpenAI() as client:
            return (await client.chat.completions.create(**chat())).choices[0].message.content or ""

    assert sync("One") == ("One", 1)  # type: ignore[call-arg]
    assert sync("Two") == ("Two", 1)  # type: ignore[call-arg]
    assert list(inspect.signature(sync).parameters) == ["content"]
    assert inspect.iscoroutinefunction(asynchronous)
    assert asyncio.run(asynchronous()).startswith("This is a mock")


def test_a_decorator_intercepts_only_while_the_function_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    @mock_openai()
    def function() -> bool:
        return "OPENAI_API_KEY" in os.environ

    assert "OPENAI_API_KEY" not in os.environ
    assert function()
    assert "OPENAI_API_KEY" not in os.environ


def test_no_key_is_needed_and_the_environment_is_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(openai.OpenAIError):
        openai.OpenAI()
    with mock_openai():
        assert ask()
    assert "OPENAI_API_KEY" not in os.environ

    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
    with mock_openai() as mock:
        ask()
        assert mock.engine.journal.entries()[0]._headers["authorization"] == "Bearer sk-mine"  # type: ignore[index]
        assert "sk-mine" not in os.environ.get("NOTHING", "")
    assert os.environ["OPENAI_API_KEY"] == "sk-mine"


def test_module_level_calls_are_answered_and_leave_no_client_with_the_mocks_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr(openai, "_client", None)
    with mock_openai(answers="fixed"):
        completion = openai.chat.completions.create(**chat())
        assert completion.choices[0].message.content == "This is a mock response from openai-api-mock."
    assert openai._client is None


def test_a_client_that_was_built_before_is_caught() -> None:
    client = openai.OpenAI(api_key="sk-test")
    with mock_openai(answers="fixed"):
        assert ask(client).startswith("This is a mock")


def test_the_innermost_of_nested_mocks_answers() -> None:
    with mock_openai() as outer:
        outer.reply("outer", times=2)
        assert ask() == "outer"
        with mock_openai() as inner:
            inner.reply("inner")
            assert ask() == "inner"
        assert ask() == "outer"


def test_threads_with_mocks_of_their_own_do_not_meet() -> None:
    together = threading.Barrier(4)
    said: dict[int, list[str]] = {}

    def work(number: int) -> None:
        with mock_openai() as mock:
            mock.always.reply(f"thread {number}")
            together.wait()
            said[number] = [ask() for _ in range(5)]
            together.wait()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == {number: [f"thread {number}"] * 5 for number in range(4)}


def test_a_thread_without_a_mock_is_answered_by_the_last_that_was_started() -> None:
    said: list[str] = []
    with mock_openai() as mock:
        mock.reply("from a worker")
        thread = threading.Thread(target=lambda: said.append(ask()))
        thread.start()
        thread.join()
    assert said == ["from a worker"]


def test_replies_are_given_in_order_then_the_generator_goes_on(way: Way) -> None:
    way.mock.reply("Hello!")
    way.mock.reply(tool_call("get_weather", city="Paris"))

    assert way.chat().choices[0].message.content == "Hello!"
    (call,) = way.chat().choices[0].message.tool_calls
    assert (call.function.name, call.function.arguments) == ("get_weather", '{"city":"Paris"}')
    assert way.chat().choices[0].message.content not in (None, "Hello!")


def test_times_and_always(way: Way) -> None:
    way.mock.chat.completions.create.reply("twice", times=2)
    way.mock.always.reply("ever after")

    assert [way.chat().choices[0].message.content for _ in range(4)] == ["twice", "twice", "ever after", "ever after"]
    way.mock.assert_all_used()


def test_a_failure_is_the_apis_own_and_is_retried_as_told(way: Way) -> None:
    way.mock.chat.completions.create.fail(429, retry_after=0.01)
    way.mock.reply("Then it worked.")

    assert way.chat().choices[0].message.content == "Then it worked."
    assert [call.status for call in way.mock.calls[0].attempts] == [429, 200]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, openai.BadRequestError), (401, openai.AuthenticationError), (403, openai.PermissionDeniedError),
        (404, openai.NotFoundError), (409, openai.ConflictError), (422, openai.UnprocessableEntityError),
        (429, openai.RateLimitError), (500, openai.InternalServerError), (503, openai.InternalServerError),
    ],
)  # fmt: skip
def test_each_status_is_the_sdks_own_exception(way: Way, status: int, kind: type[openai.APIStatusError]) -> None:
    way.mock.chat.completions.create.fail(status, "In my own words.", code="mine", param="p", type="t")

    with pytest.raises(kind) as caught:
        way.do(lambda client: client.with_options(max_retries=0).chat.completions.create(**chat()))
    assert caught.value.status_code == status
    assert (caught.value.code, caught.value.param, caught.value.type) == ("mine", "p", "t")
    assert caught.value.body["message"] == "In my own words."  # type: ignore[index]


def test_calls_tell_what_was_asked(way: Way) -> None:
    way.chat("hi")

    (call,) = way.mock.calls
    assert call.operation == "chat.completions.create"
    assert call.body["messages"][-1]["content"] == "hi"
    assert call.headers["authorization"].startswith("Bearer sk-")
    assert "***" in call.headers["authorization"]
    assert way.mock.chat.completions.create.calls.last.status == 200
    way.mock.chat.completions.create.assert_called_once_with(model="gpt-4o")
    way.mock.batches.create.assert_not_called()
    with pytest.raises(AssertionError, match="model: 'gpt-4o', not 'gpt-5'"):
        way.mock.chat.completions.create.assert_called_once_with(model="gpt-5")
    with pytest.raises(AssertionError, match=r"batches\.create was not called; there were calls to chat"):
        way.mock.batches.create.assert_called()


def test_what_is_unused_is_told_by_every_way_out() -> None:
    mock = mock_openai()
    mock.reply("never asked for", times=2)
    with pytest.raises(UnusedReplies, match=r"2 scripted replies were never asked for"):
        mock.stop()
    assert not mock.active
    match = r"reply\('x'\).*\[used 0 of 1\].*test_mock\.py:\d+"
    with pytest.raises(UnusedReplies, match=match), mock_openai() as mock:
        mock.reply("x")

    @mock_openai()
    def decorated(openai_mock: OpenAIMock) -> None:
        openai_mock.fail(500)

    with pytest.raises(UnusedReplies, match=r"fail\(500\)"):
        decorated()  # type: ignore[call-arg]


def test_an_error_in_the_block_is_not_hidden_by_unused_replies() -> None:
    with pytest.raises(ZeroDivisionError), mock_openai() as mock:  # noqa: PT012  # the end raises
        mock.reply("x")
        1 / 0  # noqa: B018


def test_strict_refuses_what_nothing_scripted_at_the_first_try(make_way: MakeWay) -> None:
    way = make_way(strict=True)
    way.mock.reply("one")
    way.chat()

    if way.name == "server":
        with pytest.raises(openai.NotFoundError, match="nothing was scripted for chat.completions.create") as caught:
            way.chat()
        assert caught.value.code == "mock_no_match"
    else:
        with pytest.raises(openai.OpenAIError, match="nothing was scripted for chat.completions.create") as missed:
            way.chat()
        assert "[used up: 1 of 1]" in str(missed.value)
    assert len(way.mock.calls) == 2
    with pytest.raises(UnscriptedCall):
        way.mock.assert_all_scripted()


def test_what_a_users_callable_raises_is_told_and_not_retried(way: Way) -> None:
    async def broken(call: Any) -> str:
        raise RuntimeError("my bad")

    def broken_too(call: Any) -> str:
        raise RuntimeError("my bad")

    for callback in (broken, broken_too):
        way.mock.reset()
        way.mock.reply(callback)
        with pytest.raises(openai.OpenAIError, match="raised RuntimeError: my bad"):
            way.chat()
        assert len(way.mock.calls) == 1
        assert isinstance(way.mock.calls[0].error, CallbackFailed)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sede": 1}, "there is no option 'sede'. Did you mean 'seed'?"),
        ({"latency": -1}, "latency=-1 can't be: it takes seconds, 0 or more"),
        ({"answers": "loud"}, "answers='loud' can't be: it takes 'lorem', 'echo', 'fixed', or a callable of the call"),
        (
            {"clock": "wall"},
            "clock='wall' can't be: it takes 'real', 'instant', 'frozen', 'manual', 'scaled:60', or a clock object",
        ),
        ({"length": (5, 2)}, "length=(5, 2): the first number may not be the greater one"),
        ({"strict": "some"}, "strict='some' can't be: it takes True, False or 'all'"),
        ({"base_urls": ["gateway"]}, "base_urls: 'gateway' is no base URL"),
    ],
)
def test_an_option_that_cannot_be_is_told_with_the_way_out(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        mock_openai(**options)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (lambda m: m.reply(), "needs something to say"),
        (lambda m: m.reply(3), "this is int: 3"),
        (lambda m: m.reply("x", times=0), "times=0 can't be"),
        (lambda m: m.fail(200), "an HTTP error status is 400 to 599"),
        (lambda m: m.fail(429, retry_after=-1), "retry_after=-1 can't be"),
    ],
)
def test_a_script_that_cannot_be_is_told_when_it_is_written(script: Any, message: str) -> None:
    with mock_openai() as mock, pytest.raises(UsageError, match=message.replace("(", r"\(")):
        script(mock)


def test_an_unknown_route_is_an_attribute_error_that_suggests() -> None:
    with mock_openai() as mock:
        with pytest.raises(AttributeError, match="no 'chat.completion'. Did you mean 'completions'"):
            mock.chat.completion  # type: ignore[attr-defined]  # noqa: B018
        with pytest.raises(AttributeError, match="no 'embedings'. Did you mean 'embeddings'"):
            mock.embedings  # type: ignore[attr-defined]  # noqa: B018


def test_the_end_of_one_mock_leaves_the_key_to_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    first, second = mock_openai(), mock_openai()
    first.stop()
    assert openai.OpenAI().models.list().data
    second.stop()
    assert "OPENAI_API_KEY" not in os.environ


def test_a_mock_that_is_entered_inside_itself_is_on_until_the_outermost_leaves() -> None:
    mock = OpenAIMock(Options())
    with mock:
        with mock:
            pass
        assert mock.active
    assert not mock.active


def test_the_decorator_says_what_it_does_not_decorate() -> None:
    class Tests:
        pass

    def generator() -> Iterator[int]:
        yield 1

    for thing, what in ((Tests, "a class"), (generator, "a generator function")):
        with pytest.raises(UsageError, match=f"{thing.__name__} is {what}"):
            mock_openai()(thing)


def test_a_callable_may_answer_with_an_error_of_the_api(way: Way) -> None:
    way.mock.always.reply(lambda call: APIError(404, "Not here.", code="nowhere"))

    with pytest.raises(openai.NotFoundError, match="Not here."):
        way.chat()

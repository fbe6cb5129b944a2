from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Iterator

import pytest

from openai_api_mock.errors import Leak
from openai_api_mock.intercept import registry
from openai_api_mock.mock import OpenAIMock
from openai_api_mock.options import options_from

Make = Callable[..., OpenAIMock]


@pytest.fixture
def make() -> Iterator[Make]:
    """Makes mocks that are on, though no library is patched."""
    made: list[OpenAIMock] = []

    def on(**options: object) -> OpenAIMock:
        made.append(OpenAIMock(options_from(options)))
        registry.add(made[-1])
        return made[-1]

    yield on
    for mock in made:
        registry.remove(mock)


def found(host: str = "api.openai.com") -> object:
    answer = registry.find("https", host, None, "/v1/models")
    return None if answer is None else answer[0]


def in_thread(function: Callable[[], object]) -> object:
    """What it gives in a thread, which starts without the context of this one."""
    results: list[object] = []
    thread = threading.Thread(target=lambda: results.append(contextvars.Context().run(function)))
    thread.start()
    thread.join()
    return results[0]


def test_where_no_mock_is_on_nobody_is_found() -> None:
    assert found() is None


def test_the_first_and_the_last_are_told() -> None:
    one, two = OpenAIMock(options_from({})), OpenAIMock(options_from({}))
    assert [registry.add(one), registry.add(two)] == [True, False]
    assert [registry.remove(one), registry.remove(two)] == [False, True]


def test_the_innermost_mock_answers_and_then_the_one_around_it(make: Make) -> None:
    outer, inner = make(), make()
    assert found() is inner
    registry.remove(inner)
    assert found() is outer


def test_a_mock_answers_for_its_own_hosts_alone(make: Make) -> None:
    outer, inner = make(base_urls=("https://gateway.test/v1",)), make()
    assert found("gateway.test") is outer
    assert found("api.openai.com") is inner
    assert found("elsewhere.test") is None


def test_a_thread_that_started_a_mock_is_answered_by_that_one(make: Make) -> None:
    mine = make()

    def is_answered_by_its_own() -> bool:
        return make() is found()

    assert in_thread(is_answered_by_its_own)
    assert found() is mine


def test_a_thread_that_started_none_is_answered_by_the_last(make: Make) -> None:
    make()
    last = make()
    assert in_thread(found) is last


def test_tasks_are_answered_each_by_its_own_mock(make: Make) -> None:
    async def main() -> None:
        started = asyncio.Event()

        async def first() -> None:
            own = make()
            await started.wait()
            assert found() is own

        async def second() -> None:
            own = make()
            started.set()
            assert found() is own

        await asyncio.gather(first(), second())

    asyncio.run(main())


def test_a_mock_that_another_thread_stopped_answers_no_more(make: Make) -> None:
    outer, inner = make(), make()
    in_thread(lambda: registry.remove(inner))
    assert found() is outer


def test_one_mock_that_forbids_the_network_forbids_it_to_all(make: Make) -> None:
    make(allow_network=False)
    make()
    assert found("api.openai.com") is not None
    with pytest.raises(Leak, match=r"https://elsewhere\.test/v1/models would leave.*base_urls"):
        found("elsewhere.test")

"""The timer that all timed streams of a loop share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial

import pytest

from openai_api_mock.server.wheel import Wheel

from .conftest import new_loop


@pytest.fixture(params=[asyncio.new_event_loop, new_loop])
def run(request: pytest.FixtureRequest) -> Callable[[Callable[[Wheel, asyncio.Future[None]], None]], None]:
    """Runs a test on a wheel until it sets the future, on each kind of event loop."""

    def run(test: Callable[[Wheel, asyncio.Future[None]], None]) -> None:
        loop: asyncio.AbstractEventLoop = request.param()
        try:

            async def main() -> None:
                over = loop.create_future()
                test(Wheel(loop), over)
                await asyncio.wait_for(over, 10)

            loop.run_until_complete(main())
        finally:
            loop.close()

    return run


Run = Callable[[Callable[[Wheel, "asyncio.Future[None]"], None]], None]


def test_nothing_is_called_before_its_time(run: Run) -> None:
    early: list[float] = []

    def test(wheel: Wheel, over: asyncio.Future[None]) -> None:
        now = time.monotonic()
        left = set(range(300))

        def called(number: int, due: float) -> None:
            if time.monotonic() < due:
                early.append(due - time.monotonic())
            left.discard(number)
            if not left:
                over.set_result(None)

        for number in left.copy():
            due = now + (number * 7919 % 300) * 0.00037
            wheel.at(due, partial(called, number, due))

    run(test)
    assert early == []


def test_what_is_added_while_it_turns_is_called_too(run: Run) -> None:
    came: list[float] = []

    def test(wheel: Wheel, over: asyncio.Future[None]) -> None:
        start = time.monotonic()

        def again() -> None:
            came.append(time.monotonic() - start)
            if len(came) == 5:
                over.set_result(None)
            else:
                wheel.at(start + 0.01 * (len(came) + 1), again)

        wheel.at(start + 0.01, again)

    run(test)
    assert [at >= 0.01 * (k + 1) for k, at in enumerate(came)] == [True] * 5


def test_one_that_fails_takes_no_other_with_it(run: Run) -> None:
    said: list[object] = []

    def test(wheel: Wheel, over: asyncio.Future[None]) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context["exception"]))
        due = time.monotonic() + 0.01
        wheel.at(due, lambda: 1 / 0)  # type: ignore[arg-type]
        wheel.at(due, lambda: wheel.at(due + 0.01, lambda: over.set_result(None)))

    run(test)
    assert [type(error) for error in said] == [ZeroDivisionError]


def test_an_earlier_time_comes_first_though_it_was_added_last(run: Run) -> None:
    order: list[str] = []

    def test(wheel: Wheel, over: asyncio.Future[None]) -> None:
        now = time.monotonic()
        wheel.at(now + 0.05, lambda: over.set_result(None))
        wheel.at(now + 0.04, lambda: order.append("late"))
        wheel.at(now + 0.01, lambda: order.append("early"))

    run(test)
    assert order == ["early", "late"]

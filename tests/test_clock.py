from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import openai
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from openai_api_mock import ManualClock, MockError, ScaledClock, UsageError, mock_openai
from openai_api_mock.clock import Clock, FrozenClock, InstantClock, RealClock, clock_of

from .conftest import MakeWay, Way, chat

STEP = 20.0


def in_background(action: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=action, daemon=True)
    thread.start()
    return thread


def read_with_times(way: Way, clock: ManualClock, seen: queue.Queue[float]) -> None:
    """Read a stream, and note for each of its events what time the clock showed."""
    if way.name in ("sync", "server"):
        for _ in way.client.chat.completions.create(**chat(), stream=True):
            seen.put(clock.monotonic())
        return

    async def read(client: openai.AsyncOpenAI) -> None:
        async for _ in await client.chat.completions.create(**chat(), stream=True):
            seen.put(clock.monotonic())

    way.do(read)


def test_a_stream_on_a_manual_clock_comes_as_time_is_let_pass(make_way: MakeWay) -> None:
    clock = ManualClock()
    way = make_way(chunk_delay=STEP, clock=clock)
    way.mock.reply(stream=["One ", "two ", "three"])
    seen: queue.Queue[float] = queue.Queue()
    reader = in_background(lambda: read_with_times(way, clock, seen))

    for number in range(1, 6):
        clock.wait_for_sleepers()
        assert clock.advance_to_next() == STEP
        assert seen.get(timeout=5) == STEP * number
    clock.wait_for_sleepers()  # [DONE] is waited for, too
    clock.advance(STEP)
    reader.join(5)
    assert not reader.is_alive()
    assert clock.sleepers == 0


def test_one_advance_brings_all_that_has_fallen_due(make_way: MakeWay) -> None:
    clock = ManualClock()
    way = make_way(latency=1.0, chunk_delay=STEP, clock=clock)
    way.mock.reply(stream=["One ", "two ", "three"])
    seen: queue.Queue[float] = queue.Queue()
    reader = in_background(lambda: read_with_times(way, clock, seen))

    clock.wait_for_sleepers()
    clock.advance(3600)
    reader.join(5)
    assert [seen.get(timeout=5) for _ in range(5)] == [3600] * 5


def test_a_clients_patience_is_measured_on_the_clock(make_way: MakeWay) -> None:
    """In process. Over the server a client has only real time."""
    clock = ManualClock()
    way = make_way(latency=1000.0, clock=clock)
    if way.name == "server":
        pytest.skip("its client knows the real clock alone")
    failures: queue.Queue[Exception] = queue.Queue()

    def ask() -> None:
        try:
            way.do(lambda client: client.with_options(max_retries=0, timeout=600).chat.completions.create(**chat()))
        except openai.APITimeoutError as error:
            failures.put(error)

    asking = in_background(ask)
    clock.wait_for_sleepers()
    assert clock.advance_to_next() == 600
    asking.join(5)
    assert isinstance(failures.get(timeout=5), openai.APITimeoutError)


def test_the_mock_has_its_clock() -> None:
    with mock_openai(clock="manual", latency=30) as mock:
        answers: queue.Queue[Any] = queue.Queue()
        in_background(lambda: answers.put(openai.OpenAI().chat.completions.create(**chat())))
        mock.clock.wait_for_sleepers()
        before = mock.clock.time()
        mock.clock.advance(30)
        assert answers.get(timeout=5).choices
        assert mock.clock.time() == before + 30


def test_a_thread_that_nobody_wakes_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock(patience=0.001)
    with mock_openai(clock=clock, latency=30), pytest.raises(MockError, match="nobody advanced it by the 30 s"):
        openai.OpenAI().chat.completions.create(**chat())
    assert clock.sleepers == 0


def test_threads_wake_step_by_step() -> None:
    clock, left = ManualClock(), queue.Queue[float]()

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        left.put(seconds)

    for seconds in (5.0, 1.0, 4.0, 2.0, 3.0):
        in_background(partial(sleep, seconds))
    clock.wait_for_sleepers(5)
    for seconds in (1.0, 2.0, 3.0, 4.0, 5.0):
        assert clock.advance_to_next() == 1
        assert left.get(timeout=5) == seconds
    assert clock.advance_to_next() == 0


Tasks = list[tuple[int, float]]


@given(
    sleeps=st.lists(st.integers(1, 50), min_size=1, max_size=8),
    steps=st.lists(st.integers(1, 30), min_size=1, max_size=8),
)
def test_sleepers_wake_when_it_has_come_to_their_time_in_that_order(sleeps: list[int], steps: list[int]) -> None:
    """On asyncio and trio alike. Tenths of seconds, which no float is exactly: nothing may drift by them."""

    async def in_asyncio() -> Tasks:
        clock, woken = ManualClock(), []

        async def sleep(number: int) -> None:
            await clock.sleep_async(sleeps[number] / 10)
            woken.append((number, clock.monotonic()))

        tasks = [asyncio.ensure_future(sleep(number)) for number in range(len(sleeps))]
        await asyncio.sleep(0)
        for step in steps:
            clock.advance(step / 10)
            for _ in range(4):
                await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert clock.sleepers == 0
        return woken

    async def in_trio() -> Tasks:
        clock, woken = ManualClock(), []

        async def sleep(number: int) -> None:
            await clock.sleep_async(sleeps[number] / 10)
            woken.append((number, clock.monotonic()))

        async with trio.open_nursery() as nursery:
            for number in range(len(sleeps)):
                nursery.start_soon(sleep, number)
            await trio.testing.wait_all_tasks_blocked()
            for step in steps:
                clock.advance(step / 10)
                await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        assert clock.sleepers == 0
        return woken

    moments = [sum(steps[: number + 1]) for number in range(len(steps))]
    due = {number: next((at / 10 for at in moments if at >= tenths), None) for number, tenths in enumerate(sleeps)}
    expected = {(number, at) for number, at in due.items() if at is not None}
    woken = asyncio.run(in_asyncio())
    assert set(woken) == expected == set(trio.run(in_trio))
    assert [sleeps[number] for number, _ in woken] == sorted(sleeps[number] for number, _ in woken)


def test_two_event_loops_and_a_thread_sleep_on_one_clock() -> None:
    clock, left = ManualClock(), queue.Queue[str]()

    def note(name: str) -> None:
        left.put(name)

    async def sleep_in_asyncio(name: str) -> None:
        await clock.sleep_async(10)
        note(name)

    async def sleep_in_trio() -> None:
        await clock.sleep_async(10)
        note("trio")

    def sleep() -> None:
        clock.sleep(10)
        note("thread")

    actions: list[Callable[[], object]] = [
        lambda: asyncio.run(sleep_in_asyncio("one loop")),
        lambda: asyncio.run(sleep_in_asyncio("another")),
        lambda: trio.run(sleep_in_trio),
        sleep,
    ]
    threads = [in_background(action) for action in actions]
    clock.wait_for_sleepers(4)
    clock.advance(9.9)
    assert left.empty()
    assert clock.sleepers == 4
    clock.advance(0.1)
    for thread in threads:
        thread.join(5)
    assert {left.get_nowait() for _ in threads} == {"one loop", "another", "trio", "thread"}


# The SDK stops reading at `[DONE]` and leaves its own generators to the garbage collector, which trio complains of.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <async_generator object (AsyncStream|SSEDecoder)")
@pytest.mark.filterwarnings("ignore:Async generator 'openai._streaming:ResourceWarning")
def test_the_sdk_waits_on_it_under_trio() -> None:
    clock, seen = ManualClock(), list[float]()

    async def read() -> None:
        async with openai.AsyncOpenAI() as client:
            async for _ in await client.chat.completions.create(**chat(), stream=True):
                seen.append(clock.monotonic())

    async def step() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(read)
            for _ in range(3):
                await trio.to_thread.run_sync(clock.wait_for_sleepers)
                clock.advance_to_next()

    with mock_openai(pace="ttft=10s,itl=5s", clock=clock, length=3):
        trio.run(step)
    assert seen == [10, 10, 15, 20, 20]


def test_who_has_gone_needs_no_waking() -> None:
    clock = ManualClock()

    async def leave() -> None:
        task = asyncio.ensure_future(clock.sleep_async(5))
        await asyncio.sleep(0)
        assert clock.sleepers == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert clock.sleepers == 0

    asyncio.run(leave())
    clock.advance(10)


def test_a_manual_clock_never_goes_back() -> None:
    clock = ManualClock(at=100.0)
    clock.set(150.0)
    assert (clock.time(), clock.monotonic()) == (150.0, 50.0)
    actions: list[Callable[[], None]] = [
        lambda: clock.set(149.0),
        lambda: clock.advance(-1),
        lambda: FrozenClock().advance(-1),
    ]
    for wrong in actions:
        with pytest.raises(UsageError, match="it takes seconds, 0 or more"):
            wrong()
    with pytest.raises(AssertionError, match="0 sleep on the clock after 0 s, not 1"):
        clock.wait_for_sleepers(timeout=0)


def test_a_scaled_clock_runs_as_many_times_as_fast(make_way: MakeWay) -> None:
    """What would take five hours is over within the patience of any test."""
    way = make_way(latency=3600.0, chunk_delay=3600.0, clock="scaled:1000000")
    way.mock.reply(stream=["One ", "two ", "three"])
    before = way.mock.clock.monotonic()
    events = way.do(lambda client: client.with_options(timeout=None).chat.completions.create(**chat(), stream=True))
    assert len(events) == 5
    assert way.mock.clock.monotonic() - before >= 7 * 3600


def test_nobody_need_be_patient_on_a_clock_that_runs_by_itself() -> None:
    clocks: list[Clock] = [RealClock(), InstantClock(), ScaledClock(2)]
    for clock in clocks:
        actions: list[Callable[[], object]] = [
            partial(clock.advance, 1),
            clock.advance_to_next,
            clock.wait_for_sleepers,
        ]
        for wrong in actions:
            with pytest.raises(UsageError, match=f"a {type(clock).__name__} can't be .*'manual'"):
                wrong()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("fast", "it takes 'real', 'instant', 'frozen', 'manual', 'scaled:60', or a clock object"),
        ("scaled:0", "scaled takes a number greater than 0"),
        ("scaled:", "scaled takes a number greater than 0"),
        ("scaled:nan", "scaled takes a number greater than 0"),
        ("scaled", "'scaled:60'"),
        (60, "a clock has time"),
    ],
)
def test_what_is_no_clock_is_told_so(name: object, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        mock_openai(clock=name)


def test_a_clock_has_a_name() -> None:
    scaled = clock_of("scaled:60")
    assert isinstance(scaled, ScaledClock)
    assert scaled.factor == 60
    assert isinstance(clock_of("manual"), ManualClock)
    assert clock_of("manual") is not clock_of("manual")

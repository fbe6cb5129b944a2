from __future__ import annotations

import itertools
import queue
import threading
from pathlib import Path
from typing import Any

import msgspec
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_api_mock import Gamma, LogNormal, ManualClock, Normal, OpenAIMock, Pace, UsageError, mock_openai
from openai_api_mock.options import options_from
from openai_api_mock.stream.pace import pace_of
from openai_api_mock.stream.presets import PRESETS
from openai_api_mock.stream.schedule import _spread
from openai_api_mock.wire import Frames, Reply, Request, Stream

from ..conftest import MakeWay, Way, chat

SOME = "ttft=lognormal(300ms, 0.4),itl=gamma(4, 5ms)"
FIXED = "ttft=300ms,itl=20ms"


def times(way: Way) -> list[float]:
    """When the chunks of the latest call were due."""
    return [at for at, _ in way.mock.calls[-1].chunks]


def test_tokens_come_at_their_times(make_way: MakeWay) -> None:
    """The role leaves with the first token; the finish reason and `[DONE]` with the last."""
    way = make_way(pace=FIXED, clock="instant", length=4)
    way.chat(stream=True)
    assert times(way) == pytest.approx([0.3, 0.3, 0.32, 0.34, 0.36, 0.36, 0.36])


def test_what_is_not_streamed_is_there_with_its_last_token(make_way: MakeWay) -> None:
    way = make_way(pace=FIXED, clock="instant", length=4)
    assert way.chat().usage.completion_tokens == 4
    assert way.mock.calls[-1].delay == pytest.approx(0.36)


def test_on_a_manual_clock_they_are_seen_at_these_times(make_way: MakeWay) -> None:
    clock = ManualClock()
    way = make_way(pace=FIXED, clock=clock, length=3)
    seen: queue.Queue[float] = queue.Queue()

    def read() -> None:
        if way.name in ("sync", "server"):
            for _ in way.client.chat.completions.create(**chat(), stream=True):
                seen.put(clock.monotonic())
            return

        async def read_async(client: openai.AsyncOpenAI) -> None:
            async for _ in await client.chat.completions.create(**chat(), stream=True):
                seen.put(clock.monotonic())

        way.do(read_async)

    reader = threading.Thread(target=read)
    reader.start()
    noted: list[float] = []
    for count in (2, 1, 2):  # with the first token the role, with the last the finish reason
        clock.wait_for_sleepers()
        clock.advance_to_next()
        noted += [seen.get(timeout=5) for _ in range(count)]
    reader.join(5)
    assert noted == pytest.approx([0.3, 0.3, 0.32, 0.34, 0.34])


@pytest.mark.parametrize(
    ("path", "arguments"),
    [
        ("chat.completions.create", {**chat(), "n": 2}),
        ("chat.completions.create", {**chat(), "tools": [{"type": "function", "function": {"name": "f"}}]}),
        ("completions.create", {"model": "davinci-002", "prompt": "Hi", "stream_options": {"include_usage": True}}),
        ("responses.create", {"model": "gpt-5", "input": "Hi"}),
        ("images.generate", {"model": "gpt-image-1", "prompt": "Hi", "partial_images": 2, "quality": "low"}),
        ("audio.speech.create", {"model": "gpt-4o-mini-tts", "input": "Hello", "voice": "ash", "stream_format": "sse"}),
    ],
)  # fmt: skip
def test_whatever_streams_begins_with_its_first_token_and_ends_with_its_last(path: str, arguments: Any) -> None:
    with mock_openai(pace="ttft=300ms,itl=20ms", clock="instant", length=6) as mock:
        create: Any = openai.OpenAI()
        for name in path.split("."):
            create = getattr(create, name)
        if path == "audio.speech.create":
            create(**arguments)
        else:
            list(create(**arguments, stream=True))
        streamed = mock.calls[-1]
        due = [at for at, _ in streamed.chunks]
        assert streamed.delay == due[0]
        assert due == sorted(due)
        assert due[-1] > due[0] >= 0.3
        if path not in ("images.generate", "audio.speech.create"):
            arguments = {name: value for name, value in arguments.items() if name != "stream_options"}
            create(**arguments)
            assert mock.calls[-1].delay == pytest.approx(due[-1])


def test_a_model_that_thinks_takes_its_time_for_that() -> None:
    with mock_openai(pace=FIXED, clock="instant", length=3) as mock:
        list(openai.OpenAI().chat.completions.create(**chat(model="gpt-5"), stream=True))
        due = [at for at, _ in mock.calls[-1].chunks]
        completion = openai.OpenAI().chat.completions.create(**chat(model="gpt-5"))
        assert completion.usage is not None
        assert completion.usage.completion_tokens_details is not None
        thought = completion.usage.completion_tokens_details.reasoning_tokens
        assert thought
        assert due[0] == pytest.approx(0.3 + 0.02 * thought)
        assert due[-1] == pytest.approx(mock.calls[-1].delay)


def test_a_longer_prompt_takes_longer(make_way: MakeWay) -> None:
    way = make_way(pace="ttft=100ms,prefill=1ms", clock="instant")
    short, long = (way.chat("word " * count).usage.prompt_tokens for count in (1, 500))
    first, second = (call.delay for call in way.mock.calls)
    assert first == pytest.approx(0.1 + 0.001 * short)
    assert second == pytest.approx(0.1 + 0.001 * long)


def ask(mock: OpenAIMock, content: str, **body: Any) -> Reply:
    reply = mock.engine.handle(Request("POST", "/chat/completions", "", {}, msgspec.json.encode(chat(content, **body))))
    assert isinstance(reply, Reply)
    return reply


def due(reply: Reply) -> list[float]:
    assert isinstance(reply.body, Stream)
    assert reply.body.times is not None
    return list(reply.body.times)


@given(st.permutations(["one", "two", "three", "three"]))
def test_times_depend_on_the_seed_and_the_request_and_not_on_the_order(order: list[str]) -> None:
    def all_times(seed: int, order: list[str]) -> dict[str, list[list[float]]]:
        mock = OpenAIMock(options_from({"pace": SOME, "seed": seed, "length": 5}))
        found: dict[str, list[list[float]]] = {}
        for content in order:
            found.setdefault(content, []).append(due(ask(mock, content, stream=True)))
        return found

    assert all_times(1, order) == all_times(1, sorted(order))
    assert all_times(1, order) != all_times(2, order)
    one, another = all_times(1, order)["three"]
    assert one != another  # else a load test would see the same reply's times all along


def test_no_more_are_answered_at_a_time_than_there_are_places() -> None:
    """First come, first served; a reply of 4 tokens takes 1.3 s here."""
    clock = ManualClock()
    mock = OpenAIMock(options_from({"pace": "ttft=1s,itl=0.1,max_num_seqs=2", "clock": clock, "length": 4}))
    assert [ask(mock, "Hi").delay for _ in range(5)] == pytest.approx([1.3, 1.3, 2.6, 2.6, 3.9])
    clock.advance(3)
    assert [ask(mock, "Hi").delay for _ in range(2)] == pytest.approx([1.3, 2.2])
    clock.advance(60)
    assert ask(mock, "Hi").delay == pytest.approx(1.3)


def test_under_load_all_of_it_takes_longer() -> None:
    clock = ManualClock()
    mock = OpenAIMock(options_from({"pace": "ttft=1s,max_num_seqs=3,load=2", "clock": clock}))
    assert [ask(mock, "Hi").delay for _ in range(3)] == pytest.approx([1.0, 1.5, 2.0])
    clock.advance(1.2)
    assert ask(mock, "Hi").delay == pytest.approx(2.0)


@given(st.lists(st.floats(0, 3), min_size=1, max_size=20), st.integers(1, 4))
def test_a_queue_never_has_more_at_a_time_than_places_and_never_lets_one_stand_empty(
    pauses: list[float], places: int
) -> None:
    clock = ManualClock()
    mock = OpenAIMock(options_from({"pace": Pace(ttft=Gamma(2, 0.5), max_num_seqs=places), "clock": clock}))
    alone = OpenAIMock(options_from({"pace": Pace(ttft=Gamma(2, 0.5))}))
    spans: list[tuple[float, float]] = []
    for pause in pauses:
        clock.advance(pause)
        took = ask(alone, "Hi").delay
        end = clock.monotonic() + ask(mock, "Hi").delay
        spans.append((end - took, end))
        arrived = clock.monotonic()
        if spans[-1][0] > arrived + 1e-6:  # it had to wait: until the moment when a place became free
            assert any(abs(other - spans[-1][0]) < 1e-6 for _, other in spans[:-1])
    for start, _ in spans:
        assert sum(begun <= start + 1e-6 and end > start + 1e-6 for begun, end in spans) <= places


def test_a_prompt_that_begins_as_an_earlier_one_is_cached(make_way: MakeWay) -> None:
    """From 1,024 tokens on, in steps of 128; what is cached takes no time."""
    clock = ManualClock()
    way = make_way(pace="prefill=0.1ms,prefix_cache=true", clock=clock, length=1)
    way.mock.pace("prefix_cache=true")
    before = "The same old story. " * 400

    def usage(content: str) -> Any:
        return way.chat(content).usage

    assert usage(before).prompt_tokens_details.cached_tokens == 0
    again = usage(before)
    assert again.prompt_tokens_details.cached_tokens == again.prompt_tokens // 128 * 128
    longer = usage(before + "And another one. " * 400)
    assert longer.prompt_tokens_details.cached_tokens == pytest.approx(again.prompt_tokens, abs=256)
    assert longer.prompt_tokens_details.cached_tokens % 128 == 0
    assert usage("Other than that: " + before).prompt_tokens_details.cached_tokens == 0
    assert usage("Short").prompt_tokens_details.cached_tokens == 0
    assert usage("Short").prompt_tokens_details.cached_tokens == 0
    clock.advance(301)
    assert usage(before).prompt_tokens_details.cached_tokens == 0


def test_what_is_cached_takes_no_time_and_responses_say_it_too() -> None:
    with mock_openai(pace="prefill=1ms,prefix_cache=true", clock="instant") as mock:
        client = openai.OpenAI()
        story = "The same old story. " * 400
        first = client.responses.create(model="gpt-4o", input=story)
        second = client.responses.create(model="gpt-4o", input=story)
        third = client.responses.create(model="gpt-4o", input="Go on", previous_response_id=second.id)
        for response, call in zip((first, second, third), mock.calls, strict=True):
            assert response.usage is not None
            unknown = response.usage.input_tokens - response.usage.input_tokens_details.cached_tokens
            assert call.delay == pytest.approx(0.001 * unknown)
        assert second.usage is not None
        assert third.usage is not None
        assert third.usage.input_tokens_details.cached_tokens >= second.usage.input_tokens_details.cached_tokens > 1024


def test_models_have_paces_of_their_own() -> None:
    pace = Pace(ttft=1, models={"gpt-5": "ttft=2s", "gpt-5-mini": {"ttft": "3s"}})
    found = [
        pace.of(model).ttft.mean for model in ("gpt-4o", "gpt-5-2025-08-07", "gpt-5.1", "gpt-5-mini", "gpt-5-nano")
    ]
    assert found == [1, 2, 2, 3, 2]


def test_a_reply_has_a_pace_of_its_own(make_way: MakeWay) -> None:
    way = make_way(pace="ttft=1h", clock="instant")
    way.mock.reply("Hi", pace="ttft=2s")
    way.mock.models.list.reply(json={"data": []}, pace="ttft=3s")
    way.mock.reply("Hi", chunk_delay=4.0)
    way.chat()
    way.call("models.list")
    way.chat(stream=True)
    assert [call.delay for call in way.mock.calls[:2]] == [2, 3]
    assert times(way) == [4.0, 8.0, 12.0, 16.0]


def test_rules_of_files_have_one_too(make_way: MakeWay, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(
        "- {reply: Hi, pace: 'ttft=2s,itl=gamma(2, 10ms)'}\n"
        "- {replies: [A, B], pace: {preset: gpt-4o, ttft: 3s, prefill: 0}}\n"
    )
    way = make_way(script=[str(tmp_path / "rules.yaml")], clock="instant", length=1)
    for _ in range(3):
        way.chat(stream=True)
    assert [call.delay for call in way.mock.calls] == [2, 3, 3]
    (tmp_path / "rules.yaml").write_text("- {reply: Hi, pace: ttft=soon}\n")
    with pytest.raises(UsageError, match=r"rules.yaml:1: .*ttft='soon' can't be: it takes a duration"):
        make_way(script=[str(tmp_path / "rules.yaml")])


def test_the_pace_can_be_changed_on_the_way() -> None:
    with mock_openai(clock="instant", latency=0.5) as mock:
        client = openai.OpenAI()
        client.chat.completions.create(**chat())
        mock.pace("ttft=2s")
        client.chat.completions.create(**chat())
        client.models.list()
        mock.reset()
        client.chat.completions.create(**chat())
        mock.pace("ttft=2s")
        mock.pace(None)
        client.chat.completions.create(**chat())
        assert [call.delay for call in mock.calls] == [0.5, 0.5]
    with mock_openai(clock="instant", latency=0.5) as mock:
        mock.pace("ttft=2s")
        client.chat.completions.create(**chat())
        client.models.list()
        assert [call.delay for call in mock.calls] == [2.5, 0.5]


def test_frames_of_a_websocket_have_their_times_too() -> None:
    mock = OpenAIMock(options_from({"pace": FIXED, "length": 3}))
    session = mock.engine.connect(Request("GET", "/responses"))
    assert not isinstance(session, Reply)
    frames = session.receive('{"type": "response.create", "model": "gpt-4o", "input": "Hi"}')
    assert isinstance(frames, Frames)
    assert frames.stream.times is not None
    assert frames.delay == frames.stream.times[0] == pytest.approx(0.3)
    assert sorted(set(frames.stream.times)) == pytest.approx([0.3, 0.32, 0.34])


def test_errors_come_at_once(make_way: MakeWay) -> None:
    way = make_way(pace="ttft=1h", clock="instant")
    way.mock.fail(400)
    with pytest.raises(openai.BadRequestError):
        way.chat()
    assert way.mock.calls[-1].delay == 0


def test_the_header_tells_how_long_it_took(make_way: MakeWay) -> None:
    way = make_way(pace="ttft=1234ms", latency=1.0, clock="instant")
    raw = way.do(lambda client: client.chat.completions.with_raw_response.create(**chat()))
    assert raw.headers["openai-processing-ms"] == "1234"


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_paces(preset: str) -> None:
    pace = pace_of(preset)
    assert pace_of(pace.to_dict()) == pace
    for model in ("gpt-4o", "gpt-5-mini", "whisper-1", ""):
        assert (pace.of(model).ttft.mean > 0) == (preset != "instant")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("ttft=300ms,itl=20ms", Pace(ttft=0.3, itl=0.02)),
        ("ttft=lognormal(300ms, 0.4), itl=normal(20ms,5ms)", Pace(ttft=LogNormal(0.3, 0.4), itl=Normal(0.02, 0.005))),
        ({"ttft": "300ms", "max_num_seqs": 4, "load": 2}, Pace(ttft=0.3, max_num_seqs=4, load=2)),
        ("max_num_seqs=4,load=1.5,prefix_cache=true", Pace(max_num_seqs=4, load=1.5, prefix_cache=True)),
        ("instant", Pace()),
        ("instant,itl=1ms", Pace(itl=0.001)),
    ],
)
def test_a_pace_is_written_in_a_line(given: Any, meant: Pace) -> None:
    assert pace_of(given) == meant


def test_a_preset_is_changed_for_all_its_models() -> None:
    pace = pace_of("realistic,itl=10ms")
    assert {each.itl.mean for each in (pace, *pace.models.values())} == {0.01}
    assert pace.of("gpt-4o").ttft == pace_of("gpt-4o").ttft


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("realistik", "there is no pace 'realistik'. Did you mean 'realistic'?"),
        ("ttfb=1s", "a pace has no 'ttfb'. Did you mean 'ttft'?"),
        ("ttft=1s,fast", "'fast' isn't of the form ttft=300ms"),
        ("ttft=normal(1s)", "ttft='normal(1s)' can't be: it is written normal(20ms, 5ms)"),
        ("load=2", "say both"),
        ("load=half", "load='half' can't be"),
        ("max_num_seqs=0", "max_num_seqs=0 can't be"),
        ("max_num_seqs=few", "max_num_seqs='few' can't be"),
        ("prefix_cache=maybe", "prefix_cache='maybe' can't be"),
        ({"models": {"gpt-5": "quick"}}, "there is no pace 'quick'"),
        (7, "it takes a preset ('instant', 'realistic', "),
        ("", "isn't of the form"),
    ],
)
def test_what_is_no_pace_is_told(given: Any, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        mock_openai(pace=given)
    assert words in str(caught.value)


def test_one_says_a_pace_or_a_delay_of_chunks() -> None:
    with pytest.raises(UsageError, match="say one"):
        mock_openai(pace="realistic", chunk_delay=1)
    with mock_openai() as mock, pytest.raises(UsageError, match="say one"):
        mock.reply("Hi", pace="realistic", chunk_delay=1)


@given(st.integers(1, 30), st.integers(1, 40), st.integers(0, 5))
def test_frames_are_spread_over_the_tokens(frames: int, tokens: int, hidden: int) -> None:
    due = [float(at) for at in range(tokens + hidden)]
    spread = _spread(due, hidden, frames)
    assert spread[0] == hidden
    assert len(spread) == frames
    assert all(before <= after for before, after in itertools.pairwise(spread))
    assert frames != tokens or spread == due[hidden:]

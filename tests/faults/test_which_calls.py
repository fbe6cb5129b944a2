"""Which calls a fault strikes, and where it can be said."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import openai
import pytest

from openai_api_mock import UnusedReplies, UsageError, contains, mock_openai, settings, tool_call
from openai_api_mock.faults import FAULTS, faults_of

from ..conftest import MakeWay, Way, chat

NOTHING = "200"


def fates(way: Way, count: int, *texts: str, **arguments: Any) -> list[str]:
    """What becomes of so many calls, each tried once."""
    return [_fate(way, texts[number % len(texts)] if texts else "hi", arguments) for number in range(count)]


def _fate(way: Way, text: str, arguments: dict[str, Any]) -> str:
    try:
        way.do(lambda client: client.with_options(max_retries=0).chat.completions.create(**chat(text, **arguments)))
    except openai.APIStatusError as error:
        return str(error.status_code)
    except openai.APIConnectionError as error:
        return type(error).__name__
    return NOTHING


def test_a_fault_strikes_once_and_the_sdk_tries_again(way: Way) -> None:
    way.mock.fault("connection_reset")
    assert way.chat().choices[0].message.content
    assert [str(fault) for call in way.mock.calls[-1].attempts for fault in call.faults] == ["connection_reset"]
    assert [attempt.status for attempt in way.mock.calls[-1].attempts] == [0, 200]
    way.mock.assert_all_used()


def test_times_after_and_every_say_which_calls(way: Way) -> None:
    way.mock.chat.completions.create.fault("overloaded", times=2, after=1, every=2)
    assert fates(way, 7) == [NOTHING, NOTHING, "503", NOTHING, "503", NOTHING, NOTHING]


def test_always_is_for_ever_and_never_unused(way: Way) -> None:
    way.mock.always.fault("conflict")
    way.mock.models.list.always.fault("forbidden")
    assert fates(way, 3) == ["409"] * 3
    way.mock.assert_all_used()


def test_chance_follows_from_seed_and_request_whatever_the_order(make_way: MakeWay) -> None:
    way = make_way(faults="overloaded:chance=0.4", seed=3)
    there = fates(way, 20, *map(str, range(20)))
    way.mock.seed(3)
    back = fates(way, 20, *map(str, range(19, -1, -1)))
    assert back[::-1] == there
    assert 2 <= there.count("503") <= 14  # 8 are expected; six more or less is 2.7 deviations, and the seed is fixed


def test_a_fault_of_a_route_or_a_rule_is_for_its_calls_alone(way: Way) -> None:
    way.mock.embeddings.create.always.fault("overloaded")
    way.mock.chat.completions.create.when(message=contains("storm")).always.fault("server_error")
    assert fates(way, 2, "hi", "a storm") == [NOTHING, "500"]


def test_on_the_mock_itself_it_is_for_every_endpoint(way: Way) -> None:
    way.mock.fault("not_found")
    with pytest.raises(openai.NotFoundError):
        way.call("models.list")


def test_before_the_answer_it_leaves_the_script_to_the_next_try(way: Way) -> None:
    way.mock.reply("said once")
    way.mock.fault("server_error")
    assert fates(way, 1) == ["500"]
    assert way.chat().choices[0].message.content == "said once"


def test_in_the_answer_it_spends_the_rule(way: Way) -> None:
    way.mock.reply("said once")
    way.mock.fault("cut", bytes=20)
    assert fates(way, 1) == ["APIConnectionError"]
    way.mock.assert_all_used()
    assert way.mock.calls[-1].rule == "openai_mock.reply('said once')"


def test_several_strike_the_same_call(make_way: MakeWay) -> None:
    way = make_way(clock="instant")
    way.mock.fault("slow_headers", seconds=3)
    way.mock.fault("refusal", text="No.")
    way.mock.fault("comments")
    events = way.chat(stream=True)
    assert "".join(event.choices[0].delta.refusal or "" for event in events if event.choices) == "No."
    call = way.mock.calls[-1]
    assert [str(fault) for fault in call.faults] == ["slow_headers:seconds=3.0", "refusal:text=No.", "comments"]
    assert call.delay == 3
    assert call.chunks[0][1].startswith(b": keep-alive\n\ndata: ")


def test_an_empty_body_is_empty_whatever_else_is_to_be_done_to_it(make_way: MakeWay) -> None:
    way = make_way(faults="empty_body drop_chunk long_line malformed_json slow_headers:seconds=0")
    assert way.chat(stream=True) == []
    assert len(way.mock.calls[-1].faults) == 5


def test_what_needs_a_stream_waits_for_one(way: Way) -> None:
    way.mock.fault("drop_chunk", chunk=0)
    way.chat()
    assert way.mock.calls[-1].faults == ()
    assert way.chat(stream=True)[0].choices[0].delta.role is None
    way.mock.assert_all_used()


def test_a_fault_that_nothing_met_is_reported() -> None:
    told = pytest.raises(UnusedReplies, match=r"openai_mock\.files\.list\.fault\('hang'\)  \[used 0 of 1\]")
    with told, mock_openai() as mock:
        mock.files.list.fault("hang")
    with mock_openai(faults="hang"):
        pass


def test_a_rate_limit_names_the_model_and_the_wait_that_its_header_tells(way: Way) -> None:
    way.mock.fault("rate_limit", retry_after=2)
    way.mock.fault("token_limit", retry_after=0.25, retry_after_as="ms")
    way.mock.fail(429, retry_after=90)
    way.mock.fault("rate_limit")
    told = []
    for _ in range(4):
        with pytest.raises(openai.RateLimitError) as caught:
            way.do(lambda client: client.with_options(max_retries=0).chat.completions.create(**chat()))
        told.append(caught.value.message)
    assert all("Rate limit reached for gpt-4o in organization" in message for message in told)
    waits = [message.partition("Please try again in ")[2].partition(". ")[0] for message in told]
    assert waits == ["2s", "250ms", "20s", "1m30s"]  # the fault strikes before what is scripted


def test_strict_is_no_wider_for_a_fault(make_way: MakeWay) -> None:
    way = make_way(strict=True)
    way.mock.fault("slow_headers", seconds=0)
    with pytest.raises((openai.OpenAIError, AssertionError), match="nothing was scripted"):
        way.do(lambda client: client.with_options(max_retries=0).chat.completions.create(**chat()))


def test_the_journal_shows_what_was_done(way: Way) -> None:
    way.mock.fault("hang")
    way.mock.reply("Good evening.")
    way.do(lambda client: client.with_options(timeout=0.3).chat.completions.create(**chat()))
    assert way.mock.calls.transcript() == (
        "1. chat.completions.create gpt-4o 'Hello there!' -> (hang), 200 'Good evening.' "
        "[openai_mock.reply('Good evening.')]"
    )
    assert [attempt.to_dict()["faults"] for attempt in way.mock.calls[0].attempts] == [["hang"], []]


def test_a_request_may_ask_for_faults_where_that_is_allowed(make_way: MakeWay) -> None:
    asked = {"extra_headers": {"X-Mock-Fault": "slow_headers:seconds=0 overloaded"}}
    assert fates(make_way(fault_header=True), 2, **asked) == ["503", "503"]
    assert fates(make_way(), 1, **asked) == [NOTHING]


def test_a_header_may_leave_it_to_chance_and_counts_nothing(make_way: MakeWay) -> None:
    way = make_way(fault_header=True, seed=3)
    struck = fates(way, 20, *map(str, range(20)), extra_headers={"X-Mock-Fault": "overloaded:chance=0.4"}).count("503")
    assert 2 <= struck <= 14  # as above
    with pytest.raises(openai.BadRequestError, match="'overloaded:times=2' can't be: a header is for its own request"):
        way.chat(extra_headers={"X-Mock-Fault": "overloaded:times=2"})


def test_a_header_that_cannot_be_read_is_told_and_not_tried_again(make_way: MakeWay) -> None:
    way = make_way(fault_header=True)
    with pytest.raises(openai.BadRequestError, match=r"x-mock-fault: there is no fault 'cutt'\. Did you mean 'cut'"):
        way.chat(extra_headers={"X-Mock-Fault": "cutt"})
    assert len(way.mock.calls[-1].attempts) == 1


def test_rule_files_say_it_in_three_ways(make_way: MakeWay, tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(
        """
        - fault: overloaded:times=1
        - {when: {message: storm}, fault: {name: rate_limit, retry_after: 0.2}, always: true}
        - {when: {message: sun}, reply: It shines., fault: [slow_headers:seconds=0, truncated]}
        """
    )
    way = make_way(script=path)
    assert fates(way, 3, "hi", "storm", "storm") == ["503", "429", "429"]
    choice = way.chat("sun").choices[0]
    assert (choice.message.content, choice.finish_reason) == ("It sh", "length")
    way.mock.assert_all_used()


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ("{fault: cutt}", r"rules.yaml:1: \[0\]\.fault: there is no fault 'cutt'\. Did you mean 'cut'"),
        (
            "{endpoint: files.list, fault: refusal}",
            r"\[0\]\.fault: openai_mock\.files\.list: there is no model that speaks",
        ),
        ("{fault: cut:bytes=many}", r"\[0\]\.fault: cut: bytes='many' can't be: it takes a whole number from 0"),
        ("{fault: {bytes: 3}}", "names no fault: it takes {'name': 'cut', 'bytes': 100}"),
        ("{fault: cut:times=2, always: true}", "times is said by the rule and by its fault"),
        ("{when: {message: hi}}", "one of reply, replies and fail; this has none, and no fault"),
    ],
)
def test_a_rule_file_that_is_wrong_is_told(rule: str, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(f"- {rule}")
    with pytest.raises(UsageError, match=complaint):
        mock_openai(script=tmp_path / "rules.yaml")


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("conection_reset", "there is no fault 'conection_reset'. Did you mean 'connection_reset'"),
        ("cut:byte=3", "the fault 'cut' takes no 'byte'. Did you mean 'bytes'"),
        ("cut:bytes=many", "cut: bytes='many' can't be: it takes a whole number from 0"),
        ("cut:bytes=1,chunks=2", "cut takes one of bytes, chunks and at; bytes and chunks were given"),
        ("cut:at=noon", "it takes 'character' or 'finish' or 'done'"),
        ("cut:bytes", "parameters are written cut:bytes=100,times=2"),
        ("CUT", "Did you mean 'cut'?"),
        ("timeout", "Did you mean 'hang'?"),
        ("503", "there is no fault '503'. For an error of the API: overloaded or status:code=503."),
        ("cut:bytes=1,bytes=2", "'bytes' is given twice"),
        ("stall:seconds=inf", "stall: seconds='inf' can't be"),
        ("wrong_length:by=0", "that is the right length"),
        ("refusal:text=No, never.", 'as JSON, {"name": "refusal", "text": "No, never."}'),
        ("[{", "can't be read as JSON"),
        ("cut,times=2", "behind a colon, and faults behind a space: 'cut:times=2'"),
        ("cut,hang", "behind a colon, and faults behind a space: 'cut hang'"),
        ("hang:chance=1.5", "chance='1.5' can't be: it takes a number from 0"),
        ("hang:times=0", "times='0' can't be: it takes a whole number from 1"),
        ("status:code=700", "an HTTP error status is 400 to 599"),
        (3, "a fault is a name, such as 'connection_reset' or 'cut:bytes=100', not 3"),
    ],
)
def test_what_cannot_be_is_told_with_the_nearest_word(given: object, complaint: str) -> None:
    with pytest.raises(UsageError) as error:
        mock_openai(faults=given)
    assert complaint in str(error.value)


def test_the_lines_of_a_batch_meet_no_connection_that_fails() -> None:
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}
    lines = [{"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body} for name in "abc"]
    with mock_openai() as mock, openai.OpenAI() as client:
        create = mock.chat.completions.create
        for fault in ("connection_reset", "cut", "corrupt_gzip", "empty_body"):
            create.always.fault(fault)
        create.fault("overloaded")
        create.fault("truncated")
        file = client.files.create(file=("lines.jsonl", "\n".join(map(json.dumps, lines)).encode()), purpose="batch")
        batch = client.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
        batch = client.batches.retrieve(batch.id)
        assert batch.output_file_id is not None
        assert batch.error_file_id is not None
        done = [json.loads(line) for line in client.files.content(batch.output_file_id).text.splitlines()]
        failed = [json.loads(line) for line in client.files.content(batch.error_file_id).text.splitlines()]
    reasons = [line["response"]["body"]["choices"][0]["finish_reason"] for line in done]
    assert sorted(reasons) == ["length", "stop"]
    assert [line["response"]["status_code"] for line in failed] == [503]


def test_a_fault_that_could_never_strike_is_told() -> None:
    with mock_openai() as mock, pytest.raises(UsageError, match=r"embeddings\.create: there is no model that speaks"):
        mock.embeddings.create.fault("refusal")


def test_a_fault_that_fail_was_asked_for_is_told() -> None:
    with mock_openai() as mock, pytest.raises(UsageError, match=r"fault\('connection_reset'\)"):
        mock.fail("connection_reset")  # type: ignore[arg-type]


def test_the_same_words_go_for_files_environment_and_flags(tmp_path: Path) -> None:
    wanted = faults_of("cut:bytes=100,every=3 hang")
    config = tmp_path / "mock.yaml"
    config.write_text("faults:\n  - {name: cut, bytes: 100, every: 3}\n  - hang\n")
    assert settings.load(config, {}, {}).faults == wanted
    environment = {**os.environ, "OPENAI_API_MOCK_FAULTS": "cut:bytes=100,every=3 hang"}
    assert settings.load(None, environment, {}).faults == wanted
    assert settings.load(None, {}, {"faults": ["cut:bytes=100,every=3", "hang"]}).faults == wanted
    as_json = '[{"name": "cut", "bytes": 100, "every": 3}, "hang"]'
    assert settings.load(None, {"OPENAI_API_MOCK_FAULTS": as_json}, {}).faults == wanted


@pytest.mark.parametrize("spelled", [spelled for kind in FAULTS.values() for spelled in kind.spelled])
def test_what_is_spelled_reads_back(spelled: str) -> None:
    [planned] = faults_of(spelled)
    assert faults_of(str(planned)) == (planned,)


def test_a_fault_of_the_model_spoils_what_was_scripted(way: Way) -> None:
    way.mock.reply(tool_call("get_weather", city="Paris"))
    way.mock.fault("broken_arguments")
    tools = [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}]
    [call] = way.chat(tools=tools).choices[0].message.tool_calls
    assert (call.function.name, call.function.arguments) == ("get_weather", '{"city":')

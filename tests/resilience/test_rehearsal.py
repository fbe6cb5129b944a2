"""Clients of this process under faults: good ones pass, and what bad ones do is found."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from xml.etree import ElementTree

import openai
import pytest

from openai_api_mock import NotResilient, OpenAIMock, UnscriptedCall, UsageError, mock_openai, tool_call
from openai_api_mock.rehearsal import rehearse
from openai_api_mock.resilience.report import Report
from openai_api_mock.resilience.trials import TRIALS, trials_of

from ..conftest import chat

TOOLS: Any = [
    {
        "type": "function",
        "function": {
            "name": "book",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
    }
]


def client(**options: Any) -> openai.OpenAI:
    return openai.OpenAI(**{"timeout": 0.5, **options})


def put_to(run: Callable[..., Any], *faults: str, timeout: float = 10.0, **options: Any) -> Report:
    """What is found, without raising it."""
    with mock_openai(**options) as mock:
        return rehearse(run, OpenAIMock, mock.options, faults or None, timeout)


def found(run: Callable[..., Any], *faults: str, **arguments: Any) -> set[str]:
    return {finding.name for row in put_to(run, *faults, **arguments).rows for finding in row.findings}


# Good clients


def streaming() -> str:
    with client() as sdk, sdk.chat.completions.create(**chat(), stream=True) as stream:
        return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)


def test_the_sdk_with_a_timeout_passes() -> None:
    with mock_openai() as mock:
        report = mock.assert_resilient(streaming)
    unmet = {",after=1", "arguments", "repeated_tool_call"}
    assert [row.fault for row in report.rows] == [trial.name for trial in TRIALS]
    for row in report.rows:
        assert row.result == ("not met" if any(part in row.fault for part in unmet) else "passed"), row


def agent(openai_mock: OpenAIMock) -> None:
    """An agent that books a city, and tells the model what went wrong, once for each call."""
    openai_mock.reply(tool_call("book", city="Paris"))
    openai_mock.always.reply("Booked.")
    messages: list[Any] = [{"role": "user", "content": "Book Paris."}]
    with client() as sdk:
        while True:
            message = sdk.chat.completions.create(model="gpt-4o", messages=messages, tools=TOOLS).choices[0].message
            calls = {call.function.arguments: call for call in message.tool_calls or ()}  # type: ignore[union-attr]
            if not calls:
                return
            messages.append(
                {**message.model_dump(exclude_none=True), "tool_calls": [call.model_dump() for call in calls.values()]}
            )
            messages += [
                {"role": "tool", "tool_call_id": call.id, "content": book(call.function)}  # type: ignore[union-attr]
                for call in calls.values()
            ]


def book(function: Any) -> str:
    with suppress(ValueError, KeyError):
        if function.name == "book":
            return f"{json.loads(function.arguments)['city']} is booked"
    return "No such tool, or not with these arguments."


def test_an_agent_that_takes_care_passes_with_the_calls_that_it_makes_later_too() -> None:
    report = put_to(
        agent, "connection_reset", "connection_reset:after=1,times=1", "overloaded:retry_after=0.1,after=1,times=2",
        "broken_arguments", "misfit_arguments", "unknown_tool", "repeated_tool_call", "slow_headers:seconds=0.1",
        "unauthorized",
    )  # fmt: skip
    assert [(row.fault, row.result, row.told) for row in report.rows if row.result != "passed"] == []
    assert report.ok


async def asynchronous() -> None:
    async with openai.AsyncOpenAI(timeout=0.5) as sdk:
        await sdk.responses.create(model="gpt-4o", input="hi")


def test_coroutines_are_run_too() -> None:
    report = put_to(asynchronous, "rate_limit", "cut", "hang", "forbidden")
    assert {row.result for row in report.rows} == {"passed", "not met"}
    assert "tried again after" in report["rate_limit:retry_after=0.3,times=1"].story


# Bad ones


def test_a_client_that_does_not_try_again_is_found() -> None:
    def run() -> None:
        client(max_retries=0).chat.completions.create(**chat())

    assert found(run, "rate_limit", "connection_reset:times=1") == {"did not retry"}


def again(run: Callable[[], Any], times: int, sleep: float = 0.0) -> Any:
    """Try that often, whatever goes wrong."""
    for number in range(times):
        try:
            return run()
        except openai.APIError:
            if number == times - 1:
                raise
    return None


def test_a_client_that_waits_less_than_it_is_told_is_found() -> None:
    def run() -> None:
        again(lambda: client(max_retries=0).chat.completions.create(**chat()), 2)

    assert found(run, "rate_limit:retry_after=0.3,times=1") == {"ignored retry-after"}


def test_a_hot_loop_is_found_whether_it_ends_or_not() -> None:
    def ends() -> None:
        sdk = client(max_retries=0)
        again(lambda: sdk.chat.completions.create(**chat()), 12)

    assert found(ends, "overloaded:retry_after=0.1") == {"hot loop", "ignored retry-after"}

    asked: list[int] = []

    def does_not() -> None:
        sdk = client(max_retries=0)
        while len(asked) < 10_000:
            asked.append(1)
            with suppress(openai.APIStatusError):
                sdk.chat.completions.create(**chat())

    assert found(does_not, "overloaded:retry_after=0.1", timeout=1.0) == {"hung", "hot loop", "ignored retry-after"}
    asked += [1] * 10_000  # let it end


def test_a_client_that_retries_what_will_not_get_better_is_found() -> None:
    def run() -> None:
        again(lambda: client(max_retries=0).chat.completions.create(**chat()), 2)

    assert found(run, "unauthorized", "insufficient_quota:should_retry=false") == {"retried for nothing"}


def test_a_client_that_gives_up_too_early_is_found() -> None:
    def run() -> None:
        client(max_retries=1).chat.completions.create(**chat())

    assert found(run, "overloaded:retry_after=0.1,times=2") == {"gave up"}


def test_a_client_that_takes_a_cut_stream_for_whole_is_found() -> None:
    def run() -> str:
        said = ""
        with suppress(openai.APIConnectionError), client() as sdk:
            for chunk in sdk.chat.completions.create(**chat(), stream=True):
                said += (chunk.choices[0].delta.content or "") if chunk.choices else ""
        return said

    faults = ("cut:chunks=3,times=1", "cut:at=finish,times=1", "cut:chunks=3,reset=true,times=1")
    report = put_to(run, *faults)
    assert [[finding.name for finding in row.findings] for row in report.rows] == [["took it for whole"]] * 3


def test_a_client_that_does_twice_what_its_tools_do_is_found() -> None:
    def starts_anew(openai_mock: OpenAIMock) -> None:
        openai_mock.chat.completions.create.when(tool_result="It is booked.").always.reply("Done.")
        openai_mock.always.reply(tool_call("book", city="Paris"))
        with client(max_retries=0) as sdk:
            for _ in range(3):
                with suppress(openai.APIError):
                    loop(sdk)
                    break

    def loop(sdk: openai.OpenAI) -> None:
        messages: list[Any] = [{"role": "user", "content": "Book Paris."}]
        message = sdk.chat.completions.create(model="gpt-4o", messages=messages, tools=TOOLS).choices[0].message
        messages.append(message.model_dump(exclude_none=True))
        messages += [
            {"role": "tool", "tool_call_id": call.id, "content": "It is booked."} for call in message.tool_calls or ()
        ]
        sdk.chat.completions.create(model="gpt-4o", messages=messages, tools=TOOLS)

    assert "doubled a tool call" in found(starts_anew, "connection_reset:after=1,times=1")

    def obeys_twice(openai_mock: OpenAIMock) -> None:
        openai_mock.reply(tool_call("book", city="Paris"))
        openai_mock.always.reply("Done.")
        loop(client())

    assert found(obeys_twice, "repeated_tool_call:times=1") == {"doubled a tool call"}


def test_a_client_that_leaves_a_stream_open_is_found() -> None:
    kept = []

    def run() -> None:
        stream = client().chat.completions.create(**chat(), stream=True)
        kept.append(stream)
        next(iter(stream))

    assert found(run, "comments") == {"leaked a connection"}
    for stream in kept:
        stream.close()


def test_a_client_that_waits_for_ever_is_found() -> None:
    def run() -> None:
        client(timeout=None).chat.completions.create(**chat())

    report = put_to(run, "hang:times=1")
    assert [finding.name for finding in report.rows[0].findings] == ["hung"]
    assert "give it a timeout" in report.rows[0].told


def test_a_client_that_crashes_at_what_the_model_says_is_found() -> None:
    def run() -> None:
        call = client().chat.completions.create(**chat(), tools=TOOLS).choices[0].message.tool_calls[0]
        json.loads(call.function.arguments)

    assert found(run, "broken_arguments:times=1") == {"crashed"}


def test_a_client_that_keeps_an_error_to_itself_is_found() -> None:
    def run() -> str:
        try:
            return client().chat.completions.create(**chat()).choices[0].message.content or ""
        except openai.APIError:
            return ""

    assert found(run, "unauthorized", "overloaded:retry_after=0.1") == {"kept silent"}

    def exits() -> None:
        if not run():
            sys.exit(0)

    assert found(exits, "unauthorized") == {"kept silent"}


# Good ones that could be taken for bad


def test_another_model_that_answers_in_the_place_of_one_that_does_not_is_no_silence() -> None:
    def run() -> None:
        sdk = client()
        try:
            sdk.chat.completions.create(**chat())
        except openai.NotFoundError:
            sdk.chat.completions.create(**chat(model="gpt-4o-mini"))

    assert put_to(run, "not_found:times=1").rows[0].result == "passed"


def test_labels_and_boundaries_do_not_make_another_request_of_a_try() -> None:
    def labelled() -> None:
        for number in range(3):
            with suppress(openai.APIError):
                client(max_retries=0).chat.completions.create(**chat(), metadata={"try": str(number)}, store=True)
                return
        raise AssertionError("three tries are enough")

    def with_a_file() -> None:
        client().files.create(file=("a.txt", b"Some text."), purpose="user_data")

    assert found(labelled, "connection_reset:times=1") == set()
    assert found(with_a_file, "connection_reset:times=1", "overloaded:retry_after=0.1,times=2") == set()


def test_to_look_how_something_goes_on_is_no_try() -> None:
    def run() -> None:
        sdk = client()
        response = sdk.responses.create(model="gpt-5", input="hi", background=True)
        for _ in range(25):
            sdk.responses.retrieve(response.id)

    assert found(run, "slow_headers:seconds=0") == set()


def test_an_error_of_its_own_is_no_crash_and_is_told_in_one_line() -> None:
    def run() -> None:
        if client().chat.completions.create(**chat()).choices[0].finish_reason != "stop":
            raise ValueError("the summary\n  broke off")

    (row,) = put_to(run, "truncated:times=1").rows
    assert (row.result, row.told) == ("passed", "told: ValueError: the summary broke off")


# How it is told


@pytest.mark.parametrize(
    ("fault", "told"),
    [("cut:chunks=3", "streams"), ("comments", "streams"), ("broken_arguments", "offers functions"),
     ("overloaded:after=1", "follows 1 other"), ("comments:after=2", "streams and follows 2 others")],
)  # fmt: skip
def test_what_a_fault_lacked_is_told(fault: str, told: str) -> None:
    (row,) = put_to(lambda: client().chat.completions.create(**chat()), fault).rows
    assert (row.result, row.told) == ("not met", f"it made no call that {told}")


def test_what_is_wrong_is_raised_with_the_table() -> None:
    def run() -> None:
        client(max_retries=0).chat.completions.create(**chat())

    with mock_openai() as mock, pytest.raises(NotResilient) as caught:
        mock.assert_resilient(run, faults=["connection_reset:times=1", "forbidden", "comments"])
    failed, passed, not_met, _, summary = str(caught.value).splitlines()
    assert failed.startswith("failed  connection_reset:times=1  did not retry: openai.APIConn")
    assert passed.startswith("passed  forbidden                 told: openai.PermissionDeniedError: Error code: 403 - ")
    assert not_met == "not met comments                  it made no call that streams"
    assert summary == "1 passed, 1 failed, 1 not met"


def test_the_verdict_is_json_and_junit_too() -> None:
    def run() -> None:
        client(max_retries=0).chat.completions.create(**chat())

    report = put_to(run, "connection_reset:times=1", "forbidden", "comments")
    told = report.to_dict()
    assert told["ok"] is False
    assert [(row["fault"], row["result"]) for row in told["trials"]] == [
        ("connection_reset:times=1", "failed"), ("forbidden", "passed"), ("comments", "not met"),
    ]  # fmt: skip
    assert told["trials"][0]["findings"][0]["name"] == "did not retry"
    assert json.loads(json.dumps(told)) == told

    suite = ElementTree.fromstring(report.to_junit())
    assert {name: suite.get(name) for name in ("tests", "failures", "skipped")} == {
        "tests": "3", "failures": "1", "skipped": "1",
    }  # fmt: skip
    assert [case[0].tag if len(case) else None for case in suite] == ["failure", None, "skipped"]


def test_a_client_that_never_asks_does_not_pass() -> None:
    with mock_openai() as mock, pytest.raises(NotResilient, match="it made no call that is struck"):
        mock.assert_resilient(lambda: None, faults="forbidden")


def test_a_client_that_breaks_before_it_asks_is_told_of_why() -> None:
    (row,) = put_to(lambda: 1 / 0, "forbidden").rows
    assert (row.result, row.told) == ("not met", "it asked nothing, and told: ZeroDivisionError: division by zero")


def test_faults_are_chosen_by_name_or_spelling() -> None:
    assert [trial.name for trial in trials_of("forbidden cut:chunks=3,times=1")] == [
        "forbidden",
        "cut:chunks=3,times=1",
    ]
    assert len(trials_of(["rate_limit"])) == 2
    assert [(trial.name, trial.demand) for trial in trials_of("conflict:times=1")] == [("conflict:times=1", "recover")]
    with pytest.raises(UsageError, match="Did you mean 'rate_limit'"):
        trials_of("rate_limits")
    with mock_openai() as mock:
        with pytest.raises(UsageError, match="it takes a function that calls the API"):
            mock.assert_resilient("python agent.py")  # type: ignore[arg-type]
        with pytest.raises(UsageError, match="timeout=0 can't be"):
            mock.assert_resilient(streaming, timeout=0)


def test_a_mistake_of_the_test_itself_is_raised_as_it_is() -> None:
    def run() -> None:
        client().chat.completions.create(**chat())

    with mock_openai(strict=True) as mock, pytest.raises(UnscriptedCall):
        mock.assert_resilient(run, faults="slow_headers:seconds=0.1")

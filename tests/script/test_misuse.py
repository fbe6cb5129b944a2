"""Whatever can't be scripted is told at the line that wrote it: the field, the value, and the way out."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from openai_api_mock import (
    Answer,
    APIError,
    OpenAIMock,
    Options,
    ToolCall,
    Usage,
    UsageError,
    any_of,
    contains,
    regex,
    tool_call,
)

nan, inf = float("nan"), float("inf")
call = tool_call("f")


def mean(a: object, b: object) -> str:
    return "takes two"


def nothing() -> str:
    return "takes none"


REPLIES: list[tuple[Callable[[Any], object], str]] = [
    (lambda m: m.reply(), "reply() needs something to say: a text, tool_call(...), an object, an Answer or a callable"),
    (lambda m: m.reply(None), "reply() needs something to say"),
    (lambda m: m.reply(b"bytes"), "this is bytes: b'bytes'. For a file as it is, reply(file='path')."),
    (lambda m: m.reply(5), "this is int: 5"),
    (lambda m: m.reply(True), "this is bool: True"),
    (lambda m: m.reply([]), "replies('a', 'b')"),
    (lambda m: m.reply(["a", "b"]), "replies('a', 'b')"),
    (lambda m: m.reply("a", "b"), "replies('a', 'b')"),
    (lambda m: m.reply("a", None), "this is tuple: ('a', None)"),
    (lambda m: m.reply(call, "a"), "this is tuple"),
    (lambda m: m.reply({1, 2}), "this is set"),
    (lambda m: m.reply({"a": {1}}), "reply(...) can't be written as JSON: {1} is none"),
    (lambda m: m.reply({"a": [b"x"]}), "b'x' is none"),
    (lambda m: m.reply({"a": nan}), "nan is none"),
    (lambda m: m.reply({"a": object()}), "can't be written as JSON"),
    (lambda m: m.reply(Answer), "Answer is a class; it takes an object, or a function of the call"),
    (lambda m: m.reply(contains("a")), "this is Holds: contains('a')"),
    (lambda m: m.reply(APIError(400, "no")), "For an error, fail(400, 'message')."),
    (lambda m: m.reply(ValueError("no")), "For an error, fail(400, 'message')."),
    (lambda m: m.reply(nothing), "nothing is called with the call, and takes something else"),
    (lambda m: m.reply(mean), "mean is called with the call, and takes something else"),
    (lambda m: m.reply("a", times=True), "times=True can't be: it takes a whole number from 1; for ever is `.always`"),
    (lambda m: m.reply("a", times=0), "times=0 can't be"),
    (lambda m: m.reply("a", times=1.5), "times=1.5 can't be"),
    (lambda m: m.reply("a", times="2"), "times='2' can't be"),
    (lambda m: m.always.reply("a", times=2), "leave it or `.always` away"),
    (lambda m: m.reply("a", chunk_delay=-1), "chunk_delay=-1 can't be: it takes seconds, 0 or more"),
    (lambda m: m.reply("a", chunk_delay="fast"), "chunk_delay='fast' can't be: it takes seconds, 0 or more"),
    (lambda m: m.reply("a", chunk_delay=True), "chunk_delay=True can't be"),
    (lambda m: m.reply("a", chunk_delay=nan), "chunk_delay=nan can't be"),
    (lambda m: m.reply("a", stream=["a"]), "reply() takes one of"),
    (lambda m: m.reply(stream="abc"), "reply(stream='abc') can't be: it takes the chunks' texts in a list"),
    (lambda m: m.reply(stream=[]), "the chunks' texts in a list"),
    (lambda m: m.reply(stream=["a", 5]), "the chunks' texts in a list"),
    (lambda m: m.reply(stream={"a", "b"}), "the chunks' texts in a list"),
    (lambda m: m.reply(stream=True), "the chunks' texts in a list"),
    (lambda m: m.reply(json=b"a"), "reply(json=...) can't be written as JSON: b'a' is none"),
    (lambda m: m.reply(json=nan), "nan is none"),
    (lambda m: m.reply(json={}, status=99), "status=99 can't be: it takes a number from 200 to 599"),
    (lambda m: m.reply(json={}, status="200"), "status='200' can't be"),
    (lambda m: m.reply("a", status=500), "status=500 goes with json or file; an error is scripted by fail(500)"),
    (lambda m: m.reply(events=[{}], status=404), "status=404 goes with json or file"),
    (lambda m: m.reply(events="a"), "reply(events='a') can't be: it takes a list of events"),
    (lambda m: m.reply(events=5), "it takes a list of events"),
    (lambda m: m.reply(events=[]), "it takes a list of events"),
    (lambda m: m.reply(events={"type": "a"}), "it takes a list of events"),
    (lambda m: m.reply(events=[object()]), "reply(events=...) can't be written as JSON"),
    (lambda m: m.reply(file="nowhere.mp3"), "there is no such file"),
    (lambda m: m.reply(file=5), "reply(file=5) can't be: it takes a path"),
    (lambda m: m.reply(file=b"a"), "it takes a path"),
    (lambda m: m.replies(), "replies() needs something to say"),
    (lambda m: m.replies("a", None), "needs something to say"),
    (lambda m: m.replies(["a", "b"]), "replies('a', 'b')"),
    (lambda m: m.always.replies("a", "b"), "the first would answer for ever"),
]

FAILURES: list[tuple[Callable[[Any], object], str]] = [
    (lambda m: m.fail(99), "fail(99): an HTTP error status is 400 to 599"),
    (lambda m: m.fail(200), "an HTTP error status is 400 to 599"),
    (lambda m: m.fail(True), "an HTTP error status is 400 to 599"),
    (lambda m: m.fail(None), "an HTTP error status is 400 to 599"),
    (lambda m: m.fail("x"), "fail('x'): it takes an HTTP status or one of 'content_filter'"),
    (lambda m: m.fail("429"), "it takes an HTTP status"),
    (lambda m: m.fail(429, 5), "message=5 can't be: it takes a text"),
    (lambda m: m.fail(429, code=5), "code=5 can't be: it takes a text"),
    (lambda m: m.fail(429, type=b"a"), "type=b'a' can't be"),
    (lambda m: m.fail(429, param=["a"]), "param=['a'] can't be"),
    (lambda m: m.fail(429, retry_after=-1), "retry_after=-1 can't be: it takes seconds, 0 or more"),
    (lambda m: m.fail(429, retry_after="1"), "retry_after='1' can't be"),
    (lambda m: m.fail(429, retry_after=inf), "retry_after=inf can't be"),
    (lambda m: m.fail(429, times=0), "times=0 can't be"),
]

CONDITIONS: list[tuple[Callable[[Any], object], str]] = [
    (lambda m: m.when(), "when() needs something to ask for"),
    (lambda m: m.when("weather"), "when('weather') can't be: it takes keywords, such as message=contains('weather')"),
    (lambda m: m.when(5), "when(5) can't be"),
    (lambda m: m.when(contains("a")), "when(contains('a')) can't be: it takes keywords"),
    (lambda m: m.when({"message": "a"}), "it takes keywords"),
    (lambda m: m.when(nothing), "nothing is called with the call"),
    (lambda m: m.when(mesage="a"), "has no 'mesage'. Did you mean 'message'?"),
    (lambda m: m.when(message=5), "when(message=5) can't be: it takes a text or a matcher, and is never equal to 5"),
    (lambda m: m.when(message=b"a"), "requests have JSON, where no bytes is"),
    (lambda m: m.when(message=["a"]), "never equal to ['a']"),
    (lambda m: m.when(message={"contains": "a"}), "in Python a matcher is contains('…'), not a mapping"),
    (lambda m: m.when(message=any_of(["a", "b"])), "never equal to ['a', 'b']"),
    (lambda m: m.when(message=contains("a") & 5), "never equal to 5"),
    (lambda m: m.when(message=str), "str is a class"),
    (lambda m: m.when(message=nothing), "nothing is called with the value"),
    (lambda m: m.when(message=contains), "contains can't be a value: it takes what is looked for, contains('…')"),
    (lambda m: m.when(message=regex), "regex('…')"),
    (lambda m: m.when(system=5), "it takes a text"),
    (lambda m: m.when(turn="1"), "when(turn='1') can't be: it takes a number"),
    (lambda m: m.when(turn=True), "it takes a number"),
    (lambda m: m.when(answers="a"), "it takes a number"),
    (lambda m: m.when(stream="yes"), "it takes True or False"),
    (lambda m: m.when(image_part="yes"), "it takes True or False"),
    (lambda m: m.when(tool_result=5), "it takes a text, or several"),
    (lambda m: m.when(offers_tool=5), "it takes a tool's name"),
    (lambda m: m.when(json_schema={"type": "object"}), "it takes a schema's name"),
    (lambda m: m.when(stop=("a",)), "no tuple is"),
    (lambda m: m.when(header="a"), "it takes a mapping"),
    (lambda m: m.when(header={}), "it takes a mapping"),
    (lambda m: m.when(header={5: "a"}), "it takes headers' names"),
    (lambda m: m.when(header={"x-user": 5}), "when(header={'x-user': 5}) can't be: it takes a text"),
    (lambda m: m.when(at="a"), "it takes a mapping"),
    (lambda m: m.when(at={"": "a"}), "it takes paths such as 'messages[0].content'"),
    (lambda m: m.when(at={5: "a"}), "it takes paths"),
    (lambda m: m.when(at={"messages[0": "a"}), "it takes paths"),
    (lambda m: m.when(at={"messages[x].content": "a"}), "it takes paths"),
    (lambda m: contains(""), "contains('') can't be: it takes a text that isn't empty"),
    (lambda m: contains(5), "contains(5) can't be"),  # type: ignore[arg-type]
    (lambda m: contains("a", ignore_case="no"), "ignore_case='no') can't be"),  # type: ignore[arg-type]
    (lambda m: regex("("), "regex('(') can't be: missing )"),
    (lambda m: regex(5), "regex(5) can't be: it takes a pattern of text"),  # type: ignore[arg-type]
    (lambda m: regex(re.compile(b"a")), "a pattern of text"),  # type: ignore[arg-type]
    (lambda m: any_of(), "any_of() needs something to choose from"),
    (lambda m: contains("a") and contains("b"), "matchers combine by &, | and ~"),
    (lambda m: not contains("a"), "matchers combine by &, | and ~"),
]

CALLS: list[tuple[Callable[[Any], object], str]] = [
    (lambda m: tool_call(""), "the function's name is a text"),
    (lambda m: tool_call(5), "the function's name is a text"),  # type: ignore[arg-type]
    (lambda m: tool_call("f", "Paris"), "arguments have names, city='Paris'"),  # type: ignore[arg-type]
    (lambda m: tool_call("f", a=object()), "tool_call('f', ...) can't be written as JSON"),
    (lambda m: tool_call("f", a=b"x"), "b'x' is none"),
    (lambda m: tool_call("f", a={1}), "{1} is none"),
    (lambda m: tool_call("f", a=[inf]), "inf is none"),
    (lambda m: m.script(user="", calls=call, then="a"), "contains('') can't be"),
    (lambda m: m.script(user=5, calls=call, then="a"), "when(message=5) can't be"),
    (lambda m: m.script(user="a", calls="f", then="a"), "script(calls='f') can't be: it takes tool_call('name')"),
    (lambda m: m.script(user="a", calls=[], then="a"), "this is list: []"),
    (lambda m: m.script(user="a", calls=["f"], then="a"), "it takes tool_call('name')"),
    (lambda m: m.script(user="a", calls=call, then=None), "needs something to say"),
    (lambda m: m.script(user="a", calls=call, then=5), "this is int: 5"),
]

PARTS: list[tuple[dict[str, Any], str]] = [
    ({"text": 5}, "Answer(text=5) can't be: it takes a text"),
    ({"text": b"a"}, "it takes a text"),
    ({"refusal": 5}, "it takes a text"),
    ({"text": "a", "refusal": "b"}, "a refusal stands in the place of the text"),
    ({"reasoning": 5}, "it takes a text"),
    ({"tool_calls": call}, "tool_call('name', city='Paris') and the like in a tuple"),
    ({"tool_calls": ["f"]}, "tool_call('name', city='Paris')"),
    ({"tool_calls": [ToolCall("f", {"a": 1})]}, "a ToolCall's arguments are JSON text"),  # type: ignore[arg-type]
    ({"tool_calls": [ToolCall("f", "{}", kind="x")]}, "tool_call('name'"),  # type: ignore[arg-type]
    ({"items": {"type": "a"}}, "objects with a type in a tuple"),
    ({"items": [{}]}, "objects with a type in a tuple"),
    ({"audio": 5}, "Answer(audio=5) can't be: it takes a file's path, or its bytes"),
    ({"audio": "nowhere.wav"}, "there is no such file"),
    ({"images": "a.png"}, "files' paths, or their bytes, in a tuple"),
    ({"images": ["nowhere.png"]}, "Answer(images='nowhere.png') can't be: there is no such file"),
    ({"annotations": ["a"]}, "objects with a type in a tuple"),
    ({"finish_reason": "bogus"}, "Answer(finish_reason='bogus') can't be: it takes 'stop', 'length'"),
    ({"finish_reason": ["stop"]}, "it takes 'stop', 'length'"),
    ({"reasoning_tokens": -1}, "a whole number, 0 or more"),
    ({"usage": {"input": 1, "output": 2}}, "Usage(input=10, output=20)"),
    ({"usage": Usage(-1, 2)}, "whole numbers, 0 or more"),
    ({"error": 500}, "APIError(500, 'Sorry about that!', 'server_error')"),
    ({"error": ValueError()}, "it takes APIError(500"),
    ({"text": "a", "pieces": "a"}, "the parts of its text in a tuple"),
    ({"text": "ab", "pieces": ("a",)}, "the parts of its text, which is 'ab'"),
    ({"vectors": [1.0]}, "texts with the numbers of each"),
    ({"vectors": {"a": []}}, "texts with the numbers of each"),
    ({"vectors": {"a": [nan]}}, "texts with the numbers of each"),
    ({"vectors": {"a": [1.0]}}, "vectors are for openai_mock.embeddings.create"),
    ({"text": "a", "structured": True}, "its text is no JSON"),
    ({"text": "a", "structured": "yes"}, "it takes True or False"),
    ({"text": "a", "tokens": -1}, "a whole number, 0 or more"),
]

PLACES: list[tuple[Callable[[Any], object], str]] = [
    (
        lambda m: m.files.list.reply("a"),
        "openai_mock.files.list has nothing to say an answer with: script it by reply(",
    ),
    (
        lambda m: m.beta.agents.sessions.create.reply("a"),
        "what the model says there is for openai_mock.responses.create.",
    ),
    (lambda m: m.live.sideband.connect.reply("a"), "what the model says there is for openai_mock.live.connect.reply("),
    (lambda m: m.files.list.replies("a"), "has nothing to say an answer with"),
    (lambda m: m.files.list.script(user="a", calls=call, then="a"), "has nothing to say an answer with"),
    (lambda m: m.embeddings.create.reply("a"), "script it by Answer(vectors={'text': [...]})"),
    (lambda m: m.images.generate.reply(call), "openai_mock.images.generate has nothing to say Answer(tool_calls=...)"),
    (lambda m: m.audio.speech.create.reply(Answer(refusal="a")), "nothing to say Answer(refusal=...) with"),
    (lambda m: m.audio.transcriptions.create.reply(Answer(audio=b"a")), "nothing to say Answer(audio=...) with"),
    (lambda m: m.completions.create.reply(call), "nothing to say Answer(tool_calls=...) with"),
    (lambda m: m.chat.completions.create.reply(Answer(images=[b"a"])), "images are for openai_mock.images.generate"),
    (lambda m: m.responses.create.reply(Answer(audio=b"a")), "nothing to say Answer(audio=...) with"),
    (lambda m: m.responses.connect.fail(500), "openai_mock.responses.connect opens a WebSocket"),
    (lambda m: m.wait_for_call(0), "wait_for_call(0) can't be: it takes a number of calls, from 1"),
    (lambda m: m.wait_for_call(1, timeout=-1), "timeout=-1 can't be"),
    (lambda m: m.conversation(5), "a file of rules is named by its path"),
    (lambda m: m.conversation("nowhere.yaml"), "nowhere.yaml can't be read"),
    (lambda m: m.seed(1.5), "seed=1.5 can't be"),
]

MISUSES = [
    *REPLIES,
    *FAILURES,
    *CONDITIONS,
    *CALLS,
    *PLACES,
    *((lambda m, parts=parts: m.reply(Answer(**parts)), told) for parts, told in PARTS),
]


@pytest.mark.parametrize(("misuse", "told"), MISUSES, ids=[told for _, told in MISUSES])
def test_it_is_told_and_leaves_nothing_scripted(misuse: Callable[[Any], object], told: str) -> None:
    mock = OpenAIMock(Options())
    with pytest.raises(UsageError) as caught:
        misuse(mock)
    assert told in str(caught.value)
    assert not mock.engine.script.rules


@pytest.mark.parametrize(
    ("mistyped", "told"),
    [
        (lambda m: m.chat.completions.reply("a"), "openai_mock.chat.completions is no route: reply is for its methods"),
        (lambda m: m.chat.when(message="a"), "openai_mock.chat.completions.create.when"),
        (lambda m: m.live.reply("a"), "openai_mock.live.connect.reply"),
        (lambda m: m.vector_stores.reply("a"), "openai_mock.vector_stores.create.reply"),
        (lambda m: m.chat.completions.crate, "Did you mean 'create'?"),
    ],
)
def test_what_is_no_route_says_which_are(mistyped: Callable[[Any], object], told: str) -> None:
    with pytest.raises(AttributeError) as caught:
        mistyped(OpenAIMock(Options()))
    assert told in str(caught.value)


def test_what_only_looks_like_misuse_works() -> None:
    mock = OpenAIMock(Options())
    mock.reply("")
    mock.reply({})
    mock.reply(stream=("a", "b"))
    mock.reply(Answer(tool_calls=[call]))  # type: ignore[arg-type]
    mock.reply(tool_call("f", {"postal-code": 1}, city="Oslo", on=date(2026, 1, 1)))
    mock.when(message=re.compile("^a", re.IGNORECASE)).fail(418)
    mock.when(offers_tool=["f", "g"], temperature=None, at={"messages[-1].content[0].text": "a"}).reply("a")
    mock.when(lambda call: True, message=len).reply(print)
    assert len(mock.engine.script.rules) == 8
    assert mock.engine.script.rules[4].outcome.answer.tool_calls[0].arguments == (  # type: ignore[union-attr]
        '{"postal-code":1,"city":"Oslo","on":"2026-01-01"}'
    )

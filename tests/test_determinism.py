"""The same seed and requests say the same: in whatever order, on whichever thread, in any process."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_api_mock import Answer, OpenAIMock, contains, regex, tool_call
from openai_api_mock.options import options_from
from openai_api_mock.wire import Reply, Request, Stream

Asked = tuple[str, str]
"""A path, and a body as JSON."""

WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 1}, "tags": {"type": "array"}},
    "required": ["city"],
}
TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": WEATHER}} for name in ("get_weather", "get_forecast")
]
FORM = {"type": "json_schema", "json_schema": {"name": "weather", "schema": WEATHER}}

texts = st.sampled_from(["Hi", "The weather in Oslo?", "What is 2 + 2?", "scripted: one", "scripted: two", "tool: go"])
streams: dict[str, Any] = {"stream": st.booleans(), "user": st.sampled_from(["a", "b"])}


def bodies(required: dict[str, Any], **optional: Any) -> Any:
    return st.fixed_dictionaries(required, optional=optional)


chats = bodies(
    {
        "model": st.sampled_from(["gpt-4o", "gpt-5"]),
        "messages": texts.map(lambda text: [{"role": "user", "content": text}]),
    },
    **streams,
    n=st.integers(1, 2),
    tools=st.just(TOOLS),
    response_format=st.just(FORM),
    max_completion_tokens=st.integers(5, 20),
)
responses = bodies({"model": st.just("gpt-5"), "input": texts}, **streams, store=st.booleans())
completions = bodies({"model": st.just("gpt-3.5-turbo-instruct"), "prompt": texts}, **streams)
embeddings = bodies({"model": st.just("text-embedding-3-small"), "input": texts}, dimensions=st.integers(1, 9))
moderations = bodies({"input": texts})
mistakes = bodies({"model": st.just("gpt-4o"), "messages": st.sampled_from([5, []])})

ASKED: Any = st.one_of(
    *(
        st.tuples(st.just(path), each.map(lambda body: json.dumps(body, sort_keys=True)))
        for path, each in (
            ("/v1/chat/completions", chats),
            ("/v1/chat/completions", mistakes),
            ("/v1/responses", responses),
            ("/v1/completions", completions),
            ("/v1/embeddings", embeddings),
            ("/v1/moderations", moderations),
            ("/v1/nothing", moderations),
        )
    )
)


def mock_of(seed: int, scripted: bool) -> OpenAIMock:
    mock = OpenAIMock(options_from({"seed": seed, "clock": "frozen"}))
    if scripted:
        mock.when(message=contains("one")).always.reply("One.")
        mock.when(message=regex("two$")).always.reply(lambda call: f"Two, {call.body['model']}.")
        mock.when(message=contains("tool"), stream=True).always.reply("Let me see.", tool_call("go", far=True))
        mock.when(message=contains("tool")).always.reply(Answer(text="Let me see.", tool_calls=(tool_call("go"),)))
        mock.moderations.create.when(input="Hi").always.fail(503)
        mock.embeddings.create.always.reply(Answer(vectors={"Hi": [0.25, 0.5]}))
    return mock


def answer(mock: OpenAIMock, asked: Asked) -> Reply:
    path, body = asked
    reply = mock.engine.handle(Request("POST", path, headers={"content-type": "application/json"}, body=body.encode()))
    assert isinstance(reply, Reply)
    return reply


def written(reply: Reply) -> tuple[object, ...]:
    """All of a reply, to the byte."""
    body = reply.body
    return reply.status, tuple(reply.headers), (body.chunks, body.times) if isinstance(body, Stream) else body


def unstreamed(asked: Asked) -> Asked:
    """The request less how it is streamed."""
    path, body = asked
    fields = {name: value for name, value in json.loads(body).items() if name != "stream"}
    return path, json.dumps(fields, sort_keys=True)


def said(reply: Reply) -> object:
    """What is said, streamed or not, without ids and counts."""
    if isinstance(reply.body, bytes):
        return _of_object(json.loads(reply.body))
    events = [json.loads(line[6:]) for line in reply.body.join().decode().splitlines() if line.startswith("data: {")]
    last = events[-1]
    if "response" in last:
        return _of_object(last["response"])
    return _of_chunks(events)


def _of_object(body: dict[str, Any]) -> object:
    if "choices" in body:
        return [_of_message(choice.get("message") or {"content": choice["text"]}) for choice in body["choices"]]
    if "output" in body:
        return [(item.get("content"), item.get("name"), item.get("arguments")) for item in body["output"]]
    return body.get("data") or body.get("results") or body["error"]


def _of_message(message: dict[str, Any]) -> object:
    calls = [(call["function"]["name"], call["function"]["arguments"]) for call in message.get("tool_calls") or ()]
    return message.get("content") or "", calls


def _of_chunks(events: list[dict[str, Any]]) -> object:
    texts: dict[int, str] = defaultdict(str)
    calls: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(lambda: ["", ""]))
    for choice in (choice for event in events for choice in event["choices"]):
        delta = choice.get("delta") or {"content": choice.get("text")}
        texts[choice["index"]] += delta.get("content") or ""
        for call in delta.get("tool_calls") or ():
            for at, field in enumerate(("name", "arguments")):
                calls[choice["index"]][call["index"]][at] += call["function"].get(field) or ""
    return [(texts[index], [tuple(call) for _, call in sorted(calls[index].items())]) for index in sorted(texts)]


def by_request(asked: list[Asked], replies: list[Reply], what: Callable[[Reply], object]) -> dict[Asked, list[object]]:
    """What came of each request, in the order in which it was made."""
    found: dict[Asked, list[object]] = defaultdict(list)
    for request, reply in zip(asked, replies, strict=True):
        found[request].append(what(reply))
    return found


requests = st.lists(ASKED, min_size=1, max_size=8)


@settings(max_examples=150, deadline=None)
@given(asked=requests, seed=st.integers(0, 3), scripted=st.booleans(), shuffle=st.randoms(use_true_random=False))
def test_in_any_order_replies_repeat_to_the_byte(
    asked: list[Asked], seed: int, scripted: bool, shuffle: random.Random
) -> None:
    """On a frozen clock: the same request, made as often before, gets the same reply, headers and ids included."""
    asked = asked + asked[:2]
    other = shuffle.sample(asked, len(asked))
    one, two = mock_of(seed, scripted), mock_of(seed, scripted)
    # How it is streamed doesn't change which of its ids a request gets, so that all its forms keep their order.
    other = _in_form_of(asked, other)
    first = by_request(asked, [answer(one, each) for each in asked], written)
    second = by_request(other, [answer(two, each) for each in other], written)
    assert first == second


def _in_form_of(asked: list[Asked], order: list[Asked]) -> list[Asked]:
    """The order, with the forms of one request as they follow one another in `asked`."""
    forms: dict[Asked, list[Asked]] = defaultdict(list)
    for each in asked:
        forms[unstreamed(each)].append(each)
    taken = {key: iter(each) for key, each in forms.items()}
    return [next(taken[unstreamed(each)]) for each in order]


@settings(max_examples=100, deadline=None)
@given(asked=requests, seed=st.integers(0, 3), scripted=st.booleans(), more=requests)
def test_what_is_said_depends_on_seed_and_request_alone(
    asked: list[Asked], seed: int, scripted: bool, more: list[Asked]
) -> None:
    """Not on what was asked before, nor on how often, nor on whether it is streamed."""
    one, two = mock_of(seed, scripted), mock_of(seed, scripted)
    for each in more:
        answer(two, each)
    for each in asked:
        once = said(answer(one, each))
        assert said(answer(two, each)) == once
        if not (scripted and "tool" in each[1]):  # a script may ask for streams
            assert said(answer(two, unstreamed(each))) == once


@settings(max_examples=40, deadline=None)
@given(asked=requests, seed=st.integers(0, 3), scripted=st.booleans())
def test_on_whichever_thread(asked: list[Asked], seed: int, scripted: bool) -> None:
    """Requests that threads make at the same time get, all together, what they get one after the other."""
    asked = [unstreamed(each) for each in asked] * 3
    one, two = mock_of(seed, scripted), mock_of(seed, scripted)
    alone = by_request(asked, [answer(one, each) for each in asked], written)
    with ThreadPoolExecutor(4) as threads:
        together = by_request(asked, list(threads.map(lambda each: answer(two, each), asked)), written)
    assert {each: sorted(map(repr, replies)) for each, replies in alone.items()} == {
        each: sorted(map(repr, replies)) for each, replies in together.items()
    }


def digest() -> str:
    """Of all replies to requests of every kind, with scripts and without."""
    summed = blake2b(digest_size=16)
    for scripted in (False, True):
        mock = mock_of(7, scripted)
        for text in ("Hi", "The weather in Oslo?", "scripted: one", "scripted: two", "tool: go"):
            message = [{"role": "user", "content": text}]
            chat = {"model": "gpt-4o", "messages": message}
            for path, body in (
                ("/v1/chat/completions", chat),
                ("/v1/chat/completions", {**chat, "tools": TOOLS, "stream": True}),
                ("/v1/chat/completions", {**chat, "response_format": FORM}),
                ("/v1/chat/completions", {**chat, "messages": 5}),
                ("/v1/responses", {"model": "gpt-5", "input": text, "tools": [{"type": "web_search"}]}),
                ("/v1/embeddings", {"model": "text-embedding-3-small", "input": text}),
                ("/v1/moderations", {"input": text}),
                ("/v1/images/generations", {"model": "gpt-image-1", "prompt": text, "quality": "low"}),
                ("/v1/vector_stores", {"name": text, "metadata": {"a": "b", "c": "d"}}),
                ("/v1/fine_tuning/jobs", {"model": "gpt-4o-mini-2024-07-18", "training_file": "file-1"}),
            ):
                summed.update(repr(written(answer(mock, (path, json.dumps(body))))).encode())
    return summed.hexdigest()


@pytest.mark.parametrize("hash_seed", ["0", "1", "4711"])
def test_in_any_process(hash_seed: str) -> None:
    script = "from tests.test_determinism import digest; print(digest())"
    root = os.path.dirname(os.path.dirname(__file__))
    path = os.pathsep.join([os.path.join(root, "src"), root])
    env = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == digest()

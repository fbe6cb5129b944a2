"""A finished chat completion in slices: the chunks that the streaming call sends.

Recorded: 60 streams. One choice: role chunk, a delta for each token, finish chunk with an empty delta, then a usage
chunk where it is asked for, then `[DONE]`. Several choices take turns token by token, each opened by its own role
chunk just before its first token; their finish chunks stand at the end, by index.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import zip_longest

import msgspec

from ..answer import JSON
from ..errors import APIError
from ..generate.tokens import Tokenizer
from ..noise import Noise
from ..stream.sse import DONE, Obfuscation, plain_event, plain_events

AUDIO_BYTES = 9_600
"""Bytes of audio in a chunk, 0.2 s of it; a multiple of 3, so that the chunks' base64 joins up."""

Delta = tuple[str, str]
"""The compact JSON of a delta, and that of the choice's `logprobs`."""

_ROLE = '{"role":"assistant","content":"","refusal":null}'
_encode = msgspec.json.encode


def chunks(
    head: str,
    completion: Mapping[str, JSON],
    pieces: Sequence[tuple[str, ...]],
    body: Mapping[str, JSON],
    noise: Noise,
    tokenizer: Tokenizer,
    error: APIError | None = None,
) -> list[bytes]:
    """The events of the stream of a completion, of which only its choices and what comes after them are read here.
    `head` is what its chunks begin with, `pieces` are the parts in which each choice's text, refusal or transcript is
    sent, `error` is what it breaks off with."""
    options = body.get("stream_options") or {}
    with_usage = bool(options.get("include_usage"))
    event, alike = plain_event, plain_events
    if options.get("include_obfuscation") is not False:
        obfuscation = Obfuscation(noise)
        event, alike = obfuscation.event, obfuscation.events
    usage = ',"usage":null' if with_usage else ""

    events: list[bytes] = []
    choices = completion["choices"]
    if len(choices) == 1:
        index_head, tail = _frame(head, choices[0])
        deltas, after = _alone(choices[0], pieces[0], tokenizer)
        events = alike(index_head, deltas, after + tail + usage)
    else:
        events += _interleaved(choices, pieces, tokenizer, head, usage, event)
    if error is not None:
        return [*events, plain_event(_json(error.body())[:-1])]
    for choice in choices:
        index_head, _ = _frame(head, choice)
        logprobs = ',"logprobs":null' if "logprobs" in choice else ""
        events.append(event(f'{index_head}{{}}{logprobs},"finish_reason":"{choice["finish_reason"]}"}}]{usage}'))
    if with_usage:
        events.append(event(f'{head}"choices":[],"usage":{_json(completion["usage"])}'))
    if "moderation" in completion:
        events.append(event(f'{head}"choices":[],"moderation":{_json(completion["moderation"])}{usage}'))
    events.append(DONE)
    return events


def _alone(choice: Mapping[str, JSON], pieces: tuple[str, ...], tokenizer: Tokenizer) -> tuple[Sequence[str], str]:
    """Everything that a single choice says, and what stands behind each delta alike."""
    message = choice["message"]
    plain = message["content"] and not {"audio", "tool_calls", "function_call"} & message.keys()
    if plain and message["refusal"] is None and not choice.get("logprobs"):
        # Nearly all streams are of this kind.
        return _contents(pieces), ',"logprobs":null' if "logprobs" in choice else ""
    return [delta + logprobs for delta, logprobs in _deltas(choice, pieces, tokenizer)], ""


@lru_cache(maxsize=512)
def _contents(pieces: tuple[str, ...]) -> tuple[str, ...]:
    """The deltas of a text, its role first. A load test asks the same again and again."""
    return (_ROLE, *map(_content, pieces))


@lru_cache(maxsize=8192)
def _content(piece: str) -> str:
    """The delta of a token. There are few, and they come again and again."""
    return f'{{"content":{_json(piece)}}}'


def head_of(completion: Mapping[str, JSON]) -> str:
    """What its chunks begin with: the compact JSON of what they share, open for more."""
    names = ("id", "created", "model", "service_tier", "system_fingerprint")
    shared = {name: completion[name] for name in names if name in completion}
    text = _json({"id": shared.pop("id"), "object": "chat.completion.chunk", **shared})
    return text[:-1] + ","


def _frame(head: str, choice: Mapping[str, JSON]) -> tuple[str, str]:
    return f'{head}"choices":[{{"index":{choice["index"]},"delta":', ',"finish_reason":null}]'


def _interleaved(
    choices: Sequence[Mapping[str, JSON]],
    pieces: Sequence[tuple[str, ...]],
    tokenizer: Tokenizer,
    head: str,
    usage: str,
    event: Callable[[str], bytes],
) -> Iterator[bytes]:
    """Turn by turn, one token of each choice; the first turn opens a choice and says its first token."""
    turns = [list(_deltas(choice, own, tokenizer)) for choice, own in zip(choices, pieces, strict=True)]
    opened = [[deltas[:2], *([delta] for delta in deltas[2:])] for deltas in turns]
    for turn in zip_longest(*opened, fillvalue=[]):
        for choice, deltas in zip(choices, turn, strict=True):
            index_head, tail = _frame(head, choice)
            for delta, logprobs in deltas:
                yield event(f"{index_head}{delta}{logprobs}{tail}{usage}")


def _deltas(choice: Mapping[str, JSON], pieces: tuple[str, ...], tokenizer: Tokenizer) -> Iterator[Delta]:
    """Everything that one choice says, its role first."""
    message = choice["message"]
    logprobs = choice.get("logprobs")
    none = ',"logprobs":null' if "logprobs" in choice else ""
    if message.get("audio") is not None:
        yield from ((delta, none) for delta in _audio(message["audio"], pieces))
        return
    if message["refusal"] is not None:
        yield '{"role":"assistant","content":null,"refusal":""}', _EMPTY_LOGPROBS if logprobs else none
        yield from zip(_strings("refusal", pieces), _logprobs(logprobs, "refusal", none, len(pieces)), strict=True)
        return
    calls = message.get("tool_calls") or ()
    if message.get("function_call") is not None:
        yield from ((delta, none) for delta in _function_call(message["function_call"], tokenizer))
        return
    if message["content"] is not None or not calls:
        yield _ROLE, _EMPTY_LOGPROBS if logprobs else none
        if message["content"]:
            yield from zip(_strings("content", pieces), _logprobs(logprobs, "content", none, len(pieces)), strict=True)
    elif len(calls) > 1:
        yield '{"role":"assistant","content":null}', none
    alone = len(calls) == 1 and message["content"] is None
    for index, call in enumerate(calls):
        yield from ((delta, none) for delta in _tool_call(index, call, alone, pieces, tokenizer))


def _strings(name: str, pieces: tuple[str, ...]) -> list[str]:
    return [f'{{"{name}":{_json(piece)}}}' for piece in pieces]


_EMPTY_LOGPROBS = ',"logprobs":{"content":[],"refusal":null}'


def _logprobs(logprobs: JSON, name: str, none: str, count: int) -> list[str]:
    if not logprobs:
        return [none] * count
    empty = {"content": None, "refusal": None}
    return [f',"logprobs":{_json({**empty, name: [entry]})}' for entry in logprobs[name]]


def _tool_call(
    index: int, call: Mapping[str, JSON], alone: bool, pieces: tuple[str, ...], tokenizer: Tokenizer
) -> Iterator[str]:
    """The opening delta with id, type and name, which never come again, then the arguments by token, or in the pieces
    that a script gives."""
    kind = call["type"]
    said = "arguments" if kind == "function" else "input"
    inner = call[kind]
    opening = _json({"index": index, **call, kind: {"name": inner["name"], said: ""}})
    if alone:
        yield f'{{"role":"assistant","content":null,"tool_calls":[{opening}],"refusal":null}}'
    else:
        yield f'{{"tool_calls":[{opening}]}}'
    for piece in pieces if alone and "".join(pieces) == inner[said] else tokenizer.split(inner[said]):
        yield f'{{"tool_calls":[{{"index":{index},"{kind}":{{"{said}":{_json(piece)}}}}}]}}'


def _function_call(call: Mapping[str, JSON], tokenizer: Tokenizer) -> Iterator[str]:
    opening = _json({"name": call["name"], "arguments": ""})
    yield f'{{"role":"assistant","content":null,"function_call":{opening},"refusal":null}}'
    for piece in tokenizer.split(call["arguments"]):
        yield f'{{"function_call":{{"arguments":{_json(piece)}}}}}'


def _audio(audio: Mapping[str, JSON], pieces: tuple[str, ...]) -> Iterator[str]:
    """Transcript and sound in turn; the id comes once and `expires_at` last, as the SDK joins strings that repeat."""
    sound = base64.b64decode(audio["data"])
    parts = [base64.b64encode(sound[at : at + AUDIO_BYTES]).decode() for at in range(0, len(sound), AUDIO_BYTES)]
    yield f'{{"role":"assistant","content":null,"refusal":null,"audio":{_json({"id": audio["id"]})}}}'
    for piece, part in zip_longest(pieces, parts):
        if piece is not None:
            yield f'{{"audio":{_json({"transcript": piece})}}}'
        if part is not None:
            yield f'{{"audio":{_json({"data": part})}}}'
    yield f'{{"audio":{_json({"expires_at": audio["expires_at"]})}}}'


def _json(value: JSON) -> str:
    return _encode(value).decode()

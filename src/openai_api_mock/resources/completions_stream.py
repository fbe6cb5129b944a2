"""A finished legacy completion in slices: the chunks that the streaming call sends.

Recorded: one stream. A chunk for each token, the finish reason on the last; then a usage chunk where it is asked for,
then `[DONE]`. Nothing is obfuscated. That several choices take turns token by token is taken over from chats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest

import msgspec

from ..answer import JSON
from ..stream.sse import DONE, plain_event

_encode = msgspec.json.encode


def chunks(completion: Mapping[str, JSON], pieces: Sequence[tuple[str, ...]], body: Mapping[str, JSON]) -> list[bytes]:
    """The events of the stream. `pieces` are the parts in which each choice's text is sent."""
    with_usage = bool((body.get("stream_options") or {}).get("include_usage"))
    shared = {name: completion[name] for name in ("id", "object", "created")}
    head = _json(shared)[:-1] + ',"choices":['
    tail = f'],"model":{_json(completion["model"])}'
    usage = ',"usage":null' if with_usage else ""

    turns = [_slices(choice, own) for choice, own in zip(completion["choices"], pieces, strict=True)]
    events = [
        plain_event(f"{head}{_json(piece)}{tail}{usage}")
        for turn in zip_longest(*turns)
        for piece in turn
        if piece is not None
    ]
    if with_usage:
        events.append(plain_event(f'{head}{tail},"usage":{_json(completion["usage"])}'))
    events.append(DONE)
    return events


def _slices(choice: Mapping[str, JSON], pieces: tuple[str, ...]) -> list[dict[str, JSON]]:
    slices: list[dict[str, JSON]] = [
        {"text": piece, "index": choice["index"], "logprobs": _of_token(choice["logprobs"], at), "finish_reason": None}
        for at, piece in enumerate(pieces or ("",))
    ]
    slices[-1]["finish_reason"] = choice["finish_reason"]
    return slices


def _of_token(logprobs: Mapping[str, JSON] | None, at: int) -> dict[str, JSON] | None:
    if logprobs is None:
        return None
    return {name: values and values[at : at + 1] for name, values in logprobs.items()}


def _json(value: JSON) -> str:
    return _encode(value).decode()

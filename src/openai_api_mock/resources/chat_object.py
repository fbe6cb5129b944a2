"""A finished chat completion: the object that the non-streaming call returns, and of which a stream is slices."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import lru_cache

from .. import ids
from ..answer import JSON, Answer, ToolCall, Usage
from ..generate.logprobs import logprobs_of
from ..generate.text import words_of
from ..generate.tokens import Tokenizer
from ..models import Model, tier_of
from ..noise import Noise
from .chat_moderation import moderation_of

AUDIO_LIVES = 3600
"""Seconds until an answer's audio expires."""


def completion_of(
    model: Model,
    answers: list[Answer],
    body: Mapping[str, JSON],
    noise: Noise,
    tokenizer: Tokenizer,
    *,
    id: str,
    created: int,
    usage: Usage,
) -> dict[str, JSON]:
    """What the non-streaming call returns; ids in it come from the noise."""
    completion: dict[str, JSON] = {
        "id": id,
        "object": "chat.completion",
        "created": created,
        "model": model.snapshot,
        "choices": [_choice(i, answer, body, model, noise, tokenizer, created) for i, answer in enumerate(answers)],
        "usage": usage_of(usage, model),
        "system_fingerprint": _fingerprint(model.snapshot) if model.family.fingerprint else None,
    }
    if model.family.tier:
        completion["service_tier"] = tier_of(body.get("service_tier"))
    moderation = moderation_of(body, answers)
    if moderation is not None:
        completion["moderation"] = moderation
    return completion


def _choice(
    index: int,
    answer: Answer,
    body: Mapping[str, JSON],
    model: Model,
    noise: Noise,
    tokenizer: Tokenizer,
    created: int,
) -> dict[str, JSON]:
    legacy = "functions" in body and "tools" not in body
    message: dict[str, JSON] = {"role": "assistant", "content": answer.text, "refusal": answer.refusal}
    if answer.refusal is not None or answer.tool_calls:
        message["content"] = answer.text or None
    if answer.tool_calls and legacy:
        first = answer.tool_calls[0]
        message["function_call"] = {"name": first.name, "arguments": first.arguments}
    elif answer.tool_calls:
        message["tool_calls"] = [_tool_call(tool, noise) for tool in answer.tool_calls]
    if answer.sound is not None:
        message["content"] = None
        message["audio"] = {
            "id": ids.make("audio", noise),
            "data": base64.b64encode(answer.sound.data).decode(),
            "expires_at": created + AUDIO_LIVES,
            "transcript": answer.sound.transcript,
        }
    message["annotations"] = list(answer.annotations)
    choice: dict[str, JSON] = {"index": index, "message": message}
    if body.get("logprobs"):
        choice["logprobs"] = logprobs_of(pieces_of(answer, tokenizer), answer, body.get("top_logprobs") or 0, noise)
    elif model.family.logprobs:
        choice["logprobs"] = None
    choice["finish_reason"] = "function_call" if legacy and answer.finish == "tool_calls" else answer.finish
    return choice


def pieces_of(answer: Answer, tokenizer: Tokenizer) -> tuple[str, ...]:
    """The answer's text, refusal or transcript in the parts that a stream sends."""
    if answer.pieces is not None:
        return answer.pieces
    text = answer.refusal if answer.refusal is not None else answer.text
    if not text:
        return ()
    # Where there are as many words as tokens, each of them is one.
    words = words_of(text) if answer.tokens is not None else ()
    return words if len(words) == answer.tokens else tokenizer.split(text)


def usage_of(usage: Usage, model: Model) -> dict[str, JSON]:
    """Its `usage`."""
    written = {"cache_write_tokens": 0} if model.family.cache_writes else {}
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached, "audio_tokens": 0, **written},
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning,
            "audio_tokens": usage.audio,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


@lru_cache(maxsize=256)
def _fingerprint(snapshot: str) -> str:
    """The same for all replies of one model: it names a build of the backend, not a request."""
    return ids.make("fingerprint", Noise(snapshot.encode()[:64]))


def _tool_call(tool: ToolCall, noise: Noise) -> dict[str, JSON]:
    id = tool.id or ids.make("call", noise)
    if tool.kind == "custom":
        return {"id": id, "type": "custom", "custom": {"name": tool.name, "input": tool.arguments}}
    return {"id": id, "type": "function", "function": {"name": tool.name, "arguments": tool.arguments}}

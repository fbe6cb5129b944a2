"""A finished transcription in slices: what the streaming call sends. Events name themselves in `type` alone."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ..answer import JSON
from ..generate.tokens import Tokenizer
from ..stream.sse import DONE
from .audio_transcripts import HeardText

_encode = msgspec.json.encode


def events(transcription: Mapping[str, JSON], heard: HeardText) -> list[bytes]:
    """A delta for every token; where speakers are told apart, each segment after its deltas; then the whole."""
    segments = transcription.get("segments")
    if segments is None:
        said = _deltas(heard.transcript.text, heard.tokenizer, transcription.get("logprobs"))
    else:
        said = []
        for number, segment in enumerate(segments):
            text = segment["text"] if number == 0 else " " + segment["text"]
            said += [{**delta, "segment_id": segment["id"]} for delta in _deltas(text, heard.tokenizer, None)]
            said.append(segment)
    done: dict[str, JSON] = {"type": "transcript.text.done", "text": transcription["text"]}
    done |= {name: transcription[name] for name in ("languages", "logprobs", "usage") if name in transcription}
    return [b"data: %b\n\n" % _encode(event) for event in (*said, done)] + [DONE]


def _deltas(text: str, tokenizer: Tokenizer, logprobs: JSON) -> list[dict[str, JSON]]:
    deltas: list[dict[str, JSON]] = [
        {"type": "transcript.text.delta", "delta": piece} for piece in tokenizer.split(text)
    ]
    if logprobs is not None:
        return [{**delta, "logprobs": [entry]} for delta, entry in zip(deltas, logprobs, strict=True)]
    return deltas

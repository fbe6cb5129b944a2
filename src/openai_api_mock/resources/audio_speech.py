"""Speech: the audio of a text in the asked format, in parts or as events."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import msgspec

from ..answer import JSON, Answer
from ..generate import speech
from ..generate.speech_voice import PITCHES
from ..generate.tokens import Tokenizer
from .audio_refusals import listed, number_or, refuse

CONTENT_TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
PART_SECONDS = 0.2
"""Of speech in one part of the stream."""
SPOKEN_TOKENS = 20
"""A second of speech that is spoken."""

_SLOWEST, _FASTEST = 0.25, 4.0
# Voices that came later are for the newer models alone.
_EARLY_VOICES = ("alloy", "ash", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer")
_encode = msgspec.json.encode


class Spoken(msgspec.Struct, frozen=True):
    """A text as audio, ready to be sent."""

    answer: Answer
    content_type: str
    parts: list[bytes]
    events: list[bytes] | None = None
    """The same as server-sent events, where they are asked for."""


def speak(body: Mapping[str, JSON], answer: Answer | None, tokenizer: Tokenizer) -> Spoken:
    """The text of a request, or what a script says instead. Raises Refused."""
    model = str(body.get("model"))
    text, voice = str(body.get("input", "")), _voice(body)
    if not text:
        raise refuse("empty_input")
    sse = body.get("stream_format") == "sse"
    if sse and model.startswith("tts-1"):
        raise refuse("sse")
    form = str(body.get("response_format"))
    form = form if form in CONTENT_TYPES else "mp3"
    speed = min(_FASTEST, max(_SLOWEST, number_or(body.get("speed"), 1.0)))
    said = answer or Answer(text=text)
    spoken = said.text or ""
    data = said.sound.data if said.sound is not None else speech.encode(spoken, form, voice, speed)
    seconds = speech.seconds_of(spoken, speed)
    parts = _parts(data, seconds)
    asked = tokenizer.count(f"{text}{body.get('instructions') or ''}") if sse else 0
    return Spoken(said, CONTENT_TYPES[form], parts, _events(parts, asked, seconds) if sse else None)


def _voice(body: Mapping[str, JSON]) -> str:
    """The voice's name, or the id of one that the user made."""
    voice = body.get("voice")
    if isinstance(voice, dict):
        return str(voice.get("id", ""))
    voices = _EARLY_VOICES if str(body.get("model")).startswith("tts-1") else tuple(PITCHES)
    if voice not in voices:
        raise refuse("voice", value=voice, values=listed(voices, "and"))
    return str(voice)


def _parts(data: bytes, seconds: float) -> list[bytes]:
    """In sizes that are multiples of 3, so that the base64 of the parts joins up."""
    size = max(3, 3 * round(len(data) * PART_SECONDS / seconds / 3))
    return [data[at : at + size] for at in range(0, len(data), size)]


def _events(parts: list[bytes], asked: int, seconds: float) -> list[bytes]:
    spoken = round(seconds * SPOKEN_TOKENS)
    usage = {"input_tokens": asked, "output_tokens": spoken, "total_tokens": asked + spoken}
    deltas = [{"type": "speech.audio.delta", "audio": base64.b64encode(part).decode()} for part in parts]
    return [b"data: %b\n\n" % _encode(event) for event in (*deltas, {"type": "speech.audio.done", "usage": usage})]

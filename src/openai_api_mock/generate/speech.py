"""Speech: a text as audio in each of the API's formats.

A word lasts 0.3 s at speed 1 (200 words a minute): a short burst of tones that carries its text (`speech_code`), a hum
of its vowels at the voice's pitch, a pause. WAV, FLAC and PCM hold exactly that; MP3 and AAC hum without the tones;
Opus is silent. Those three carry the text in their frames (`speech_tags`), so a transcription understands them all.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from .speech_code import RATE, SYMBOL, burst, burst_length
from .speech_tags import Spoken
from .speech_voice import hum, pitch_of

SECONDS_PER_WORD = 0.3
VOICE = "alloy"


def words_of(text: str, speed: float = 1.0) -> list[Spoken]:
    """How long each word of the text lasts. A word too long to carry in its time takes longer."""
    usual = round(RATE * SECONDS_PER_WORD / speed)
    words = []
    for word in text.split():
        samples = max(usual, burst_length(word) + SYMBOL)
        words.append(Spoken(word, samples, samples - max(SYMBOL, samples // 8)))
    return words or [Spoken("", usual, 0)]


def seconds_of(text: str, speed: float = 1.0) -> float:
    return sum(word.samples for word in words_of(text, speed)) / RATE


def speak(text: str, voice: str = VOICE, speed: float = 1.0) -> bytes:
    """PCM samples, 16 bits little-endian mono at 24 kHz. A text without words is 0.3 s of silence."""
    parts: list[bytes] = []
    for word in words_of(text, speed):
        said = burst(word.text) if word.text else b""
        said += hum(word.text, voice, word.sounding - len(said) // 2) if word.text else b""
        parts += (said, bytes(2 * word.samples - len(said)))
    return b"".join(parts)


def wav(pcm: bytes) -> bytes:
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(pcm), b"WAVE", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16,
                       b"data", len(pcm))  # fmt: skip
    return head + pcm


def _wav(text: str, voice: str, speed: float) -> bytes:
    return wav(speak(text, voice, speed))


# Each encoder is imported with the first text that is spoken in its format.


def _flac(text: str, voice: str, speed: float) -> bytes:
    from . import speech_flac

    return speech_flac.encode(speak(text, voice, speed), RATE)


def _mp3(text: str, voice: str, speed: float) -> bytes:
    from . import speech_mp3

    return speech_mp3.encode(words_of(text, speed), pitch_of(voice))


def _aac(text: str, voice: str, speed: float) -> bytes:
    from . import speech_aac

    return speech_aac.encode(words_of(text, speed), pitch_of(voice))


def _opus(text: str, voice: str, speed: float) -> bytes:
    from . import speech_opus

    return speech_opus.encode(words_of(text, speed), RATE)


ENCODERS: dict[str, Callable[[str, str, float], bytes]] = {
    "mp3": _mp3,
    "opus": _opus,
    "aac": _aac,
    "flac": _flac,
    "wav": _wav,
    "pcm": speak,
    "pcm16": speak,
}
"""From a text, a voice and a speed to a file. A chat calls its samples `pcm16`."""


def encode(text: str, form: str, voice: str = VOICE, speed: float = 1.0) -> bytes:
    """The spoken text in one of `ENCODERS`."""
    return ENCODERS[form](text, voice, speed)

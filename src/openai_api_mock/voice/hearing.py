"""What is said in the audio that a session was sent."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from ..noise import Noise

if TYPE_CHECKING:
    from ..generate.speech_transcript import Transcript

_NOISE = 100
"""The greatest sample of what counts as silence: that of a microphone is below (-50 dB)."""


def transcript_of(pcm: bytes, rate: int, noise: Noise) -> Transcript:
    """The words in 16-bit samples: those that the mock spoke; what somebody else said is made up; of silence, none."""
    from ..generate.speech_files import Recording  # with the first audio
    from ..generate.speech_hear import hear
    from ..generate.speech_transcript import timed, transcribe

    seconds = len(pcm) / 2 / rate
    if is_silent(pcm):
        return timed("", seconds)
    return transcribe(Recording(seconds, tuple(hear(pcm, rate))), noise)


def heard_in(pcm: bytes, rate: int, noise: Noise) -> str:
    """The words alone."""
    return transcript_of(pcm, rate, noise).text


def is_silent(pcm: bytes) -> bool:
    samples = array("h", pcm[: len(pcm) // 2 * 2])
    return not samples or (max(samples) < _NOISE and min(samples) > -_NOISE)

"""What is said in the audio that a session was sent."""

from __future__ import annotations

from ..noise import Noise


def heard_in(pcm: bytes, rate: int, noise: Noise) -> str:
    """The words in 16-bit samples: those that the mock spoke; what somebody else said is made up."""
    from ..generate.speech_files import Recording  # with the first audio
    from ..generate.speech_hear import hear
    from ..generate.speech_transcript import transcribe

    recording = Recording(len(pcm) / 2 / rate, tuple(hear(pcm, rate)))
    return transcribe(recording, noise).text

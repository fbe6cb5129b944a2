"""What was heard and said in a Live session, as one recording: both sides in one channel, each where it sounded.

The SDK says that a stored session has a recording, and nothing of its form: WAV of 24 kHz is a guess.
"""

from __future__ import annotations

from array import array

from ..voice.format import RATE

_LOUDEST = 32_767


class Recording:
    """The sounds of one session."""

    def __init__(self) -> None:
        self._sounds: list[tuple[int, bytes, str]] = []

    def add(self, milliseconds: int, pcm: bytes, voice: str = "") -> None:
        """Samples at 24 kHz, when they began to sound, and in which voice."""
        self._sounds.append((milliseconds * RATE // 1000, pcm, voice))

    def cut(self, voice: str, milliseconds: int) -> None:
        """What that voice was to say from then on was never heard."""
        end = milliseconds * RATE // 1000
        self._sounds = [sound for sound in self._sounds if sound[2] != voice or sound[0] < end]

    def wav(self) -> bytes:
        from ..generate.speech import wav  # with the first that is asked for

        length = max((at + len(pcm) // 2 for at, pcm, _ in self._sounds), default=0)
        whole = array("h", bytes(2 * length))
        for at, pcm, _ in self._sounds:
            sound = array("h", pcm[: len(pcm) // 2 * 2])
            there = whole[at : at + len(sound)]
            whole[at : at + len(sound)] = _mixed(there, sound) if any(there) else sound
        return wav(whole.tobytes())


def _mixed(one: array[int], other: array[int]) -> array[int]:
    return array("h", [max(-_LOUDEST, min(_LOUDEST, a + b)) for a, b in zip(one, other, strict=True)])

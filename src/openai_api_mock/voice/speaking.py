"""What is said, word by word, each with its samples."""

from __future__ import annotations

from ..answer import JSON, Audio
from .format import Format

VOICE = "alloy"


def spoken_words(
    text: str, sound: Audio | None, form: Format, voice: JSON = None, speed: float = 1.0
) -> list[tuple[str, bytes]]:
    """The words as a transcript's deltas, and the audio of each in the format: the mock's, unless a recording is given.
    A voice that isn't named is the usual one."""
    from ..generate.speech import speak, words_of  # with the first that is spoken

    words = text.split()
    if not words:
        return []
    if sound is not None:
        pcm = sound.data
        lengths = [len(pcm) // 2 // len(words)] * len(words)
    else:
        pcm = speak(text, voice if isinstance(voice, str) else VOICE, speed)
        lengths = [word.samples for word in words_of(text, speed)]
    data = form.encoded(pcm)
    scale, spoken, at, done = len(data) / max(1, len(pcm)), [], 0, 0
    for number, (word, length) in enumerate(zip(words, lengths, strict=True)):
        at += 2 * length
        end = len(data) if number == len(words) - 1 else int(at * scale) // 2 * 2
        spoken.append((word if not number else f" {word}", data[done:end]))
        done = end
    return spoken

"""Transcripts: the words of a recording and when each was said, and the segments that they form."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..noise import Noise
from .speech_files import Recording
from .speech_hear import Heard
from .text import prose

WORDS_PER_SECOND = 2.5
"""Of somebody whom the mock didn't hear itself."""
LONGEST_SEGMENT = 10.0
"""Seconds; a sentence ends a segment sooner."""
_SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？")


class Segment(msgspec.Struct, frozen=True):
    """A sentence or a part of one."""

    text: str
    start: float
    """Seconds from the start of the recording."""
    end: float


class Transcript(msgspec.Struct, frozen=True):
    """What is said in a recording."""

    text: str
    seconds: float
    """How long the recording lasts."""
    words: tuple[Heard, ...]
    segments: tuple[Segment, ...]


def transcribe(recording: Recording, noise: Noise) -> Transcript:
    """What the mock spoke itself, word for word; of anything else a plausible text, as long as it may have taken."""
    if recording.words:
        return _transcript(" ".join(word.text for word in recording.words), recording.seconds, recording.words)
    tokens = max(2, round(recording.seconds * WORDS_PER_SECOND * 8 / 7))  # a sentence's end is a token and no word
    return timed(prose(noise, tokens), recording.seconds)


def timed(text: str, seconds: float) -> Transcript:
    """A given text, its words spread over the time, longer ones for longer."""
    words = text.split()
    weights = [len(word) + 3 for word in words]
    scale = seconds / sum(weights) if words else 0.0
    heard: list[Heard] = []
    at = 0
    for word, weight in zip(words, weights, strict=True):
        heard.append(Heard(word, at * scale, (at + weight - 1) * scale))
        at += weight
    return _transcript(text, seconds, heard)


def _transcript(text: str, seconds: float, words: Sequence[Heard]) -> Transcript:
    rounded = tuple(Heard(word.text, round(word.start, 2), round(word.end, 2)) for word in words)
    return Transcript(text, seconds, rounded, tuple(_segments(rounded)))


def _segments(words: Sequence[Heard]) -> list[Segment]:
    segments: list[Segment] = []
    open_words: list[Heard] = []
    for word in words:
        if open_words and word.end - open_words[0].start > LONGEST_SEGMENT:
            segments.append(_segment(open_words))
            open_words = []
        open_words.append(word)
        if word.text.rstrip("\"')”’»").endswith(_SENTENCE_ENDS):
            segments.append(_segment(open_words))
            open_words = []
    return [*segments, _segment(open_words)] if open_words else segments


def _segment(words: Sequence[Heard]) -> Segment:
    return Segment(" ".join(word.text for word in words), words[0].start, words[-1].end)


def subtitles(segments: Sequence[Segment], mark: str) -> str:
    """Blocks of time and text; `mark` stands before the milliseconds: SRT's comma, WebVTT's point. SRT numbers them."""
    numbers = [f"{number}\n" if mark == "," else "" for number in range(1, len(segments) + 1)]
    blocks = [
        f"{number}{_clock(segment.start, mark)} --> {_clock(segment.end, mark)}\n{segment.text}\n\n"
        for number, segment in zip(numbers, segments, strict=True)
    ]
    return "".join(blocks) if mark == "," else "WEBVTT\n\n" + "".join(blocks)


def _clock(seconds: float, mark: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{mark}{rest % 1000:03}"

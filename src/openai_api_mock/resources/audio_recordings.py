"""The recording that a request sends, and what is said in it."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

from ..answer import JSON, Answer
from ..forms import File
from ..generate.speech_files import Recording, read_recording
from ..generate.speech_transcript import Transcript, timed, transcribe
from ..noise import Noise
from .audio_refusals import refuse

LARGEST = 26_214_400
"""Bytes."""
SHORTEST = 0.1
"""Seconds."""
EXTENSIONS = frozenset(("flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm"))


UNHEARD = Recording(1.0)
"""What any other file counts as, where requests aren't held against what the API takes."""


def any_recording_of(body: Mapping[str, JSON]) -> tuple[Recording, bytes]:
    """The recording and its bytes, whatever was sent."""
    file = body.get("file")
    if not isinstance(file, File):
        return UNHEARD, b""
    file.content.seek(0)
    content = file.content.read(LARGEST)
    return read_recording(content) or UNHEARD, content


def recording_of(body: Mapping[str, JSON]) -> tuple[Recording, bytes]:
    """The recording and its bytes. Raises Refused where it isn't one that the API takes.

    The content decides; but a name that ends in something else is refused, as by the API.
    """
    file = body.get("file")
    if not isinstance(file, File):
        raise refuse("no_file")
    if file.size > LARGEST:
        raise refuse("file_size", size=file.size)
    _, dot, extension = file.filename.rpartition(".")
    if dot and extension.lower() not in EXTENSIONS:
        raise refuse("file_format")
    file.content.seek(0)
    content = file.content.read()
    recording = read_recording(content)
    if recording is None:
        raise refuse("file_format")
    if recording.seconds < SHORTEST:
        raise refuse("too_short")
    return recording, content


def transcript_of(recording: Recording, content: bytes, seed: str, answer: Answer | None) -> Transcript:
    """What a script says is said; else what is heard, the same whatever form it is asked for in."""
    if answer is not None:
        return timed(answer.text or "", recording.seconds)
    return transcribe(recording, Noise(blake2b(content, digest_size=32, key=seed.encode()[:64]).digest()))

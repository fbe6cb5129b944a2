"""A transcript in the forms of the API: JSON, plain text, subtitles, with the segments and words, by speaker."""

from __future__ import annotations

import math
import string
from collections.abc import Mapping
from typing import Any
from zlib import compress, crc32

import msgspec

from ..answer import JSON, Answer
from ..call import Call
from ..generate.speech_hear import Heard
from ..generate.speech_transcript import Segment, Transcript, subtitles
from ..generate.tokens import Tokenizer
from ..noise import Noise
from .audio_recordings import any_recording_of, recording_of, transcript_of
from .audio_refusals import listed, number_or, refuse

HEARD_TOKENS = 10
"""A second of speech that is listened to."""
LONGEST = 1400
"""Seconds that models other than whisper-1 listen to."""
LONGEST_UNCHUNKED = 30

# The forms that each family of models can give; the first whose name begins so.
_FORMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("gpt-4o-transcribe-diarize", ("json", "text", "diarized_json")),
    ("gpt-", ("json", "text")),
    ("", ("json", "text", "srt", "verbose_json", "vtt")),
)
_LANGUAGES = {
    "ar": "arabic", "de": "german", "en": "english", "es": "spanish", "fr": "french", "hi": "hindi", "it": "italian",
    "ja": "japanese", "ko": "korean", "nl": "dutch", "pl": "polish", "pt": "portuguese", "ru": "russian",
    "sv": "swedish", "tr": "turkish", "uk": "ukrainian", "zh": "chinese",
}  # fmt: skip
_WINDOW = 30
"""Seconds that whisper reads at a time; `seek` counts them in hundredths."""
_FIRST_TIME_TOKEN = 50364


class Heading(msgspec.Struct, frozen=True):
    """How a transcript is asked for."""

    model: str
    form: str
    granularities: tuple[str, ...] = ("segment",)
    logprobs: bool = False
    prompt: str = ""
    language: str = ""
    temperature: float = 0.0
    speakers: tuple[str, ...] = ()

    @classmethod
    def of(cls, body: Mapping[str, JSON]) -> Heading:
        return cls(
            str(body.get("model", "")),
            str(body.get("response_format") or "json"),
            tuple(body.get("timestamp_granularities") or ("segment",)),
            "logprobs" in (body.get("include") or ()),
            str(body.get("prompt") or ""),
            str(body.get("language") or ""),
            number_or(body.get("temperature"), 0.0),
            tuple(body.get("known_speaker_names") or ()),
        )

    @property
    def diarizes(self) -> bool:
        return self.model.startswith("gpt-4o-transcribe-diarize")


class HeardText(msgspec.Struct, frozen=True):
    """A transcript, how it was asked for, and what counts its tokens."""

    transcript: Transcript
    heading: Heading
    tokenizer: Tokenizer


def listen(call: Call, seed: str, strict: bool, tokenizer: Tokenizer) -> HeardText:
    """What is said in the recording of a request, or what a script says is.

    Raises Refused, if `strict`, for what isn't a recording and for what the model can't do.
    """
    heading = Heading.of(call.body)
    recording, content = recording_of(call.body) if strict else any_recording_of(call.body)
    if strict:
        _check(heading, recording.seconds, call.body)
    transcript = transcript_of(recording, content, seed, call.answer)
    call.seconds = math.ceil(transcript.seconds)
    call.entry.answer = call.answer or Answer(text=transcript.text)
    return HeardText(transcript, heading, tokenizer)


def check_translates(body: Mapping[str, JSON]) -> None:
    """Raises Refused for models that only transcribe."""
    model = str(body.get("model", ""))
    if not model.startswith("whisper"):
        raise refuse("translation_model", model=model)


def _check(heading: Heading, seconds: float, body: Mapping[str, JSON]) -> None:
    """Raises Refused for what the model can't do."""
    forms = next(forms for prefix, forms in _FORMS if heading.model.startswith(prefix))
    if heading.form not in forms:
        raise refuse("response_format", value=heading.form, model=heading.model, values=listed(forms, "or"))
    if body.get("timestamp_granularities") and heading.form != "verbose_json":
        raise refuse("granularities")
    listens = heading.model.startswith("gpt-") and not heading.diarizes
    if heading.logprobs and not (listens and heading.form == "json"):
        raise refuse("logprobs")
    if heading.diarizes and heading.prompt:
        raise refuse("no_prompt")
    if heading.diarizes and seconds > LONGEST_UNCHUNKED and not body.get("chunking_strategy"):
        raise refuse("chunking")
    if heading.model.startswith("gpt-") and seconds > LONGEST:
        raise refuse("too_long", seconds=seconds)


def render(heard: HeardText, noise: Noise) -> str | dict[str, JSON]:
    """The finished answer: an object, or the text of a reply in plain text."""
    transcript, heading = heard.transcript, heard.heading
    if heading.form == "json":
        plain: dict[str, JSON] = {"text": transcript.text, "usage": _usage(heard)}
        if heading.logprobs:
            plain["logprobs"] = _logprobs(heard, noise)
        if heading.model.startswith("gpt-transcribe"):
            plain["languages"] = [{"code": heading.language or "en"}]
        return plain
    if heading.form == "diarized_json":
        return {
            "task": "transcribe",
            "duration": round(transcript.seconds, 2),
            "text": transcript.text,
            "segments": _diarized(transcript, heading),
            "usage": _usage(heard),
        }
    if heading.form == "verbose_json":
        return _verbose(heard, "transcribe")
    return _as_text(transcript, heading.form)


def translate(heard: HeardText) -> str | dict[str, JSON]:
    """Like a transcript, but says less of itself, and is in English: what was heard is taken to be."""
    transcript, heading = heard.transcript, heard.heading
    if heading.form == "json":
        return {"text": transcript.text}
    if heading.form == "verbose_json":
        whole = _verbose(heard, "translate")
        return {name: value for name, value in whole.items() if name not in ("usage", "words")}
    return _as_text(transcript, heading.form)


def _as_text(transcript: Transcript, form: str) -> str:
    if form == "text":
        return transcript.text + "\n"
    return subtitles(transcript.segments, "," if form == "srt" else ".")


def _verbose(heard: HeardText, task: str) -> dict[str, JSON]:
    transcript, heading = heard.transcript, heard.heading
    language = heading.language if task == "transcribe" else "en"
    verbose: dict[str, JSON] = {
        "task": task,
        "language": _LANGUAGES.get(language, language or "english"),
        "duration": round(transcript.seconds, 2),
        "text": transcript.text,
        "usage": _usage(heard),
    }
    if "segment" in heading.granularities:
        verbose["segments"] = [_segment(number, segment, heard) for number, segment in enumerate(transcript.segments)]
    if "word" in heading.granularities:
        verbose["words"] = [_word(word) for word in transcript.words]
    return verbose


def _word(word: Heard) -> dict[str, JSON]:
    """Without the punctuation round it, unless it is nothing else."""
    return {"word": word.text.strip(string.punctuation) or word.text, "start": word.start, "end": word.end}


def _segment(number: int, segment: Segment, heard: HeardText) -> dict[str, JSON]:
    text = " " + segment.text
    window = int(segment.start // _WINDOW)
    times = [_FIRST_TIME_TOKEN + round((at - window * _WINDOW) * 50) for at in (segment.start, segment.end)]
    tokens = [crc32(piece.encode()) % 50_257 for piece in heard.tokenizer.split(text)]
    raw = text.encode()
    return {
        "id": number,
        "seek": window * _WINDOW * 100,
        "start": segment.start,
        "end": segment.end,
        "text": text,
        "tokens": [times[0], *tokens, times[1]],
        "temperature": heard.heading.temperature,
        "avg_logprob": -(2000 + crc32(raw) % 1000) / 10_000,
        "compression_ratio": len(raw) / len(compress(raw)),
        "no_speech_prob": crc32(raw, 1) % 1000 / 50_000,
    }


def _diarized(transcript: Transcript, heading: Heading) -> list[JSON]:
    """Speakers take turns, segment by segment; two of them, unless more are known."""
    speakers = heading.speakers or ("A", "B")
    return [
        {
            "type": "transcript.text.segment",
            "id": f"seg_{number + 1:03}",
            "start": segment.start,
            "end": segment.end,
            "text": segment.text,
            "speaker": speakers[number % len(speakers)],
        }
        for number, segment in enumerate(transcript.segments)
    ]


def _usage(heard: HeardText) -> dict[str, JSON]:
    transcript, heading = heard.transcript, heard.heading
    if not heading.model.startswith("gpt-"):
        return {"type": "duration", "seconds": math.ceil(transcript.seconds)}
    audio, told = round(transcript.seconds * HEARD_TOKENS), heard.tokenizer.count(heading.prompt)
    said = heard.tokenizer.count(transcript.text)
    return {
        "type": "tokens",
        "input_tokens": audio + told,
        "input_token_details": {"text_tokens": told, "audio_tokens": audio},
        "output_tokens": said,
        "total_tokens": audio + told + said,
    }


def _logprobs(heard: HeardText, noise: Noise) -> list[Any]:
    return [
        {"token": piece, "logprob": round(-(noise.random() ** 4), 8), "bytes": list(piece.encode())}
        for piece in heard.tokenizer.split(heard.transcript.text)
    ]

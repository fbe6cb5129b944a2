from __future__ import annotations

import base64
import io
import json
import wave
from collections.abc import Sequence
from typing import Any

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_api_mock import Answer, mock_openai
from openai_api_mock.generate import speech

from ..conftest import MakeWay, Way

TEXT = "Hello there, how are you? I am well. Grüße aus Köln!"
NAMES = {"mp3": "a.mp3", "opus": "a.ogg", "aac": "a.m4a", "flac": "a.flac", "wav": "a.wav"}
TYPES = {
    "mp3": "audio/mpeg", "opus": "audio/ogg", "aac": "audio/aac", "flac": "audio/flac", "wav": "audio/wav",
    "pcm": "audio/pcm",
}  # fmt: skip
translated = pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")


def spoken(text: str = TEXT, form: str = "wav") -> tuple[str, bytes]:
    return NAMES[form], speech.encode(text, form)


def stranger(seconds: float = 20.0, rate: int = 16_000) -> tuple[str, bytes]:
    """A recording of somebody else, who says nothing at all."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(2 * round(seconds * rate)))
    return "meeting.wav", out.getvalue()


def speak(way: Way, text: str = TEXT, **arguments: Any) -> Any:
    return way.call("audio.speech.create", **{"model": "gpt-4o-mini-tts", "voice": "alloy", "input": text, **arguments})


def transcribe(way: Way, file: Any = None, **arguments: Any) -> Any:
    arguments = {"model": "whisper-1", "file": file or spoken(), **arguments}
    return way.call("audio.transcriptions.create", **arguments)


def refused(way: Way, *arguments: Any, **named: Any) -> dict[str, Any]:
    with pytest.raises(openai.APIStatusError) as caught:
        transcribe(way, *arguments, **named)
    body: Any = caught.value.body
    return {"status": caught.value.status_code, **body}


# Speech


@pytest.mark.parametrize("form", sorted(TYPES))
def test_speech_comes_in_the_asked_format(way: Way, form: str) -> None:
    reply = speak(way, response_format=form)

    assert reply.response.headers["content-type"] == TYPES[form]
    assert reply.content == speech.encode(TEXT, form)


def test_speech_is_mp3_unless_told_otherwise(way: Way) -> None:
    assert speak(way).content == speech.encode(TEXT, "mp3")


def test_speed_and_voice_are_heard(way: Way) -> None:
    usual, fast, other = (
        speak(way, "One two", response_format="pcm", **options).content
        for options in ({}, {"speed": 2.0}, {"voice": "onyx"})
    )

    assert len(fast) == len(usual) / 2
    assert other != usual
    assert len(other) == len(usual)


def test_speech_is_streamed_in_parts_of_a_fifth_of_a_second() -> None:
    with mock_openai(chunk_delay=0.001, clock="instant") as mock, openai.OpenAI() as client:
        create = client.audio.speech.with_streaming_response.create
        with create(model="tts-1", voice="nova", input="One two three four", response_format="pcm") as reply:
            parts = list(reply.iter_bytes())

    assert [len(part) for part in parts] == [2 * 24_000 // 5] * 6
    assert b"".join(parts) == speech.encode("One two three four", "pcm", "nova")
    assert mock.calls[0].status == 200


@pytest.mark.parametrize("form", ["pcm", "mp3", "opus"])
def test_speech_is_sent_as_events_whose_audio_joins_up(way: Way, form: str) -> None:
    raw = speak(way, stream_format="sse", response_format=form)
    events = [json.loads(line.removeprefix("data: ")) for line in raw.text.split("\n\n") if line]

    assert raw.response.headers["content-type"].startswith("text/event-stream")
    *deltas, done = events
    assert {event["type"] for event in deltas} == {"speech.audio.delta"}
    assert base64.b64decode("".join(event["audio"] for event in deltas)) == speech.encode(TEXT, form)
    assert done["type"] == "speech.audio.done"
    assert done["usage"]["total_tokens"] == done["usage"]["input_tokens"] + done["usage"]["output_tokens"]
    assert done["usage"]["output_tokens"] == 20 * 0.3 * len(TEXT.split())


SPEECH_FAULTS: Sequence[tuple[dict[str, Any], str, str, str]] = (
    ({"voice": "hal"}, "invalid_value", "voice", "Invalid value: 'hal'. Supported values are: 'alloy', 'ash', "),
    ({"voice": "marin", "model": "tts-1"}, "invalid_value", "voice", "'sage', and 'shimmer'."),
    ({"input": "x" * 4097}, "string_above_max_length", "input", "maximum length 4096"),
    ({"input": ""}, "string_below_min_length", "input", "minimum length 1"),
    ({"stream_format": "sse", "model": "tts-1-hd"}, "unsupported_value", "stream_format", "does not support 'sse'"),
    ({"speed": 4.5}, "decimal_above_max_value", "speed", "4.5"),
    ({"response_format": "ogg"}, "invalid_value", "response_format", "'ogg'"),
)


@pytest.mark.parametrize(("arguments", "code", "param", "words"), SPEECH_FAULTS)
def test_what_cant_be_spoken_is_refused(way: Way, arguments: dict[str, Any], code: str, param: str, words: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        speak(way, **arguments)
    assert (caught.value.code, caught.value.param) == (code, param)
    assert words in caught.value.message


def test_a_voice_that_somebody_made_is_taken(way: Way) -> None:
    assert speak(way, "Hi", voice={"id": "voice_1234"}, response_format="wav").content.startswith(b"RIFF")


def test_speech_may_be_scripted(way: Way) -> None:
    way.mock.audio.speech.create.reply("Something else.")

    assert speak(way, response_format="wav").content == speech.encode("Something else.", "wav")


# Transcription


@pytest.mark.parametrize("form", sorted(NAMES))
def test_what_the_mock_spoke_is_transcribed_as_it_was(way: Way, form: str) -> None:
    sound = speak(way, response_format=form).content

    assert transcribe(way, (NAMES[form], sound)).text == TEXT


def test_json_tells_its_usage_by_model(way: Way) -> None:
    old, new = transcribe(way), transcribe(way, model="gpt-4o-transcribe", prompt="Greetings")

    assert (old.usage.type, old.usage.seconds) == ("duration", 4)
    assert new.usage.type == "tokens"
    assert new.usage.input_token_details.audio_tokens == 33
    assert new.usage.input_token_details.text_tokens == new.usage.input_tokens - 33 > 0
    assert new.usage.total_tokens == new.usage.input_tokens + new.usage.output_tokens


def test_plain_text_and_subtitles(way: Way) -> None:
    raw = way.do(
        lambda client: client.audio.transcriptions.with_raw_response.create(
            model="whisper-1", file=spoken("One two. Three."), response_format="srt"
        )
    )

    assert raw.headers["content-type"] == "text/plain; charset=utf-8"
    assert raw.text == ("1\n00:00:00,000 --> 00:00:00,560\nOne two.\n\n2\n00:00:00,600 --> 00:00:00,860\nThree.\n\n")
    assert transcribe(way, spoken("One two. Three."), response_format="vtt") == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:00.560\nOne two.\n\n00:00:00.600 --> 00:00:00.860\nThree.\n\n"
    )
    assert transcribe(way, response_format="text") == TEXT + "\n"


def test_verbose_json_has_segments_and_where_asked_words(way: Way) -> None:
    plain = transcribe(way, response_format="verbose_json", language="de", temperature=0.4)
    both = transcribe(way, response_format="verbose_json", timestamp_granularities=["word", "segment"])
    words = transcribe(way, response_format="verbose_json", timestamp_granularities=["word"])

    assert (plain.task, plain.language, plain.text, plain.duration) == ("transcribe", "german", TEXT, 3.3)
    assert plain.usage.seconds == 4
    assert plain.words is None
    assert [segment.text for segment in plain.segments] == [
        " Hello there, how are you?", " I am well.", " Grüße aus Köln!",
    ]  # fmt: skip
    assert [segment.id for segment in plain.segments] == [0, 1, 2]
    assert plain.segments[0].temperature == 0.4
    assert [word.word for word in both.words[:4]] == ["Hello", "there", "how", "are"]
    assert [segment.start for segment in both.segments] == [0.0, 1.5, 2.4]
    assert words.segments is None
    assert words.words == both.words


def test_speakers_are_told_apart(way: Way) -> None:
    asked: Any = {"model": "gpt-4o-transcribe-diarize", "response_format": "diarized_json"}
    plain = transcribe(way, **asked)
    known = transcribe(way, **asked, known_speaker_names=["Ann", "Bob"])

    assert plain.text == TEXT
    assert [segment.speaker for segment in plain.segments] == ["A", "B", "A"]
    assert [segment.speaker for segment in known.segments] == ["Ann", "Bob", "Ann"]
    assert plain.usage.type == "tokens"


def test_a_stream_says_what_the_object_says(way: Way) -> None:
    asked: Any = {"model": "gpt-4o-transcribe", "include": ["logprobs"]}
    whole = transcribe(way, **asked)
    *deltas, done = transcribe(way, **asked, stream=True)

    assert {event.type for event in deltas} == {"transcript.text.delta"}
    assert "".join(event.delta for event in deltas) == done.text == whole.text == TEXT
    assert [event.delta for event in deltas] == [entry.token for entry in whole.logprobs]
    assert [entry.logprob for event in deltas for entry in event.logprobs] == [e.logprob for e in done.logprobs]
    assert done.type == "transcript.text.done"
    assert done.usage.model_dump() == whole.usage.model_dump()


def test_a_stream_of_speakers_ends_each_segment_with_itself(way: Way) -> None:
    asked: Any = {"model": "gpt-4o-transcribe-diarize", "response_format": "diarized_json"}
    whole = transcribe(way, **asked)
    *events, done = transcribe(way, **asked, stream=True)

    segments = [event for event in events if event.type == "transcript.text.segment"]
    deltas = [event for event in events if event.type == "transcript.text.delta"]
    assert [segment.model_dump() for segment in segments] == [segment.model_dump() for segment in whole.segments]
    assert "".join(delta.delta for delta in deltas) == done.text == TEXT
    assert list(dict.fromkeys(delta.segment_id for delta in deltas)) == [segment.id for segment in segments]


def test_a_streams_events_have_no_names_and_end_with_done() -> None:
    with mock_openai(), openai.OpenAI() as client:
        create = client.audio.transcriptions.with_streaming_response.create
        with create(model="gpt-4o-transcribe", file=spoken("Hi."), stream=True) as reply:
            lines = [line for line in reply.iter_lines() if line]

    assert [line.partition(",")[0] for line in lines] == [
        'data: {"type":"transcript.text.delta"',
        'data: {"type":"transcript.text.delta"',
        'data: {"type":"transcript.text.done"',
        "data: [DONE]",
    ]


def test_somebody_elses_recording_gets_a_text_that_fits_it(way: Way) -> None:
    reply = transcribe(way, stranger(), response_format="verbose_json", timestamp_granularities=["word", "segment"])

    assert reply.duration == 20.0
    assert len(reply.text.split()) == pytest.approx(50, abs=6)
    times = [time for word in reply.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert times[-1] <= reply.duration
    assert reply.segments[0].start == reply.words[0].start
    assert reply.segments[-1].end == reply.words[-1].end
    assert transcribe(way, stranger()).text == reply.text


def test_other_recordings_and_other_seeds_get_other_texts() -> None:
    def heard(seconds: float, seed: int) -> str:
        with mock_openai(seed=seed), openai.OpenAI() as client:
            return client.audio.transcriptions.create(model="whisper-1", file=stranger(seconds)).text

    assert len({heard(20.0, 0), heard(20.1, 0), heard(20.0, 7)}) == 3
    assert heard(20.0, 7) == heard(20.0, 7)


def test_what_is_not_validated_is_answered_all_the_same(make_way: MakeWay) -> None:
    way = make_way(validate="off")

    assert speak(way, speed="fast", response_format="gramophone").content == speech.encode(TEXT, "mp3")
    assert transcribe(way, temperature="hot").text == TEXT


def test_a_file_that_is_none_is_refused(way: Way) -> None:
    body = {"model": "whisper-1", "file": "a.wav"}
    with pytest.raises(openai.BadRequestError) as caught:
        way.do(lambda client: client.post("/audio/transcriptions", body=body, cast_to=object))
    assert (caught.value.code, caught.value.param) == ("invalid_type", "file")


def test_a_transcription_may_be_scripted(way: Way) -> None:
    way.mock.audio.transcriptions.create.reply("What the script says.")
    way.mock.audio.transcriptions.create.reply(Answer(text="And the words in time."))

    assert transcribe(way).text == "What the script says."
    words = transcribe(way, response_format="verbose_json", timestamp_granularities=["word"]).words
    assert [word.word for word in words] == ["And", "the", "words", "in", "time"]
    assert words[-1].end <= 3.3
    assert transcribe(way).text == TEXT


RECORDING_FAULTS: Sequence[tuple[Any, dict[str, Any], int, str | None, str | None, str]] = (
    (("a.wav", b"no audio at all"), {}, 400, None, None, "Invalid file format. Supported formats: ['flac', 'm4a', "),
    (("a.txt", spoken()[1]), {}, 400, None, None, "Invalid file format."),
    (("a.pcm", speech.encode(TEXT, "pcm")), {}, 400, None, None, "Invalid file format."),
    (stranger(0.05), {}, 400, "audio_too_short", "file", "Minimum audio length is 0.1 seconds."),
    (("a.wav", bytes(26_214_401)), {}, 413, None, None, "(26214400) exceeded (26214401 bytes read)"),
    (None, {"response_format": "srt", "model": "gpt-4o-transcribe"}, 400, "unsupported_value", "response_format",
     "response_format 'srt' is not compatible with model 'gpt-4o-transcribe'. Use 'json' or 'text' instead."),
    (None, {"response_format": "diarized_json"}, 400, "unsupported_value", "response_format", "'verbose_json', or"),
    (None, {"timestamp_granularities": ["word"]}, 400, "invalid_value", "timestamp_granularities", "'verbose_json'"),
    (None, {"include": ["logprobs"]}, 400, "unsupported_value", "include", "'logprobs'"),
    (stranger(31.0), {"model": "gpt-4o-transcribe-diarize"}, 400, "missing_required_parameter", "chunking_strategy",
     "chunking_strategy is required for diarization models"),
    (None, {"model": "gpt-4o-transcribe-diarize", "prompt": "Hi"}, 400, "unsupported_parameter", "prompt", "Prompt"),
    (stranger(1400.5, 100), {"model": "gpt-transcribe"}, 400, "invalid_value", None, "audio duration 1400.5 seconds"),
    (None, {"temperature": 1.5}, 400, "decimal_above_max_value", "temperature", "1.5"),
)  # fmt: skip


@pytest.mark.parametrize(("file", "arguments", "status", "code", "param", "words"), RECORDING_FAULTS)
def test_what_cant_be_transcribed_is_refused(
    way: Way, file: Any, arguments: dict[str, Any], status: int, code: str | None, param: str | None, words: str
) -> None:
    error = refused(way, file, **arguments)

    assert (error["status"], error["code"], error["param"]) == (status, code, param)
    assert words in error["message"]


def test_the_oldest_model_passes_over_the_wish_for_a_stream(way: Way) -> None:
    reply = way.do(
        lambda client: client.audio.transcriptions.with_raw_response.create(
            model="whisper-1", file=spoken(), stream=True
        )
    )
    assert reply.headers["content-type"] == "application/json"


def test_unknown_models_are_refused_where_they_must_be_known(make_way: MakeWay) -> None:
    error = refused(make_way(models="known"), model="whisper-99")
    assert (error["status"], error["code"]) == (404, "model_not_found")


@settings(max_examples=20, deadline=None)
@given(text=st.text(min_size=1, max_size=80), form=st.sampled_from(sorted(NAMES)))
def test_any_text_goes_there_and_back(text: str, form: str) -> None:
    with mock_openai(), openai.OpenAI() as client:
        sound = client.audio.speech.create(
            model="tts-1",
            voice="fable",
            input=text,
            response_format=form,  # type: ignore[arg-type]  # one of them
        )
        heard = client.audio.transcriptions.create(model="gpt-transcribe", file=(NAMES[form], sound.content))
    assert heard.text == " ".join(text.split()) or not text.strip()


# Translation


@translated
def test_a_translation_says_less_of_itself(way: Way) -> None:
    plain = way.call("audio.translations.create", model="whisper-1", file=spoken())
    verbose = way.call("audio.translations.create", model="whisper-1", file=spoken(), response_format="verbose_json")
    text = way.call("audio.translations.create", model="whisper-1", file=spoken(), response_format="text")

    assert plain.model_dump() == {"text": TEXT}
    assert (verbose.task, verbose.language, verbose.duration) == ("translate", "english", 3.3)
    assert verbose.segments[-1].end <= 3.3
    assert text == TEXT + "\n"


@translated
def test_a_translation_may_be_scripted_and_is_whispers_alone(way: Way) -> None:
    way.mock.audio.translations.create.reply("Greetings from Cologne!")

    assert way.call("audio.translations.create", model="whisper-1", file=spoken()).text == "Greetings from Cologne!"
    with pytest.raises(openai.BadRequestError, match="Supported values are: 'whisper-1'"):
        way.call("audio.translations.create", model="gpt-4o-transcribe", file=spoken())


# Chat


def chat_audio(way: Way, form: str, **arguments: Any) -> Any:
    audio = {"voice": "alloy", "format": form}
    return way.chat(model="gpt-4o-audio-preview", modalities=["text", "audio"], audio=audio, **arguments)


@pytest.mark.parametrize("form", ["wav", "aac", "mp3", "flac", "opus"])
def test_a_chats_audio_comes_in_every_format_and_says_its_transcript(way: Way, form: str) -> None:
    audio = chat_audio(way, form).choices[0].message.audio
    sound = base64.b64decode(audio.data)

    assert transcribe(way, (NAMES[form], sound)).text == audio.transcript


def test_a_chats_stream_has_one_format_only(way: Way) -> None:
    with pytest.raises(openai.BadRequestError, match="does not support 'wav' when stream=true") as caught:
        chat_audio(way, "wav", stream=True)
    assert (caught.value.code, caught.value.param) == ("unsupported_value", "audio.format")

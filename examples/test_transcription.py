"""Tests of an application that writes minutes: it has a summary read out, and transcribes what was recorded."""

from __future__ import annotations

from openai import OpenAI

from openai_api_mock import OpenAIMock


def announce(summary: str) -> bytes:
    """The application: a sentence as an MP3."""
    speech = OpenAI().audio.speech.create(model="gpt-4o-mini-tts", voice="nova", input=summary)
    return speech.content


def minutes(recording: bytes) -> list[str]:
    """The application: a line for every sentence that was said, and when."""
    transcript = OpenAI().audio.transcriptions.create(
        model="whisper-1", file=("meeting.mp3", recording), response_format="verbose_json"
    )
    return [f"{segment.start:.1f} s:{segment.text}" for segment in transcript.segments or []]


def test_what_the_mock_spoke_it_understands(openai_mock: OpenAIMock) -> None:
    recording = announce("The tests pass. We ship today.")

    assert minutes(recording) == ["0.0 s: The tests pass.", "0.9 s: We ship today."]


def test_a_recording_may_say_whatever_the_test_needs(openai_mock: OpenAIMock) -> None:
    openai_mock.audio.transcriptions.create.reply("Who broke the build? Nobody knows.")

    assert [line.split(": ")[1] for line in minutes(announce("anything"))] == ["Who broke the build?", "Nobody knows."]


def test_a_stream_of_words_as_they_are_heard(openai_mock: OpenAIMock) -> None:
    events = OpenAI().audio.transcriptions.create(
        model="gpt-4o-transcribe", file=("note.mp3", announce("Call me back, please.")), stream=True
    )

    heard = [event.delta for event in events if event.type == "transcript.text.delta"]
    assert heard[0] == "Call"
    assert "".join(heard) == "Call me back, please."

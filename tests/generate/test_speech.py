"""What is spoken is really in its format, by other people's decoders, and as long as it should be."""

from __future__ import annotations

import io
import shutil
import subprocess
import wave
from array import array
from pathlib import Path
from typing import Any

import pytest

from openai_api_mock.generate import speech
from openai_api_mock.generate.speech_code import RATE
from openai_api_mock.generate.speech_voice import PITCHES, pitch_of

TEXT = "Every voice agent deserves a test, and this one speaks naïve words. " * 3
WORDS = len(TEXT.split())
FILES = ("wav", "flac", "mp3", "opus", "aac")
SUFFIXES = {"opus": "ogg"}


def ffmpeg(*arguments: str) -> bytes:
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    done = subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout


def loudest_frequency(samples: Any) -> float:
    """Hz, of samples at 24 kHz; found with numpy, which soundfile brings along."""
    numpy = pytest.importorskip("numpy")
    return float(numpy.argmax(numpy.abs(numpy.fft.rfft(samples))) * RATE / len(samples))


def test_a_word_lasts_three_tenths_of_a_second() -> None:
    assert len(speech.speak("One two three.")) / 2 == 3 * 7200


@pytest.mark.parametrize("speed", [0.25, 0.5, 1.0, 1.5, 2.0, 4.0])
def test_speed_divides_the_duration(speed: float) -> None:
    usual = speech.seconds_of("It is so said at any speed.")
    assert speech.seconds_of("It is so said at any speed.", speed) == pytest.approx(usual / speed, rel=0.02)
    assert len(speech.speak("It is so said", speed=speed)) / 2 / RATE == speech.seconds_of("It is so said", speed)


def test_a_word_too_long_to_be_carried_in_its_time_takes_longer() -> None:
    assert speech.seconds_of("x" * 400) > 3.2


def test_a_text_without_words_is_silence() -> None:
    assert set(speech.speak("  \n")) == {0}
    assert len(speech.speak("")) == 2 * 7200


@pytest.mark.parametrize("voice", sorted(PITCHES))
def test_every_voice_has_its_own_pitch(voice: str) -> None:
    second = array("h", speech.speak("aaaaa", voice, 0.25))[RATE // 4 : RATE]
    assert loudest_frequency(second) == pytest.approx(pitch_of(voice), abs=3)


def test_a_voice_that_is_not_built_in_sounds_like_itself_too() -> None:
    assert speech.speak("Hi", "voice_1") != speech.speak("Hi", "voice_2")
    assert speech.speak("Hi", "voice_1") == speech.speak("Hi", "voice_1")


def test_a_wav_is_one_for_the_standard_library() -> None:
    with wave.open(io.BytesIO(speech.encode(TEXT, "wav"))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        assert file.readframes(file.getnframes()) == speech.encode(TEXT, "pcm")


@pytest.mark.parametrize("form", ["wav", "flac", "mp3", "opus"])
def test_libsndfile_decodes_it_at_its_duration(form: str) -> None:
    soundfile = pytest.importorskip("soundfile")
    samples, rate = soundfile.read(io.BytesIO(speech.encode(TEXT, form)), dtype="int16")
    assert rate == 24_000
    assert len(samples) / rate == pytest.approx(0.3 * WORDS, abs=0.1)


@pytest.mark.parametrize("words", [0, 1, 2, 7, 26])
def test_flac_is_lossless(words: int) -> None:
    soundfile = pytest.importorskip("soundfile")
    text = " ".join(TEXT.split()[:words])
    samples, _ = soundfile.read(io.BytesIO(speech.encode(text, "flac")), dtype="int16")
    assert samples.tobytes() == speech.speak(text)


@pytest.mark.parametrize("form", FILES)
def test_ffmpeg_decodes_it_at_its_duration_without_complaint(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"speech.{SUFFIXES.get(form, form)}"
    path.write_bytes(speech.encode(TEXT, form))
    pcm = ffmpeg("-i", str(path), "-f", "s16le", "-ac", "1", "-ar", "24000", "-")
    assert len(pcm) / 2 / 24_000 == pytest.approx(0.3 * WORDS, abs=0.1)


@pytest.mark.parametrize("form", ["mp3", "aac"])
@pytest.mark.parametrize("voice", ["onyx", "alloy", "shimmer"])
def test_coded_speech_hums_at_the_voices_pitch(form: str, voice: str, tmp_path: Path) -> None:
    path = tmp_path / f"speech.{form}"
    path.write_bytes(speech.encode("a b c d e", form, voice))
    samples = array("h", ffmpeg("-i", str(path), "-f", "s16le", "-"))
    assert max(samples) > 3000
    assert loudest_frequency(samples) == pytest.approx(pitch_of(voice), abs=15)


@pytest.mark.parametrize("form", sorted(speech.ENCODERS))
def test_the_same_words_are_the_same_bytes(form: str) -> None:
    assert speech.encode(TEXT, form, "nova", 1.25) == speech.encode(TEXT, form, "nova", 1.25)

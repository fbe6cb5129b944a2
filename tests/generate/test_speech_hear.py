"""What the mock spoke it understands: in every format, cut, joined, coded anew."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_api_mock.generate import speech, speech_g711
from openai_api_mock.generate.speech_code import RATE
from openai_api_mock.generate.speech_files import read_recording
from openai_api_mock.generate.speech_hear import hear
from openai_api_mock.generate.speech_tags import find_tags

LAWS: tuple[speech_g711.Law, ...] = ("ulaw", "alaw")
TEXT = "It was the best of times, it was the worst of times. Grüße aus Köln! 東京 👋"


def normalized(text: str) -> str:
    return " ".join(text.split())


def said(pcm: bytes, rate: int = RATE) -> str:
    return " ".join(word.text for word in hear(pcm, rate))


def said_in(file: bytes) -> str:
    recording = read_recording(file)
    assert recording is not None
    return " ".join(word.text for word in recording.words)


def stretched(pcm: bytes, loudness: float) -> bytes:
    return array("h", [max(-32768, min(32767, round(loudness * sample))) for sample in array("h", pcm)]).tobytes()


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(max_size=60), speed=st.sampled_from([0.5, 1.0, 4.0]), voice=st.sampled_from(["alloy", "onyx", "me"])
)
def test_any_text_spoken_is_understood(text: str, speed: float, voice: str) -> None:
    pcm = speech.speak(text, voice, speed)
    assert said(pcm) == normalized(text)
    assert said_in(speech.wav(pcm)) == normalized(text)
    assert said_in(speech.encode(text, "flac", voice, speed)) == normalized(text)


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(max_size=300), speed=st.sampled_from([0.25, 1.0, 4.0]), form=st.sampled_from(["mp3", "aac", "opus"])
)
def test_any_text_is_read_from_the_frames_of_coded_speech(text: str, speed: float, form: str) -> None:
    file = speech.encode(text, form, "echo", speed)
    recording = read_recording(file)
    assert recording is not None
    assert said_in(file) == normalized(text)
    assert recording.seconds == pytest.approx(speech.seconds_of(text, speed), abs=0.1)


@settings(max_examples=25, deadline=None)
@given(text=st.text(max_size=24))
def test_any_text_is_understood_over_the_telephone(text: str) -> None:
    narrow = array("h", speech.speak(text))[::3].tobytes()
    for law in LAWS:
        heard = speech_g711.decode(speech_g711.encode(narrow, law), law)
        assert said(heard, speech_g711.RATE) == normalized(text)


def test_a_very_long_word_is_understood() -> None:
    text = f"a {'x1é' * 700} z"
    for form in ("wav", "mp3", "aac", "opus"):
        assert said_in(speech.encode(text, form)) == text


def test_times_are_those_of_the_sound() -> None:
    words = hear(speech.speak("One two three"))
    assert [word.start for word in words] == [0.0, 0.3, 0.6]
    assert all(0.2 < word.end - word.start < 0.3 for word in words)
    tagged = read_recording(speech.encode("One two three", "mp3"))
    assert tagged is not None
    assert [round(word.start, 2) for word in tagged.words] == [0.0, 0.3, 0.6]


def test_silence_and_other_speech_between_are_passed_over() -> None:
    one, two = speech.speak("Hello", "nova"), speech.speak("world", "onyx")
    noise = array("h", [(i * 7919) % 4000 - 2000 for i in range(10_000)]).tobytes()
    assert said(bytes(4801) + one + noise + two + bytes(9600)) == "Hello world"


def test_a_word_that_is_cut_off_is_lost_and_the_others_are_not() -> None:
    pcm = speech.speak("One two three four")
    assert said(pcm[2000:-14_000]) == "two three"


@pytest.mark.parametrize("loudness", [0.02, 0.3, -1.0, 2.0])
def test_louder_and_quieter_speech_is_understood(loudness: float) -> None:
    assert said(stretched(speech.speak(TEXT), loudness)) == TEXT


@pytest.mark.parametrize("rate", [8_000, 12_000, 16_000, 48_000])
def test_speech_at_another_rate_is_understood(rate: int) -> None:
    pcm = array("h", speech.speak(TEXT))
    anew = array("h", [pcm[i * RATE // rate] for i in range(len(pcm) * rate // RATE)])
    if rate == 16_000:  # not a whole fraction: take the line between two samples
        points = [i * 1.5 for i in range(len(anew) - 1)]
        anew = array("h", [round(pcm[int(x)] + (pcm[int(x) + 1] - pcm[int(x)]) * (x % 1)) for x in points])
    assert said(anew.tobytes(), rate) == TEXT


@pytest.mark.parametrize("form", ["mp3", "aac"])
def test_coded_speech_may_be_cut_and_joined(form: str) -> None:
    one, two = speech.encode("Hello there.", form), speech.encode("Goodbye now.", form)
    assert said_in(one + two) == "Hello there. Goodbye now."
    assert [text for text, _ in find_tags(one[len(one) // 3 :])] == ["there."]


def test_what_the_mock_did_not_speak_has_no_words() -> None:
    noise = array("h", [(i * 7919) % 40_000 - 20_000 for i in range(48_000)]).tobytes()
    assert hear(noise) == []
    assert hear(bytes(48_000)) == []
    assert hear(b"") == []
    assert hear(speech.speak(TEXT), 4_000) == []


@pytest.mark.parametrize("law", LAWS)
def test_a_level_of_a_telephones_coding_stays_what_it_is(law: speech_g711.Law) -> None:
    levels = speech_g711.decode(bytes(range(256)), law)
    assert speech_g711.decode(speech_g711.encode(levels, law), law) == levels  # of zero's two codes, either


def test_the_levels_are_the_standards() -> None:
    assert speech_g711.decode(b"\x00\x80\xff\x7f", "ulaw") == array("h", [-32124, 32124, 0, 0]).tobytes()
    assert speech_g711.decode(b"\xd5\x55\xaa\x2a", "alaw") == array("h", [8, -8, 32256, -32256]).tobytes()

"""Files from other people's encoders: how long they play is read from them; speech in lossless ones is understood."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from openai_api_mock.generate import speech
from openai_api_mock.generate.speech_files import Recording, read_recording
from openai_api_mock.generate.speech_transcript import timed, transcribe
from openai_api_mock.noise import Noise

TEXT = "We hold these words to be self-evident: a file tells its length."
SECONDS = speech.seconds_of(TEXT)

# Output name, ffmpeg's options, and whether the words survive.
CODED = (
    ("u8.wav", "-c:a pcm_u8", True),
    ("s24.wav", "-c:a pcm_s24le -ac 2", True),
    ("f32.wav", "-c:a pcm_f32le", True),
    ("ulaw.wav", "-c:a pcm_mulaw -ar 8000", True),
    ("alaw.wav", "-c:a pcm_alaw -ar 8000", True),
    ("44.wav", "-ar 44100 -ac 2", True),
    ("lpc.flac", "-compression_level 8", True),
    ("stereo.flac", "-ac 2 -ar 44100 -sample_fmt s32", True),
    ("24.mp3", "", False),
    ("44.mp3", "-ar 44100 -ac 2 -q:a 5", False),
    ("two.mp3", "-c:a mp2 -f mp2", False),
    ("aac.m4a", "-c:a aac", False),
    ("fragments.mp4", "-c:a aac -movflags frag_keyframe+empty_moov", False),
    ("opus.ogg", "-c:a libopus", False),
    ("vorbis.oga", "-c:a libvorbis", False),
    ("flac.ogg", "-c:a flac", False),
    ("opus.webm", "-c:a libopus", False),
)


def coded(name: str, options: str, folder: Path, source: str = "wav") -> bytes:
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    start = folder / f"start.{source}"
    start.write_bytes(speech.encode(TEXT, "opus" if source == "ogg" else source))
    made = folder / name
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(start), *options.split(), str(made)]
    subprocess.run(command, check=True)
    return made.read_bytes()


def read(data: bytes) -> Recording:
    recording = read_recording(data)
    assert recording is not None
    return recording


def said(recording: Recording) -> str:
    return " ".join(word.text for word in recording.words)


@pytest.mark.parametrize(("name", "options", "lossless"), CODED, ids=[name for name, _, _ in CODED])
def test_a_files_length_is_read_and_speech_in_it_understood(
    name: str, options: str, lossless: bool, tmp_path: Path
) -> None:
    recording = read(coded(name, options, tmp_path))
    assert recording.seconds == pytest.approx(SECONDS, abs=0.1)
    assert said(recording) == (TEXT if lossless else "")


@pytest.mark.parametrize(("source", "name"), [("aac", "a.m4a"), ("mp3", "b.mp4"), ("ogg", "c.webm"), ("ogg", "d.mp4")])
def test_words_survive_a_change_of_container(source: str, name: str, tmp_path: Path) -> None:
    assert said(read(coded(name, "-c copy", tmp_path, source))) == TEXT


@pytest.mark.parametrize("form", ["wav", "webm"])
def test_a_file_from_a_pipe_that_does_not_know_its_size_is_read(form: str, tmp_path: Path) -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    start = tmp_path / "start.wav"
    start.write_bytes(speech.encode(TEXT, "wav"))
    piped = subprocess.run(["ffmpeg", "-v", "error", "-i", start, "-f", form, "-"], capture_output=True, check=True)
    assert read(piped.stdout).seconds == pytest.approx(SECONDS, abs=0.1)


@pytest.mark.parametrize("subtype", ["PCM_S8", "PCM_16", "PCM_24"])
def test_a_compressed_flac_is_decoded(subtype: str) -> None:
    soundfile = pytest.importorskip("soundfile")
    samples, rate = soundfile.read(io.BytesIO(speech.encode(TEXT, "wav")), dtype="int16")
    packed = io.BytesIO()
    soundfile.write(packed, samples, rate, format="FLAC", subtype=subtype)
    recording = read(packed.getvalue())
    assert recording.seconds == pytest.approx(SECONDS)
    assert said(recording) == TEXT


def test_a_tag_before_an_mp3_and_another_mp3_after_it_do_not_matter() -> None:
    one = speech.encode(TEXT, "mp3")
    tag = b"ID3\x04\x00\x00\x00\x00\x02\x00" + bytes(256)
    recording = read(tag + one + tag + one)
    assert recording.seconds == pytest.approx(2 * SECONDS, abs=0.1)
    assert said(recording) == f"{TEXT} {TEXT}"


@pytest.mark.parametrize(
    "data",
    [b"", b"no audio", b"\xff\xfb" * 40, b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1", b"OggS", b"fLaC\x80",
     b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, b"%PDF-1.7" + bytes(500), b"\0\0\0\x18ftypmp42" + bytes(8)],
)  # fmt: skip
def test_what_is_no_audio_is_told(data: bytes) -> None:
    assert read_recording(data) is None


def test_every_cut_of_every_format_is_read_or_refused() -> None:
    for form in ("wav", "flac", "mp3", "aac", "opus"):
        whole = speech.encode("Cut me short", form)
        for end in range(0, len(whole), max(1, len(whole) // 97)):
            recording = read_recording(whole[:end])
            assert recording is None or 0 <= recording.seconds <= 1.1


def test_a_stranger_is_given_a_plausible_text_of_the_right_length() -> None:
    for seconds in (0.5, 3.0, 42.0, 600.0):
        transcript = transcribe(Recording(seconds), Noise(b"anybody"))
        assert len(transcript.text.split()) == pytest.approx(2.5 * seconds, abs=2 + seconds * 0.15)
        times = [time for word in transcript.words for time in (word.start, word.end)]
        assert times == sorted(times)
        assert times[-1] <= seconds + 0.01
        assert " ".join(segment.text for segment in transcript.segments) == transcript.text
        assert all(segment.end - segment.start <= 10 for segment in transcript.segments)


def test_no_words_have_no_segments() -> None:
    assert timed("", 3.0).segments == ()


def test_a_wav_of_an_unknown_coding_still_has_a_length() -> None:
    body = bytes(8_000)
    form = struct.pack("<HHIIHH", 0x55, 1, 8_000, 8_000, 1, 8)
    data = b"RIFF" + bytes(4) + b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", 8_000) + body
    assert read(data).seconds == 1.0

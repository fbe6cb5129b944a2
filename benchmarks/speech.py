"""A minute of speech in every format, and its transcription.

    python benchmarks/speech.py

Medians of the wall time, in this process; `first` is in a fresh process, its imports and tables included.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from array import array
from collections.abc import Callable

from openai_api_mock.generate import speech, speech_g711
from openai_api_mock.generate.speech_files import read_recording
from openai_api_mock.generate.speech_hear import hear
from openai_api_mock.generate.text import prose
from openai_api_mock.noise import Noise

ROUNDS = 15
FORMATS = ("pcm", "wav", "flac", "mp3", "aac", "opus")
WORDS = " ".join("".join(prose(Noise(b"a minute"), 300)).split()[:200])


def main() -> None:
    print(f"Python {sys.version.split()[0]}, {speech.seconds_of(WORDS):.0f} s, {len(WORDS.split())} words")
    print(f"{'format':10} {'KiB':>8} {'spoken, ms':>12} {'first, ms':>10} {'understood, ms':>15}")
    for form in FORMATS:
        data = speech.encode(WORDS, form)
        spoken = median(lambda form=form: speech.encode(WORDS, form))
        understood = "" if form == "pcm" else f"{median(lambda data=data: read_recording(data)):15.1f}"
        print(f"{form:10} {len(data) / 1024:8.0f} {spoken:12.1f} {first(form):10.1f} {understood}")
    pcm = speech.encode(WORDS, "pcm")
    narrow = speech_g711.decode(speech_g711.encode(array("h", pcm)[::3].tobytes(), "ulaw"), "ulaw")
    print(f"samples as they were spoken, understood: {median(lambda: hear(pcm)):.1f} ms")
    print(f"over the telephone, understood: {median(lambda: hear(narrow, speech_g711.RATE)):.1f} ms")
    print("limit: 150 ms for a minute of speech")


def median(action: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1e3


def first(form: str) -> float:
    program = (
        "import time; started = time.perf_counter(); from openai_api_mock.generate import speech; "
        f"speech.encode({WORDS!r}, {form!r}); print((time.perf_counter() - started) * 1e3)"
    )
    return statistics.median(float(subprocess.check_output([sys.executable, "-c", program])) for _ in range(3))


if __name__ == "__main__":
    main()

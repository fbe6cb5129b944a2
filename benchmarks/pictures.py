"""What a picture costs: drawn, captioned and encoded, nothing kept from the one before.

python benchmarks/pictures.py
"""

from __future__ import annotations

import statistics
import sys
import time

from openai_api_mock.generate.pictures import FORMATS, Format, Picture, render

PICTURES = 30
PROMPT = "A watercolor painting of a lighthouse at dawn, with seagulls and a small red boat"
CASES: dict[str, tuple[str, int, int]] = {
    "1024x1024": (PROMPT, 1024, 1024),
    "1024x1024, 600 characters": (PROMPT * 7, 1024, 1024),
    "1024x1024, 4,000 characters": (PROMPT * 48, 1024, 1024),
    "1536x1024": (PROMPT, 1536, 1024),
    "3840x2160": (PROMPT, 3840, 2160),
    "256x256": (PROMPT, 256, 256),
}


def main() -> None:
    print(f"Python {sys.version.split()[0]}; the first picture, with its imports' rest, {first():.1f} ms")
    print(f"{'picture':<28} {'format':<16} {'median, ms':>10} {'p95, ms':>8} {'bytes':>8}")
    for name, (prompt, width, height) in CASES.items():
        for form in FORMATS:
            for transparent in (False, True) if form != "jpeg" else (False,):
                times, size = timed(prompt, width, height, form, transparent)
                label = f"{form}, transparent" if transparent else form
                late = times[int(len(times) * 0.95)]
                print(f"{name:<28} {label:<16} {statistics.median(times):>10.1f} {late:>8.1f} {size:>8,}")


def first() -> float:
    started = time.perf_counter()
    render(Picture(PROMPT, 1024, 1024, b"first"))
    return (time.perf_counter() - started) * 1e3


def timed(prompt: str, width: int, height: int, form: Format, transparent: bool) -> tuple[list[float], int]:
    """Milliseconds in order, and the bytes of the last."""
    times: list[float] = []
    made = b""
    for number in range(PICTURES):
        picture = Picture(prompt, width, height, b"%d" % number, transparent)
        started = time.perf_counter()
        made = render(picture, form)
        times.append((time.perf_counter() - started) * 1e3)
    return sorted(times), len(made)


if __name__ == "__main__":
    main()

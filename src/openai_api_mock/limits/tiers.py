"""What the API's usage tiers allow, as its own guide had it in the middle of 2024: openai-cookbook on GitHub keeps that
page (examples/data/oai_docs/tier-free.txt to tier-five.txt). Later figures are shown to each account alone.

By model: requests per minute, requests per day, tokens per minute, tokens of batches in the queue; None: no limit.
"""

from __future__ import annotations

Row = tuple[int, int | None, int | None, int | None]

_EMBEDDINGS = ("text-embedding-3-large", "text-embedding-3-small", "text-embedding-ada-002")


def _embeddings(row: Row) -> dict[str, Row]:
    return dict.fromkeys(_EMBEDDINGS, row)


TIERS: dict[str, dict[str, Row]] = {
    "tier-free": {
        "gpt-3.5-turbo": (3, 200, 40_000, 200_000),
        **_embeddings((3_000, 200, 1_000_000, 3_000_000)),
        "whisper-1": (3, 200, None, None),
        "tts-1": (3, 200, None, None),
    },
    "tier-1": {
        "gpt-4o": (500, None, 30_000, 90_000),
        "gpt-4-turbo": (500, None, 30_000, 90_000),
        "gpt-4": (500, 10_000, 10_000, 100_000),
        "gpt-3.5-turbo": (3_500, 10_000, 60_000, 200_000),
        **_embeddings((3_000, None, 1_000_000, 3_000_000)),
        "whisper-1": (50, None, None, None),
        "tts-1": (50, None, None, None),
        "tts-1-hd": (3, None, None, None),
    },
    "tier-2": {
        "gpt-4o": (5_000, None, 450_000, 1_350_000),
        "gpt-4-turbo": (5_000, None, 450_000, 1_350_000),
        "gpt-4": (5_000, None, 40_000, 200_000),
        "gpt-3.5-turbo": (3_500, None, 80_000, 400_000),
        **_embeddings((5_000, None, 1_000_000, 20_000_000)),
        "whisper-1": (50, None, None, None),
        "tts-1": (50, None, None, None),
        "tts-1-hd": (5, None, None, None),
    },
    "tier-3": {
        "gpt-4o": (5_000, None, 600_000, 40_000_000),
        "gpt-4-turbo": (5_000, None, 600_000, 40_000_000),
        "gpt-4": (5_000, None, 80_000, 5_000_000),
        "gpt-3.5-turbo": (3_500, None, 160_000, 10_000_000),
        **_embeddings((5_000, None, 5_000_000, 100_000_000)),
        "whisper-1": (100, None, None, None),
        "tts-1": (100, None, None, None),
        "tts-1-hd": (7, None, None, None),
    },
    "tier-4": {
        "gpt-4o": (10_000, None, 800_000, 80_000_000),
        "gpt-4-turbo": (10_000, None, 800_000, 80_000_000),
        "gpt-4": (10_000, None, 300_000, 30_000_000),
        "gpt-3.5-turbo": (10_000, None, 1_000_000, 100_000_000),
        **_embeddings((10_000, None, 5_000_000, 500_000_000)),
        "whisper-1": (100, None, None, None),
        "tts-1": (100, None, None, None),
        "tts-1-hd": (10, None, None, None),
    },
    "tier-5": {
        "gpt-4o": (10_000, None, 12_000_000, 1_800_000_000),
        "gpt-4-turbo": (10_000, None, 2_000_000, 300_000_000),
        "gpt-4": (10_000, None, 300_000, 45_000_000),
        "gpt-3.5-turbo": (10_000, None, 2_000_000, 300_000_000),
        **_embeddings((10_000, None, 10_000_000, 4_000_000_000)),
        "whisper-1": (500, None, None, None),
        "tts-1": (500, None, None, None),
        "tts-1-hd": (20, None, None, None),
    },
}
OTHERS = "gpt-4o"
"""Models that a tier's table lacks, which are those that came later, are taken to be allowed what this one is; the free
tier, which has none of it, allows them what it allows gpt-3.5-turbo."""

"""Paces by name, as they are written.

The figures are plausible, and no more: round numbers of the order that users of these models report. Nothing here was
measured, and the API promises none of it. To have your own, measure them: `empirical(timings.csv:itl_ms)`.
"""

from __future__ import annotations

# family (what models' names begin with): ttft, itl, prefill of each input token
_FAMILIES: dict[str, tuple[str, str, str]] = {
    "gpt-3.5": ("lognormal(350ms, 0.35)", "gamma(4, 2.5ms)", "0.02ms"),
    "gpt-4": ("lognormal(700ms, 0.35)", "gamma(4, 9ms)", "0.1ms"),
    "gpt-4-turbo": ("lognormal(600ms, 0.35)", "gamma(4, 6ms)", "0.08ms"),
    "gpt-4o": ("lognormal(450ms, 0.4)", "gamma(4, 3ms)", "0.05ms"),
    "gpt-4o-mini": ("lognormal(400ms, 0.4)", "gamma(4, 2.5ms)", "0.02ms"),
    "gpt-4.1": ("lognormal(500ms, 0.4)", "gamma(4, 3ms)", "0.05ms"),
    "gpt-4.1-mini": ("lognormal(400ms, 0.4)", "gamma(4, 2.5ms)", "0.02ms"),
    "gpt-4.1-nano": ("lognormal(300ms, 0.4)", "gamma(4, 1.5ms)", "0.01ms"),
    "gpt-5": ("lognormal(700ms, 0.4)", "gamma(4, 2.5ms)", "0.05ms"),
    "gpt-5-mini": ("lognormal(500ms, 0.4)", "gamma(4, 2ms)", "0.02ms"),
    "gpt-5-nano": ("lognormal(400ms, 0.4)", "gamma(4, 1.5ms)", "0.01ms"),
    "gpt-image": ("lognormal(2s, 0.3)", "gamma(4, 1ms)", "0.05ms"),
    "gpt-4o-mini-tts": ("lognormal(500ms, 0.3)", "gamma(4, 7.5ms)", "0.02ms"),
    "dall-e": ("lognormal(10s, 0.3)", "0ms", "0ms"),
    "o1": ("lognormal(900ms, 0.4)", "gamma(4, 3ms)", "0.1ms"),
    "o3": ("lognormal(800ms, 0.4)", "gamma(4, 3ms)", "0.05ms"),
    "o4": ("lognormal(600ms, 0.4)", "gamma(4, 2.5ms)", "0.02ms"),
    "omni-moderation": ("lognormal(200ms, 0.3)", "0ms", "0ms"),
    "text-embedding": ("lognormal(150ms, 0.4)", "0ms", "0.01ms"),
    "tts": ("lognormal(600ms, 0.3)", "gamma(4, 10ms)", "0ms"),
    "whisper": ("lognormal(1.5s, 0.4)", "0ms", "0ms"),
}

_GENERAL = _FAMILIES["gpt-4o"]


def _written(figures: tuple[str, str, str]) -> dict[str, object]:
    return dict(zip(("ttft", "itl", "prefill"), figures, strict=True))


PRESETS: dict[str, dict[str, object]] = {
    "instant": {},
    "realistic": {
        **_written(_GENERAL),
        "prefix_cache": True,
        "models": {family: _written(figures) for family, figures in _FAMILIES.items()},
    },
    **{family: {**_written(figures), "prefix_cache": True} for family, figures in _FAMILIES.items()},
}
"""The fields of a pace. `realistic` goes by the model; a family's name means that pace for all models."""

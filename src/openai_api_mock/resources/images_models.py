"""The models that make images: what each takes, and what the API lets it make."""

from __future__ import annotations

from functools import lru_cache

import msgspec

AUTO = "auto"
_SMALL = ("256x256", "512x512", "1024x1024")
_WIDE = ("1024x1024", "1024x1792", "1792x1024")
_STANDARD = ("1024x1024", "1024x1536", "1536x1024", AUTO)
_QUALITIES = ("low", "medium", "high", AUTO)
_FINER_QUALITIES = ("low", "medium", "high", "xhigh", "max", AUTO)
_BY_ALL = frozenset(("image", "model", "n", "prompt", "size", "user"))
_BY_GPT = _BY_ALL | {
    "background", "complexity", "frame_count", "frame_duration_ms", "input_fidelity", "markup", "mask", "moderation",
    "output_compression", "output_format", "partial_images", "quality", "safety_identifier", "stream", "svg",
}  # fmt: skip

NAMES = (
    "gpt-image-1", "gpt-image-1-mini", "gpt-image-1.5", "gpt-image-2", "gpt-image-2-2026-04-21",
    "gpt-image-2.5-flare", "gpt-image-2.5-flare-2026-09-08", "gpt-image-2.5-sunburst",
    "gpt-image-2.5-sunburst-2026-09-08", "gpt-image-2.6-flare", "gpt-image-2.6-sunburst", "chatgpt-image-latest",
    "dall-e-2", "dall-e-3",
)  # fmt: skip
"""All that the SDK names."""
DEFAULT, DEFAULT_OF_GPT = "dall-e-2", "gpt-image-1"
"""Where a request names none: the second if it has a parameter that only GPT image models take."""


class ImageModel(msgspec.Struct, frozen=True, kw_only=True):
    """What the models whose name begins like this have in common."""

    prefix: str
    takes: frozenset[str] = _BY_GPT
    sizes: tuple[str, ...] = _STANDARD
    any_size: bool = False
    """Whether `sizes` is only what is usual."""
    qualities: tuple[str, ...] = _QUALITIES
    most: int = 10
    """Images of one request."""
    prompt: int = 32_000
    """Characters at most."""
    edits: bool = True
    links: bool = False
    """Whether it may answer with a URL, and has no usage: DALL·E."""
    revises: bool = False
    """Whether it says how it understood the prompt."""


# The first prefix that fits decides. A name that is nobody's (a deployment, a model of tomorrow) may be either kind: it
# takes what both take, and answers with a URL where it is asked for one.
FAMILIES = (
    ImageModel(
        prefix="dall-e-2", takes=_BY_ALL | {"mask", "quality", "response_format"}, sizes=_SMALL, prompt=1000,
        qualities=("standard",), links=True,
    ),
    ImageModel(
        prefix="dall-e-3", takes=_BY_ALL | {"quality", "response_format", "style"}, sizes=_WIDE, prompt=4000,
        qualities=("standard", "hd"), most=1, edits=False, links=True, revises=True,
    ),
    ImageModel(prefix="gpt-image-2.", any_size=True, qualities=_FINER_QUALITIES),
    ImageModel(prefix="gpt-image-2", any_size=True),
    ImageModel(prefix="gpt-image-"),
    ImageModel(prefix="chatgpt-image-"),
    ImageModel(
        prefix="", takes=_BY_GPT | {"response_format", "style"}, any_size=True,
        qualities=(*_FINER_QUALITIES, "standard", "hd"),
    ),
)  # fmt: skip


@lru_cache(maxsize=256)
def family_of(name: str) -> ImageModel:
    return next(family for family in FAMILIES if name.startswith(family.prefix))


def default_for(parameters: frozenset[str]) -> str:
    """The model of a request with these parameters that names none."""
    return DEFAULT_OF_GPT if parameters & (_BY_GPT - family_of(DEFAULT).takes) else DEFAULT

"""Pictures of a prompt, without a painter: a symmetric pattern in the prompt's own colours, and its words upon it."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import msgspec

Format = Literal["png", "webp", "jpeg"]
FORMATS: tuple[Format, ...] = ("png", "webp", "jpeg")


class Picture(msgspec.Struct, frozen=True, array_like=True):
    """All that a picture follows from: the same gives the same bytes."""

    caption: str
    width: int
    height: int
    look: bytes
    """Up to 64 bytes, from which pattern and colours follow."""
    transparent: bool = False
    """Whether the pattern stands on nothing; no matter for JPEG, which has no transparency."""
    natural: bool = False
    """Whether the colours are subdued."""


@lru_cache(maxsize=8)
def render(picture: Picture, form: Format = "png", quality: int = 100, missing: int = 0) -> bytes:
    """The picture as a file.

    `quality` goes from 0 to 100; PNG has none. `missing` is how many steps are left until the picture is whole: each
    makes the pattern twice as coarse and leaves lines of the caption away.
    """
    # Imported with the first picture: most tests make none.
    from .pictures_drawing import SHADES, draw

    if form == "png":
        from . import pictures_png

        return pictures_png.encode(draw(picture, SHADES, missing))
    if form == "webp":
        from . import pictures_webp

        # It is lossless here, so what it saves must be less to draw.
        return pictures_webp.encode(draw(picture, 1 + (SHADES - 1) * quality // 100, missing))
    from . import pictures_jpeg

    return pictures_jpeg.encode(draw(msgspec.structs.replace(picture, transparent=False), SHADES, missing), quality)

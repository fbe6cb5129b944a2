"""What a request for images asks, with all that it leaves out filled in."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import cast

import msgspec

from ..answer import JSON
from ..generate.pictures import FORMATS, Format
from ..generate.pictures_measure import Measured
from .images_models import AUTO, ImageModel, default_for, family_of
from .images_refusals import Refusal

Body = Mapping[str, JSON]

USUAL_SIZE = "1024x1024"
LONGEST_EDGE = 3840
_FEWEST_PIXELS, _MOST_PIXELS = 655_360, 3840 * 2160
MOST_DRAWN = 4096 * 4096
"""Pixels that are made at all, for models of which nothing is known."""
_SIZE = re.compile(r"([1-9]\d{0,3})x([1-9]\d{0,3})")
_QUALITIES = ("low", "medium", "high", "xhigh", "max")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request, understood."""

    model: str
    family: ImageModel
    prompt: str
    n: int
    width: int
    height: int
    quality: str
    """Never `auto`: recorded replies say what that came to, which is `high`."""
    format: Format
    compression: int
    transparent: bool
    natural: bool
    link: bool
    """Whether a URL is to be given instead of the image."""
    partial: int
    """Images of a stream that aren't finished."""

    @property
    def size(self) -> str:
        return f"{self.width}x{self.height}"


def model_of(body: Body) -> str:
    return str(body.get("model") or default_for(frozenset(body)))


def asked(body: Body, inputs: Sequence[Measured | None]) -> Asked:
    """What the body asks; whatever in it can't be (where nothing was checked) counts as left out."""
    model = model_of(body)
    family = family_of(model)
    width, height = _size(body.get("size"), family, next(iter(inputs), None))
    form, quality, given = body.get("output_format"), body.get("quality"), body.get("response_format")
    return Asked(
        model=model,
        family=family,
        prompt=str(body.get("prompt") or ""),
        n=_between(1, body.get("n"), 10, otherwise=1),
        width=width,
        height=height,
        quality=quality if quality in _QUALITIES else "high",
        format=cast(Format, form) if form in FORMATS and not family.links else "png",
        compression=_between(0, body.get("output_compression"), 100, otherwise=100),
        transparent=body.get("background") == "transparent" and form != "jpeg",
        natural=body.get("style") == "natural",
        link=given != "b64_json" if family.links else given == "url" and "response_format" in family.takes,
        partial=_between(0, body.get("partial_images"), 3, otherwise=0),
    )


def size_fault(size: str) -> Refusal | None:
    """Why a model that makes any size doesn't make this one."""
    width, height = pixels(size)
    short, long = sorted((width, height))
    if width % 16 or height % 16:
        return "size_step"
    if long > LONGEST_EDGE:
        return "size_edge"
    if long > 3 * short:
        return "size_ratio"
    if width * height < _FEWEST_PIXELS:
        return "size_small"
    return "size_large" if width * height > _MOST_PIXELS else None


def pixels(size: str) -> tuple[int, int]:
    """Width and height; 0 and 0 where it is no size."""
    match = _SIZE.fullmatch(size)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _size(size: JSON, family: ImageModel, first: Measured | None) -> tuple[int, int]:
    given = pixels(size) if isinstance(size, str) else (0, 0)
    if 0 < given[0] * given[1] <= MOST_DRAWN:
        return given
    if first is None or AUTO not in family.sizes:
        return pixels(USUAL_SIZE)
    own = f"{first.width}x{first.height}"
    if own in family.sizes or (family.any_size and size_fault(own) is None):
        return first.width, first.height
    # The size that is shaped most like the image which came.
    shape = math.log(first.width / first.height)
    sizes = [pixels(each) for each in family.sizes if each != AUTO]
    return min(sizes, key=lambda each: abs(math.log(each[0] / each[1]) - shape))


def _between(least: int, value: JSON, most: int, *, otherwise: int) -> int:
    return max(least, min(value, most)) if isinstance(value, int) else otherwise

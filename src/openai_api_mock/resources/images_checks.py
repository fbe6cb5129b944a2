"""Holds a request for images against what its model takes, beyond what the SDK's types say."""

from __future__ import annotations

from ..call import Refused
from ..generate.pictures import FORMATS
from .images_models import NAMES, ImageModel, family_of
from .images_refusals import listed, refuse
from .images_request import LONGEST_EDGE, MOST_DRAWN, Body, model_of, pixels, size_fault

_ONLY_EDITOR = "dall-e-2"


def unknown_name(name: str) -> Refused:
    """Of a model that isn't one that the SDK names."""
    return refuse("wrong_value", param="model", value=name, values=listed(NAMES))


def check_model(body: Body, operation: str) -> None:
    """Raises Refused where the model doesn't do this."""
    name = model_of(body)
    family = family_of(name)
    varies = operation.endswith("/variations")
    if (varies and family.prefix not in (_ONLY_EDITOR, "")) or (operation.endswith("/edits") and not family.edits):
        raise refuse("only_value", param="model", value=name, only=_ONLY_EDITOR)


def check(body: Body) -> None:
    """Raises Refused at the first fault, in the order in which the API is taken to look."""
    family = family_of(model_of(body))
    for name in body:
        if name not in family.takes:
            raise refuse("unknown_parameter", param=name)
    prompt = body.get("prompt") or ""
    if len(prompt) > family.prompt:
        raise refuse("prompt_too_long", most=family.prompt, length=len(prompt))
    if (body.get("n") or 1) > family.most:
        raise refuse("one_at_a_time")
    _check_size(body, family)
    _check_quality(body, family)
    _check_format(body)


def _check_size(body: Body, family: ImageModel) -> None:
    size = body.get("size")
    if size is None or size in family.sizes:
        return
    if family.revises and size in family_of(_ONLY_EDITOR).sizes:
        raise refuse("size_of_another_model")
    if family.links:
        raise refuse("not_one_of", param="size", value=size, values=list(family.sizes))
    width, height = pixels(size)
    if not family.any_size or not width:
        raise refuse("wrong_value", param="size", value=size, values=listed(family.sizes))
    # What nobody knows may make any that can be made.
    fault = size_fault(size) if family.prefix else "size_large" if width * height > MOST_DRAWN else None
    if fault is not None:
        raise refuse(fault, value=size, most=LONGEST_EDGE)


def _check_quality(body: Body, family: ImageModel) -> None:
    quality = body.get("quality")
    if quality is None or quality in family.qualities:
        return
    if family.links:
        raise refuse("not_one_of", param="quality", value=quality, values=list(family.qualities))
    raise refuse("wrong_value", param="quality", value=quality, values=listed(family.qualities))


def _check_format(body: Body) -> None:
    form = body.get("output_format") or "png"
    compression = body.get("output_compression")
    if form not in FORMATS:
        # GIF and SVG take an access that most accounts don't have.
        raise refuse("wrong_value", param="output_format", value=form, values=listed(FORMATS))
    if form == "jpeg" and body.get("background") == "transparent":
        raise refuse("transparent_jpeg")
    if form == "png" and compression is not None and compression < 100:
        raise refuse("compressed_png")

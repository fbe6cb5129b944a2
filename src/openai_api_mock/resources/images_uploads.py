"""The images of a form: those to be edited or varied, and the mask."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..answer import JSON
from ..forms import File
from ..generate.pictures_measure import Measured, measure
from .images_models import ImageModel, family_of
from .images_refusals import refuse
from .images_request import Body, model_of

MOST = 16
_PNG_BYTES = 4 * 1024 * 1024
_TYPES = ("image/jpeg", "image/png", "image/webp")


class Upload(msgspec.Struct, frozen=True):
    """An uploaded image; None where it isn't one, which only a request that isn't checked can have."""

    filename: str
    measured: Measured | None


def uploads(body: Body, strict: bool) -> list[Upload]:
    """The images that were sent, in order. Raises Refused where the API would take one for none."""
    given = body.get("image")
    files = given if isinstance(given, list) else [] if given is None else [given]
    family = family_of(model_of(body))
    if strict:
        _check_files(files, family)
    sent = [Upload(file.filename, measure(file.content)) for file in files if isinstance(file, File)]
    if strict:
        _check_images(sent, family, body.get("mask"))
    return sent


def _check_files(files: Sequence[JSON], family: ImageModel) -> None:
    if len(files) > MOST:
        raise refuse("many_images", most=MOST, length=len(files))
    for number, file in enumerate(files):
        param = f"image[{number}]" if len(files) > 1 else "image"
        if not isinstance(file, File):
            raise refuse("no_file", param=param)
        if not family.links and file.content_type not in _TYPES:
            raise refuse("mimetype", param=param, value=file.content_type)
        if family.links and file.size >= _PNG_BYTES:
            raise refuse("no_png")


def _check_images(sent: Sequence[Upload], family: ImageModel, mask: JSON) -> None:
    for number, upload in enumerate(sent, 1):
        if family.links and (upload.measured is None or upload.measured.format != "png"):
            raise refuse("no_png")
        if upload.measured is None:
            raise refuse("no_image", number=number)
    if mask is None or not sent or sent[0].measured is None:
        return
    if not isinstance(mask, File):
        raise refuse("no_file", param="mask")
    first, over = sent[0].measured, measure(mask.content)
    if over is None or (over.width, over.height) != (first.width, first.height):
        raise refuse("mask_size")

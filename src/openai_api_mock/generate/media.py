"""Small files that are what they claim to be: a player plays them, an image viewer shows them, an unpacker unpacks."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from .media_archives import archive, mp4
from .pictures import Picture, render
from .speech import encode

MEDIA_TYPES: dict[str, str] = {
    "bin": "application/octet-stream",
    "jpeg": "image/jpeg",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "png": "image/png",
    "wav": "audio/wav",
    "webp": "image/webp",
    "zip": "application/zip",
}
"""By the names of formats, the media types of what `media` makes."""

_SPOKEN = "one two three"
_SIDE = 64
_PICTURE = Picture("", _SIDE, _SIDE, b"openai-api-mock")
_SKILL = "---\nname: example\ndescription: An example.\n---\n"

_MAKERS: dict[str, Callable[[], bytes]] = {
    "bin": lambda: b"openai-api-mock\n",
    "jpeg": lambda: render(_PICTURE, "jpeg"),
    "mp3": lambda: encode(_SPOKEN, "mp3"),
    "mp4": lambda: mp4(render(_PICTURE, "png"), _SIDE, _SIDE),
    "png": lambda: render(_PICTURE, "png"),
    "wav": lambda: encode(_SPOKEN, "wav"),
    "webp": lambda: render(_PICTURE, "webp"),
    "zip": lambda: archive({"SKILL.md": _SKILL}),
}


@lru_cache(maxsize=len(_MAKERS))
def media(form: str) -> bytes:
    """A file in one of `MEDIA_TYPES`; always the same one. Sounds last about a second, images have 64 by 64 pixels."""
    return _MAKERS[form]()

"""The finished object in events: each image unfinished first, as often as was asked, then whole. No `[DONE]`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from ..answer import JSON

Kind = Literal["image_generation", "image_edit"]

_encode = msgspec.json.Encoder().encode


def events(
    kind: Kind, reply: Mapping[str, JSON], partials: Sequence[Sequence[str]], usage: Mapping[str, JSON]
) -> list[bytes]:
    """`partials` are, for each image of the reply, its unfinished forms in base64; `usage` is that of one image."""
    about = {name: reply[name] for name in ("background", "output_format", "quality", "safety_identifier", "size")
             if name in reply}  # fmt: skip
    about["created_at"] = reply["created"]
    return list(_events(kind, reply["data"], about, partials, usage))


def _events(
    kind: Kind,
    images: Sequence[Mapping[str, JSON]],
    about: dict[str, JSON],
    partials: Sequence[Sequence[str]],
    usage: Mapping[str, JSON],
) -> Iterator[bytes]:
    # Whose request it was, only the last event says.
    of_all = {name: value for name, value in about.items() if name != "safety_identifier"}
    for image, unfinished in zip(images, partials, strict=True):
        for index, b64 in enumerate(unfinished):
            yield _event(f"{kind}.partial_image", {**of_all, "b64_json": b64, "partial_image_index": index})
        yield _event(f"{kind}.completed", {**about, "b64_json": image["b64_json"], "usage": usage})


def _event(name: str, content: Mapping[str, JSON]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), _encode({"type": name, **dict(sorted(content.items()))}))

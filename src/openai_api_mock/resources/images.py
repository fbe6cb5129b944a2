"""Images: made of a prompt, edited, varied; as one finished object, and, where a stream is asked for, in events."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from itertools import cycle, islice

from .. import ids
from ..answer import JSON, Usage
from ..call import Call, Refused
from ..generate.pictures import Picture, render
from ..generate.pictures_measure import Measured
from ..generate.text import prose
from ..wire import Reply, Request
from ..wordings import refusal
from . import images_checks, images_links, images_stream
from .base import Page, Resource, operation
from .images_refusals import refuse
from .images_request import Asked, asked, model_of
from .images_stream import Kind
from .images_uploads import Upload, uploads
from .images_usage import usage

Shown = Picture | bytes
"""An image that is drawn, or the file that a script gave."""

GIVEN = "images/given/"
"""Where files are kept that a reply names by URL."""

_REVISED = 24
"""Tokens that DALL·E 3 adds to a prompt."""


class Images(Resource):
    """`/images`, and the images that its replies name by URL."""

    @operation("POST /images/generations")
    def generate(self, call: Call) -> Reply:
        return self._make(call, "image_generation")

    @operation("POST /images/edits")
    def edit(self, call: Call) -> Reply:
        return self._make(call, "image_edit")

    @operation("POST /images/variations")
    def vary(self, call: Call) -> Reply:
        return self._make(call, "image_edit")

    def pages(self) -> dict[str, Page]:
        return {images_links.FOLDER: self.download}

    def download(self, request: Request) -> Reply:
        given = self.store.open_file(GIVEN + request.path.rpartition("/")[2].removesuffix(".png"))
        return images_links.answer(request, self.clock.time(), given.read() if given is not None else None)

    def _make(self, call: Call, kind: Kind) -> Reply:
        name = model_of(call.body)
        if not self.knows(call, name):
            unknown = refusal("unknown_model", model=name)
            raise images_checks.unknown_name(name) if call.deployment is None else Refused(unknown)
        if self.exacting:
            images_checks.check_model(call.body, call.operation.key)
            images_checks.check(call.body)
        sent = uploads(call.body, self.exacting)
        inputs = [upload.measured for upload in sent]
        wanted = asked(call.body, inputs)
        pictures = _given(call, wanted) or _pictures(call, wanted, sent)
        if wanted.family.links or wanted.link:
            return self.json(self._of_dall_e(call, wanted, pictures), call.noise, of_model=True)
        reply = self._of_gpt(call, wanted, pictures, inputs)
        call.usage = Usage(reply["usage"]["input_tokens"], reply["usage"]["output_tokens"])
        if not call.body.get("stream"):
            return self.json(reply, call.noise, of_model=True)
        partials = [[_file(each, wanted, left) for left in range(wanted.partial, 0, -1)] for each in pictures]
        of_one = usage(wanted, inputs, _faithful(call), 1, self.tokenizers.of(wanted.model))
        return self.events(images_stream.events(kind, reply, partials, of_one), call.noise)

    def _of_gpt(
        self, call: Call, wanted: Asked, pictures: Sequence[Shown], inputs: Sequence[Measured | None]
    ) -> dict[str, JSON]:
        """The object that the non-streaming call returns."""
        reply: dict[str, JSON] = {
            "created": int(self.clock.time()),
            "background": "transparent" if wanted.transparent else "opaque",
            "data": [{"b64_json": _file(each, wanted)} for each in pictures],
            "output_format": wanted.format,
            "quality": wanted.quality,
            "size": wanted.size,
            "usage": usage(wanted, inputs, _faithful(call), wanted.n, self.tokenizers.of(wanted.model)),
        }
        safety_identifier = call.body.get("safety_identifier") or call.body.get("user")
        return {**reply, "safety_identifier": safety_identifier} if safety_identifier else reply

    def _of_dall_e(self, call: Call, wanted: Asked, pictures: Sequence[Shown]) -> dict[str, JSON]:
        data: list[dict[str, JSON]] = []
        for choice, picture in enumerate(pictures):
            image = {"url": self._link(call, picture)} if wanted.link else {"b64_json": _file(picture, wanted)}
            if wanted.family.revises:
                image["revised_prompt"] = _revised(call, wanted, choice)
            data.append(image)
        return {"created": int(self.clock.time()), "data": data}

    def _link(self, call: Call, picture: Shown) -> str:
        origin = images_links.origin(call.request.headers, self.options.base_urls)
        name = ids.make("image", call.noise)
        if isinstance(picture, bytes):
            self.store.put_file(GIVEN + name, picture)
        return images_links.link(picture, name, origin, self.clock.time())


def _given(call: Call, wanted: Asked) -> list[Shown]:
    """The images that a script says, over again where more are asked for."""
    images = call.answer.images if call.answer is not None else ()
    return [image for image in islice(cycle(images), wanted.n) if isinstance(image, bytes)]


def _pictures(call: Call, wanted: Asked, sent: Sequence[Upload]) -> list[Shown]:
    """What is to be painted. A scripted text is the caption of all."""
    caption = wanted.prompt or (f"Variation of {sent[0].filename}" if sent else "")
    if call.answer is not None:
        if call.answer.refusal is not None:
            raise refuse("blocked", message=call.answer.refusal)
        caption = call.answer.text or caption
    looks = [call.chance(choice).randbytes(8) for choice in range(wanted.n)]
    return [Picture(caption, wanted.width, wanted.height, look, wanted.transparent, wanted.natural) for look in looks]


def _file(picture: Shown, wanted: Asked, missing: int = 0) -> str:
    if isinstance(picture, bytes):
        return b64encode(picture).decode()
    return b64encode(render(picture, wanted.format, wanted.compression, missing)).decode()


def _faithful(call: Call) -> bool:
    return call.body.get("input_fidelity") == "high"


def _revised(call: Call, wanted: Asked, choice: int) -> str:
    """The prompt and what was made of it; a scripted text is all of it."""
    if call.answer is not None and call.answer.text:
        return call.answer.text
    prompt = wanted.prompt.rstrip()
    end = "" if prompt.endswith((".", "!", "?")) else "."
    return f"{prompt}{end} {prose(call.chance(choice), _REVISED)}"

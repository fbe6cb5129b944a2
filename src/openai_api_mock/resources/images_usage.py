"""What images cost in tokens: the published tables of GPT image models, and their measure for other sizes."""

from __future__ import annotations

from collections.abc import Sequence

from ..answer import JSON
from ..generate.pictures_measure import Measured
from ..generate.tokens import Tokenizer
from .images_request import Asked

# quality: tokens of 1024x1024, 1024x1536, 1536x1024. Of the last two, no figures are published.
_OUTPUT: dict[str, tuple[int, int, int]] = {
    "low": (272, 408, 400),
    "medium": (1056, 1584, 1568),
    "high": (4160, 6240, 6208),
    "xhigh": (8320, 12480, 12416),
    "max": (16640, 24960, 24832),
}
_SIZES = ("1024x1024", "1024x1536", "1536x1024")
_SQUARE = 1024 * 1024
_OF_PARTIAL = 100
# Of an image that is sent along: so much, and so much for each tile, its shorter side being one tile long.
_OF_INPUT, _OF_TILE = 65, 129
_FAITHFUL_SQUARE, _FAITHFUL = 4160, 6240


def usage(
    asked: Asked, inputs: Sequence[Measured | None], faithful: bool, images: int, tokenizer: Tokenizer
) -> dict[str, JSON]:
    """The usage of so many images. `faithful` is a high `input_fidelity`."""
    text = tokenizer.count(asked.prompt)
    seen = sum(_input(each, faithful) for each in inputs if each is not None)
    made = (_output(asked) + _OF_PARTIAL * asked.partial) * images
    return {
        "input_tokens": text + seen,
        "input_tokens_details": {"image_tokens": seen, "text_tokens": text},
        "output_tokens": made,
        "output_tokens_details": {"image_tokens": made, "text_tokens": 0},
        "total_tokens": text + seen + made,
    }


def _output(asked: Asked) -> int:
    tokens = _OUTPUT[asked.quality]
    if asked.size in _SIZES:
        return tokens[_SIZES.index(asked.size)]
    return round(tokens[0] * asked.width * asked.height / _SQUARE)


def _input(image: Measured, faithful: bool) -> int:
    short, long = sorted((image.width, image.height))
    tiles = -(-long // short)
    extra = 0 if not faithful else _FAITHFUL_SQUARE if short == long else _FAITHFUL
    return _OF_INPUT + _OF_TILE * tiles + extra

"""Log probabilities as legacy completions have them: four lists side by side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from ..answer import JSON
from ..generate.text import NOUNS
from ..noise import Noise


def logprobs_of(pieces: Sequence[str], top: int, noise: Noise, *, offset: int, starts: bool) -> dict[str, JSON]:
    """`tokens`, `token_logprobs`, `top_logprobs` with `top` entries each, and `text_offset` in characters.

    Offsets count from the beginning of the prompt, also where it isn't echoed: `offset` is that of the first piece.
    `starts`: the first piece begins the text, so nothing predicts it and it has null for its probability.
    """
    said: list[float | None] = [-round(noise.random() ** 4, 8) for _ in pieces]
    likely = [_likely(piece, logprob or 0.0, top, noise) for piece, logprob in zip(pieces, said, strict=True)]
    if starts:
        said[0], likely[0] = None, None
    return {
        "tokens": list(pieces),
        "token_logprobs": said,
        "top_logprobs": likely if top else None,
        "text_offset": list(accumulate(map(len, pieces[:-1]), initial=offset)) if pieces else [],
    }


def _likely(token: str, logprob: float, top: int, noise: Noise) -> dict[str, float] | None:
    """The likeliest tokens in this place, the one that was said first."""
    found = {token: logprob}
    while len(found) < top:
        found[" " + noise.choice(NOUNS)] = round(logprob - len(found), 8)
    return found

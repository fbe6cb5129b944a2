"""Log probabilities of the tokens that were said, and of those that might have been."""

from __future__ import annotations

from ..answer import JSON, Answer
from ..noise import Noise
from .text import NOUNS


def logprobs_of(pieces: tuple[str, ...], answer: Answer, top: int, noise: Noise) -> dict[str, JSON]:
    """A choice's `logprobs`: one entry for each token, with `top` alternatives, the one that was said first."""
    said = [entry(piece, top, noise) for piece in pieces]
    if answer.refusal is not None:
        return {"content": None, "refusal": said}
    return {"content": said, "refusal": None}


def entry(token: str, top: int, noise: Noise) -> dict[str, JSON]:
    """One token with its log probability and `top` alternatives, itself the first of them."""
    logprob = -(noise.random() ** 4)
    entry = _token(token, logprob)
    others = [_token(" " + NOUNS[int(noise.random() * len(NOUNS))], logprob - 1 - i) for i in range(top - 1)]
    return {**entry, "top_logprobs": [entry, *others] if top else []}


def _token(token: str, logprob: float) -> dict[str, JSON]:
    return {"token": token, "logprob": round(logprob, 8), "bytes": list(token.encode())}

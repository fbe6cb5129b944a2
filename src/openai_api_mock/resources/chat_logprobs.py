"""Log probabilities of the tokens that were said, and of those that might have been."""

from __future__ import annotations

from ..answer import JSON, Answer
from ..generate.text import NOUNS
from ..noise import Noise


def logprobs_of(pieces: tuple[str, ...], answer: Answer, top: int, noise: Noise) -> dict[str, JSON]:
    """A choice's `logprobs`: one entry for each token, with `top` alternatives, the one that was said first."""
    said = [_entry(piece, top, noise) for piece in pieces]
    if answer.refusal is not None:
        return {"content": None, "refusal": said}
    return {"content": said, "refusal": None}


def _entry(token: str, top: int, noise: Noise) -> dict[str, JSON]:
    logprob = -(noise.random() ** 4)
    entry = _token(token, logprob)
    others = [_token(" " + NOUNS[int(noise.random() * len(NOUNS))], logprob - 1 - i) for i in range(top - 1)]
    return {**entry, "top_logprobs": [entry, *others] if top else []}


def _token(token: str, logprob: float) -> dict[str, JSON]:
    return {"token": token, "logprob": round(logprob, 8), "bytes": list(token.encode())}

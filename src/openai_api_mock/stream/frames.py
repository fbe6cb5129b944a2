"""Which of a stream's chunks are tokens: the others leave with one of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

_CHAT = b'"object":"chat.completion.chunk"'
# Ahead of the first token of a choice, and behind its last. Inside of what is said, quotes are escaped.
_NO_DELTA = re.compile(rb'"delta":\{\}|"delta":\{"role"|"choices":\[\]')
_TEXT = b'"object":"text_completion"'
_NO_TEXT = re.compile(rb'"text":""|"choices":\[\]')
_CHOICE = re.compile(rb'"index":(\d+)')
_HEAD = 400
"""Bytes within which a chunk says what it is of."""


def steps_of(chunks: Sequence[bytes], choices: int = 1) -> tuple[list[int], int]:
    """For each chunk the number of the token with which it leaves, from 1; and how many tokens there are.

    What opens a stream leaves with the first token, what stands between two with the first of them, what closes it with
    the last. `choices` that take turns say their tokens at the same time.
    """
    tokens = _tokens(chunks, choices)
    if True not in tokens:
        tokens = [not chunk.startswith(b"data: [DONE]") for chunk in chunks]
    if choices == 1:
        return [max(step, 1) for step in accumulate(tokens)], sum(tokens)
    steps: list[int] = []
    step, latest = 0, -1
    for chunk, is_token in zip(chunks, tokens, strict=True):
        if is_token:
            found = _CHOICE.search(chunk)
            choice = int(found[1]) if found is not None else 0
            step += choice <= latest or not step
            latest = choice
        steps.append(max(step, 1))
    return steps, step


def _tokens(chunks: Sequence[bytes], choices: int) -> list[bool]:
    if choices > 1 or not chunks or chunks[0].startswith(b"event: "):
        return [_is_token(chunk) for chunk in chunks]
    # Of a single choice, all between the first token and the last are tokens: nearly all streams are of this kind.
    first, last = 0, len(chunks)
    while first < last and not _is_token(chunks[first]):
        first += 1
    while first < last and not _is_token(chunks[last - 1]):
        last -= 1
    return [False] * first + [True] * (last - first) + [False] * (len(chunks) - last)


def _is_token(chunk: bytes) -> bool:
    if chunk.startswith(b"event: "):
        return chunk[: chunk.find(b"\n")].endswith(b".delta")
    if not chunk.startswith(b"data: "):
        return True  # a part of a file
    if chunk.startswith(b"data: [DONE]"):
        return False
    if chunk.find(_CHAT, 0, _HEAD) >= 0:
        return _NO_DELTA.search(chunk) is None
    if chunk.find(_TEXT, 0, _HEAD) >= 0:
        return _NO_TEXT.search(chunk) is None
    return b'.delta"' in chunk[:_HEAD]

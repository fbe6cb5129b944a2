"""Sorted blocks hold what a sorted list holds."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from openai_api_mock.state.blocks import SortedBlocks

KEYS = st.integers(0, 40)


@given(toggled=st.lists(KEYS), start=KEYS, full=st.integers(1, 6))
def test_keys_come_in_order_from_wherever_one_starts(toggled: list[int], start: int, full: int) -> None:
    keys: set[int] = set()
    with patch("openai_api_mock.state.blocks.FULL", full):
        blocks: SortedBlocks[int] = SortedBlocks()
        for key in toggled:
            if key in keys:
                blocks.remove(key)
            else:
                blocks.add(key)
            keys ^= {key}
    held = sorted(keys)
    assert list(blocks.ascending()) == held
    assert list(blocks.descending()) == held[::-1]
    assert list(blocks.ascending(start)) == held[bisect_left(held, start) :]
    assert list(blocks.descending(start)) == held[: bisect_right(held, start)][::-1]
    if held:
        assert blocks.first() == held[0]

"""What models cost, by the prices that a user gives. There are no others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec

from .errors import UsageError
from .models import model_named

_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Dollars for a million tokens."""

    input: float = 0.0
    output: float = 0.0
    cached: float | None = None
    """None: as other input."""


def price_of(prices: Mapping[str, Price], model: str) -> Price | None:
    """The price of a model: of that name, of the snapshot that the name means, or of the name without its date."""
    names = (model, model_named(model).snapshot, _DATED.sub("", model))
    return next((prices[name] for name in names if name in prices), None)


def items_of(price: Price, input: int, cached: int, output: int) -> Iterator[tuple[str, int, float]]:
    """What a bill lists of so many tokens: name, tokens, dollars. `input` has the cached ones in it."""
    cached = cached if price.cached is not None else 0
    for name, tokens, dollars in (
        ("input_tokens", input - cached, price.input),
        ("cached_input_tokens", cached, price.cached or 0.0),
        ("output_tokens", output, price.output),
    ):
        if tokens:
            yield name, tokens, tokens * dollars / 1_000_000


def prices_of(value: object) -> dict[str, Price]:
    """What the option `prices` says. Raises UsageError."""
    try:
        return msgspec.convert(msgspec.json.decode(value) if isinstance(value, str) else value, dict[str, Price])
    except msgspec.MsgspecError:
        raise UsageError(
            f"prices={value!r} can't be: it takes dollars for a million tokens by model, "
            "{'gpt-5': {'input': 1.25, 'output': 10, 'cached': 0.125}}"
        ) from None

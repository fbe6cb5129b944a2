"""Answers to a decision's questions: as a script says them, or made up, always of the question's own options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from ..answer import JSON, Answer
from ..content import dicts, shortened
from ..errors import ReplyMisfit
from ..noise import Noise

Question = Mapping[str, JSON]

UNSAID = object()
"""What a script leaves to chance."""
WHOLE = 10_000
"""Parts that probabilities are told in, so that they add up to 1."""


def scripted(answer: Answer | None, questions: Sequence[Question]) -> list[object]:
    """What a script says to each question. An object has it by the question's name, or by its number (from 1) where it
    has none; a text is for all of them. Raises ReplyMisfit on a name that no question has."""
    if answer is None:
        return [UNSAID] * len(questions)
    if answer.refusal is not None:
        return [None] * len(questions)
    if not answer.structured:
        return [answer.text] * len(questions)
    said = msgspec.json.decode(answer.text or "null")
    names = [str(question.get("name") or number) for number, question in enumerate(questions, 1)]
    if not isinstance(said, dict):
        raise _misfit(f"it takes an object with the questions' names: {', '.join(names)}")
    for name in said:
        if name not in names:
            raise _misfit(f"the request has no question {name!r}; it asks: {', '.join(names)}")
    return [said.get(name, UNSAID) for name in names]


def answered(question: Question, said: object, noise: Noise) -> dict[str, JSON]:
    """The answer to one question. Raises ReplyMisfit on what is none of its options."""
    kind, name = question.get("type"), question.get("name")
    if kind == "predicate" and said is not None:
        return {"name": name, "type": "predicate", "probability": _probability(question, said, noise)}
    if kind == "choice" and said is not None:
        values = [choice.get("value") for choice in dicts(question.get("choices"))]
        if values:
            return {"name": name, "type": "choice", **_choice(values, _shares(question, values, said, noise))}
    if kind == "score" and said is not None:
        labels = [level.get("label") for level in dicts(question.get("levels"))]
        if labels:
            return {"name": name, "type": "score", **_score(labels, _shares(question, labels, said, noise))}
    # Refused by a script, or without anything to choose from, which only a lenient mock lets pass.
    return {"name": name, "type": "refusal"}


def _choice(values: Sequence[JSON], shares: Sequence[int]) -> dict[str, JSON]:
    likeliest = shares.index(max(shares))
    probabilities = [
        {"value": value, "probability": share / WHOLE} for value, share in zip(values, shares, strict=True)
    ]
    # Not documented: that the confidence is the probability of what is chosen.
    return {
        "choice": values[likeliest],
        "confidence": shares[likeliest] / WHOLE,
        "probabilities": probabilities,
    }


def _score(labels: Sequence[JSON], shares: Sequence[int]) -> dict[str, JSON]:
    # Not documented: that levels count from 0, and that the score is what is to be expected of them.
    probabilities = [
        {"label": label, "value": value, "probability": share / WHOLE}
        for value, (label, share) in enumerate(zip(labels, shares, strict=True))
    ]
    score = sum(value * share for value, share in enumerate(shares)) / WHOLE
    return {"score": score, "confidence": max(shares) / WHOLE, "probabilities": probabilities}


def _probability(question: Question, said: object, noise: Noise) -> float:
    if said is UNSAID:
        return noise.randint(1, WHOLE - 1) / WHOLE
    probability = _number(said)
    if probability is None or not 0 <= probability <= 1:
        raise _unfit(question, said, "a predicate's answer is a probability from 0 to 1, or True or False")
    return probability


def _shares(question: Question, options: Sequence[JSON], said: object, noise: Noise) -> list[int]:
    """The parts of `WHOLE` that each option gets."""
    count = len(options)
    if said is UNSAID:
        return _around(noise.randint(0, count - 1), count, noise)
    if isinstance(said, dict):
        return _told(question, options, said)
    for at, option in enumerate(options):
        if type(option) is type(said) and option == said:
            return _around(at, count, noise)
    score = _number(said) if question.get("type") == "score" else None
    if score is not None:
        return _between(question, score, count)
    given = ", ".join(repr(option) for option in options)
    raise _unfit(question, said, f"its options are {shortened(given, 200)}")


def _number(said: object) -> float | None:
    """A number, be it in a text; True is 1."""
    try:
        return float(said) if isinstance(said, (int, float, str)) else None
    except ValueError:
        return None


def _around(at: int, count: int, noise: Noise) -> list[int]:
    """This option is likeliest, and the others share the rest by chance."""
    likeliest = WHOLE if count == 1 else noise.randint(WHOLE // 2 + 1, WHOLE - WHOLE // 20)
    weights = [noise.randint(1, 1000) for _ in range(count)]
    weights[at] = 0
    shares = [(WHOLE - likeliest) * weight // (sum(weights) or 1) for weight in weights]
    shares[at] = WHOLE - sum(shares)
    return shares


def _told(question: Question, options: Sequence[JSON], said: Mapping[str, JSON]) -> list[int]:
    """Probabilities by option; the others share what is left."""
    unknown = [name for name in said if name not in options]
    if unknown:
        raise _unfit(question, said, f"{unknown[0]!r} is none of its options, {shortened(repr(list(options)), 200)}")
    wrong = [number for number in said.values() if type(number) not in (int, float) or not 0 <= number <= 1]
    if wrong:
        raise _unfit(question, said, f"a probability is a number from 0 to 1, and {wrong[0]!r} is none")
    shares = [round(said[option] * WHOLE) if option in said else 0 for option in options]
    others = [at for at, option in enumerate(options) if option not in said]
    left = WHOLE - sum(shares)
    if abs(left) > len(said) and (left < 0 or not others):
        raise _unfit(question, said, "probabilities add up to 1")
    for number, at in enumerate(others):
        shares[at] = max(0, left) // len(others) + (number < max(0, left) % len(others))
    shares[shares.index(max(shares))] += WHOLE - sum(shares)  # what rounding left
    return shares


def _between(question: Question, score: float, count: int) -> list[int]:
    """The two levels next to a score, so that it is what is to be expected of them."""
    if not 0 <= score <= count - 1:
        raise _unfit(question, score, f"its levels count from 0 to {count - 1}")
    below = int(score)
    shares = [0] * count
    shares[below] = WHOLE - round((score - below) * WHOLE)
    if below + 1 < count:
        shares[below + 1] = WHOLE - shares[below]
    return shares


def _unfit(question: Question, said: object, why: str) -> ReplyMisfit:
    told = question.get("name") or shortened(str(question.get("instructions")))
    return _misfit(f"{said!r} is no answer to the {question.get('type')} question {told!r}: {why}")


def _misfit(why: str) -> ReplyMisfit:
    return ReplyMisfit(f"the scripted decision doesn't fit the request: {why}")

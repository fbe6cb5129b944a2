"""What each kind of grader makes of a sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from ..answer import JSON
from .formula import BadFormula, worked_out
from .judge import Judge, Said
from .messages import chat_messages
from .similarity import similarity
from .templates import UnknownVariable, filled

Grader = Mapping[str, JSON]
Names = Mapping[str, JSON]
"""`item` and `sample`, for the templates."""

PYTHON = (
    "openai-api-mock runs no code of python graders. Use another grader, or script what this one gives: "
    "openai_mock.fine_tuning.alpha.graders.run.reply(json={...})."
)


class Errors(msgspec.Struct, kw_only=True):
    """What went wrong, in the order in which the API tells of it."""

    formula_parse_error: bool = False
    sample_parse_error: bool = False
    truncated_observation_error: bool = False
    unresponsive_reward_error: bool = False
    invalid_variable_error: bool = False
    other_error: bool = False
    python_grader_server_error: bool = False
    python_grader_server_error_type: str | None = None
    python_grader_runtime_error: bool = False
    python_grader_runtime_error_details: str | None = None
    model_grader_server_error: bool = False
    model_grader_refusal_error: bool = False
    model_grader_parse_error: bool = False
    model_grader_server_error_details: str | None = None


class Grade(msgspec.Struct, kw_only=True):
    """What a grader gives."""

    score: float = 0.0
    errors: Errors = msgspec.field(default_factory=Errors)
    label: str | None = None
    model: str | None = None
    """Who was asked, where a model was."""
    usage: dict[str, dict[str, int]] = {}
    """Tokens by model."""
    calls: dict[str, int] = {}
    """How often each model was asked."""
    parts: dict[str, float] = {}
    """The scores that a formula was of, by name."""
    sample: dict[str, JSON] | None = None
    """What the model was asked and said."""

    @property
    def failed(self) -> bool:
        """Whether there is an error in the place of a score."""
        return any(value is True for value in msgspec.structs.asdict(self.errors).values())


def grade(grader: Grader, names: Names, judge: Judge) -> Grade:
    """The grade of a sample. An error is in the grade, whose score is then 0; raises Later as judges do."""
    try:
        return _GRADERS[str(grader.get("type"))](grader, names, judge)
    except UnknownVariable:
        return Grade(errors=Errors(invalid_variable_error=True))
    except KeyError:
        return Grade(errors=Errors(other_error=True))


def passes(grader: Grader, given: Grade) -> bool:
    """Whether a grade is a pass: of labels, one that passes; else a score that reaches the threshold, 1 unless told."""
    if given.failed:
        return False
    if grader.get("type") == "label_model":
        return given.label in (grader.get("passing_labels") or ())
    threshold = grader.get("pass_threshold")
    return given.score >= (_usual(grader) if threshold is None else threshold)


def _usual(grader: Grader) -> float:
    """Models' scores pass above the middle of their range; what counts as equal, with all of it."""
    if grader.get("type") == "score_model":
        low, high = range_of(grader)
        return (low + high) / 2
    return 1.0


def range_of(grader: Grader) -> tuple[float, float]:
    """From which score to which a model may go."""
    given = grader.get("range")
    return (float(given[0]), float(given[1])) if isinstance(given, list) and len(given) == 2 else (0.0, 1.0)


_CHECKS: Mapping[str, Callable[[str, str], bool]] = {
    "eq": lambda text, reference: text == reference,
    "ilike": lambda text, reference: reference.casefold() in text.casefold(),
    "like": lambda text, reference: reference in text,
    "ne": lambda text, reference: text != reference,
}


def _string_check(grader: Grader, names: Names, judge: Judge) -> Grade:
    text, reference = filled(grader["input"], names), filled(grader["reference"], names)
    return Grade(score=float(_CHECKS[grader["operation"]](text, reference)))


def _text_similarity(grader: Grader, names: Names, judge: Judge) -> Grade:
    text, reference = filled(grader["input"], names), filled(grader["reference"], names)
    return Grade(score=similarity(grader["evaluation_metric"], text, reference))


def _python(grader: Grader, names: Names, judge: Judge) -> Grade:
    errors = Errors(
        python_grader_server_error=True,
        python_grader_server_error_type="not_supported",
        python_grader_runtime_error_details=PYTHON,
    )
    return Grade(errors=errors)


def _score_model(grader: Grader, names: Names, judge: Judge) -> Grade:
    low, high = range_of(grader)
    given, result = _asked(grader, names, judge, {"type": "number", "minimum": low, "maximum": high})
    try:
        score = float(result)
    except (TypeError, ValueError):
        score = float("nan")
    if given.failed or low <= score <= high:
        given.score = 0.0 if given.failed else score
    else:
        given.errors.model_grader_parse_error = True
    return given


def _label_model(grader: Grader, names: Names, judge: Judge) -> Grade:
    given, result = _asked(grader, names, judge, {"type": "string", "enum": grader["labels"]})
    if not given.failed and result in grader["labels"]:
        given.label = str(result)
        given.score = float(result in grader["passing_labels"])
    elif not given.failed:
        given.errors.model_grader_parse_error = True
    return given


def _asked(grader: Grader, names: Names, judge: Judge, result: JSON) -> tuple[Grade, JSON]:
    """What a model says: JSON with a `result`, or the bare result."""
    messages = chat_messages(grader["input"], names)
    schema = {"type": "object", "properties": {"result": result}, "required": ["result"]}
    said = judge.judge(grader["model"], messages, schema, grader.get("sampling_params"))
    model = said.model or str(grader["model"])
    given = Grade(model=model, usage={model: said.usage}, calls={model: 1}, sample=_sample(messages, said))
    if said.error is not None:
        given.errors.model_grader_server_error = True
        given.errors.model_grader_server_error_details = said.error
    elif said.message.get("refusal"):
        given.errors.model_grader_refusal_error = True
    return given, _result(str(said.message.get("content") or ""))


def _result(text: str) -> JSON:
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text.strip()
    return value.get("result") if isinstance(value, dict) else value


def _sample(messages: list[JSON], said: Said) -> dict[str, JSON]:
    text = said.message.get("content")
    return {"input": messages, "output": [{"role": "assistant", "content": text}], "usage": said.usage}


def _multi(grader: Grader, names: Names, judge: Judge) -> Grade:
    whole = Grade(usage={}, calls={}, parts={})
    for name, inner in graders_of(grader).items():
        part = grade(inner, names, judge)
        whole.parts[name] = part.score
        whole.model = whole.model or part.model
        add_usage(whole.usage, part.usage)
        for model, count in part.calls.items():
            whole.calls[model] = whole.calls.get(model, 0) + count
        if part.failed:
            whole.errors = part.errors
    if not whole.failed:
        try:
            whole.score = worked_out(grader["calculate_output"], whole.parts)
        except BadFormula:
            whole.errors.formula_parse_error = True
    return whole


def graders_of(grader: Grader) -> dict[str, Grader]:
    """The graders that a formula is of, by name: one alone, as the SDK's types have it, or several by their names."""
    inner = grader["graders"]
    return {str(inner["name"]): inner} if isinstance(inner.get("type"), str) else dict(inner)


def add_usage(total: dict[str, dict[str, int]], more: Mapping[str, Mapping[str, int]]) -> None:
    """Add tokens by model to what was used before."""
    for model, usage in more.items():
        before = total.get(model, {})
        total[model] = {name: before.get(name, 0) + count for name, count in usage.items()}


_GRADERS: Mapping[str, Callable[[Grader, Names, Judge], Grade]] = {
    "label_model": _label_model,
    "multi": _multi,
    "python": _python,
    "score_model": _score_model,
    "string_check": _string_check,
    "text_similarity": _text_similarity,
}

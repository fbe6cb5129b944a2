"""What is wrong with a grader, before it is run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..answer import JSON
from ..errors import APIError
from .formula import FUNCTIONS, BadFormula, names_in
from .grading import PYTHON, graders_of
from .templates import NAMESPACES, variables


def fault_of(grader: Mapping[str, JSON], param: str = "grader") -> APIError | None:
    """The API's refusal of a grader; None where it can be run. Its types were held against the SDK's by then."""
    for path, each in _all(grader, param):
        for text in _texts(each):
            unknown = [name for name in variables(text) if name.split(".")[0].split("[")[0] not in NAMESPACES]
            if unknown:
                message = (
                    f"Invalid template variable '{unknown[0]}': expected one of the namespaces 'item' and 'sample'."
                )
                return APIError(400, message, param=path, code="invalid_grader")
        outside = [label for label in each.get("passing_labels") or () if label not in each["labels"]]
        if outside:
            message = f"Invalid 'passing_labels': '{outside[0]}' is not one of the labels."
            return APIError(400, message, param=f"{path}.passing_labels", code="invalid_grader")
    return _fault_of_formula(grader, param) if grader.get("type") == "multi" else None


def refusal_to_run(grader: Mapping[str, JSON], param: str = "grader") -> APIError | None:
    """What the mock, unlike the API, can't do: run a grader's code."""
    for path, each in _all(grader, param):
        if each.get("type") == "python":
            return APIError(400, PYTHON, param=path, code="python_grader_not_supported")
    return None


def _fault_of_formula(grader: Mapping[str, JSON], param: str) -> APIError | None:
    path = f"{param}.calculate_output"
    try:
        asked = names_in(grader["calculate_output"])
    except BadFormula as error:
        return APIError(400, f"Invalid 'calculate_output': {error}", param=path, code="invalid_grader")
    unknown = sorted(asked - graders_of(grader).keys())
    if unknown:
        known = ", ".join([*graders_of(grader), *FUNCTIONS])
        message = f"Invalid 'calculate_output': there is no grader '{unknown[0]}'. Known are: {known}."
        return APIError(400, message, param=path, code="invalid_grader")
    return None


def _all(grader: Mapping[str, JSON], param: str) -> Iterator[tuple[str, Mapping[str, JSON]]]:
    yield param, grader
    if grader.get("type") == "multi":
        for name, each in graders_of(grader).items():
            yield f"{param}.graders.{name}", each


def _texts(grader: Mapping[str, JSON]) -> Iterator[str]:
    for name in ("input", "reference"):
        yield from _strings(grader.get(name))


def _strings(value: JSON) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
    elif isinstance(value, dict):
        yield from _strings(value.get("content"))
        yield from _strings(value.get("text"))

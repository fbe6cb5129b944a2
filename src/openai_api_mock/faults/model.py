"""Faults of the model: what it says, distorted. They change the Answer, so that every endpoint renders them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ..answer import JSON, Answer, Question, Tool, ToolCall
from ..errors import failure
from .spelling import Fault

CITATION = (
    " [1] Lindqvist, M. & Okonkwo, T. (2031). On the Persistence of Answers. Journal of Unwritten Results 12(3), "
    "45-67. https://doi.invalid/10.99999/jur.2031.0045"
)
_ELSEWHERE = "申し訳ありませんが、この回答は別の言語で書かれています。ご質問の内容については、後ほど改めて説明します。"
_FROM_ELSEWHERE = "Cette réponse est écrite dans une autre langue que celle de la question."
_EAST_ASIAN = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_WORDS = "and so it goes on without coming to an end "


def distorted(answer: Answer, question: Question, faults: Sequence[Fault], call_tool: Callable[[], Answer]) -> Answer:
    """The answer as these faults have it. `call_tool` gives an answer that calls a tool, for those that need one."""
    for fault in faults:
        if fault.name in OF_TOOLS and question.tools:
            answer = answer if answer.tool_calls else call_tool()
            answer = OF_TOOLS[fault.name](answer, question) if answer.tool_calls else answer
        elif fault.name in DISTORTIONS:
            answer = DISTORTIONS[fault.name](answer, question, fault)
    return answer


def _say(answer: Answer, text: str | None, **changes: Any) -> Answer:
    """The answer with another text, of which nothing is counted or cut yet."""
    plain = {"pieces": None, "tokens": None, "audio": None, "structured": False}
    return msgspec.structs.replace(answer, text=text, **plain, **changes)


# Of tools


def _broken_arguments(answer: Answer, question: Question) -> Answer:
    first, *others = answer.tool_calls
    cut = first.arguments[: max(len(first.arguments) // 2, 1)]
    return msgspec.structs.replace(answer, tool_calls=(msgspec.structs.replace(first, arguments=cut), *others))


def _misfit_arguments(answer: Answer, question: Question) -> Answer:
    first, *others = answer.tool_calls
    tool = next((tool for tool in question.tools if tool.name == first.name), None)
    wrong = msgspec.json.encode(_misfit(_object(first.arguments), tool)).decode()
    return msgspec.structs.replace(answer, tool_calls=(msgspec.structs.replace(first, arguments=wrong), *others))


def _misfit(given: dict[str, JSON], tool: Tool | None) -> JSON:
    """Arguments as near to those given as the schema refuses."""
    schema = tool.parameters if tool is not None else None
    if isinstance(schema, Mapping):
        # Imported with the first fault of its kind.
        from ..generate.values import fits

        for candidate in _candidates(given, schema):
            if not fits(schema, candidate):
                return candidate
    return []


def _candidates(given: dict[str, JSON], schema: Mapping[str, JSON]) -> Iterator[JSON]:
    for name in [*(schema.get("required") or ()), *given]:
        yield {**given, name: ["not", {"what": "was asked for"}]}
        yield {**given, name: 12345 if isinstance(given.get(name), str) else "not what was asked for"}
    for name in schema.get("required") or ():
        yield {key: value for key, value in given.items() if key != name}
    yield {**given, "argument_that_was_not_asked_for": True}


def _repeated(answer: Answer, question: Question) -> Answer:
    first = answer.tool_calls[0]
    again = msgspec.structs.replace(first, id=None)
    return msgspec.structs.replace(answer, tool_calls=(first, again, *answer.tool_calls[1:]))


def _object(text: str) -> dict[str, JSON]:
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return {}
    return value if isinstance(value, dict) else {}


# Of texts


def _unknown_tool(answer: Answer, question: Question, fault: Fault) -> Answer:
    return _say(answer, None, tool_calls=(ToolCall(fault.get("tool"), "{}"),), finish_reason=None)


def _truncated(answer: Answer, question: Question, fault: Fault) -> Answer:
    return _halved(answer, "length")


def _content_filter(answer: Answer, question: Question, fault: Fault) -> Answer:
    return _halved(answer, "content_filter")


def _halved(answer: Answer, reason: str) -> Answer:
    if answer.tool_calls:
        last = answer.tool_calls[-1]
        cut = msgspec.structs.replace(last, arguments=last.arguments[: len(last.arguments) // 2])
        return msgspec.structs.replace(answer, tool_calls=(*answer.tool_calls[:-1], cut), finish_reason=reason)
    text = answer.text or ""
    return _say(answer, text[: len(text) // 2], finish_reason=reason)


def _empty(answer: Answer, question: Question, fault: Fault) -> Answer:
    return _say(answer, "", tool_calls=(), finish_reason="stop", refusal=None)


def _refusal(answer: Answer, question: Question, fault: Fault) -> Answer:
    return _say(answer, None, tool_calls=(), finish_reason=None, refusal=fault.get("text"))


def _citation(answer: Answer, question: Question, fault: Fault) -> Answer:
    return _reworded(answer, question, lambda text: text + CITATION)


def _wrong_language(answer: Answer, question: Question, fault: Fault) -> Answer:
    other = _FROM_ELSEWHERE if _EAST_ASIAN.search(question.user) else _ELSEWHERE
    return _reworded(answer, question, lambda text: other)


def _huge(answer: Answer, question: Question, fault: Fault) -> Answer:
    words = _WORDS.split()
    more = " ".join(words[at % len(words)] for at in range(fault.get("words")))
    return _reworded(answer, question, lambda text: more, finish_reason="stop")


def _reworded(answer: Answer, question: Question, change: Callable[[str], str], **changes: Any) -> Answer:
    """The text changed; of an object, the first text in it that may be another by the schema."""
    if answer.tool_calls:
        answer = msgspec.structs.replace(answer, tool_calls=(), finish_reason=None)
    text = answer.text or ""
    said = _object(text) if question.schema else {}
    if not said:
        return _say(answer, change(text), **changes)
    from ..generate.values import fits

    for name, value in said.items():
        if isinstance(value, str):
            other = {**said, name: change(value)}
            if not isinstance(question.schema, Mapping) or fits(question.schema, other):
                return _say(answer, msgspec.json.encode(other).decode(), **changes)
    return answer


def _error_event(answer: Answer, question: Question, fault: Fault) -> Answer:
    """So many pieces are said, and then comes the error."""
    error = failure(500)
    given = {name: fault.get(name) for name in ("message", "code") if fault.get(name) is not None}
    error = msgspec.structs.replace(error, **{"code": "server_error", **given})
    pieces = answer.pieces
    if pieces is None:
        pieces = tuple(re.findall(r"\s*\S+", answer.text or ""))
    text = "".join(pieces[: fault.get("chunks")])
    return _say(answer, text, tool_calls=(), finish_reason=None, error=error)


OF_TOOLS: dict[str, Callable[[Answer, Question], Answer]] = {
    "broken_arguments": _broken_arguments,
    "misfit_arguments": _misfit_arguments,
    "repeated_tool_call": _repeated,
}
DISTORTIONS: dict[str, Callable[[Answer, Question, Fault], Answer]] = {
    "unknown_tool": _unknown_tool,
    "truncated": _truncated,
    "empty_content": _empty,
    "refusal": _refusal,
    "content_filter": _content_filter,
    "hallucinated_citation": _citation,
    "wrong_language": _wrong_language,
    "huge_output": _huge,
    "error_event": _error_event,
}

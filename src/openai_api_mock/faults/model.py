"""Faults of the model: what it says, distorted. They change the Answer, so that every endpoint renders them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from ..answer import JSON, Answer, FinishReason, Question, Tool, ToolCall, ToolKind
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


def distorted(answer: Answer, question: Question, faults: Sequence[Fault], ask: Callable[[Question], Answer]) -> Answer:
    """The answer as these faults have it. `ask` answers another question, for those that need a function's call."""
    for fault in faults:
        if fault.name in OF_TOOLS:
            if _place(answer, question, "function") is None:
                answer = ask(_for_a_function(question))
            at = _place(answer, question, "function")
            if at is not None:
                calls = answer.tool_calls
                spoiled = OF_TOOLS[fault.name](calls[at], question)
                answer = msgspec.structs.replace(answer, tool_calls=(*calls[:at], *spoiled, *calls[at + 1 :]))
        elif fault.name in DISTORTIONS:
            answer = DISTORTIONS[fault.name](answer, question, fault)
    return answer


def _for_a_function(question: Question) -> Question:
    """The question as one that only a function's call answers."""
    functions = tuple(tool for tool in question.tools if tool.kind == "function")
    forced = next((tool.name for tool in functions if tool.name == question.forced), None)
    choice: Literal["required", "none"] = "required" if functions else "none"
    return msgspec.structs.replace(question, tools=functions, choice=choice, forced=forced, called=frozenset())


def _place(answer: Answer, question: Question, *kinds: ToolKind) -> int | None:
    """The first call of a tool of these kinds; None: there is none. A scripted call is of its tool's kind."""
    offered = {tool.name: tool.kind for tool in question.tools}
    for at, call in enumerate(answer.tool_calls):
        kind = offered.get(call.name, call.kind) if call.kind == "function" else call.kind
        if kind in kinds:
            return at
    return None


def _say(answer: Answer, text: str | None, **changes: Any) -> Answer:
    """The answer with another text, of which nothing is counted or cut yet."""
    plain = {"pieces": None, "tokens": None, "audio": None, "structured": False}
    return msgspec.structs.replace(answer, text=text, **plain, **changes)


# Of tools


def _broken_arguments(call: ToolCall, question: Question) -> Sequence[ToolCall]:
    return [msgspec.structs.replace(call, arguments=call.arguments[: max(len(call.arguments) // 2, 1)])]


def _misfit_arguments(call: ToolCall, question: Question) -> Sequence[ToolCall]:
    tool = next((tool for tool in question.tools if tool.name == call.name), None)
    wrong = msgspec.json.encode(_misfit(_object(call.arguments), tool)).decode()
    return [msgspec.structs.replace(call, arguments=wrong)]


def _repeated(call: ToolCall, question: Question) -> Sequence[ToolCall]:
    return [call, msgspec.structs.replace(call, id=None)]


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
    return _halved(answer, question, "length")


def _content_filter(answer: Answer, question: Question, fault: Fault) -> Answer:
    return _halved(answer, question, "content_filter")


def _halved(answer: Answer, question: Question, reason: FinishReason) -> Answer:
    """Cut in the middle of what it calls, or says."""
    at = _place(answer, question, "function", "custom")
    if at is not None:
        first = answer.tool_calls[at]
        cut = msgspec.structs.replace(first, arguments=first.arguments[: len(first.arguments) // 2])
        return msgspec.structs.replace(answer, tool_calls=(*answer.tool_calls[:at], cut), finish_reason=reason)
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
    if _place(answer, question, "function", "custom", "builtin") is not None:
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


OF_TOOLS: dict[str, Callable[[ToolCall, Question], Sequence[ToolCall]]] = {
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

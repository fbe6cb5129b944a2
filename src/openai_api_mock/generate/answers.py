"""The answer to a question that nobody scripted: a tool call where tools are offered, JSON for a schema, else text."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from ..answer import JSON, Answer, Audio, Question, Tool, ToolCall
from ..noise import Noise
from ..options import Named
from .templates import TEMPLATES
from .text import prose_between, words, words_of
from .tokens import Tokenizer, Tokenizers

# Reasoning tokens by effort; the real ones come in multiples of 64 (recorded).
REASONING = {"none": 0, "minimal": 0, "low": 64, "medium": 192, "high": 448, "xhigh": 832, "max": 1600}

QUOTED = 500
"""Characters of tools' results that the answer quotes."""

_SCHEMA = '"properties"'
"""What prompts have in them that ask for JSON by its schema."""
_WORD = re.compile(r"[^\W_]{3,}")
_encode = msgspec.json.encode


class Generator:
    """Makes answers by the options of one engine."""

    def __init__(
        self,
        style: Named,
        length: int | tuple[int, int],
        tokenizers: Tokenizers,
        templates: Mapping[str, Answer | None] = TEMPLATES,
    ) -> None:
        self.style = style
        self._tokenizers = tokenizers
        self.templates = templates if style == "fixed" else {}
        self.fewest, self.most = (length, length) if isinstance(length, int) else length

    def answer(self, question: Question, noise: Noise) -> Answer:
        """What the model says. Raises Unsatisfiable or InvalidSchema where no value obeys the asked-for schema."""
        spent = 0 if question.effort is None else REASONING.get(question.effort, 192)
        if question.plain and self.style == "lorem" and not _holds_schema(question):
            # Most answers are this one; the rest of this would come to the same.
            text, tokens = prose_between(noise, self.fewest, self.most)
            return Answer(text=text, tokens=tokens, finish_reason="stop", reasoning_tokens=spent)
        budget = None if question.max_tokens is None else question.max_tokens - spent
        if budget is not None and budget <= 0:
            return Answer(
                text="", finish_reason="length", reasoning_tokens=question.max_tokens or 0, pieces=(), tokens=0
            )
        tools = self._tools_to_call(question)
        calls = tuple(ToolCall(tool.name, self._arguments(tool, question.user, noise), tool.kind) for tool in tools)
        # What the API doesn't run itself ends the answer: the client is to go on.
        ends = any(call.kind != "hosted" for call in calls)
        template = self.templates.get("tool_call" if ends else "chat" if question.schema is None else "structured")
        if template is not None and template != Answer(text=template.text):
            return template
        if ends and template is None:
            tokenizer = self._tokenizers.of(question.model)
            return _limit_calls(Answer(tool_calls=calls, reasoning_tokens=spent), budget, tokenizer)
        pieces, finished = self._text(question, noise, budget, template)
        pieces, stopped = _stop(pieces, question.stop)
        text = "".join(pieces)
        answer = Answer(
            text=text,
            tool_calls=() if ends else calls,
            pieces=pieces,
            tokens=None if stopped else len(pieces),
            finish_reason="stop" if finished or stopped else "length",
            reasoning_tokens=spent,
        )
        return self.spoken(answer, question)

    def spoken(self, answer: Answer, question: Question) -> Answer:
        """The answer in speech, where it is text and audio is asked for."""
        if question.audio is None or answer.audio is not None or not answer.text:
            return answer
        return msgspec.structs.replace(answer, audio=_spoken(answer.text, question.audio, question.voice))

    def _tools_to_call(self, question: Question) -> list[Tool]:
        """A model calls each useful tool once, then speaks: an agent's loop ends.

        Useful are the tools that share a word with the user's message; if none does, the first.
        """
        if not question.tools or question.choice == "none":
            return []
        by_name = {tool.name: tool for tool in question.tools}
        if question.forced is not None:
            return [by_name[question.forced]]
        left = [tool for tool in question.tools if tool.name not in question.called]
        if question.choice == "required":
            left = left or [question.tools[-1]]
        related = [] if self.style == "fixed" else _related(left, question.user)
        if question.called and not related and question.choice != "required":
            return []
        useful = related or left[:1]
        return useful if question.parallel and not question.called else useful[:1]

    def _arguments(self, tool: Tool, user: str, noise: Noise) -> str:
        if tool.kind == "custom":
            return self._custom_input(tool, noise)
        if not tool.parameters or tool.parameters is True:
            return "{}"
        return _compact(self._value(tool.parameters, noise, user, tool.description))

    def _custom_input(self, tool: Tool, noise: Noise) -> str:
        grammar = tool.grammar or {}
        if grammar.get("type") == "grammar" and grammar.get("syntax") == "regex":
            return str(self._value({"type": "string", "pattern": f"^(?:{grammar.get('definition', '')})$"}, noise))
        return words(noise, 4)

    def _value(self, schema: JSON, noise: Noise, user: str = "", description: str = "") -> JSON:
        from .heard import as_heard
        from .values import fits, sample

        made = sample(schema, noise.randbytes(8).hex())
        return as_heard(made, schema, user, description, lambda value: fits(schema, value))

    def _json(self, question: Question, noise: Noise) -> str | None:
        """JSON by the schema that is asked for, or that the prompt has in it; None where prose will do."""
        if question.schema is not None and question.schema is not True:
            return _compact(self._value(question.schema, noise, question.user))
        if question.schema is None and (self.style != "lorem" or not _holds_schema(question)):
            return None
        from .heard import keys_asked, schema_asked
        from .values import SchemaError

        prompt = f"{question.told}\n{question.user}"
        asked = schema_asked(prompt)
        if question.schema is True and asked is None:
            asked = keys_asked(prompt) or _ANY_OBJECT
        try:
            said = None if asked is None else _compact(self._value(asked, noise, question.user))
        except SchemaError:
            said = _compact(self._value(_ANY_OBJECT, noise)) if question.schema is True else None
        return f"```json\n{said}\n```" if said and question.schema is None and "```" in prompt else said

    def _text(
        self, question: Question, noise: Noise, budget: int | None, template: Answer | None
    ) -> tuple[tuple[str, ...], bool]:
        """The text in tokens, and whether it is whole within the budget of tokens."""
        split = self._tokenizers.of(question.model).split
        if template is not None:
            return _cut(split(template.text or ""), budget)
        json = self._json(question, noise)
        if json is not None:
            return _cut(split(json), budget)
        if self.style == "echo":
            return _cut(split(question.user), budget)
        if question.results:
            return _cut(split(_about(question.results)), budget)
        said, _ = prose_between(noise, self.fewest, self.most)
        return _cut(words_of(said), budget)


def _holds_schema(question: Question) -> bool:
    return _SCHEMA in question.user or _SCHEMA in question.told


def _about(results: tuple[str, ...]) -> str:
    quoted = "; ".join(dict.fromkeys(result[: QUOTED // len(results)] for result in results))
    return f"Based on the result{'s' if len(results) > 1 else ''}: {quoted}"


def _spoken(text: str, form: str, voice: str) -> Audio:
    # Imported with the first answer that is spoken: few are.
    from .speech import encode

    return Audio(encode(text, form, voice), text)


# What `json_object` gets: it asks for JSON and doesn't say which.
_ANY_OBJECT = {
    "type": "object",
    "properties": {
        "answer": {"type": "string", "minLength": 1},
        "score": {"type": "number", "minimum": 0, "maximum": 1, "multipleOf": 0.01},
        "tags": {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "maxItems": 3},
    },
    "required": ["answer", "score", "tags"],
    "additionalProperties": False,
}


def _compact(value: JSON) -> str:
    return _encode(value).decode()


def _related(tools: list[Tool], user: str) -> list[Tool]:
    """Those whose name and description share words with the text: all that share the most."""
    heard = {word.casefold() for word in _WORD.findall(user)} - _COMMON
    shared = [len(heard & {w.casefold() for w in _WORD.findall(f"{tool.name} {tool.description}")}) for tool in tools]
    most = max(shared, default=0)
    return [tool for tool, count in zip(tools, shared, strict=True) if count == most] if most else []


_COMMON = frozenset(("the", "and", "for", "you", "your", "with", "get", "use", "what", "tool", "this", "that", "from"))


def _cut(pieces: tuple[str, ...], budget: int | None) -> tuple[tuple[str, ...], bool]:
    if budget is None or len(pieces) <= budget:
        return pieces, True
    return pieces[:budget], False


def _stop(pieces: tuple[str, ...], stops: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    """What comes before the first stop sequence, and whether there was one."""
    if not stops:
        return pieces, False
    text = "".join(pieces)
    ends = [at for at in (text.find(stop) for stop in stops if stop) if at >= 0]
    if not ends:
        return pieces, False
    kept: list[str] = []
    left = min(ends)
    for piece in pieces:
        if left <= 0:
            break
        kept.append(piece[:left])
        left -= len(piece)
    return tuple(kept), True


def _limit_calls(answer: Answer, budget: int | None, tokenizer: Tokenizer) -> Answer:
    """Arguments are cut too where the tokens run out, as the real API does."""
    if budget is None:
        return answer
    kept: list[ToolCall] = []
    for call in answer.tool_calls:
        pieces = tokenizer.split(call.arguments)
        if len(pieces) > budget:
            cut = msgspec.structs.replace(call, arguments="".join(pieces[:budget]))
            return msgspec.structs.replace(answer, tool_calls=(*kept, cut), finish_reason="length")
        kept.append(call)
        budget -= len(pieces)
    return answer

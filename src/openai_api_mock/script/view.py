"""A request as rules see it: the body's fields by name, and what a conversation is asked for by, in whichever API.

`messages` of a chat, `input` and `instructions` of a response and `prompt` of a completion are read alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby

from ..answer import JSON
from ..content import dicts, text_of

_PATH = re.compile(r"([^.\[\]]+)|\[(-?\d+)\]")
PATH = re.compile(r"([^.\[\]]+|\[-?\d+\])(\.[^.\[\]]+|\[-?\d+\])*")
"""A path as a whole: `messages[-1].content[0].text`."""


class Absent:
    """Stands for a field that the request doesn't have, which None asks for too."""

    def __eq__(self, other: object) -> bool:
        return other is self or other is None

    def __hash__(self) -> int:
        return hash(None)

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "(absent)"


ABSENT = Absent()

Name = str | tuple[str, str]
"""A field of the body, one of `READERS`, or `("header", name)` and `("at", path)`."""


class View(dict[Name, object]):
    """What rules ask of one request, worked out when it is first asked for."""

    def __init__(
        self,
        body: JSON,
        headers: Mapping[str, str],
        query: Mapping[str, JSON],
        params: Mapping[str, str],
        call: object = None,
    ) -> None:
        super().__init__({"(call)": call})
        self.body: Mapping[str, JSON] = body if isinstance(body, dict) else {}
        self.headers = headers
        self.query = query
        self.params = params

    def __missing__(self, name: Name) -> object:
        value = self[name] = self._read(name)
        return value

    def _read(self, name: Name) -> object:
        if isinstance(name, tuple):
            kind, which = name
            return self.headers.get(which.lower(), ABSENT) if kind == "header" else _at(self.body, which)
        reader = READERS.get(name)
        if reader is not None:
            return reader(self.body)
        for fields in (self.body, self.params, self.query):
            if name in fields:
                return fields[name]
        return ABSENT


Body = Mapping[str, JSON]


def _at(body: JSON, path: str) -> object:
    """The value at a path such as `messages[-1].content[0].text`."""
    value = body
    for field, index in _PATH.findall(path):
        try:
            value = value[field] if field else value[int(index)]
        except (KeyError, IndexError, TypeError):
            return ABSENT
    return value


def said(body: Body) -> Iterator[tuple[str, JSON]]:
    """Roles and contents, in their order; results of tools have the role `tool`."""
    if isinstance(body.get("instructions"), str):
        yield "system", body["instructions"]
    for item in dicts(body.get("messages")):
        yield str(item.get("role")), item.get("content")
    given = body.get("input", body.get("prompt"))
    if isinstance(given, str):
        yield "user", given
    for item in dicts(given):
        kind = str(item.get("type") or "message")
        if kind == "message":
            yield str(item.get("role")), item.get("content")
        elif kind.endswith("_output"):
            yield "tool", item.get("output")


def _text(content: JSON) -> str:
    return content if isinstance(content, str) else text_of(content).strip()


def _message(body: Body) -> object:
    texts = [_text(content) for role, content in said(body) if role == "user"]
    return texts[-1] if texts else ABSENT


def _system(body: Body) -> object:
    texts = [_text(content) for role, content in said(body) if role in ("system", "developer")]
    return "\n".join(texts) if texts else ABSENT


def _turn(body: Body) -> int:
    return sum(role == "user" for role, _ in said(body))


def _answers(body: Body) -> int:
    """How often the assistant spoke: several items of one answer stand side by side."""
    items = dicts(body.get("messages", body.get("input")))
    return sum(speaks for speaks, _ in groupby(items, _is_the_assistants))


def _is_the_assistants(item: Mapping[str, JSON]) -> bool:
    return item.get("role") == "assistant" or str(item.get("type")).endswith(("_call", "reasoning"))


def _tool_result(body: Body) -> object:
    """The results since the user last spoke; one alone stands for itself."""
    results: list[str] = []
    for role, content in said(body):
        results = [] if role == "user" else [*results, _text(content)] if role in ("tool", "function") else results
    return ABSENT if not results else results[0] if len(results) == 1 else results


def _offers_tool(body: Body) -> list[str]:
    names = []
    for tool in (*dicts(body.get("tools")), *dicts(body.get("functions"))):
        inner = tool.get(str(tool.get("type")))
        names.append(str((inner if isinstance(inner, dict) else tool).get("name") or tool.get("type")))
    return names


def _json_schema(body: Body) -> object:
    """The name of the schema that the answer must obey."""
    form = body.get("response_format")
    if isinstance(form, dict):
        return (form.get("json_schema") or {}).get("name") or form.get("type")
    text = body.get("text")
    form = text.get("format") if isinstance(text, dict) else None
    return (form.get("name") or form.get("type")) if isinstance(form, dict) else ABSENT


def _parts(*kinds: str) -> Callable[[Body], bool]:
    def has(body: Body) -> bool:
        return any(part.get("type") in kinds for _, content in said(body) for part in dicts(content))

    return has


def _stream(body: Body) -> bool:
    return body.get("stream") is True


_TEXT = ((str,), "a text")
_COUNT = ((int,), "a number")
_YES = ((bool,), "True or False")

KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "answers": _COUNT,
    "audio_part": _YES,
    "file_part": _YES,
    "header": _TEXT,
    "image_part": _YES,
    "json_schema": ((str,), "a schema's name"),
    "message": _TEXT,
    "offers_tool": ((str, list), "a tool's name"),
    "stream": _YES,
    "system": _TEXT,
    "tool_result": ((str, list), "a text, or several"),
    "turn": _COUNT,
}
"""What these are equal to, if they are there: types of values, and how they are called."""

READERS: dict[str, Callable[[Body], object]] = {
    "answers": _answers,
    "audio_part": _parts("input_audio"),
    "file_part": _parts("file", "input_file"),
    "image_part": _parts("image_url", "input_image"),
    "json_schema": _json_schema,
    "message": _message,
    "offers_tool": _offers_tool,
    "stream": _stream,
    "system": _system,
    "tool_result": _tool_result,
    "turn": _turn,
}
"""What a rule may ask for besides a body's own fields."""

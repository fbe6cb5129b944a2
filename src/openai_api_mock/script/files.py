"""Rule files: the language of `.when(...).reply(...)` in YAML, JSON or TOML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ..answer import Answer, ToolCall
from ..catalog import Catalog
from ..errors import UsageError
from ..faults import Planned, faults_of
from ..stream.pace import pace_of
from .conditions import Condition, conditions_of, fields_of
from .conversation import rules_of_steps
from .document import Document, Fault, read
from .document_lines import Where
from .faults import FaultRule, refuse_vain
from .file_spec import CallSpec, FailSpec, FileSpec, ReplySpec, RuleSpec
from .matchers import nearest
from .matchers_plain import matcher_from, reason
from .rules import Fail, Outcome, Rule, Say
from .saying import refuse_unsaid, refuse_websocket
from .sending import change_of, events_of, fail_of, file_of, json_of
from .templates import WHOLE, Template, has_template, names_in
from .view import READERS

_T = TypeVar("_T")

_SPECS: dict[str, Any] = {
    "reply": ReplySpec,
    "replies": ReplySpec,
    "fail": FailSpec,
    "error": FailSpec,
    "tool_calls": CallSpec,
}


def rules_of_files(paths: Iterable[str | Path], catalog: Catalog) -> list[Rule]:
    """The rules of several files, in order. Raises UsageError: file, line, field, and the nearest word that is one."""
    return [rule for path in paths for rule in rules_of(read(path), catalog)]


def rules_of(document: Document, catalog: Catalog) -> list[Rule]:
    """The rules of a document. Raises UsageError as `rules_of_files` does."""
    try:
        whole = document.value if document.value is not None else {}
        is_list = isinstance(whole, list)
        spec = converted({"rules": whole} if is_list else whole, FileSpec, ())
        rules = [
            rule
            for number, each in enumerate(spec.rules)
            for rule in _rules(each, (number,) if is_list else ("rules", number), spec.always, document, catalog)
        ]
        if spec.conversation:
            rules += rules_of_steps(spec.conversation, Reader(document, catalog))
    except Fault as fault:
        raise document.complaint(fault) from None
    return rules


def _rules(
    given: Mapping[str, Any], where: Where, always: bool, document: Document, catalog: Catalog
) -> Iterator[Rule]:
    spec = converted(given, RuleSpec, where)
    said = [name for name in ("reply", "replies", "fail") if getattr(spec, name) is not None]
    if len(said) > 1 or (not said and spec.fault is None):
        what = " and ".join(said) or "none, and no fault"
        raise Fault(where, f"a rule has one of reply, replies and fail; this has {what}")
    if spec.always and spec.times:
        raise Fault((*where, "times"), "a rule has times or always, not both")
    if spec.replies is not None and (spec.always or spec.times):
        raise Fault((*where, "replies"), "each of several replies answers once: times and always are for one reply")
    reader = Reader(document, catalog)
    route = reader.route(spec.endpoint, (*where, "endpoint"))
    conditions = reader.conditions(spec.when, route, (*where, "when"))
    times = None if spec.always or (always and spec.times is None and spec.replies is None) else spec.times or 1
    pace = None if spec.pace is None else reader.told((*where, "pace"), lambda: pace_of(spec.pace), str)
    if spec.fault is not None:
        for number, planned in enumerate(reader.faults(spec, route, (*where, "fault"))):
            id = f"{spec.id}-fault{number or ''}" if spec.id and (said or number) else spec.id
            yield FaultRule(route, planned, planned.times or times, conditions, document.place(where), id)
    for number, outcome in enumerate(reader.outcomes(given, route, where) if said else ()):
        id = f"{spec.id}-{number + 1}" if spec.id and number else spec.id
        yield Rule(route, outcome, times, conditions, document.place(where), id, pace)


class Reader:
    """Reads the parts of rules."""

    def __init__(self, document: Document, catalog: Catalog) -> None:
        self._document = document
        self._catalog = catalog

    def place(self, where: Where) -> str:
        return self._document.place(where)

    def route(self, name: str | None, where: Where) -> str | None:
        if name is None:
            return None
        methods = self._catalog.methods
        if name not in methods:
            raise Fault(where, f"the OpenAI client has no {name!r}.{nearest(methods, name)}")
        self.told(where, lambda: refuse_websocket(self._catalog, name))
        return methods[name].sdk

    def conditions(self, when: Mapping[str, Any], route: str | None, where: Where) -> tuple[Condition, ...]:
        found: list[Condition] = []
        for name, wanted in when.items():
            here = (*where, name)
            value: object
            if name in ("at", "header") and isinstance(wanted, dict):
                value = {key: matcher_from(inner, (*here, key)) for key, inner in wanted.items()}
            else:
                value = matcher_from(wanted, here)
            try:
                found += conditions_of(self._catalog, route, {name: value})
            except UsageError as error:
                raise Fault(here, reason(error)) from None
        return tuple(found)

    def outcomes(self, given: Mapping[str, Any], route: str | None, where: Where) -> Iterator[Outcome]:
        """What a rule answers with, of which reply, replies or fail is given."""
        if given.get("fail") is not None:
            yield self.fail(given["fail"], (*where, "fail"))
        elif given.get("reply") is not None:
            yield self.reply(given["reply"], route, (*where, "reply"))
        else:
            for number, each in enumerate(given["replies"]):
                yield self.reply(each, route, (*where, "replies", number))

    def faults(self, spec: RuleSpec, route: str | None, where: Where) -> tuple[Planned, ...]:
        """What is to go wrong, how often being said once."""
        planned = self.told(where, lambda: faults_of(spec.fault), str)
        for each in planned:
            self.told(where, partial(refuse_vain, route, each), str)
        if (spec.times or spec.always) and any(each.times for each in planned):
            raise Fault(where, "times is said by the rule and by its fault")
        return planned

    def fail(self, given: object, where: Where) -> Outcome:
        return self.told(where, lambda: _fail(given, where))

    def reply(self, given: object, route: str | None, where: Where) -> Outcome:
        folder = self._document.folder
        outcome = self.told(where, lambda: reply_of(given, folder, where))
        if isinstance(outcome, Say):
            self.told(where, lambda: refuse_unsaid(route, outcome.answer))
        if not has_template(given):
            return outcome
        for name in self.told(where, lambda: names_in(given)):
            known = READERS.keys() | WHOLE.keys()
            if name not in known and name not in (known := known | fields_of(self._catalog, route)):
                raise Fault(where, f"a template can't name {name!r}.{nearest(known, name)}")
        return Template(given, lambda filled: reply_of(filled, folder, where))

    def told(self, where: Where, make: Callable[[], _T], say: Callable[[UsageError], str] = reason) -> _T:
        """What that makes; `say` words why it can't."""
        try:
            return make()
        except UsageError as error:
            raise Fault(where, say(error)) from None


def converted(value: object, kind: type[_T], where: Where) -> _T:
    """The value in its shape. Raises Fault, at the field that doesn't fit."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$")
        parts = re.findall(r"\.(\$?\w+)|\[(\d+)\]", path)
        here: Where = (*where, *(name or int(number) for name, number in parts))
        unknown = re.fullmatch(r"Object contains unknown field `(.*)`", reason)
        if unknown:
            inside: Any = next((_SPECS[part] for part in reversed(here) if part in _SPECS), kind)
            words = [field.encode_name for field in msgspec.structs.fields(inside)]
            hint = nearest(words, unknown[1]) or f" There are: {', '.join(sorted(words))}."
            raise Fault((*here, unknown[1]), f"there is no {unknown[1]!r} here.{hint}") from None
        raise Fault(here, reason[:1].lower() + reason[1:]) from None


def reply_of(given: object, folder: Path | None, where: Where) -> Outcome:
    """What a reply says. Raises UsageError or Fault."""
    if isinstance(given, str):
        return Say(Answer(text=given))
    spec = converted(given, ReplySpec, where)
    sent = [name for name in _SENT if getattr(spec, name) not in (None, msgspec.UNSET)]
    spoken = [name for name in _SPOKEN if getattr(spec, name) not in (None, [])]
    one = [name for name in (*sent, "text", "stream", "object", "refusal") if name in sent or name in spoken]
    if len(one) > 1 or (sent and spoken):
        raise Fault(where, f"a reply has one of {' and '.join(dict.fromkeys([*one, *spoken]))}")
    if not sent and not spoken:
        raise Fault(where, f"a reply needs something to say: one of {', '.join((*_SPOKEN, *_SENT))}")
    status = spec.status or 200
    if spec.status is not None and sent not in (["json"], ["file"]):
        raise Fault((*where, "status"), "a status goes with json or file")
    if sent == ["json"]:
        return json_of(spec.json, status)
    if spec.fields is not None:
        return change_of(spec.fields)
    if spec.events is not None:
        return events_of(spec.events, spec.chunk_delay)
    if spec.file is not None:
        if folder is None:
            raise Fault((*where, "file"), "only a file of rules may name a file")
        return file_of(folder / spec.file, status)
    beside = [name for name in ("audio", "images") if getattr(spec, name) is not None]
    if beside and folder is None:
        raise Fault((*where, beside[0]), "only a file of rules may name a file")
    answer = Answer.of(spec.object) if spec.object is not None else Answer(text=spec.text)
    pieces = tuple(spec.stream) if spec.stream is not None else None
    changes = {
        "text": "".join(pieces) if pieces is not None else answer.text,
        "pieces": pieces,
        "refusal": spec.refusal,
        "reasoning": spec.reasoning,
        "tool_calls": _tool_calls(spec.tool_calls, (*where, "tool_calls")),
        "audio": folder / spec.audio if folder is not None and spec.audio is not None else None,
        "images": tuple(folder / each for each in spec.images or ()) if folder is not None else (),
        "vectors": spec.vectors,
        "items": tuple(spec.items),
        "annotations": tuple(spec.annotations),
        "error": None if spec.error is None else _fail(spec.error, (*where, "error")).error,
        "finish_reason": spec.finish_reason,
        "usage": spec.usage,
    }
    return Say(Answer.of(msgspec.structs.replace(answer, **changes)), spec.chunk_delay)


_SENT = ("json", "fields", "events", "file")
_MEDIA = ("audio", "images", "items", "vectors")
_SPOKEN = ("text", "refusal", "tool_calls", "object", "stream", "reasoning", "error", *_MEDIA)


def _fail(given: object, where: Where) -> Fail:
    """An error, by its status or name, or with words of its own."""
    given = {"status": given} if isinstance(given, (int, str)) else msgspec.to_builtins(given)
    return fail_of(**msgspec.structs.asdict(converted(given, FailSpec, where)))


def _tool_calls(given: dict[str, Any] | list[CallSpec] | None, where: Where) -> tuple[ToolCall, ...]:
    if isinstance(given, dict):
        given = [CallSpec(name, arguments if arguments is not None else {}) for name, arguments in given.items()]
    calls = []
    for call in given or ():
        if not isinstance(call.arguments, (dict, str)):
            raise Fault((*where, call.name), "arguments are an object: {city: Paris}")
        text = call.arguments if isinstance(call.arguments, str) else msgspec.json.encode(call.arguments).decode()
        calls.append(ToolCall(call.name, text or "{}", id=call.id))
    return tuple(calls)

"""Replies with templates: `Hello {{ message }}`, in Jinja, sandboxed."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import msgspec

from ..call import Call
from ..errors import UsageError
from .matchers import nearest
from .rules import Outcome, view_of
from .view import ABSENT

if TYPE_CHECKING:
    import jinja2

WHOLE: dict[str, Callable[[Call], object]] = {
    "body": lambda call: call.body,
    "headers": lambda call: call.request.headers,
    "params": lambda call: call.params,
    "query": lambda call: call.query,
}
"""What a template may name besides what a rule may ask for."""


class Template(msgspec.Struct, frozen=True):
    """Reply with what comes of this once its templates are filled in."""

    given: Any
    read: Callable[[object], Outcome]

    def fill(self, call: Call) -> Outcome:
        """Raises UsageError where a template asks for what the call hasn't."""
        view = view_of(call)

        def filled(text: str) -> str:
            asked = {name: WHOLE[name](call) if name in WHOLE else view[name] for name in _names(text)}
            values = {name: value for name, value in asked.items() if value is not ABSENT}
            import jinja2

            try:
                return str(
                    _compiled(text).render({name: value for name, value in values.items() if value is not ABSENT})
                )
            except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
                raise UsageError(f"the template {text!r} can't be filled in: {error}") from error

        return self.read(_each(self.given, filled))

    def __str__(self) -> str:
        text = self.given if isinstance(self.given, str) else str(self.given)
        return f"reply({text if len(text) <= 60 else text[:57] + '...'!r})"


def has_template(given: object) -> bool:
    if isinstance(given, str):
        return "{{" in given or "{%" in given
    if isinstance(given, dict):
        given = list(given.values())
    return isinstance(given, list) and any(map(has_template, given))


def _each(given: Any, change: Callable[[str], Any]) -> Any:
    """The value, with each text that is a template changed."""
    if isinstance(given, dict):
        return {name: _each(value, change) for name, value in given.items()}
    if isinstance(given, list):
        return [_each(value, change) for value in given]
    return change(given) if has_template(given) else given


def names_in(given: object) -> set[str]:
    """What the templates ask of a call. Raises UsageError where one is none, or Jinja isn't installed."""
    names: set[str] = set()
    _each(given, lambda text: names.update(_names(text)))
    return names


@lru_cache(maxsize=4096)
def _names(text: str) -> frozenset[str]:
    """What a template asks of a call. Most only name something, which is seen without Jinja's parser: a thousand of
    those are read in a few milliseconds."""
    plain = None if "{%" in text or "{#" in text else _NAMING.sub("", text)
    if plain is not None and "{{" not in plain and "}}" not in plain:
        names = frozenset(match[1] for match in _NAMING.finditer(text))
        if not names & _WORDS:
            _require_jinja()
            return names
    return _parsed(text)[1]


_NAMING = re.compile(r"\{\{\s*([A-Za-z_]\w*)(?:\.[A-Za-z_]\w*|\[-?\d+\]|\['[\w-]+'\])*\s*\}\}", re.ASCII)
_WORDS = frozenset((
    "and", "else", "false", "False", "if", "in", "is", "loop", "none", "None", "not", "or", "self", "super", "true",
    "True",
))  # fmt: skip
"""Those that mean something to Jinja."""


@lru_cache(maxsize=1)
def _require_jinja() -> None:
    """Raises UsageError where it isn't installed; it is imported when the first template is filled in."""
    if find_spec("jinja2") is None:
        raise UsageError(_MISSING)


_MISSING = "templates need Jinja: pip install 'openai-api-mock[server]'"


@lru_cache(maxsize=4096)
def _compiled(text: str) -> jinja2.Template:
    """Compiled when it is first filled in: a thousand take a second."""
    return _environment().from_string(_parsed(text)[0])


@lru_cache(maxsize=4096)
def _parsed(text: str) -> tuple[jinja2.nodes.Template, frozenset[str]]:
    """The template, and what it asks of a call."""
    environment = _environment()
    from jinja2 import TemplateSyntaxError, meta, nodes

    try:
        tree = environment.parse(text)
    except TemplateSyntaxError as error:
        braces = "{{ '{{' }}"
        raise UsageError(f"the template {text!r} is none: {error}. Two braces that begin none: {braces}") from None
    for kind, known in ((nodes.Filter, environment.filters), (nodes.Test, environment.tests)):
        for node in tree.find_all(kind):
            if node.name not in known:
                word = kind.__name__.lower()
                raise UsageError(f"the template {text!r} has no {word} {node.name!r}.{nearest(known, node.name)}")
    return tree, frozenset(meta.find_undeclared_variables(tree))


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    try:
        from jinja2 import StrictUndefined
        from jinja2.sandbox import ImmutableSandboxedEnvironment
    except ImportError:
        raise UsageError(_MISSING) from None
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
    del environment.filters["random"]  # what is said repeats
    return environment

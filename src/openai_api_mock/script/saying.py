"""What an Answer can say on which of the client's methods: the rest would be left unsaid, so it is refused."""

from __future__ import annotations

from ..answer import Answer
from ..catalog import Catalog
from ..errors import UsageError
from .conditions import SPEAKERS

_OF_MEDIA = frozenset(("text", "refusal", "images"))

SAID: dict[str, frozenset[str]] = {
    "audio.speech.create": frozenset(("text", "audio")),
    "audio.transcriptions.create": frozenset(("text",)),
    "audio.translations.create": frozenset(("text",)),
    "decisions.create": frozenset(("text", "refusal", "structured", "usage")),
    "embeddings.create": frozenset(("vectors",)),
    "images.create_variation": _OF_MEDIA,
    "images.edit": _OF_MEDIA,
    "images.generate": _OF_MEDIA,
    "realtime.translations.connect": frozenset(("text",)),
}
"""The parts of an answer that methods say, of those by which no model speaks."""

_UNSAID: dict[str | None, frozenset[str]] = {
    None: frozenset(("vectors",)),
    "beta.responses.create": frozenset(("vectors", "audio")),
    "chat.completions.create": frozenset(("vectors", "images", "items")),
    "completions.create": frozenset(("vectors", "images", "items", "tool_calls", "audio", "annotations")),
    "live.connect": frozenset(("vectors", "images", "items", "annotations")),
    "realtime.connect": frozenset(("vectors", "images", "items", "annotations")),
    "responses.create": frozenset(("vectors", "audio")),
}
"""Those that the others don't."""

_HINTS = {
    "decisions.create": "script it by an object with what each question is answered",
    "embeddings.create": "script it by Answer(vectors={'text': [...]})",
    "error": "script an error by fail(500)",
    "images": "images are for openai_mock.images.generate, or a response",
    "items": "items are for openai_mock.responses.create",
    "vectors": "vectors are for openai_mock.embeddings.create",
}

_SPOKEN_BY = {
    "beta.agents.sessions.": "responses.create",
    "beta.threads.": "chat.completions.create",
    "live.": "live.connect",
    "realtime.": "realtime.connect",
}
"""Which method a model is scripted by, where it speaks in what other methods begin."""


def refuse_unsaid(route: str | None, answer: Answer) -> None:
    """Raises UsageError where the method would leave a part of the answer unsaid."""
    where = f"openai_mock.{route}" if route is not None else "openai_mock"
    if route is not None and route not in SPEAKERS and route not in SAID:
        speaker = next((name for prefix, name in _SPOKEN_BY.items() if route.startswith(prefix)), None)
        spoken = f"what the model says there is for openai_mock.{speaker}.reply(...); else " if speaker else ""
        raise UsageError(f"{where} has nothing to say an answer with: {spoken}script it by reply(json={{...}})")
    given = {name for name, value in _defaults().items() if getattr(answer, name) != value}
    unsaid = given - SAID[route] if route in SAID else given & _UNSAID[route]
    if unsaid:
        first = sorted(unsaid)[0]
        hint = _HINTS.get(first) or _HINTS.get(route or "") or "script it by reply(json={...})"
        raise UsageError(f"{where} has nothing to say Answer({first}=...) with: {hint}")


def refuse_websocket(catalog: Catalog, route: str | None) -> None:
    """Raises UsageError where the method opens a WebSocket on which others speak."""
    if route is not None and route not in SPEAKERS and route not in SAID and catalog.methods[route].websocket:
        raise UsageError(
            f"openai_mock.{route} opens a WebSocket: script what is said on it, by openai_mock.reply(...), for one"
        )


def _defaults() -> dict[str, object]:
    return dict(zip(Answer.__struct_fields__, Answer.__struct_defaults__, strict=True))

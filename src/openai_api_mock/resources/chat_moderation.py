"""The `moderation` of a chat completion: what was asked and what was answered, held against the word list.

Recorded: two completions, one of them streamed; its keys come in the same order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..answer import JSON, Answer
from ..content import text_of
from ..generate.moderation import USUAL_MODEL, moderate


def moderation_of(body: Mapping[str, JSON], answers: Sequence[Answer]) -> dict[str, JSON] | None:
    """Results for the messages together and for each answer; None where the request doesn't ask for them."""
    asked = body.get("moderation")
    if not isinstance(asked, dict):
        return None
    model = str(asked.get("model") or USUAL_MODEL)
    contents = [message.get("content") for message in body.get("messages") or () if isinstance(message, dict)]
    heard = moderate("\n".join(map(text_of, contents)), images=any(map(_has_image, contents)))
    said = [moderate(answer.text or answer.refusal or "") for answer in answers]
    return {"input": _results(model, [heard]), "output": _results(model, said)}


def _has_image(content: JSON) -> bool:
    parts = content if isinstance(content, list) else ()
    return any(isinstance(part, dict) and part.get("type") == "image_url" for part in parts)


def _results(model: str, results: Sequence[dict[str, JSON]]) -> dict[str, JSON]:
    rows = [{"type": "moderation_result", "model": model, **result} for result in results]
    return {"type": "moderation_results", "model": model, "results": rows}

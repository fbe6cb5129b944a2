"""Requests of texts alone, which most are: what they ask is read in one pass, and no check has an objection.

Reading any request takes a dozen functions, which are cold by the time that the next call comes: a sixth of a call.
That both readings agree is a law of the tests.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..answer import JSON, Question
from ..models import Model
from .chat_checks import LONGEST_TEXT

# Fields that say nothing of what is asked, and that every model takes.
_FIELDS = frozenset((
    "frequency_penalty", "logit_bias", "logprobs", "messages", "metadata", "model", "n", "presence_penalty",
    "prompt_cache_key", "safety_identifier", "seed", "service_tier", "store", "stream", "stream_options",
    "top_logprobs", "user",
))  # fmt: skip
_MESSAGE = {"role", "content"}


def plain_question(body: Mapping[str, JSON], model: Model) -> Question | None:
    """What it asks; None where a request must be read by `question_of`, and checked."""
    family = model.family
    if not body.keys() <= _FIELDS or family.hears or not family.system:
        return None
    user, told = "", []
    messages = body.get("messages")
    if type(messages) is not list:
        return None
    for message in messages:
        if type(message) is not dict or message.keys() != _MESSAGE:
            return None
        role, content = message["role"], message["content"]
        if type(content) is not str or len(content) > LONGEST_TEXT:
            return None
        if role == "user":
            user = content
        elif role in ("system", "developer"):
            told.append(content)
        elif role != "assistant":
            return None
    effort = family.effort if family.reasoning else None
    return Question(model=str(body.get("model", "")), user=user, told="\n".join(told), effort=effort)

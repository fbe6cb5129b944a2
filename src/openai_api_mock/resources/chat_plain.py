"""Requests of texts alone, which most are: they are read and counted in one pass, and no check has an objection.

Reading any request takes a dozen functions, which are cold by the time that the next call comes: a sixth of a call.
That both readings agree is a law of the tests.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..answer import JSON, Question
from ..generate.prompt import MESSAGE, PRIMING
from ..generate.tokens import Tokenizer
from ..models import Model
from .chat_checks import LONGEST_TEXT

# Fields that say nothing of what is asked, and that every model takes.
_FIELDS = frozenset((
    "frequency_penalty", "logit_bias", "logprobs", "messages", "metadata", "model", "n", "presence_penalty",
    "prompt_cache_key", "safety_identifier", "seed", "service_tier", "store", "stream", "stream_options",
    "top_logprobs", "user",
))  # fmt: skip
_MESSAGE = {"role", "content"}


def plain_question(body: Mapping[str, JSON], model: Model, tokenizer: Tokenizer) -> tuple[Question, int] | None:
    """What it asks, and the tokens of its prompt; None where a request must be read by `question_of`, and checked."""
    family = model.family
    if not body.keys() <= _FIELDS or family.hears or not family.system:
        return None
    user, told = "", []
    messages = body.get("messages")
    if type(messages) is not list:
        return None
    tokens = PRIMING - family.reasoning
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
        tokens += MESSAGE + tokenizer.count(role) + tokenizer.count(content)
    if tokens > family.context:
        return None
    effort = family.effort if family.reasoning else None
    model_name = str(body.get("model", ""))
    return Question(model=model_name, user=user, told="\n".join(told), effort=effort, plain=True), tokens

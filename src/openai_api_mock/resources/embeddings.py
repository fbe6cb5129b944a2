"""Embeddings: texts or tokens in, vectors out."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Literal
from urllib.parse import quote

from ..answer import JSON, Usage
from ..call import Call, Refused
from ..errors import APIError
from ..generate.embedding import LARGEST, embedding, written
from ..generate.text_or_tokens import Counted, UnknownToken, counted
from ..generate.tokens import Tokenizer
from ..models import Model
from ..wire import Reply
from .base import Resource, operation

DIMENSIONS = {"text-embedding-3-large": 3072}
USUAL_DIMENSIONS = 1536
CONTEXT = 8192
"""Tokens of one input."""
MOST_TOKENS = 300_000
"""Tokens of all inputs together."""

# Worded as quoted from real replies; of that about too many dimensions only the second sentence was quoted.
INVALID_INPUT = APIError(
    400, "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference."
)
FIXED_DIMENSIONS = APIError(400, "This model does not support specifying dimensions.")
_TOO_MANY_DIMENSIONS = "Invalid value for 'dimensions' = {asked}. Must be less than or equal to {most}."
_TOO_LONG = (
    "This model's maximum context length is {limit} tokens, however you requested {tokens} tokens ({tokens} in your "
    "prompt; 0 for the completion). Please reduce your prompt; or completion length."
)
_TOO_LONG_TOGETHER = "Requested {tokens} tokens, max {limit} tokens per request"


class Embeddings(Resource):
    """`/embeddings`."""

    @operation("POST /embeddings")
    def create(self, call: Call) -> Reply:
        body = call.body
        # All models of embeddings have one encoding; an unknown name is one of theirs.
        inputs = _inputs(body.get("input"), self.tokenizers.of("text-embedding-3-small"))
        model = self.model_of(call)
        if self.options.validate != "off":
            _check_inputs(inputs)
            _check_dimensions(body.get("dimensions"), model)
        dimensions = min(body.get("dimensions") or most_dimensions(model), LARGEST)
        form: Literal["base64", "float"] = "base64" if body.get("encoding_format") == "base64" else "float"
        tokens = sum(one.tokens for one in inputs)
        call.usage = Usage(tokens, 0)
        given = (call.answer and call.answer.vectors) or {}
        vectors = (
            written(array("f", given[one.text]), form)
            if one.text in given
            else embedding(one.text, model.name, dimensions, form)
            for one in inputs
        )
        data = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)]
        value: dict[str, JSON] = {
            "object": "list",
            "data": data,
            "model": model.snapshot,
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        }
        reply = self.json(value, call.noise, of_model=True)
        reply.headers = [
            *reply.headers,
            ("openai-model", quote(model.snapshot, safe=":")),  # a header can't hold every made-up name
            ("access-control-allow-origin", "*"),
        ]
        return reply


def most_dimensions(model: Model) -> int:
    """The dimensions that a model gives unless told otherwise."""
    return DIMENSIONS.get(model.name, USUAL_DIMENSIONS)


def _inputs(given: JSON, tokenizer: Tokenizer) -> list[Counted]:
    try:
        return counted(given, tokenizer)
    except UnknownToken as error:
        raise Refused(INVALID_INPUT) from error


def _check_inputs(inputs: Sequence[Counted]) -> None:
    if not inputs or not all(one.tokens for one in inputs):
        raise Refused(INVALID_INPUT)
    longest = max(one.tokens for one in inputs)
    if longest > CONTEXT:
        raise Refused(APIError(400, _TOO_LONG.format(limit=CONTEXT, tokens=longest)))
    tokens = sum(one.tokens for one in inputs)
    if tokens > MOST_TOKENS:
        message = _TOO_LONG_TOGETHER.format(tokens=tokens, limit=MOST_TOKENS)
        raise Refused(APIError(400, message, "max_tokens_per_request", code="max_tokens_per_request"))


def _check_dimensions(asked: int | None, model: Model) -> None:
    """An unknown name, such as an Azure deployment's, may stand for a model that takes `dimensions`."""
    if asked is None:
        return
    if model.known and not model.name.startswith("text-embedding-3"):
        raise Refused(FIXED_DIMENSIONS)
    most = DIMENSIONS.get(model.name, USUAL_DIMENSIONS) if model.known else LARGEST
    if asked > most:
        raise Refused(APIError(400, _TOO_MANY_DIMENSIONS.format(asked=asked, most=most)))

from __future__ import annotations

import base64
import json
import math
from array import array
from typing import Any

import openai
import pytest

from openai_api_mock import Answer
from openai_api_mock.generate.tokens import TOKENIZERS

from ..conftest import MakeWay, Way

SMALL = "text-embedding-3-small"
HELLO = [9906, 11, 1917, 0]
"""The tokens of "Hello, world!"."""


def embed(way: Way, input: Any = "Hello, world!", **arguments: Any) -> Any:
    return way.call("embeddings.create", **{"model": SMALL, "input": input, **arguments})


def vectors(way: Way, input: Any, **arguments: Any) -> list[list[float]]:
    return [item.embedding for item in embed(way, input, **arguments).data]


def raw(way: Way, **arguments: Any) -> Any:
    return way.do(
        lambda client: client.embeddings.with_raw_response.create(**{"model": SMALL, "input": "Hi", **arguments})
    )


def test_an_embedding_has_the_recorded_shape(way: Way) -> None:
    reply = raw(way, input=["Hello, world!"], encoding_format="base64")

    body = json.loads(reply.content)
    data = body["data"][0].pop("embedding")
    assert body == {
        "data": [{"index": 0, "object": "embedding"}],
        "model": SMALL,
        "object": "list",
        "usage": {"prompt_tokens": 4, "total_tokens": 4},
    }
    assert len(base64.b64decode(data)) == 4 * 1536
    assert reply.headers["openai-model"] == SMALL
    assert reply.headers["access-control-allow-origin"] == "*"


def test_a_models_name_that_no_header_can_hold_is_quoted_in_it(way: Way) -> None:
    reply = raw(way, model="mod\u00e8le \U0001f600\r\nx: y")

    assert json.loads(reply.content)["model"] == "mod\u00e8le \U0001f600\r\nx: y"
    assert reply.headers["openai-model"] == "mod%C3%A8le%20%F0%9F%98%80%0D%0Ax:%20y"


@pytest.mark.parametrize(
    ("model", "dimensions", "says"),
    [
        (SMALL, 1536, SMALL),
        ("text-embedding-3-large", 3072, "text-embedding-3-large"),
        ("text-embedding-ada-002", 1536, "text-embedding-ada-002-v2"),
        ("my-own-embedder", 1536, "my-own-embedder"),
    ],
)
def test_each_model_has_its_dimensions(way: Way, model: str, dimensions: int, says: str) -> None:
    created = embed(way, model=model)

    assert len(created.data[0].embedding) == dimensions
    assert math.hypot(*created.data[0].embedding) == pytest.approx(1, abs=1e-6)
    assert created.model == says


def test_the_same_text_has_the_same_vector_whatever_the_seed_and_the_form(make_way: MakeWay) -> None:
    first, second = make_way(seed=1), make_way(seed=2)

    assert vectors(first, "Hi there") == vectors(second, ["Hi there"]) == vectors(first, "Hi there")
    assert vectors(first, "Hi there") != vectors(first, "Bye then")


def test_floats_and_base64_say_the_same(way: Way) -> None:
    floats = json.loads(raw(way, encoding_format="float").content)["data"][0]["embedding"]
    packed = json.loads(raw(way, encoding_format="base64").content)["data"][0]["embedding"]

    assert array("f", base64.b64decode(packed)).tolist() == floats == vectors(way, "Hi")[0]


def test_an_embedding_is_a_list_of_numbers_unless_base64_is_asked_for(way: Way) -> None:
    body = way.do(lambda client: client.post("/embeddings", body={"model": SMALL, "input": "Hi"}, cast_to=object))

    assert isinstance(body["data"][0]["embedding"], list)


def test_fewer_dimensions_are_the_first_ones_at_unit_length(way: Way) -> None:
    whole, few = vectors(way, "Hi")[0], vectors(way, "Hi", dimensions=256)[0]

    length = math.hypot(*whole[:256])
    assert few == pytest.approx([number / length for number in whole[:256]], abs=1e-6)


def test_tokens_mean_their_text(way: Way) -> None:
    text = vectors(way, "Hello, world!")

    assert vectors(way, HELLO) == text
    assert vectors(way, [HELLO]) == text
    created = embed(way, [HELLO, HELLO[:1]])
    assert [item.embedding for item in created.data] == vectors(way, ["Hello, world!", "Hello"])
    assert created.usage.prompt_tokens == created.usage.total_tokens == 5


def test_several_texts_come_in_order_and_their_tokens_add_up(way: Way) -> None:
    texts = ["one", "two words", "three more words", "日本語"]
    created = embed(way, texts)

    assert [item.index for item in created.data] == [0, 1, 2, 3]
    assert [item.embedding for item in created.data] == [vectors(way, text)[0] for text in texts]
    count = TOKENIZERS["cl100k_base"].count
    assert created.usage.prompt_tokens == sum(map(count, texts))


INVALID = "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference."
FIXED = "This model does not support specifying dimensions."
LONG = (
    "This model's maximum context length is 8192 tokens, however you requested 8193 tokens (8193 in your prompt; 0 for "
    "the completion). Please reduce your prompt; or completion length."
)


@pytest.mark.parametrize(
    ("arguments", "type", "param", "code", "message"),
    [
        ({"input": ""}, "invalid_request_error", None, None, INVALID),
        ({"input": ["fine", ""]}, "invalid_request_error", None, None, INVALID),
        ({"input": [[]]}, "invalid_request_error", None, None, INVALID),
        ({"input": [200_000]}, "invalid_request_error", None, None, INVALID),
        ({"input": []}, "invalid_request_error", "input", "empty_array", ""),
        ({"input": ["x"] * 2049}, "invalid_request_error", "input", "array_above_max_length", ""),
        ({"input": [[0] * 8193]}, "invalid_request_error", None, None, LONG),
        ({"input": " ".join(["word"] * 8193)}, "invalid_request_error", None, None, LONG),
        (
            {"input": [[0] * 8000] * 38}, "max_tokens_per_request", None, "max_tokens_per_request",
            "Requested 304000 tokens, max 300000 tokens per request",
        ),
        ({"model": "text-embedding-ada-002", "dimensions": 256}, "invalid_request_error", None, None, FIXED),
        (
            {"dimensions": 1537}, "invalid_request_error", None, None,
            "Invalid value for 'dimensions' = 1537. Must be less than or equal to 1536.",
        ),
        ({"dimensions": 0}, "invalid_request_error", "dimensions", "integer_below_min_value", ""),
    ],
)  # fmt: skip
def test_what_the_api_refuses_is_refused_in_its_words(
    way: Way, arguments: dict[str, Any], type: str, param: str | None, code: str | None, message: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        embed(way, **arguments)

    error = caught.value
    assert (error.type, error.param, error.code) == (type, param, code)
    assert isinstance(error.body, dict)
    assert not message or error.body["message"] == message


def test_limits_are_not_asked_about_without_validation(make_way: MakeWay) -> None:
    way = make_way(validate="off")

    assert len(vectors(way, "", dimensions=5000)[0]) == 3072


def test_an_unknown_name_may_be_a_deployment_with_dimensions(way: Way) -> None:
    assert len(vectors(way, "Hi", model="my-deployment", dimensions=3072)[0]) == 3072


def test_only_known_models_are_taken_where_that_is_asked_for(make_way: MakeWay) -> None:
    way = make_way(models="known")

    assert embed(way).data
    with pytest.raises(openai.NotFoundError, match="The model `nonsense` does not exist"):
        embed(way, model="nonsense")


def test_a_scripted_failure_comes_first(way: Way) -> None:
    way.mock.embeddings.create.fail(400)

    with pytest.raises(openai.BadRequestError):
        embed(way)
    assert embed(way).data


def test_vectors_of_ones_own(way: Way) -> None:
    way.mock.embeddings.create.always.reply(Answer(vectors={"cat": [1.0, 0.0], "dog": [0.5, 0.5]}))

    for form in ({}, {"encoding_format": "float"}):
        made = way.call("embeddings.create", model="text-embedding-3-small", input=["cat", "dog", "cow"], **form)
        assert [each.embedding for each in made.data[:2]] == [[1.0, 0.0], [0.5, 0.5]]
        assert len(made.data[2].embedding) == 1536

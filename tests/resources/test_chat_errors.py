"""Errors of chat completions and of the wire, in the API's own words."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest

from ..conftest import MakeWay, Way, chat
from .test_chat import WEATHER


def error_of(way: Way, **arguments: Any) -> Any:
    with pytest.raises(openai.APIStatusError) as caught:
        way.call("chat.completions.create", **arguments)
    return caught.value


def raw(way: Way, method: str, path: str, content: bytes = b"", **headers: str) -> Any:
    """A request that the SDK wouldn't make, through the SDK's own HTTP client."""
    base = str(way.client.base_url).rstrip("/").removesuffix("/v1")
    headers = {"content-type": "application/json", "authorization": "Bearer sk-test", **headers}
    if way.name in ("sync", "server"):
        return way.client._client.request(method, base + path, content=content, headers=headers)
    return way.do(lambda client: client._client.request(method, base + path, content=content, headers=headers))


def test_bad_json(way: Way) -> None:
    for content in (b"{nope", b"[1]", b'"x"', b"\xff\xfe", b"[" * 100_000):
        response = raw(way, "POST", "/v1/chat/completions", content)
        assert response.status_code == 400
        assert response.json()["error"]["message"].startswith(
            "We could not parse the JSON body of your request. (HINT:"
        )


def test_an_error_has_the_apis_shape_and_indent(way: Way) -> None:
    response = raw(way, "POST", "/v1/chat/completions", b"{nope")

    assert list(response.json()) == ["error"]
    assert list(response.json()["error"]) == ["code", "message", "param", "type"]  # recorded
    assert response.text == json.dumps(response.json(), indent=2)
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-request-id"].startswith("req_")


def test_an_unknown_route(way: Way) -> None:
    response = raw(way, "POST", "/v1/foo", b"{}")
    assert response.status_code == 404
    assert response.json()["error"] == {
        "message": "Invalid URL (POST /v1/foo)", "type": "invalid_request_error", "param": None, "code": None,
    }  # fmt: skip


def test_a_wrong_method(way: Way) -> None:
    response = raw(way, "POST", "/v1/models", b"{}")
    assert response.status_code == 405
    assert response.json()["error"]["message"] == (
        "Not allowed to POST on /v1/models. (HINT: Perhaps you meant to use a different HTTP method?)"
    )


def test_a_missing_model_and_missing_messages(way: Way) -> None:
    assert raw(way, "POST", "/v1/chat/completions", b"{}").json()["error"]["message"] == (
        "you must provide a model parameter"
    )
    error = raw(way, "POST", "/v1/chat/completions", b'{"model": "gpt-4o"}').json()["error"]
    assert (error["message"], error["param"], error["code"]) == (
        "Missing required parameter: 'messages'.", "messages", "missing_required_parameter",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "param", "code", "message"),
    [
        (
            {"extra_body": {"reasoning": {}}}, "reasoning", "unknown_parameter",
            "Unknown parameter: 'reasoning'.",
        ),
        (
            {"temperature": -1}, "temperature", "decimal_below_min_value",
            "Invalid 'temperature': decimal below minimum value. Expected a value >= 0, but got -1 instead.",
        ),
        (
            {"messages": "nope"}, "messages", "invalid_type",
            "Invalid type for 'messages': expected an array of objects, but got a string instead.",
        ),
        (
            {"messages": [{"role": "user", "content": 3}]}, "messages[0].content", "invalid_type",
            "Invalid type for 'messages[0].content'",
        ),
        (
            {"n": 0}, "n", "integer_below_min_value",
            "Invalid 'n': integer below minimum value. Expected a value >= 1, but got 0 instead.",
        ),
        (
            {"tool_choice": "required"}, "tool_choice", None,
            "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
        ),
        (
            {"tools": [WEATHER], "tool_choice": {"type": "function", "function": {"name": "fly"}}}, "tool_choice", None,
            "Tool choice 'fly' not found in 'tools' parameter.",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(
    way: Way, arguments: dict[str, Any], param: str, code: str | None, message: str
) -> None:
    error = error_of(way, **{**chat(), **arguments})

    assert isinstance(error, openai.BadRequestError)
    assert (error.param, error.code, error.type) == (param, code, "invalid_request_error")
    assert error.body["message"].startswith(message)  # type: ignore[index]


def test_lenient_takes_unknown_parameters_and_off_takes_anything(make_way: MakeWay) -> None:
    assert make_way(validate="lenient").chat(extra_body={"reasoning": {}}).choices
    assert make_way(validate="off").chat(temperature="hot", n=None).choices


@pytest.mark.parametrize(("mode", "n"), [("lenient", -1), ("off", -1), ("off", "two"), ("off", 1.5)])
def test_what_was_let_in_and_cannot_be_answered_is_refused_as_the_api_would(
    make_way: MakeWay, mode: str, n: object
) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        make_way(validate=mode).chat(n=n)

    assert raised.value.param == "n"


def test_a_whole_number_may_be_written_with_a_point(way: Way) -> None:
    completion = way.chat(n=2.0, logprobs=True, top_logprobs=3.0, max_completion_tokens=5.0)

    assert len(completion.choices) == 2
    assert len(completion.choices[0].logprobs.content[0].top_logprobs) == 3
    assert len(way.call("embeddings.create", model="text-embedding-3-small", input="Hi", dimensions=4.0).data) == 1


def test_a_key_is_asked_for_where_auth_is_on(make_way: MakeWay) -> None:
    way = make_way(auth=("sk-right-key-0123456789",))
    wrong = "sk-proj-wrong-key-MxYA"

    assert (
        raw(way, "GET", "/v1/models", authorization="")
        .json()["error"]["message"]
        .startswith("You didn't provide an API key.")
    )
    response = raw(way, "GET", "/v1/models", authorization=f"Bearer {wrong}")
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "invalid_api_key"
    assert response.json()["error"]["message"] == (
        "Incorrect API key provided: sk-proj-**********MxYA. You can find your API key at "
        "https://platform.openai.com/account/api-keys."
    )
    content = json.dumps(chat()).encode()
    for header in (
        {"authorization": "Bearer sk-right-key-0123456789"},
        {"authorization": "", "api-key": "sk-right-key-0123456789"},
    ):
        assert raw(way, "POST", "/v1/chat/completions", content, **header).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/chat/completions", "/openai/v1/chat/completions", "/openai/deployments/my-gpt/chat/completions"],
)
def test_azures_and_prefixless_paths_answer_too(way: Way, path: str) -> None:
    response = raw(way, "POST", path + "?api-version=2024-10-21", json.dumps(chat()).encode())
    assert response.status_code == 200


def test_every_reply_has_the_standard_headers(way: Way) -> None:
    response = raw(way, "POST", "/v1/chat/completions", json.dumps(chat()).encode())

    for name in (
        "date", "content-type", "openai-organization", "openai-project", "openai-processing-ms", "openai-version",
        "x-request-id", "access-control-expose-headers", "strict-transport-security", "x-content-type-options",
        "alt-svc", "server", "cf-ray", "cf-cache-status", "x-ratelimit-limit-requests", "x-ratelimit-limit-tokens",
        "x-ratelimit-remaining-requests", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-requests",
        "x-ratelimit-reset-tokens",
    ):  # fmt: skip
        assert response.headers.get_list(name), name
        assert len(response.headers.get_list(name)) == 1, name
    assert response.headers["openai-version"] == "2020-10-01"
    assert len(response.headers["x-request-id"]) == len("req_") + 32

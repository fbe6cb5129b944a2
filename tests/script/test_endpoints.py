"""Endpoints of the user's own."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from openai._legacy_response import HttpxBinaryResponseContent

from openai_api_mock import CallbackFailed, UsageError, mock_openai

from ..conftest import MakeWay, Way


def ask(way: Way, method: str, path: str, **options: Any) -> Any:
    """The response, through the SDK's own door to endpoints that it doesn't know."""
    return way.do(
        lambda client: getattr(client, method.lower())(path, cast_to=HttpxBinaryResponseContent, **options)
    ).response


def test_a_function_answers_a_path_of_its_own_and_is_in_the_journal(way: Way) -> None:
    @way.mock.endpoint("POST", "/v1/custom/{id}/notes/{note}")
    def custom(call: Any) -> Any:
        return {"params": call.params, "query": call.query, "body": call.body}

    response = ask(way, "POST", "/custom/a%20b/notes/7?deep=yes", body={"text": "hi"})

    assert response.json() == {"params": {"id": "a b", "note": "7"}, "query": {"deep": "yes"}, "body": {"text": "hi"}}
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert response.headers["x-request-id"].startswith("req_")
    (call,) = way.mock.calls
    assert (call.method, call.path, call.status) == ("POST", "/v1/custom/a%20b/notes/7", 200)
    assert call.body == {"text": "hi"}
    with pytest.raises(openai.NotFoundError, match="Invalid URL"):
        ask(way, "POST", "/custom/a/notes")


@pytest.mark.parametrize(
    ("said", "status", "content_type", "content"),
    [
        ([1, None], 200, "application/json", b"[1,null]"),
        ("größer", 200, "text/plain; charset=utf-8", "größer".encode()),
        (b"\x00\xff", 200, "application/octet-stream", b"\x00\xff"),
        ((201, {"id": "x"}), 201, "application/json", b'{"id":"x"}'),
        ((202, "later"), 202, "text/plain; charset=utf-8", b"later"),
        ((204, None), 204, "application/json", b""),
    ],
)
def test_what_it_returns_is_sent_as_what_it_is(
    way: Way, said: Any, status: int, content_type: str, content: bytes
) -> None:
    async def later(call: Any) -> Any:
        return said

    way.mock.endpoint("get", "/now")(lambda call: said)
    way.mock.endpoint("GET", "/later")(later)
    for path in ("/now", "/later"):
        response = ask(way, "GET", path)
        assert (response.status_code, response.headers["content-type"]) == (status, content_type)
        assert response.content == content


def test_a_status_is_the_sdks_own_exception(way: Way) -> None:
    way.mock.endpoint("DELETE", "/v1/custom")(lambda call: (409, {"error": {"message": "Not now.", "code": "busy"}}))
    with pytest.raises(openai.ConflictError, match="Not now") as caught:
        ask(way, "DELETE", "/custom", options={"max_retries": 0})
    assert caught.value.code == "busy"


def test_it_may_stand_in_the_place_of_one_of_the_apis_and_take_what_the_api_does_not(way: Way) -> None:
    @way.mock.endpoint("POST", "/v1/embeddings")
    def embeddings(call: Any) -> Any:
        vector = {"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}
        return {"object": "list", "model": call.body["model"], "data": [vector]}

    made = way.call("embeddings.create", model="mine", input="", dimensions=-1)
    assert made.data[0].embedding == [0.5, 0.25]
    way.mock.embeddings.create.assert_called_once_with(model="mine")
    assert embeddings.__name__ == "embeddings"  # the decorator gives the function back


def test_what_is_scripted_goes_before_it_and_strict_mocks_take_it_for_scripted(make_way: MakeWay) -> None:
    way = make_way(strict="all")
    way.mock.endpoint("POST", "/v1/embeddings")(lambda call: {"data": ["mine"]})
    way.mock.embeddings.create.fail(403)
    with pytest.raises(openai.PermissionDeniedError):
        ask(way, "POST", "/embeddings", body={})
    assert ask(way, "POST", "/embeddings", body={}).json() == {"data": ["mine"]}


def test_the_most_specific_path_answers_and_of_two_alike_the_later(way: Way) -> None:
    for name, path in (("any", "/things/{id}"), ("one", "/v1/things/one"), ("other", "/things/{name}")):
        way.mock.endpoint("GET", path)(lambda call, name=name: {"by": name, **call.params})
    assert ask(way, "GET", "/things/one").json() == {"by": "one"}
    assert ask(way, "GET", "/things/two").json() == {"by": "other", "name": "two"}


def test_a_body_that_is_no_json_object_is_the_functions_to_read(way: Way) -> None:
    way.mock.endpoint("PUT", "/raw")(lambda call: [call.body, call.request.body.decode()])
    assert ask(way, "PUT", "/raw", body=[1, 2]).json() == [{}, "[1,2]"]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (None, "this is NoneType: None"),
        (7, "this is int: 7"),
        ((999, {}), "the status 999: a status is 200 to 599"),
        ((True, {}), "the status True"),
        ({"a": object()}, "is no JSON: Encoding objects of type object is unsupported"),
    ],
)
def test_what_cannot_be_sent_is_told(way: Way, said: Any, message: str) -> None:
    way.mock.endpoint("GET", "/wrong")(lambda call: said)
    with pytest.raises(openai.OpenAIError, match=message):
        ask(way, "GET", "/wrong")
    assert isinstance(way.mock.calls.last.error, UsageError)


def test_what_it_raises_is_told(way: Way) -> None:
    way.mock.endpoint("GET", "/broken")(lambda call: call.body["missing"])
    with pytest.raises(openai.OpenAIError, match="raised KeyError: 'missing'"):
        ask(way, "GET", "/broken")
    assert isinstance(way.mock.calls.last.error, CallbackFailed)


@pytest.mark.parametrize(
    ("method", "path", "handler", "message"),
    [
        ("FETCH", "/a", print, "the method is one of DELETE, GET, PATCH, POST, PUT"),
        ("GET", "a", print, "a path begins with a slash"),
        ("GET", "/a?b=c", print, "has no query"),
        ("GET", "/a/{}", print, r"may be a parameter: '/v1/custom/\{id\}'"),
        ("GET", "/{a}/{a}", print, "each parameter needs a name of its own"),
        ("GET", "/a", {"id": 1}, r"endpoint\(GET /a\) takes a function of the call; this is \{'id': 1\}"),
    ],
)
def test_an_endpoint_that_cannot_be_is_told_when_it_is_written(
    method: str, path: str, handler: Any, message: str
) -> None:
    with mock_openai() as mock, pytest.raises(UsageError, match=message):
        mock.endpoint(method, path)(handler)

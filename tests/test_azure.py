"""Azure's form of the API: what its content filter found, its gateway's errors, its headers."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest

from openai_api_mock import Answer, mock_openai, tool_call
from openai_api_mock.errors import APIError

from .conftest import AsyncWay, MakeWay, Way, chat

ENDPOINT = "https://mine.openai.azure.com"
SAFE = {"filtered": False, "severity": "safe"}
FOUND_IN_PROMPT = {
    "hate": SAFE, "jailbreak": {"detected": False, "filtered": False}, "self_harm": SAFE, "sexual": SAFE,
    "violence": SAFE,
}  # fmt: skip


def azure(way: Way, **options: Any) -> Way:
    """The way in, but by Azure's client."""
    endpoint = str(way.client.base_url).removesuffix("/v1/") if way.name == "server" else ENDPOINT
    options = {"azure_endpoint": endpoint, "api_key": "key", "api_version": "2024-10-21", "max_retries": 0, **options}
    way.do(lambda client: client.close())
    if isinstance(way, AsyncWay):
        way.client = way.loop.run_until_complete(_async_client(way.name, options))
    else:
        way.client = openai.AzureOpenAI(**options)
    return way


async def _async_client(name: str, options: dict[str, Any]) -> openai.AsyncAzureOpenAI:
    library: Any = {"http_client": openai.DefaultAioHttpClient()} if name == "aiohttp" else {}
    return openai.AsyncAzureOpenAI(**options, **library)


def raw(way: Way, **arguments: Any) -> Any:
    """The HTTP response to a chat completion."""
    return way.do(lambda client: client.chat.completions.with_raw_response.create(**{**chat(), **arguments}))


def error_of(way: Way, **arguments: Any) -> Any:
    with pytest.raises(openai.APIStatusError) as caught:
        way.call("chat.completions.create", **{**chat(), **arguments})
    return caught.value


def test_an_answer_tells_what_the_filter_found(way: Way) -> None:
    body = raw(azure(way)).http_response.json()

    assert body["prompt_filter_results"] == [{"prompt_index": 0, "content_filter_results": FOUND_IN_PROMPT}]
    found = body["choices"][0]["content_filter_results"]
    assert found["violence"] == SAFE
    assert found["protected_material_text"] == {"detected": False, "filtered": False}
    assert list(body) == sorted(body)
    assert list(body["choices"][0]) == sorted(body["choices"][0])


def test_a_stream_begins_with_the_prompts_and_says_the_same_as_the_answer(way: Way) -> None:
    whole = azure(way).chat()
    first, role, *rest = way.chat(stream=True, stream_options={"include_usage": True})

    assert first.to_dict() == {
        "choices": [], "created": 0, "id": "", "model": "", "object": "",
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": FOUND_IN_PROMPT}],
    }  # fmt: skip
    assert role.choices[0].content_filter_results == {}
    *deltas, finish, usage = rest
    assert all(chunk.choices[0].content_filter_results["hate"] == SAFE for chunk in deltas)
    assert "".join(chunk.choices[0].delta.content for chunk in deltas) == whole.choices[0].message.content
    assert (finish.choices[0].finish_reason, finish.choices[0].content_filter_results) == ("stop", {})
    assert usage.usage == whole.usage


def test_a_streams_keys_are_in_alphabetical_order(way: Way) -> None:
    def read(client: Any) -> Any:
        return client.chat.completions.with_raw_response.create(**chat(), stream=True)

    response = azure(way).do(read).http_response
    text = (response.read() if way.name in ("sync", "server") else way.do(lambda _: response.aread())).decode()
    events = [event.removeprefix("data: ") for event in text.split("\n\n") if event]
    assert events.pop() == "[DONE]"
    for event in events[1:]:
        value = json.loads(event)
        assert list(value) == sorted(value)
        assert list(value["choices"][0]) == sorted(value["choices"][0])


def test_what_says_no_words_has_nothing_to_be_found(way: Way) -> None:
    azure(way).mock.reply(tool_call("f", x=1), times=2)
    assert way.chat().choices[0].content_filter_results == {}
    assert all(chunk.choices[0].content_filter_results == {} for chunk in way.chat(stream=True)[1:])


def test_an_answer_that_was_cut_tells_why(way: Way) -> None:
    azure(way).mock.reply(Answer(text="Well, ", finish_reason="content_filter"))
    choice = way.chat().choices[0]
    assert choice.finish_reason == "content_filter"
    assert choice.content_filter_results["violence"] == {"filtered": True, "severity": "medium"}


def test_legacy_completions_are_filtered_too(way: Way) -> None:
    arguments = {"model": "gpt-3.5-turbo-instruct", "prompt": "Say"}
    whole = azure(way).call("completions.create", **arguments)
    first, *chunks = way.call("completions.create", **arguments, stream=True)
    assert whole.choices[0].content_filter_results["hate"] == SAFE
    assert first.choices == []
    assert chunks[0].choices[0].content_filter_results["hate"] == SAFE
    assert whole.prompt_filter_results == first.prompt_filter_results


def test_a_stream_that_breaks_off_says_so_as_ever(way: Way) -> None:
    azure(way).mock.reply(Answer(text="Half", error=APIError(500, "Sorry about that!", "server_error")))
    with pytest.raises(openai.APIError, match="Sorry about that!"):
        way.chat(stream=True)


def test_other_endpoints_are_as_they_are(way: Way) -> None:
    embedded = azure(way).call("embeddings.create", model="text-embedding-3-small", input="Hi")
    assert set(embedded.to_dict()) == {"data", "model", "object", "usage"}
    assert len(way.call("models.list").data) > 50


def test_a_prompt_is_refused_by_script(way: Way) -> None:
    azure(way).mock.chat.completions.create.fail("content_filter")
    error = error_of(way)

    assert isinstance(error, openai.BadRequestError)
    assert (error.code, error.param, error.type) == ("content_filter", "prompt", None)
    inner = error.body["innererror"]  # type: ignore[index]
    assert inner["code"] == "ResponsibleAIPolicyViolation"
    assert inner["content_filter_result"]["violence"] == {"filtered": True, "severity": "medium"}
    assert error.response.text.startswith('{"error":{"message":"The response was filtered due to the prompt')


def test_an_unknown_deployment_is_not_found(make_way: MakeWay) -> None:
    way = azure(make_way(models=["mine"]))
    error = error_of(way, model="theirs")
    assert isinstance(error, openai.NotFoundError)
    assert error.body == {
        "code": "DeploymentNotFound",
        "message": "The API deployment for this resource does not exist. If you created the deployment within the last "
        "5 minutes, please wait a moment and try again.",
    }
    assert way.chat(model="mine").model == "mine"
    with pytest.raises(openai.NotFoundError) as caught:
        way.call("images.generate", model="theirs", prompt="A cat")
    assert caught.value.code == "DeploymentNotFound"
    with pytest.raises(openai.NotFoundError) as caught:
        way.call("responses.create", model="theirs", input="Hi")
    assert caught.value.code == "DeploymentNotFound"


def test_the_deployment_of_the_client_decides_whatever_the_model(make_way: MakeWay) -> None:
    way = azure(make_way(models="known"), azure_deployment="theirs")
    assert error_of(way, model="gpt-4o").code == "DeploymentNotFound"


def test_a_wrong_key_is_the_gateways_affair(make_way: MakeWay) -> None:
    error = error_of(azure(make_way(auth="right")))
    assert isinstance(error, openai.AuthenticationError)
    assert set(error.body) == {"code", "message"}  # type: ignore[call-overload]
    assert error.body["message"].startswith("Access denied due to invalid subscription key")  # type: ignore[index]


@pytest.mark.parametrize(("retry_after", "wait"), [(9, " Please retry after 9 seconds."), (None, "")])
def test_too_many_calls_are_the_gateways_affair(way: Way, retry_after: float | None, wait: str) -> None:
    azure(way).mock.fail(429, retry_after=retry_after)
    error = error_of(way)
    assert error.body == {
        "code": "429",
        "message": "Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-10-21 have "
        f"exceeded call rate limit of your current OpenAI S0 pricing tier.{wait} Please go here: "
        "https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit.",
    }
    assert error.response.headers.get("retry-after") == (str(retry_after) if retry_after else None)


def test_what_the_model_refuses_is_worded_as_ever(way: Way) -> None:
    assert error_of(azure(way), temperature=-1).code == "decimal_below_min_value"


def test_headers_are_azures(way: Way) -> None:
    headers = raw(azure(way)).headers

    for name in (
        "apim-request-id", "azureml-model-session", "azureml-served-by-cluster", "cmp-upstream-response-duration",
        "ms-azureml-model-time", "x-ms-region", "x-request-id", "x-ratelimit-remaining-tokens",
    ):  # fmt: skip
        assert headers.get(name), name
    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains; preload"
    assert headers["x-ratelimit-reset-requests"] == "1"
    assert len(headers["apim-request-id"]) == len(headers["x-request-id"]) == 36
    assert headers["apim-request-id"] != headers["x-request-id"]
    assert not [name for name in headers if name.startswith(("openai-", "cf-"))]


def test_its_newer_paths_are_azures_too() -> None:
    with mock_openai() as mock, openai.OpenAI(base_url=f"{ENDPOINT}/openai/v1") as client:
        answer: Any = client.chat.completions.create(**chat())
        assert answer.prompt_filter_results
        assert mock.calls[0].azure


def test_openais_own_calls_know_nothing_of_it(way: Way) -> None:
    answer = way.chat()
    assert not hasattr(answer, "prompt_filter_results")
    assert not way.mock.calls[0].azure

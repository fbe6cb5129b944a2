from __future__ import annotations

import asyncio
import json
import urllib.request
from typing import Any

import aiohttp
import httpx
import openai
import pytest
import requests

from openai_api_mock import mock_openai
from openai_api_mock.clock import FrozenClock
from openai_api_mock.resources.images_links import origin

from ..conftest import MakeWay, Way
from ..generate.test_pictures import caption_of, read
from .test_images import FILE, PROMPT, image_of, only_sync, opened


def download(way: Way, url: str) -> tuple[int, str, bytes]:
    """Fetch it as an application would on that way in: with no key, by a library of its own."""
    if way.name == "server":
        with urllib.request.urlopen(url) as reply:
            return reply.status, reply.headers["content-type"], reply.read()
    if way.name == "sync":
        answer = httpx.get(url)
        assert requests.get(url).content == answer.content
        return answer.status_code, answer.headers["content-type"], answer.content
    return asyncio.run(_by_aiohttp(url) if way.name == "aiohttp" else _by_httpx(url))


async def _by_aiohttp(url: str) -> tuple[int, str, bytes]:
    async with aiohttp.ClientSession() as session, session.get(url) as reply:
        return reply.status, reply.headers["content-type"], await reply.read()


async def _by_httpx(url: str) -> tuple[int, str, bytes]:
    async with httpx.AsyncClient() as client:
        reply = await client.get(url)
        return reply.status_code, reply.headers["content-type"], reply.content


def test_dall_e_gives_a_url_that_anybody_can_fetch(make_way: MakeWay) -> None:
    way = make_way(auth=True)
    reply = way.call("images.generate", model="dall-e-3", prompt=PROMPT, size="1792x1024", quality="hd", style="vivid")

    assert reply.usage is None
    (data,) = reply.data
    assert data.b64_json is None
    assert data.revised_prompt.startswith(PROMPT + ". ")
    status, kind, content = download(way, data.url)
    assert (status, kind) == (200, "image/png")
    image = opened(content)
    assert image.size == (1792, 1024)
    assert read(image, caption_of(PROMPT, 1792, 1024)) == PROMPT


def test_dall_e_gives_the_image_itself_where_that_is_asked(way: Way) -> None:
    arguments = {"model": "dall-e-2", "prompt": PROMPT, "size": "256x256", "n": 2}
    reply = way.call("images.generate", **arguments, response_format="b64_json")

    assert [image_of(data).size for data in reply.data] == [(256, 256)] * 2
    assert [data.revised_prompt for data in reply.data] == [None, None]


@only_sync
def test_a_url_and_base64_are_the_same_kind_of_image(way: Way) -> None:
    raw = way.do(lambda client: client.images.with_raw_response.generate(model="dall-e-2", prompt=PROMPT))
    assert sorted(json.loads(raw.content)) == ["created", "data"]
    assert list(json.loads(raw.content)["data"][0]) == ["url"]


@only_sync
def test_a_download_is_no_call_of_the_api(way: Way) -> None:
    url = way.call("images.generate", model="dall-e-2", prompt=PROMPT).data[0].url
    download(way, url)
    assert len(way.mock.calls) == 1
    assert httpx.post(url).status_code == 405


@only_sync
def test_a_url_expires_after_an_hour(make_way: MakeWay) -> None:
    clock = FrozenClock()
    way = make_way(clock=clock)
    url = way.call("images.generate", model="dall-e-2", prompt=PROMPT).data[0].url

    clock.at += 3599
    assert httpx.get(url).status_code == 200
    clock.at += 2
    late = httpx.get(url)
    assert late.status_code == 403
    assert "AuthenticationFailed" in late.text


@only_sync
@pytest.mark.parametrize("spoil", [lambda url: url[:-9], lambda url: url.partition("?")[0], lambda url: url + "%21"])
def test_a_url_that_nobody_gave_is_not_found(way: Way, spoil: Any) -> None:
    url = way.call("images.generate", model="dall-e-2", prompt=PROMPT).data[0].url
    assert httpx.get(spoil(url)).status_code == 404
    assert httpx.get("https://api.openai.com/v1/_mock/elsewhere/x.png").status_code == 404


@pytest.mark.parametrize(
    ("headers", "base_urls", "expected"),
    [
        ({"host": "api.openai.com"}, (), "https://api.openai.com"),
        ({"host": "mine.openai.azure.com"}, (), "https://mine.openai.azure.com"),
        ({"host": "127.0.0.1:4010"}, (), "http://127.0.0.1:4010"),
        ({"host": "[::1]:4010"}, (), "http://[::1]:4010"),
        ({"host": "10.0.0.7"}, (), "http://10.0.0.7"),
        ({"host": "mock"}, (), "http://mock"),
        ({"host": "mock", "x-forwarded-proto": "https"}, (), "https://mock"),
        ({"host": "inner:80", "x-forwarded-host": "a.example", "x-forwarded-proto": "http"}, (), "http://a.example"),
        ({"host": "gateway.example"}, ("http://gateway.example/v1",), "http://gateway.example"),
        ({"host": "gateway.example:8443"}, ("https://gateway.example:8443/v1",), "https://gateway.example:8443"),
        ({}, (), "https://api.openai.com"),
    ],
)
def test_a_url_is_on_the_host_that_the_client_asked(
    headers: dict[str, str], base_urls: tuple[str, ...], expected: str
) -> None:
    assert origin(headers, base_urls) == expected


def test_a_url_below_the_users_own_base_url_is_answered() -> None:
    base = "https://gateway.example.com/openai-proxy/v1"
    with mock_openai(base_urls=[base], allow_network=False):
        client = openai.OpenAI(base_url=base)
        url = client.images.generate(model="dall-e-2", prompt=PROMPT, size="256x256").data[0].url  # type: ignore[index]
        assert url is not None
        assert url.startswith("https://gateway.example.com/")
        assert opened(httpx.get(url).content).size == (256, 256)


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
def test_a_variation_comes_by_url(way: Way) -> None:
    (data,) = way.call("images.create_variation", image=FILE, size="256x256").data
    assert opened(download(way, data.url)[2]).size == (256, 256)


def test_azures_deployment_is_a_model() -> None:
    with mock_openai():
        client = openai.AzureOpenAI(
            api_key="key", azure_endpoint="https://mine.openai.azure.com", api_version="2025-04-01-preview"
        )
        reply = client.images.generate(model="dall-e-3", prompt=PROMPT)
        assert reply.data
        assert reply.data[0].url
        assert opened(httpx.get(reply.data[0].url).content).size == (1024, 1024)

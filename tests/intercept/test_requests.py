from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import urllib3

from openai_api_mock import mock_openai

from ..conftest import chat
from .gated import GatedClock

URL = "https://api.openai.com/v1/chat/completions"

pytestmark = pytest.mark.usefixtures("nothing_leaves")


def test_a_response_keeps_its_url_and_its_query() -> None:
    with mock_openai() as mock:
        response = requests.post(URL, params={"a": "b c"}, json=chat(), timeout=10)
    assert response.url == URL + "?a=b+c"
    assert response.request.headers["content-type"] == "application/json"
    assert mock.calls[-1].path == "/v1/chat/completions"


@pytest.mark.parametrize("verify", [True, False])
def test_settings_of_tls_do_no_harm(verify: bool) -> None:
    with mock_openai(answers="echo"), requests.Session() as session:
        session.verify = verify
        response = session.post(URL, json=chat("Securely"), timeout=(5, 10))
    assert "Securely" in response.text


def test_the_lines_of_a_stream_arrive_when_they_are_due() -> None:
    clock = GatedClock()
    with mock_openai(answers="fixed", clock=clock, chunk_delay=1) as mock:
        clock.open()
        body = chat(stream=True)
        with requests.post(URL, json=body, stream=True, timeout=10) as response:
            lines = (line for line in response.iter_lines(chunk_size=1) if line)
            arrived = [next(lines), *_each(lines, clock)]
    assert b'"role":"assistant"' in arrived[0]
    assert arrived[-1] == b"data: [DONE]"
    assert len(arrived) > 4
    assert len(mock.calls) == 1


def _each(lines: Iterator[bytes], clock: GatedClock) -> Iterator[bytes]:
    """The lines, each let through only when the one before has been read."""
    clock.open()
    for line in lines:
        yield line
        clock.open()


@pytest.mark.parametrize("url", [URL, "http://gateway.test/v1/chat/completions"])
def test_a_proxy_of_the_session_swallows_no_call(proxy: str, url: str) -> None:
    with mock_openai(answers="echo", base_urls=["http://gateway.test/v1"]), requests.Session() as session:
        session.proxies = {"http": proxy, "https": proxy}
        assert "Past the proxy" in session.post(url, json=chat("Past the proxy"), timeout=10).text


@pytest.mark.parametrize("url", [URL, "http://gateway.test/v1/chat/completions"])
@pytest.mark.parametrize("forwarding", [False, True])
def test_a_proxy_manager_swallows_no_call(proxy: str, url: str, forwarding: bool) -> None:
    with (
        mock_openai(answers="echo", base_urls=["http://gateway.test/v1"]),
        urllib3.ProxyManager(proxy, use_forwarding_for_https=forwarding) as manager,
    ):
        assert b"Past the proxy" in manager.request("POST", url, json=chat("Past the proxy")).data


def test_a_pool_without_a_manager_is_caught() -> None:
    with mock_openai(answers="echo"), urllib3.HTTPSConnectionPool("api.openai.com") as pool:
        response = pool.request("POST", "/v1/chat/completions", json=chat("By the pool"))
    assert b"By the pool" in response.data


def test_a_whole_url_that_names_another_host_can_not_be_sent_to_the_api() -> None:
    with mock_openai(), urllib3.HTTPSConnectionPool("api.openai.com") as pool:
        response = pool.request("GET", "http://elsewhere.test/v1/nothing", assert_same_host=False)
    assert response.status == 404


def test_retries_are_made_as_they_are_set_and_all_reach_the_mock() -> None:
    retries = urllib3.Retry(3, status_forcelist=[500], allowed_methods=None, backoff_factor=0)
    with mock_openai(answers="echo") as mock, urllib3.PoolManager(retries=retries) as manager:
        mock.chat.completions.create.fail(500)
        mock.chat.completions.create.fail(500)
        response = manager.request("POST", URL, json=chat("At last"))
    assert response.status == 200
    assert b"At last" in response.data
    assert len(mock.calls) == 3


def test_a_pool_s_own_headers_are_sent() -> None:
    headers = {"authorization": "Bearer sk-of-the-pool-0123456789"}
    with mock_openai(auth=True), urllib3.PoolManager(headers=headers) as manager:
        assert manager.request("POST", URL, body=b"{}").status == 400


def test_a_base_url_with_a_path_is_asked_for_what_the_api_has() -> None:
    with mock_openai(base_urls=["https://gateway.test:8443/team/v1"]) as mock:
        response = requests.post("https://gateway.test:8443/team/v1/chat/completions", json=chat(), timeout=10)
    assert response.status_code == 200
    assert mock.calls[-1].path == "/v1/chat/completions"
    assert mock.calls[-1].headers["host"] == "gateway.test:8443"


def test_no_connection_is_kept_while_a_response_is() -> None:
    with mock_openai(), requests.Session() as session:
        responses = [session.post(URL, json=chat(str(number)), timeout=10) for number in range(3)]
        kept: list[Any] = [vars(response.raw)["_pool"].pool.get() for response in responses]
    assert kept == [None, None, None]

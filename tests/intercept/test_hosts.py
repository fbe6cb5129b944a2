from __future__ import annotations

import pytest

from openai_api_mock.errors import UsageError
from openai_api_mock.intercept.hosts import Hosts, Target


def target(url_host: str, path: str = "/v1/models", *, port: int | None = None, scheme: str = "https") -> Target | None:
    return Hosts([], {}).target(scheme, url_host, port, path)


@pytest.mark.parametrize("host", ["api.openai.com", "us.api.openai.com", "API.OpenAI.com", "api.openai.com."])
def test_openai_s_hosts_are_the_api_s_however_they_are_written(host: str) -> None:
    assert target(host) == Target("/v1/models", False)


def test_any_scheme_and_port_of_openai_s_hosts_is_the_api_s() -> None:
    assert target("api.openai.com", port=8443, scheme="wss") == Target("/v1/models", False)
    assert target("api.openai.com", port=80, scheme="http") == Target("/v1/models", False)


@pytest.mark.parametrize(
    "host", ["mine.openai.azure.com", "mine.services.ai.azure.com", "eu.api.cognitive.microsoft.com."]
)
def test_azure_s_hosts_are_the_api_s_in_azure_s_form(host: str) -> None:
    assert target(host, "/openai/deployments/d/chat/completions") == Target(
        "/openai/deployments/d/chat/completions", True
    )


@pytest.mark.parametrize("host", ["openai.com", "api.openai.com.evil.test", "notapi.openai.com", "localhost", ""])
def test_other_hosts_are_not(host: str) -> None:
    assert target(host) is None


@pytest.mark.parametrize(
    ("base_url", "asked", "path"),
    [
        ("https://gw.test/v1", "/v1/models", "/v1/models"),
        ("https://gw.test/v1/", "/v1/models", "/v1/models"),
        ("https://gw.test", "/models", "/models"),
        ("https://gw.test", "/v1/models", "/v1/models"),
        ("https://gw.test/team/v1", "/team/v1/models", "/v1/models"),
        ("https://gw.test/team", "/team/models", "/v1/models"),
        ("https://gw.test/team", "/team/v1/models", "/v1/models"),
        ("https://gw.test/team", "/team/openai/deployments/d/x", "/openai/deployments/d/x"),
        ("https://gw.test/team/openai/deployments/d", "/team/openai/deployments/d/x", "/openai/deployments/d/x"),
        ("https://gw.test/team/v1", "/teams/v1/models", "/teams/v1/models"),
        ("https://gw.test/team/v1", "/team/v1", "/v1"),
        ("https://gw.test/a%20b/v1", "/a%20b/v1/models", "/v1/models"),
    ],
)
def test_what_a_base_url_puts_before_the_path_is_taken_off(base_url: str, asked: str, path: str) -> None:
    assert Hosts([base_url], {}).target("https", "gw.test", None, asked) == Target(path, False)


def test_several_base_urls_on_one_host_are_told_apart_by_their_paths() -> None:
    hosts = Hosts(["https://gw.test/v1", "https://gw.test/a", "https://gw.test/a/b"], {})
    for path in ("/v1/models", "/a/models", "/a/b/models"):
        assert hosts.target("https", "gw.test", 443, path) == Target("/v1/models", False)


def test_a_named_host_is_the_api_s_on_its_port_alone() -> None:
    hosts = Hosts(["http://localhost:8000/v1"], {})
    assert hosts.target("http", "LOCALHOST", 8000, "/v1/models")
    assert hosts.target("ws", "localhost", 8000, "/v1/realtime")
    assert hosts.target("http", "localhost", 5432, "/v1/models") is None
    assert hosts.target("http", "localhost", None, "/v1/models") is None


@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_an_address_of_ipv6_may_come_with_brackets_or_without(host: str) -> None:
    assert Hosts(["http://[::1]:8000/v1"], {}).target("http", host, 8000, "/v1/models")


def test_the_environment_names_hosts_too() -> None:
    hosts = Hosts([], {"OPENAI_BASE_URL": "https://gw.test/v1", "AZURE_OPENAI_ENDPOINT": "https://apim.test/team/"})
    assert hosts.target("https", "gw.test", None, "/v1/models") == Target("/v1/models", False)
    assert hosts.target("https", "apim.test", None, "/team/openai/deployments/d/x") == Target(
        "/openai/deployments/d/x", True
    )


@pytest.mark.parametrize(
    "url", ["gateway", "gw.test/v1", "ftp://gw.test", "https://", "https://gw.test:x/v1", "http://[::1"]
)
def test_what_is_no_base_url_is_said_and_by_whom_it_was_given(url: str) -> None:
    with pytest.raises(UsageError, match=r"base_urls: .*is no base URL"):
        Hosts([url], {})
    with pytest.raises(UsageError, match=r"OPENAI_BASE_URL: .*is no base URL"):
        Hosts([], {"OPENAI_BASE_URL": url})

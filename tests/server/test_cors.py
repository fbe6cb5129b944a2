"""Pages of other origins may call the mock."""

from __future__ import annotations

from .conftest import Served
from .raw import chat, events, get, post

ORIGIN = "Origin: http://localhost:3000"


def test_a_preflight_is_told_that_everything_goes(server: Served) -> None:
    response = server.connect().ask(
        get(
            "/v1/chat/completions",
            ORIGIN,
            "Access-Control-Request-Method: POST",
            "Access-Control-Request-Headers: authorization,content-type,x-stainless-lang",
            method="OPTIONS",
        )
    )
    assert (response.status, response.body) == (204, b"")
    assert response.headers["access-control-allow-origin"] == "*"
    assert "POST" in response.headers["access-control-allow-methods"]
    assert response.headers["access-control-allow-headers"] == "authorization,content-type,x-stainless-lang"
    assert int(response.headers["access-control-max-age"]) > 0
    assert "content-length" not in response.headers
    assert len(server.mock.calls) == 0


def test_a_page_on_the_network_may_ask_this_machine(server: Served) -> None:
    ask = "Access-Control-Request-Private-Network: true"
    headers = server.connect().ask(get("/v1/models", ORIGIN, ask, method="OPTIONS")).headers
    assert headers["access-control-allow-private-network"] == "true"


def test_replies_may_be_read_by_pages_of_any_origin(server: Served) -> None:
    connection = server.connect()
    for request in (post(None, ORIGIN), post(b"no json", ORIGIN), post(chat(stream=True), ORIGIN)):
        headers = connection.ask(request).headers
        assert headers["access-control-allow-origin"] == "*"
        assert headers["access-control-expose-headers"] == "*"


def test_without_an_origin_they_say_nothing_of_it(server: Served) -> None:
    response = server.connect().ask(post(chat(stream=True)))
    assert "access-control-allow-origin" not in response.headers
    assert events(response)[-1] == "[DONE]"

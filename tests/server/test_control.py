"""The server's own pages."""

from __future__ import annotations

import openai_api_mock

from .conftest import Served
from .raw import get, post


def test_it_says_that_it_is_up(server: Served) -> None:
    response = server.connect().ask(get("/_mock/health"))
    assert response.status == 200
    assert response.json() == {"status": "ok", "version": openai_api_mock.__version__}


def test_it_says_what_it_is(server: Served) -> None:
    for path in ("/", "/?from=browser"):
        response = server.connect().ask(get(path))
        assert (response.status, response.json()["name"]) == (200, "openai-api-mock")


def test_what_it_lacks_is_an_error_in_the_shape_of_the_api(server: Served) -> None:
    connection = server.connect()
    missing = connection.ask(get("/_mock/nothing"))
    assert (missing.status, missing.json()["error"]["message"]) == (404, "Invalid URL (GET /_mock/nothing)")
    assert connection.ask(post(path="/_mock/health")).status == 405
    # Its pages are no calls of the API.
    assert len(server.mock.calls) == 0


def test_only_its_own_prefix_is_its_own(server: Served) -> None:
    response = server.connect().ask(get("/_mockery"))
    assert response.status == 404
    assert len(server.mock.calls) == 1

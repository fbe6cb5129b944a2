"""HTTP/1.1 as clients use it, on the engine inside the protocol and behind ASGI."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from .conftest import MakeServer, Served
from .raw import chat, events, get, post, said


def test_a_connection_serves_one_request_after_another(make_server: MakeServer) -> None:
    connection = make_server(answers="echo").connect()
    for text in ("one", "two", "three"):
        response = connection.ask(post(chat(text)))
        assert (response.status, said(response)) == (200, text)
        assert "connection" not in response.headers


def test_replies_carry_the_headers_of_the_api_and_none_of_uvicorns(server: Served) -> None:
    headers = server.connect().ask(post()).headers
    assert headers["server"] == "cloudflare"
    assert headers["openai-version"] == "2020-10-01"
    assert headers["x-request-id"].startswith("req_")
    assert headers["date"].endswith("GMT")


def test_pipelined_requests_are_answered_in_order(make_server: MakeServer) -> None:
    connection = make_server(answers="echo", chunk_delay=0.001).connect()
    connection.send(
        post(chat("one"))
        + post(chat("two three four", stream=True))
        + post(chat("five"))
        + get("/_mock/health")
        + post(chat("six", stream=True))
        + post(chat("seven"))
    )
    assert said(connection.response()) == "one"
    assert events(connection.response())[-1] == "[DONE]"
    assert said(connection.response()) == "five"
    assert connection.response().json()["status"] == "ok"
    assert events(connection.response())[-1] == "[DONE]"
    assert said(connection.response()) == "seven"


def test_a_long_pipeline_behind_a_stream_is_answered_to_its_end(make_server: MakeServer) -> None:
    connection = make_server(answers="echo", chunk_delay=0.001).connect()
    numbers = [str(number) for number in range(1500)]
    sender = threading.Thread(
        target=connection.send,
        args=(post(chat("first", stream=True)) + b"".join(post(chat(number)) for number in numbers),),
    )
    sender.start()
    assert events(connection.response())[-1] == "[DONE]"
    assert [said(connection.response()) for _ in numbers] == numbers
    sender.join()


def test_a_body_may_come_byte_by_byte(make_server: MakeServer) -> None:
    connection = make_server(answers="echo").connect()
    for byte in post(chat("slowly")):
        connection.send(bytes([byte]))
    assert said(connection.response()) == "slowly"


def test_a_body_may_come_in_chunks(make_server: MakeServer) -> None:
    connection = make_server(answers="echo").connect()
    request = post(chat("in chunks"))
    head, _, body = request.partition(b"\r\n\r\n")
    head = b"\r\n".join(line for line in head.splitlines() if not line.startswith(b"Content-Length"))
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:10], body[10:]))
    trailer = b"0\r\nx-trailer: 1\r\n\r\n"
    assert said(connection.ask(head + b"\r\ntransfer-encoding: chunked\r\n\r\n" + chunks + trailer)) == "in chunks"
    assert said(connection.ask(request)) == "in chunks"


def test_head_has_the_headers_of_get_and_no_body(server: Served) -> None:
    connection = server.connect()
    whole = connection.ask(get("/_mock/health"))
    head = connection.ask(get("/_mock/health", method="HEAD"), "HEAD")
    assert (head.status, head.headers) == (whole.status, whole.headers)
    missing = connection.ask(get("/v1/nothing"))
    head = connection.ask(get("/v1/nothing", method="HEAD"), "HEAD")
    assert (head.status, head.headers["content-length"]) == (404, missing.headers["content-length"])
    # Nothing of a body is left on the wire: the next answer begins with its status line.
    assert connection.ask(post()).status == 200


def test_connection_close_is_heeded_and_what_follows_is_not_answered(server: Served) -> None:
    connection = server.connect()
    connection.send(post(None, "Connection: close") + post())
    response = connection.response()
    assert (response.status, response.headers["connection"]) == (200, "close")
    assert connection.rest() == b""
    assert len(server.mock.calls) == 1


def test_http_1_0_gets_its_answer_and_the_end_of_the_connection(server: Served) -> None:
    connection = server.connect()
    response = connection.ask(post(version="1.0"))
    assert (response.status, response.headers["connection"]) == (200, "close")
    assert connection.rest() == b""


def test_a_stream_to_http_1_0_is_not_chunked(make_protocol_server: MakeServer) -> None:
    connection = make_protocol_server().connect()
    response = connection.ask(post(chat(stream=True), version="1.0"))
    assert "transfer-encoding" not in response.headers
    assert events(response)[-1] == "[DONE]"


def test_a_bad_request_line_gets_400(server: Served, caplog: pytest.LogCaptureFixture) -> None:
    connection = server.connect()
    response = connection.ask(b"WHAT IS THIS\r\n\r\n")
    assert (response.status, response.headers["connection"]) == (400, "close")
    assert connection.rest() == b""
    assert "Invalid HTTP request" in caplog.text


def test_garbage_behind_a_stream_does_not_garble_it(make_protocol_server: MakeServer) -> None:
    connection = make_protocol_server(chunk_delay=3600).connect()
    connection.send(post(chat(stream=True)) + b"\x00garbage\r\n\r\n")
    assert b"HTTP/1.1 400" not in connection.rest()


def test_the_body_is_asked_for_where_the_client_waits_for_that(make_server: MakeServer) -> None:
    connection = make_server(answers="echo").connect()
    head, _, body = post(chat("go on"), "Expect: 100-continue").partition(b"\r\n\r\n")
    connection.send(head + b"\r\n\r\n")
    assert connection.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert said(connection.ask(body)) == "go on"
    assert said(connection.ask(post(chat("again")))) == "again"


def test_an_offer_of_http_2_is_declined_and_the_body_still_read(make_protocol_server: MakeServer) -> None:
    """As Java's client offers it. uvicorn by itself loses the body."""
    connection = make_protocol_server(answers="echo").connect()
    offer = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAA")
    for request in (post(chat("in one piece"), *offer), post(chat("again"), *offer)):
        assert connection.ask(request).status == 200
    head, _, body = post(chat("in two pieces"), *offer).partition(b"\r\n\r\n")
    connection.send(head + b"\r\n\r\n")
    assert said(connection.ask(body)) == "in two pieces"
    assert said(connection.ask(post(chat("without")))) == "without"


def test_paths_reach_the_engine_as_they_were_sent(server: Served) -> None:
    connection = server.connect()
    for path in ("/v1/files/a%2Fb%20c", "/openai/deployments/mine/chat/completions", "/chat/completions", "/v1//x"):
        connection.ask(post(path=path + "?api-version=1&x=%20"))
        entry = server.mock.calls[-1]
        assert (entry.path, entry.query) == (path, "api-version=1&x=%20")


def test_headers_reach_the_engine(server: Served) -> None:
    server.connect().ask(post(None, "X-One: 1", "X-Two: a", "x-two: b", "Authorization: Bearer sk-secret-key-12345"))
    headers = server.mock.calls[-1].headers
    assert (headers["x-one"], headers["x-two"], headers["content-type"]) == ("1", "a, b", "application/json")
    assert "secret" not in headers["authorization"]


def test_what_nothing_scripted_is_a_404_in_strict_mode(make_server: MakeServer) -> None:
    response = make_server(strict=True).connect().ask(post())
    assert (response.status, response.headers["x-should-retry"]) == (404, "false")
    assert response.json()["error"]["code"] == "mock_no_match"


def test_a_callable_that_raises_is_a_500_and_the_connection_lives(make_server: MakeServer) -> None:
    def answer(call: Any) -> str:
        raise ValueError("out of words")

    connection = make_server(answers=answer).connect()
    for _ in range(2):
        response = connection.ask(post())
        assert response.status == 500
        assert "out of words" in response.json()["error"]["message"]


def test_a_header_that_cannot_be_sent_is_a_500(
    make_protocol_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = make_protocol_server()
    handle = served.engine.handle

    def scripted(request: Any) -> Any:
        reply: Any = handle(request)
        reply.headers = [*reply.headers, ("x-price", "5 €")]
        return reply

    monkeypatch.setattr(served.engine, "handle", scripted)
    assert served.connect().ask(post()).status == 500

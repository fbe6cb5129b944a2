"""Faults as they are on the wire."""

from __future__ import annotations

import json
from contextlib import suppress

import openai
import pytest
from websockets.exceptions import ConnectionClosedError

from openai_api_mock import MockError, RemoteMock
from openai_api_mock.mock import OpenAIMock
from openai_api_mock.options import options_from
from openai_api_mock.server.loopback import Loopback

from .conftest import MakeServer, Served
from .raw import Connection, chat, post

STREAM = post(chat(stream=True))


def test_a_reset_is_a_reset_and_comes_behind_what_was_sent(make_protocol_server: MakeServer) -> None:
    server = make_protocol_server(faults="cut:chunks=2,reset=true")
    connection = server.connect()
    connection.send(STREAM)
    status, headers = connection.head()
    assert (status, headers["transfer-encoding"]) == (200, "chunked")
    assert connection.chunk().count(b"data: ") == 2
    with pytest.raises(ConnectionResetError):
        connection.rest()


def test_a_cut_is_an_end_without_the_last_chunk(make_protocol_server: MakeServer) -> None:
    connection = make_protocol_server(faults="cut:bytes=7").connect()
    connection.send(STREAM)
    connection.head()
    assert connection.rest() == b"7\r\ndata: {\r\n"


def test_what_is_cut_in_one_piece_announces_its_whole_length(make_protocol_server: MakeServer) -> None:
    connection = make_protocol_server(faults="cut:bytes=5").connect()
    connection.send(post())
    _, headers = connection.head()
    assert int(headers["content-length"]) > 300
    assert len(connection.rest()) == 5


@pytest.mark.parametrize(("fault", "by"), [("wrong_length", 10), ("wrong_length:by=-10", -10)])
def test_a_wrong_length_is_announced_and_all_is_sent(fault: str, by: int, make_protocol_server: MakeServer) -> None:
    connection = make_protocol_server(faults=fault).connect()
    connection.send(post())
    _, headers = connection.head()
    body = connection.rest()
    json.loads(body)
    assert int(headers["content-length"]) == len(body) + by


def test_a_bad_chunk_comes_behind_good_ones(make_protocol_server: MakeServer) -> None:
    connection = make_protocol_server(faults="malformed_chunk:chunks=1").connect()
    connection.send(STREAM)
    connection.head()
    assert connection.chunk().startswith(b"data: ")
    assert connection.rest() == b"This is no chunk.\r\n"


def test_an_empty_response_is_nothing_and_random_data_is_no_head(make_protocol_server: MakeServer) -> None:
    for fault, size in (("empty_response", 0), ("random_data:bytes=9", 13)):
        connection = make_protocol_server(faults=fault).connect()
        connection.send(post())
        assert len(connection.rest()) == size


def test_a_hanging_connection_ends_with_the_server() -> None:
    mock = OpenAIMock(options_from({"faults": "hang"}))
    server = Loopback(mock.engine)
    connection = Connection(int(server.url().rpartition(":")[2]))
    connection.send(post())
    mock.wait_for_call()
    server.stop()
    with suppress(ConnectionResetError):  # or the end
        assert connection.rest() == b""
    connection.close()
    mock.close()


def test_a_fault_ends_its_own_connection_alone(make_protocol_server: MakeServer) -> None:
    server = make_protocol_server(fault_header=True)
    steady, struck = server.connect(), server.connect()
    assert steady.ask(post()).status == 200
    struck.send(post(None, "X-Mock-Fault: connection_reset"))
    with pytest.raises(ConnectionResetError):
        struck.rest()
    assert steady.ask(post(None, "X-Mock-Fault: overloaded")).status == 503
    assert steady.ask(post()).status == 200


def test_under_another_server_what_is_below_http_is_refused(make_server: MakeServer) -> None:
    server = make_server(fault_header=True)
    connection = server.connect()
    assert connection.ask(post(None, "X-Mock-Fault: rate_limit")).status == 429
    assert b": keep-alive\n\ndata: " in connection.ask(post(chat(stream=True), "X-Mock-Fault: comments")).body
    if server.kind == "protocol":
        return
    response = connection.ask(post(None, "X-Mock-Fault: cut"))
    assert (response.status, response.headers["x-should-retry"]) == (501, "false")
    assert response.json()["error"]["code"] == "mock_not_possible"
    assert "`openai-api-mock serve` and the mock in process do." in response.json()["error"]["message"]


def test_the_control_api_sets_faults_while_the_server_runs(server: Served) -> None:
    remote = RemoteMock(server.url)
    [rule] = remote.add({"id": "storm", "fault": "overloaded:after=1", "always": True})
    connection = server.connect()
    assert [connection.ask(post()).status for _ in range(3)] == [200, 503, 503]
    assert (rule.id, remote.rules()[0].used) == ("storm", 2)
    calls = remote.calls()
    assert [call["faults"] for call in calls] == [[], ["overloaded"], ["overloaded"]]
    remote.delete("storm")
    assert connection.ask(post()).status == 200

    remote.fault("status", code=418, times=2)
    assert [connection.ask(post()).status for _ in range(3)] == [418, 418, 200]
    [rule] = remote.fault("overloaded:after=1", always=True)
    assert [connection.ask(post()).status for _ in range(3)] == [200, 503, 503]
    with pytest.raises(MockError, match="there is no fault 'overload'. Did you mean 'overloaded'"):
        remote.fault("overload")


@pytest.mark.filterwarnings("ignore:connect.. must be used as a context manager:DeprecationWarning")
def test_a_websocket_gets_an_error_event_or_is_closed() -> None:
    mock = OpenAIMock(options_from({}))
    mock.responses.create.fault("rate_limit")
    mock.responses.create.fault("cut", chunks=3)
    server = Loopback(mock.engine)
    asked = {"type": "response.create", "model": "gpt-4o", "input": "Hello"}
    try:
        client = openai.OpenAI(base_url=server.url() + "/v1", api_key="sk-test")
        with client.responses.connect() as connection:
            connection.send_raw(json.dumps(asked))
            error = json.loads(connection.recv_bytes())
            assert (error["type"], error["status"], error["error"]["code"]) == ("error", 429, "rate_limit_exceeded")
            connection.send_raw(json.dumps(asked))
            events = [json.loads(connection.recv_bytes())["type"] for _ in range(3)]
            assert events == ["response.created", "response.in_progress", "response.output_item.added"]
            with pytest.raises(ConnectionClosedError) as closed:
                connection.recv_bytes()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1011
    finally:
        server.stop()
        mock.close()

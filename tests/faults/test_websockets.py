"""Faults over a WebSocket: of the answers to its messages, not of its handshake."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any, NamedTuple

import openai
import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import ClientConnection, connect

from openai_api_mock import contains
from openai_api_mock.faults import FAULTS
from openai_api_mock.mock import OpenAIMock
from openai_api_mock.options import options_from
from openai_api_mock.server.loopback import Loopback

if int(openai.__version__.partition(".")[0]) < 3:
    pytest.skip("no SDK has a part in it", allow_module_level=True)

TEXT = "Schöne Grüße: " + "äöü" * 20
TOOL = {
    "type": "function",
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
ENDS = ("response.completed", "response.incomplete", "response.failed", "response.done", "error")


class Seen(NamedTuple):
    """What comes of one `response.create`."""

    events: list[dict[str, Any]]
    broken: list[str]
    """Frames that are no JSON."""
    ended: str
    """"" where a last event came; else how it went out."""

    @property
    def status(self) -> str:
        return str(self.events[-1].get("response", {}).get("status"))

    @property
    def called(self) -> list[tuple[str, str]]:
        output = self.events[-1]["response"]["output"]
        return [(item["name"], item["arguments"]) for item in output if item["type"] == "function_call"]


def hear(connection: ClientConnection) -> Seen:
    events: list[dict[str, Any]] = []
    broken: list[str] = []
    while not events or events[-1]["type"] not in ENDS:
        try:
            frame = str(connection.recv(timeout=0.5))
        except TimeoutError:
            return Seen(events, broken, "nothing more")
        except ConnectionClosedError as closed:
            return Seen(events, broken, f"closed {closed.rcvd.code if closed.rcvd else None}")
        try:
            event = json.loads(frame)
        except ValueError:
            broken.append(frame)
            continue
        if event["type"] != "rate_limits.updated":  # what Realtime tells behind a response
            events.append(event)
    return Seen(events, broken, "")


class Socket(NamedTuple):
    mock: OpenAIMock
    connection: ClientConnection
    create: dict[str, Any]

    def ask(self) -> Seen:
        self.connection.send(json.dumps(self.create))
        return hear(self.connection)


@pytest.fixture(params=["responses", "realtime"])
def open_socket(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Socket]]:
    """Opens a connection of a mock with these faults, which says a text or, of a storm, calls a tool."""
    stack = ExitStack()

    def open_one(faults: str) -> Socket:
        mock = OpenAIMock(options_from({"faults": faults}))
        mock.when(message=contains("say")).always.reply(TEXT)
        server = Loopback(mock.engine)
        stack.callback(mock.close)
        stack.callback(server.stop)
        url = server.url().replace("http", "ws") + f"/v1/{request.param}?model=gpt-realtime"
        connection = stack.enter_context(connect(url, additional_headers={"authorization": "Bearer sk-test"}))
        asked = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Please say it."}]}]
        create: dict[str, Any] = {"type": "response.create", "model": "gpt-4o", "input": asked, "tools": [TOOL]}
        if request.param == "realtime":
            json.loads(connection.recv())
            of_response = {"input": asked, "tools": [TOOL], "output_modalities": ["text"]}
            create = {"type": "response.create", "response": of_response}
        return Socket(mock, connection, create)

    with stack:
        yield open_one


BROKEN = {
    "connection_reset": 0, "empty_response": 0, "random_data": 0, "connection_refused": 0,
    "cut:chunks=2": 2, "cut:chunks=2,reset=true": 2, "cut:bytes=20": 0, "cut:chunks=0": 0,
}  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN)
def test_where_a_connection_breaks_it_is_closed_behind_whole_frames(
    open_socket: Callable[[str], Socket], fault: str
) -> None:
    seen = open_socket(fault).ask()
    assert (len(seen.events), seen.broken, seen.ended) == (BROKEN[fault], [], "closed 1011")


@pytest.mark.parametrize("fault", ["cut", "cut:at=character", "cut:at=finish"])
def test_what_is_cut_in_the_middle_never_ends(open_socket: Callable[[str], Socket], fault: str) -> None:
    seen = open_socket(fault).ask()
    assert len(seen.events) > 3
    assert (seen.broken, seen.ended) == ([], "closed 1011")
    if fault == "cut:at=finish":
        assert seen.events[-1]["type"] == "response.output_item.done"


@pytest.mark.parametrize(("fault", "events"), [("hang", 0), ("stall", 3), ("stall:chunks=1", 1)])
def test_where_nothing_more_comes_the_connection_stays(
    open_socket: Callable[[str], Socket], fault: str, events: int
) -> None:
    seen = open_socket(fault).ask()
    assert (len(seen.events), seen.ended) == (events, "nothing more")


@pytest.mark.parametrize(
    ("fault", "code"),
    [("rate_limit", "rate_limit_exceeded"), ("overloaded", None), ("unauthorized", "invalid_api_key"),
     ("bad_gateway", "mock_failed"), ("error_event:code=odd", "odd")],
)  # fmt: skip
def test_an_error_is_an_event_and_the_next_response_is_well(
    open_socket: Callable[[str], Socket], fault: str, code: str | None
) -> None:
    socket = open_socket(f"{fault}{',' if ':' in fault else ':'}times=1")
    assert socket.ask().events[-1]["error"]["code"] == code
    hear(socket.connection)  # a failed response ends by two events
    assert socket.ask().status == "completed"


def test_an_event_is_malformed_twice_missing_or_in_another_place(open_socket: Callable[[str], Socket]) -> None:
    socket = open_socket("malformed_json:times=1 duplicate_chunk:times=1,after=1 drop_chunk:times=1,after=2")
    usual = [socket.ask() for _ in range(4)]
    counts = [len(seen.events) for seen in usual]
    assert [count - counts[3] for count in counts] == [-1, 1, -1, 0]
    assert len(usual[0].broken) == 1
    assert usual[0].broken[0].startswith('{"type":"response.output_text.delta"')


def test_what_the_model_says_is_distorted(open_socket: Callable[[str], Socket]) -> None:
    faults = "broken_arguments repeated_tool_call unknown_tool truncated refusal:text=No."
    socket = open_socket(" ".join(f"{fault}{',' if ':' in fault else ':'}times=1,after={number}"
                                  for number, fault in enumerate(faults.split())))  # fmt: skip
    broken, repeated, unknown, truncated, refused = [socket.ask() for _ in range(5)]
    with pytest.raises(ValueError, match="Unterminated|Expecting"):
        json.loads(broken.called[0][1])
    assert repeated.called[0] == repeated.called[1]
    assert unknown.called == [("tool_that_was_not_offered", "{}")]
    assert truncated.status == "incomplete"
    assert "No." in json.dumps(refused.events[-1])


@pytest.mark.parametrize("fault", [name for name, kind in FAULTS.items() if "http" in kind.needs])
def test_what_is_about_http_waits_for_a_call_that_comes_so(open_socket: Callable[[str], Socket], fault: str) -> None:
    socket = open_socket(fault)
    assert socket.ask().status == "completed"
    assert socket.mock.calls[-1].faults == ()


def test_faults_of_functions_leave_the_apis_own_tools_alone() -> None:
    tools: Any = [{"type": "web_search"}, {**TOOL, "strict": False}]
    with OpenAIMock(options_from({})) as mock, closing(openai.OpenAI()) as client:
        for fault in ("broken_arguments", "repeated_tool_call", "truncated", "hallucinated_citation"):
            mock.fault(fault)
            output = client.responses.create(model="gpt-5", input="Search the web.", tools=tools).output
            kinds = [item.type for item in output]
            if fault in ("broken_arguments", "repeated_tool_call"):
                assert "function_call" in kinds
            else:
                assert {"web_search_call", "message"} <= set(kinds)
        mock.fault("broken_arguments")
        client.responses.create(model="gpt-5", input="Search the web.", tools=tools[:1])
        assert mock.calls[-1].faults == ()
        mock.reset()

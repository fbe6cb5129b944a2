"""The API's own tools: what they bring, in which order, and that loops over them end."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest

from ..conftest import Way
from .test_responses import WEATHER, ask, kinds
from .test_responses_stream import names


def stream_of(way: Way, input: str, **arguments: Any) -> list[str]:
    """The names of a stream's events up to its message, without `response.`, runs of one name as one."""
    events = ask(way, input, stream=True, **arguments)
    short = names([(event.type, {}) for event in events])[2:]
    return short[: short.index("content_part.added") - 1] if "content_part.added" in short else short[:-1]


MCP = {"type": "mcp", "server_label": "wiki", "server_url": "https://wiki.example.com", "require_approval": "never"}

HOSTED: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "web_search": (
        {"type": "web_search"},
        "Search the web for cats",
        ["web_search_call.in_progress", "web_search_call.searching", "web_search_call.completed"],
    ),
    "file_search": (
        {"type": "file_search", "vector_store_ids": ["vs_none"]},
        "Search my files",
        ["file_search_call.in_progress", "file_search_call.searching", "file_search_call.completed"],
    ),
    "code_interpreter": (
        {"type": "code_interpreter", "container": {"type": "auto"}},
        "Run some python code",
        [
            "code_interpreter_call.in_progress", "code_interpreter_call_code.delta", "code_interpreter_call_code.done",
            "code_interpreter_call.interpreting", "code_interpreter_call.completed",
        ],
    ),
    "image_generation": (
        {"type": "image_generation", "partial_images": 2, "size": "1024x1024"},
        "Draw a picture",
        [
            "image_generation_call.in_progress", "image_generation_call.generating",
            "image_generation_call.partial_image", "image_generation_call.completed",
        ],
    ),
}  # fmt: skip


def test_a_hosted_tool_may_be_chosen_by_its_newest_name(way: Way) -> None:
    """openai-agents sends this choice, which the client's types lack."""
    choice = {"type": "web_search"}
    response = way.call(
        "responses.create", model="gpt-5", input="Hi", tools=[{"type": "web_search"}], tool_choice=choice
    )
    assert "web_search_call" in [item.type for item in response.output]


@pytest.mark.parametrize("tool", HOSTED)
def test_the_events_of_a_hosted_tool(way: Way, tool: str) -> None:
    definition, asked, between = HOSTED[tool]

    assert stream_of(way, asked, tools=[definition]) == ["output_item.added", *between, "output_item.done"]


def test_the_events_of_an_mcp_server(way: Way) -> None:
    assert stream_of(way, "Ask the wiki", tools=[MCP]) == [
        "output_item.added", "mcp_list_tools.in_progress", "mcp_list_tools.completed", "output_item.done",
        "output_item.added", "mcp_call.in_progress", "mcp_call_arguments.delta", "mcp_call_arguments.done",
        "mcp_call.completed", "output_item.done",
    ]  # fmt: skip


def test_a_web_search_is_cited(way: Way) -> None:
    include = ["web_search_call.action.sources"]

    response = ask(way, "Search the web for cats", tools=[{"type": "web_search"}], include=include)

    search, message = response.output
    assert search.action.query == "Search the web for cats"
    assert search.action.sources[0].url
    (citation,) = message.content[0].annotations
    cited = message.content[0].text[citation.start_index : citation.end_index]
    assert cited == f"([{citation.title}]({citation.url}))"
    assert response.to_dict()["tool_usage"]["web_search"]["num_requests"] == 1


def test_a_file_search_finds_what_the_mock_holds(way: Way) -> None:
    texts = {"cooking.txt": b"Boil the potatoes in salted water for twenty minutes.", "cars.txt": b"Change the oil."}
    store = way.call("vector_stores.create", name="help")
    for name, text in texts.items():
        file = way.call("files.create", file=(name, text), purpose="assistants")
        way.call("vector_stores.files.create", vector_store_id=store.id, file_id=file.id)
    tool = {"type": "file_search", "vector_store_ids": [store.id]}

    response = ask(way, "How to boil potatoes?", tools=[tool], include=["file_search_call.results"])

    search, message = response.output
    assert [result.filename for result in search.results] == ["cooking.txt", "cars.txt"]
    assert search.results[0].score > search.results[1].score
    (citation,) = message.content[0].annotations
    assert citation.filename == "cooking.txt"
    assert "Boil the potatoes" in message.content[0].text
    assert ask(way, "How to boil potatoes?", tools=[tool]).output[0].results is None


def test_an_image_is_a_real_one_and_followed_by_an_empty_message(way: Way) -> None:
    pillow = pytest.importorskip("PIL.Image")

    response = ask(way, "Draw a picture", tools=[{"type": "image_generation", "size": "1024x1536"}])

    image, message = response.output
    assert pillow.open(io.BytesIO(base64.b64decode(image.result))).size == (1024, 1536)
    assert message.content[0].text or message.content[0].text == ""


def test_code_is_run(way: Way) -> None:
    include = ["code_interpreter_call.outputs"]
    tool = {"type": "code_interpreter", "container": {"type": "auto"}}

    call = ask(way, "Run some python code", tools=[tool], include=include).output[0]

    assert call.container_id.startswith("cntr_")
    assert "print" in call.code
    assert call.outputs[0].logs.strip().isdigit()


def test_an_mcp_call_waits_for_approval(way: Way) -> None:
    tool = {**MCP, "require_approval": "always"}
    first = ask(way, "Ask the wiki", tools=[tool])

    assert kinds(first) == ["mcp_list_tools", "mcp_approval_request"]
    request = first.output[1]
    for approve, expected in ((True, ["mcp_call", "message"]), (False, ["message"])):
        answer = {"type": "mcp_approval_response", "approval_request_id": request.id, "approve": approve}
        after = ask(way, [answer], tools=[tool], previous_response_id=first.id)
        assert kinds(after) == expected
        if approve:
            assert after.output[0].approval_request_id == request.id
            assert after.output[0].arguments == request.arguments


CLIENT_RUN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "computer_call": (
        {"type": "computer_use_preview", "display_width": 1024, "display_height": 768, "environment": "browser"},
        {
            "type": "computer_call_output",
            "output": {"type": "computer_screenshot", "image_url": "data:image/png;base64,"},
        },
    ),
    "shell_call": (
        {"type": "shell"},
        {
            "type": "shell_call_output",
            "output": [{"stdout": "done", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}],
        },
    ),
    "apply_patch_call": (
        {"type": "apply_patch"},
        {"type": "apply_patch_call_output", "status": "completed", "output": "Patched."},
    ),
}


@pytest.mark.parametrize("kind", CLIENT_RUN)
def test_what_the_client_runs_ends_the_turn_and_its_result_the_loop(way: Way, kind: str) -> None:
    tool, output = CLIENT_RUN[kind]
    first = ask(way, "Go on", tools=[tool])
    assert kinds(first) == [kind]

    after = ask(way, [{**output, "call_id": first.output[0].call_id}], tools=[tool], previous_response_id=first.id)

    assert kinds(after) == ["message"]


def test_a_local_shell(way: Way) -> None:
    first = ask(way, "List the directory", tools=[{"type": "local_shell"}])
    call = first.output[0]
    output = {"type": "local_shell_call_output", "id": call.call_id, "output": "README.md"}

    assert call.action.command
    assert "README.md" in ask(way, [output], tools=[{"type": "local_shell"}], previous_response_id=first.id).output_text


def test_a_shell_in_a_container_is_run_by_the_api(way: Way) -> None:
    response = ask(way, "Run ls", tools=[{"type": "shell", "environment": {"type": "container_auto"}}])

    assert kinds(response) == ["shell_call", "shell_call_output", "message"]
    assert response.output[0].environment.container_id.startswith("cntr_")


def test_a_deferred_tool_is_searched_for_and_then_called(way: Way) -> None:
    tools = [{"type": "tool_search"}, {**WEATHER, "defer_loading": True}]

    first = ask(way, "The weather in Oslo?", model="gpt-5.4", tools=tools)

    assert kinds(first) == ["tool_search_call", "tool_search_output", "function_call"]
    assert first.output[1].tools[0].name == "get_weather"
    assert first.output[2].namespace == "get_weather"
    output = {"type": "function_call_output", "call_id": first.output[2].call_id, "output": "Rain"}
    last = ask(way, [output], model="gpt-5.4", tools=tools, previous_response_id=first.id)
    assert "Rain" in last.output_text


def test_functions_in_a_namespace(way: Way) -> None:
    inner = dict(WEATHER.items())
    tool = {"type": "namespace", "name": "outdoors", "description": "Outdoor things", "tools": [inner]}

    (call,) = ask(way, "The weather?", model="gpt-5.4", tools=[tool]).output

    assert (call.name, call.namespace) == ("get_weather", "outdoors")


def test_a_client_searches_for_tools_itself(way: Way) -> None:
    search = {
        "type": "tool_search",
        "execution": "client",
        "description": "Searches for tools",
        "parameters": {
            "type": "object",
            "properties": {"queries": {"type": "array", "items": {"type": "string"}}},
            "required": ["queries"],
            "additionalProperties": False,
        },
    }
    first = ask(way, "Which tools are there?", model="gpt-5.4", tools=[search])
    (call,) = first.output
    assert call.type == "tool_search_call"
    assert set(call.arguments) == {"queries"}
    found = {
        "type": "tool_search_output",
        "call_id": call.call_id,
        "execution": "client",
        "status": "completed",
        "tools": [{**WEATHER, "defer_loading": True}],
    }

    second = ask(way, [found], model="gpt-5.4", tools=[search], previous_response_id=first.id, tool_choice="required")

    assert kinds(second) == ["function_call"]
    assert second.output[0].name == "get_weather"


def test_no_more_hosted_calls_than_allowed(way: Way) -> None:
    tools = [{"type": "web_search"}, {"type": "code_interpreter", "container": "cntr_1"}]
    asked = "Search the web and run code"

    assert len(ask(way, asked, tools=tools).output) == 3
    assert len(ask(way, asked, tools=tools, max_tool_calls=1).output) == 2


@pytest.mark.parametrize("environment", [None, {"type": "container_auto"}])
def test_the_events_of_a_shell(way: Way, environment: Any) -> None:
    tool = {"type": "shell"} if environment is None else {"type": "shell", "environment": environment}

    short = stream_of(way, "Run ls", tools=[tool])

    assert short[:5] == [
        "output_item.added", "shell_call_command.added", "shell_call_command.delta", "shell_call_command.done",
        "output_item.done",
    ]  # fmt: skip


def test_a_function_without_parameters_is_called_with_an_object(way: Way) -> None:
    tool = {"type": "function", "name": "f", "parameters": {}, "strict": False}

    assert ask(way, tools=[tool]).output[0].arguments == "{}"

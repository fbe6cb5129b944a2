"""What is refused, and in which words."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import msgspec
import pytest

from openai_api_mock.catalog import Catalog, Fault, validate
from openai_api_mock.catalog.bounds import BY_COMPONENT, BY_OPERATION, ECHOED, OPTIONAL
from openai_api_mock.catalog.request_schema import Mode, body_schema, query_schema

HI = {"role": "user", "content": "hi"}
ROLES = "'developer', 'system', 'user', 'assistant', 'tool', and 'function'"


def chat(*messages: Any, **parameters: Any) -> dict[str, Any]:
    return {"model": "gpt-4o", "messages": list(messages) or [HI], **parameters}


def of_chat(catalog: Catalog, body: Any, mode: Mode = "strict") -> Fault | None:
    return validate(catalog.operation("POST /chat/completions"), body, mode=mode)


def of_responses(catalog: Catalog, **parameters: Any) -> Fault | None:
    return validate(catalog.operation("POST /responses"), {"model": "gpt-5", **parameters})


def function(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


@pytest.mark.parametrize(
    "body",
    [
        chat(),
        chat(stream=True),
        chat(stream=None),
        chat(temperature=1, n=1.0, stop=None, user="me"),
        chat(stop="end"),
        chat(stop=["a", "b", "c", "d"]),
        chat(model="a-model-that-the-sdk-has-never-heard-of"),
        chat(metadata={"a": "b"}),
        chat(tools=[{"type": "function", "function": {"name": "f", "parameters": {"anything": [1, {"goes": None}]}}}]),
        chat(tool_choice={"type": "function", "function": {"name": "f"}}),
        chat(response_format={"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}),
        chat(HI, {"role": "assistant", "content": "a", "refusal": None, "annotations": [], "audio": None}),
        chat({"role": "user", "content": [{"type": "text", "text": "a"}]}),
        chat(
            {"role": "assistant", "content": None, "tool_calls": [{"id": "c", **function("f")}]}
            | {"tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "c", "content": "x"},
        ),
        # What instructor, LangChain and litellm send.
        chat(
            {"role": "user", "content": [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]},
            {"role": "assistant", "content": "a", "provider_specific_fields": {"refusal": None}},
            {"role": "tool", "tool_call_id": "c", "content": "x", "name": "f"},
        ),
    ],
)
def test_takes_what_the_api_takes(catalog: Catalog, body: Any) -> None:
    assert of_chat(catalog, body) is None


@pytest.mark.parametrize(
    ("body", "code", "param", "message"),
    [
        ({"model": "m"}, "missing_required_parameter", "messages", "Missing required parameter: 'messages'."),
        (
            chat({"role": "user"}),
            "missing_required_parameter",
            "messages[0].content",
            "Missing required parameter: 'messages[0].content'.",
        ),
        (
            chat(HI, {"content": "x"}),
            "missing_required_parameter",
            "messages[1].role",
            "Missing required parameter: 'messages[1].role'.",
        ),
        (chat(foo=1), "unknown_parameter", "foo", "Unknown parameter: 'foo'."),
        (
            chat(HI, HI, {**HI, "foo": 1}),
            "unknown_parameter",
            "messages[2].foo",
            "Unknown parameter: 'messages[2].foo'.",
        ),
        (
            chat() | {"messages": "nope"},
            "invalid_type",
            "messages",
            "Invalid type for 'messages': expected an array of objects, but got a string instead.",
        ),
        (
            chat({"role": "user", "content": 5}),
            "invalid_type",
            "messages[0].content",
            (
                "Invalid type for 'messages[0].content': expected one of a string or array of objects, "
                "but got an integer instead."
            ),
        ),
        (
            chat(temperature="1"),
            "invalid_type",
            "temperature",
            "Invalid type for 'temperature': expected a decimal, but got a string instead.",
        ),
        (
            chat(max_tokens=1.5),
            "invalid_type",
            "max_tokens",
            "Invalid type for 'max_tokens': expected an integer, but got a decimal number instead.",
        ),
        (
            chat(max_tokens="5"),
            "invalid_type",
            "max_tokens",
            "Invalid type for 'max_tokens': expected an integer, but got a string instead.",
        ),
        (
            chat(n=True),
            "invalid_type",
            "n",
            "Invalid type for 'n': expected an integer, but got a boolean instead.",
        ),
        (
            chat(parallel_tool_calls=None),
            "invalid_type",
            "parallel_tool_calls",
            "Invalid type for 'parallel_tool_calls': expected a boolean, but got null instead.",
        ),
        (
            chat(stop=3),
            "invalid_type",
            "stop",
            "Invalid type for 'stop': expected one of a string or array of strings, but got an integer instead.",
        ),
        (
            chat(metadata={"a": 1}),
            "invalid_type",
            "metadata.a",
            "Invalid type for 'metadata.a': expected a string, but got an integer instead.",
        ),
        (
            chat({"role": "assistant", "tool_calls": None}),
            "invalid_type",
            "messages[0].tool_calls",
            "Invalid type for 'messages[0].tool_calls': expected an array of objects, but got null instead.",
        ),
        (
            chat({"role": "robot", "content": "x"}),
            "invalid_value",
            "messages[0].role",
            f"Invalid value: 'robot'. Supported values are: {ROLES}.",
        ),
        (
            chat(tools=[{"type": "tool"}]),
            "invalid_value",
            "tools[0].type",
            "Invalid value: 'tool'. Supported values are: 'function' and 'custom'.",
        ),
        (
            chat(response_format={"type": "json"}),
            "invalid_value",
            "response_format.type",
            "Invalid value: 'json'. Supported values are: 'text', 'json_schema', and 'json_object'.",
        ),
        (
            chat(verbosity="loud"),
            "invalid_value",
            "verbosity",
            "Invalid value: 'loud'. Supported values are: 'low', 'medium', and 'high'.",
        ),
        (
            chat(tool_choice="maybe"),
            "invalid_value",
            "tool_choice",
            "Invalid value: 'maybe'. Supported values are: 'none', 'auto', and 'required'.",
        ),
        (
            chat(temperature=-1),
            "decimal_below_min_value",
            "temperature",
            "Invalid 'temperature': decimal below minimum value. Expected a value >= 0, but got -1 instead.",
        ),
        (
            chat(top_p=1.5),
            "decimal_above_max_value",
            "top_p",
            "Invalid 'top_p': decimal above maximum value. Expected a value <= 1, but got 1.5 instead.",
        ),
        (
            chat(max_tokens=-678),
            "integer_below_min_value",
            "max_tokens",
            "Invalid 'max_tokens': integer below minimum value. Expected a value >= 1, but got -678 instead.",
        ),
        (
            chat(n=129),
            "integer_above_max_value",
            "n",
            "Invalid 'n': integer above maximum value. Expected a value <= 128, but got 129 instead.",
        ),
        (
            chat(logit_bias={"50256": 101}),
            "integer_above_max_value",
            "logit_bias.50256",
            "Invalid 'logit_bias.50256': integer above maximum value. Expected a value <= 100, but got 101 instead.",
        ),
        (
            chat() | {"messages": []},
            "empty_array",
            "messages",
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
        ),
        (
            chat(stop=list("abcde")),
            "array_above_max_length",
            "stop",
            (
                "Invalid 'stop': array too long. Expected an array with maximum length 4, "
                "but got an array with length 5 instead."
            ),
        ),
        (
            chat(safety_identifier="x" * 65),
            "string_above_max_length",
            "safety_identifier",
            (
                "Invalid 'safety_identifier': string too long. Expected a string with maximum length 64, "
                "but got a string with length 65 instead."
            ),
        ),
        (
            chat(metadata={str(number): "" for number in range(17)}),
            "object_above_max_properties",
            "metadata",
            (
                "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, "
                "but got an object with 17 properties instead."
            ),
        ),
        (
            chat(tools=[function("get weather")]),
            "invalid_value",
            "tools[0].function.name",
            (
                "Invalid 'tools[0].function.name': string does not match pattern. "
                "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
            ),
        ),
        (
            [],
            None,
            None,
            "Invalid type for the request body: expected an object, but got an array instead.",
        ),
    ],
)
def test_words_a_fault_as_the_api_does(
    catalog: Catalog, body: Any, code: str | None, param: str | None, message: str
) -> None:
    fault = of_chat(catalog, body)
    assert fault is not None
    assert msgspec.structs.replace(fault, supported=()) == Fault(message, param, code, 400, "invalid_request_error")


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (
            {"role": "user", "content": 5},
            (
                "Invalid type for 'input[0].content': expected one of a string or array of "
                "objects, but got an integer instead."
            ),
        ),
        ({"content": "x"}, "Missing required parameter: 'input[0].role'."),
        ({"type": "function_call", "call_id": "c", "name": "f"}, "Missing required parameter: 'input[0].arguments'."),
        (
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": {}},
            ("Invalid type for 'input[0].arguments': expected a string, but got an object instead."),
        ),
        (
            {"role": "user", "content": [{"type": "text", "text": "x"}]},
            ("Invalid value: 'text'. Supported values are: 'input_text', 'input_image', and 'input_file'."),
        ),
        ({"role": "user", "content": "x", "foo": 1}, "Unknown parameter: 'input[0].foo'."),
    ],
)
def test_chooses_the_branch_of_a_union_by_type_and_role(catalog: Catalog, item: Any, message: str) -> None:
    fault = of_responses(catalog, input=[item])
    assert fault is not None
    assert fault.message == message


def test_an_unknown_type_names_those_that_there_are(catalog: Catalog) -> None:
    fault = of_responses(catalog, input=[{"type": "poem"}])
    assert fault is not None
    assert (fault.param, fault.code) == ("input[0].type", "invalid_value")
    assert fault.message.startswith("Invalid value: 'poem'. Supported values are: 'message', ")


def test_takes_output_items_back_as_input(catalog: Catalog) -> None:
    message = {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": "x", "annotations": [], "logprobs": []}],
    }
    call = {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "c",
        "name": "f",
        "arguments": "{}",
        "status": "completed",
    }
    reasoning = {"type": "reasoning", "id": "rs_1", "summary": []}
    assert of_responses(catalog, input=[HI, reasoning, message, call]) is None


def test_takes_what_frameworks_send_to_responses(catalog: Catalog) -> None:
    said = [{"type": "output_text", "text": "x"}]
    assert of_responses(catalog, input=[HI, {"role": "assistant", "content": said}]) is None
    assert of_responses(catalog, input="x", user=None, tools=None) is None
    fault = of_responses(catalog, input=[{"role": "user", "content": said}])
    assert fault is not None
    assert fault.message.startswith("Invalid value: 'output_text'.")


def test_a_function_tool_of_responses_needs_only_its_name(catalog: Catalog) -> None:
    assert of_responses(catalog, input="x", tools=[{"type": "function", "name": "f"}]) is None
    fault = of_responses(catalog, input="x", tools=[function("f")])
    assert fault is not None
    assert fault.message == "Missing required parameter: 'tools[0].name'."


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("a", None),
        (["a"], None),
        ([1, 2], None),
        ([[1], [2]], None),
        (
            5,
            (
                "Invalid type for 'input': expected one of a string, array of strings, array of integers, or array of "
                "arrays, but got an integer instead."
            ),
        ),
        ([[1], ["a"]], "Invalid type for 'input[1][0]': expected an integer, but got a string instead."),
        (
            ["a"] * 2049,
            (
                "Invalid 'input': array too long. Expected an array with maximum length 2048, but got an array "
                "with length 2049 instead."
            ),
        ),
    ],
)
def test_a_union_of_arrays_is_told_apart_by_its_items(catalog: Catalog, value: Any, message: str | None) -> None:
    fault = validate(catalog.operation("POST /embeddings"), {"model": "m", "input": value})
    assert (fault.message if fault else None) == message


def test_lenient_takes_unknown_parameters_and_passed_limits_but_no_wrong_types(catalog: Catalog) -> None:
    assert of_chat(catalog, chat({**HI, "foo": 1}, bar=2, temperature=9), "lenient") is None
    assert of_chat(catalog, {"model": "m"}, "lenient") is not None
    fault = of_chat(catalog, chat(temperature="hot"), "lenient")
    assert fault is not None
    assert fault.code == "invalid_type"


def test_a_form_is_validated_with_files_in_whatever_form_they_are_held(catalog: Catalog) -> None:
    upload = catalog.operation("POST /files")
    assert validate(upload, {"file": b"x", "purpose": "batch"}) is None
    assert validate(upload, {"file": object(), "purpose": "batch"}) is None
    fault = validate(upload, {"purpose": "batch"})
    assert fault is not None
    assert fault.message == "'file' is a required property"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"limit": "5", "order": "asc", "proxy": "x"}, None),
        ({"limit": 5}, None),
        ({"limit": "many"}, "Invalid type for 'limit': expected an integer, but got a string instead."),
        (
            {"limit": "101"},
            "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 101 instead.",
        ),
        ({"order": "up"}, "Invalid value: 'up'. Supported values are: 'asc' and 'desc'."),
    ],
)
def test_query_parameters_are_validated_too(catalog: Catalog, query: dict[str, Any], message: str | None) -> None:
    fault = validate(catalog.operation("GET /vector_stores"), None, query)
    assert (fault.message if fault else None) == message


def test_no_body_is_an_empty_one(catalog: Catalog) -> None:
    assert validate(catalog.operation("POST /threads"), None) is None
    assert validate(catalog.operation("POST /batches/{batch_id}/cancel"), None) is None
    fault = of_chat(catalog, None)
    assert fault is not None
    assert fault.code == "missing_required_parameter"


def test_limits_name_operations_parameters_and_components_that_exist(catalog: Catalog) -> None:
    for key, limits in BY_OPERATION.items():
        schema = catalog.operation(key).body_schema() or {}
        for branch in schema.get("anyOf", [schema]):
            assert limits.keys() <= branch["properties"].keys(), key
    for name, limits in BY_COMPONENT.items():
        assert limits.keys() <= catalog.schema(name)["properties"].keys()
    for name in ECHOED:
        assert not set(ECHOED[name]) & catalog.schema(name)["properties"].keys()
    for name in OPTIONAL:
        schema = catalog.schema(name) if " " not in name else catalog.operation(name).body_schema() or {}
        assert set(OPTIONAL[name]) <= set(schema["required"])


@pytest.mark.parametrize("mode", ["strict", "lenient"])
def test_every_operation_has_a_schema_to_validate_by(catalog: Catalog, mode: Mode) -> None:
    for operation in catalog.operations:
        for schema in (body_schema(operation, mode), query_schema(operation, mode)):
            if schema is not None:
                jsonschema_rs.validator_for(schema)


def test_deeply_nested_values_are_no_trouble(catalog: Catalog) -> None:
    nested: Any = {}
    for _ in range(500):
        nested = {"a": nested}
    tool = {"type": "function", "function": {"name": "f", "parameters": nested}}
    assert of_chat(catalog, chat(tools=[tool])) is None
    assert of_chat(catalog, chat() | {"messages": nested}) is not None

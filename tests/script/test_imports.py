"""Files of other mocks become rules that answer as they did."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ..conftest import MakeWay, Way

AIMOCK: dict[str, Any] = {
    "fixtures": [
        {"match": {"userMessage": "hello"}, "response": {"content": "Hi {{ there }}!", "usage": {"prompt_tokens": 7}}},
        {
            "match": {"userMessage": "plan", "turnIndex": 0},
            "response": {"toolCalls": [{"name": "plan", "arguments": "{}"}]},
        },
        {"match": {"userMessage": "plan", "turnIndex": 1}, "response": {"content": "Planned."}},
        {"match": {"model": "gpt-4.1"}, "response": {"content": {"city": "Rome"}}},
        {"match": {"userMessage": "again", "sequenceIndex": 1}, "response": {"content": "second"}},
        {"match": {"userMessage": "again", "sequenceIndex": 0}, "response": {"content": "first"}},
        {
            "match": {"userMessage": "limit"},
            "response": {"error": {"message": "Slow.", "type": "requests"}, "status": 429},
        },
        {"match": {"inputText": "vector"}, "response": {"embedding": [0.5, 0.25]}},
        {"match": {"userMessage": "x", "context": "y"}, "response": {"content": "no"}},
        {"match": {"endpoint": "realtime"}, "response": {"content": "no"}},
        {"match": {}, "response": {"content": "no"}, "chaos": {"dropRate": 1}},
    ]
}
MOCK_LLM = """\
rules:
  - path: "/v1/chat/completions"
    match: "@"
    response:
      status: 200
      content: |
        {"id": "chatcmpl-{{timestamp}}", "choices": [{"message": {
          "role": "assistant", "content": "{{jmes request body.messages[-1].content}}"}, "finish_reason": "stop"}]}
  - path: "/v1/chat/completions"
    match: "contains(body.messages[-1].content, 'error-401')"
    response:
      status: 401
      content: '{"error": {"message": "Wrong key.", "type": "invalid_request_error", "code": "invalid_api_key"}}'
  - path: ^/v1/models$
    method: GET
    response: {status: 200, content: '{"object": "list", "data": [{"id": "mine", "object": "model"}]}'}
  - path: "/v1/chat/completions"
    match: "body.model == 'gpt-4.1'"
    sequence: 0
    response: {status: 200, content: '{"choices": [{"message": {"role": "assistant", "content": "first"}}]}'}
  - path: "/v1/chat/completions"
    match: "body.model == 'gpt-4.1'"
    sequence: 1
    response: {status: 200, content: '{"choices": [{"message": {"role": "assistant", "content": "second"}}]}'}
  - path: "/v1/chat/completions"
    match: "length(body.messages) > `2`"
    response: {status: 200, content: '{}'}
  - path: /ready
    response: {status: 200, content: '{}'}
"""
NPM: dict[str, Any] = {
    "SIMPLE_CHAT": {"choices": [{"message": {"role": "assistant", "content": "Fixed."}, "finish_reason": "stop"}]},
    "TOOL_CALL": {
        "choices": [
            {
                "message": {
                    "content": None,
                    "tool_calls": [
                        {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
                    ],
                }
            }
        ]
    },
    "IMAGE_GENERATION": {"created": 1, "data": [{"url": "https://example.com/1.png"}]},
}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}


def imported(folder: Path, name: str, content: str) -> tuple[Path, str]:
    """The rules that the command writes, and what it notes."""
    given, rules = folder / name, folder / "rules.yaml"
    given.write_text(content)
    command = [sys.executable, "-m", "openai_api_mock", "import", str(given), "--output", str(rules)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return rules, done.stderr


def said(way: Way, text: str, **arguments: Any) -> Any:
    return way.chat(text, **arguments).choices[0].message.content


def test_fixtures_of_aimock(make_way: MakeWay, tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    rules, notes = imported(tmp_path, "fixtures.json", json.dumps(AIMOCK))
    way = make_way(script=rules)

    assert [said(way, "hello you") for _ in range(2)] == ["Hi {{ there }}!"] * 2
    first = way.chat("a plan").choices[0].message
    assert first.tool_calls[0].function.name == "plan"
    asked = [{"role": "user", "content": "a plan"}, first.to_dict()]
    result = {"role": "tool", "tool_call_id": first.tool_calls[0].id, "content": "ok"}
    assert said(way, "", messages=[*asked, result]) == "Planned."
    assert said(way, "?", model="gpt-4.1-2025-04-14") == '{"city":"Rome"}'
    assert said(way, "?", model="gpt-4.1-mini") != '{"city":"Rome"}'
    assert [said(way, "again"), said(way, "again")] == ["first", "second"]
    with pytest.raises(Exception, match=r"Slow\."):
        way.do(lambda client: client.with_options(max_retries=0).responses.create(model="gpt-4o", input="limit"))
    vector = way.call("embeddings.create", model="text-embedding-3-small", input="a vector", encoding_format="float")
    assert vector.data[0].embedding == [0.5, 0.25]
    assert [line.partition("fixtures.json: ")[2] for line in notes.splitlines()] == [
        "fixtures[8] was left out: match.context has no counterpart",
        "fixtures[9] was left out: the endpoint 'realtime'",
        "fixtures[10] was left out: chaos has no counterpart in a rule",
    ]


def test_files_of_mock_llm(make_way: MakeWay, tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    rules, notes = imported(tmp_path, "mock-llm.yaml", MOCK_LLM)
    way = make_way(script=rules)

    assert said(way, "an echo") == "an echo"
    with pytest.raises(Exception, match=r"Wrong key\."):
        way.chat("error-401")
    assert [model.id for model in way.call("models.list").data] == ["mine"]
    assert [said(way, "x", model="gpt-4.1") for _ in range(3)] == ["first", "second", "x"]
    assert "rules[5] was left out: the condition 'length(body.messages) > `2`' has no counterpart" in notes
    assert "rules[6] was left out: the API has no POST /ready" in notes


def test_templates_of_npms_openai_api_mock(make_way: MakeWay, tmp_path: Path) -> None:
    rules, notes = imported(tmp_path, "templates.json", json.dumps(NPM))
    way = make_way(script=rules)

    assert said(way, "hi") == "Fixed."
    call = way.chat("hi", tools=[TOOL]).choices[0].message.tool_calls[0]
    assert (call.id, call.function.arguments) == ("call_1", '{"a":1}')
    assert way.call("images.generate", prompt="a cat").data[0].url == "https://example.com/1.png"
    assert notes == ""


def test_a_file_of_nobodys_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    command = [sys.executable, "-m", "openai_api_mock", "import", str(tmp_path / "a.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "is of no mock that is known" in done.stderr) == (2, True)

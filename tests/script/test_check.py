"""The command that says which rule would answer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

RULES = """\
rules:
- {when: {message: {contains: weather}}, reply: Sun., always: true}
- {when: {message: {contains: weather}, model: gpt-4o}, reply: Rain.}
- {endpoint: embeddings.create, when: {input: hi}, fail: 429}
- {endpoint: files.retrieve, when: {file_id: file-a}, fail: 500}
"""


def check(*arguments: str | Path) -> str:
    command = [sys.executable, "-m", "openai_api_mock", "check", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 2), done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ({"model": "gpt-4o", "messages": [{"role": "user", "content": "the weather?"}]}, ["✓ RULES:2", "· RULES:3"]),
        ({"model": "gpt-4o", "input": "hi"}, ["✗ RULES:2", "✗ message  wanted contains('weather')", "No rule would"]),
        ({"path": "/v1/embeddings", "body": {"model": "m", "input": "hi"}}, ["✗ RULES:2", "✓ RULES:4"]),
        ({"path": "/v1/files/file-a", "method": "get"}, ["another endpoint", "✓ RULES:5"]),
        ({"path": "/v1/fils"}, ["openai-api-mock: ", "the API has no POST /v1/fils"]),
        ({"model": "gpt-4o"}, ["where does this go?"]),
    ],
)
def test_it_says_which_rule_would_answer_and_why_not_the_others(
    tmp_path: Path, request_: object, told: list[str]
) -> None:
    rules, request = tmp_path / "rules.yaml", tmp_path / "request.json"
    rules.write_text(RULES)
    request.write_text(json.dumps(request_))

    said = check(rules, "--request", request).replace(str(rules), "RULES")
    for words in told:
        assert words in said


def test_without_a_request_it_says_what_is_wrong_and_what_never_answers(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES)
    assert check(path).replace(str(path), "RULES").splitlines() == [
        "4 rules",
        "  RULES:3 never answers: RULES:2 answers all that it would",
    ]
    path.write_text("rules: [{rpely: a}]")
    assert (
        check(path) == f"openai-api-mock: {path}:1: rules[0].rpely: there is no 'rpely' here. Did you mean 'reply'?\n"
    )

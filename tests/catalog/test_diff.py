"""What an SDK and the document don't have in common."""

from __future__ import annotations

import copy
from typing import Any

import openai
import pytest

from openai_api_mock.catalog.diff import Difference, between, diff


@pytest.fixture
def older(built: dict[str, Any]) -> dict[str, Any]:
    return copy.deepcopy(built)


def test_the_same_sdk_has_no_differences(built: dict[str, Any]) -> None:
    assert diff(built, openai) == []


def test_names_operations_and_parameters_on_either_side(built: dict[str, Any], older: dict[str, Any]) -> None:
    paths = older["paths"]
    del paths["/decisions"]
    paths["/old"] = {"get": copy.deepcopy(paths["/models"]["get"])}
    del paths["/files"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]["purpose"]
    paths["/files"]["get"]["parameters"].append({"name": "gone", "in": "query", "schema": {"type": "string"}})
    assert between(older, built) == [
        Difference("GET /files", "parameter removed", "query gone"),
        Difference("GET /old", "operation removed"),
        Difference("POST /decisions", "operation added"),
        Difference("POST /files", "parameter added", "body purpose"),
    ]


def test_sees_a_change_below_a_reference(built: dict[str, Any], older: dict[str, Any]) -> None:
    older["components"]["schemas"]["FileObject"]["properties"]["filename"] = {"type": "integer"}
    changed = between(older, built)
    assert Difference("GET /files/{file_id}", "result changed") in changed
    assert {difference.kind for difference in changed} == {"result changed"}


def test_doesnt_mind_the_order_of_alternatives(built: dict[str, Any], older: dict[str, Any]) -> None:
    older["components"]["schemas"]["ResponseStreamEvent"]["anyOf"].reverse()
    assert between(older, built) == []


def test_reads_as_a_line() -> None:
    assert (
        str(Difference("GET /files", "parameter added", "query limit")) == "GET /files: parameter added (query limit)"
    )
    assert str(Difference("GET /old", "operation removed")) == "GET /old: operation removed"

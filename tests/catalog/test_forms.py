"""Text of queries and forms becomes values of the parameters' types."""

from __future__ import annotations

from typing import Any

import pytest

from openai_api_mock.catalog import Catalog
from openai_api_mock.catalog.forms import form_values, query_values


@pytest.mark.parametrize(
    ("key", "query", "expected"),
    [
        ("GET /files", "", {}),
        ("GET /files", "limit=5&after=007", {"limit": 5, "after": "007"}),
        ("GET /files", "limit=many", {"limit": "many"}),
        ("GET /files", "other=1&other=2", {"other": ["1", "2"]}),
        ("GET /responses/{response_id}", "include=a", {"include": ["a"]}),
        ("GET /responses/{response_id}", "include%5B%5D=a&include[]=b", {"include": ["a", "b"]}),
        ("GET /responses/{response_id}", "stream=true&starting_after=3", {"stream": True, "starting_after": 3}),
        ("GET /chat/completions", "metadata[k]=1&metadata[l]=b", {"metadata": {"k": "1", "l": "b"}}),
        ("GET /organization/audit_logs", "effective_at[gte]=7", {"effective_at": {"gte": 7}}),
    ],
)
def test_reads_a_query(catalog: Catalog, key: str, query: str, expected: dict[str, Any]) -> None:
    assert query_values(catalog.operation(key), query) == expected


def test_reads_a_form_and_keeps_its_files(catalog: Catalog) -> None:
    file = object()
    fields = [
        ("file", file),
        ("purpose", "batch"),
        ("expires_after[anchor]", "created_at"),
        ("expires_after[seconds]", "3600"),
    ]
    assert form_values(catalog.operation("POST /files"), fields) == {
        "file": file,
        "purpose": "batch",
        "expires_after": {"anchor": "created_at", "seconds": 3600},
    }


def test_reads_several_files_of_one_field(catalog: Catalog) -> None:
    values = form_values(catalog.operation("POST /images/edits"), [("image[]", b"1"), ("image[]", b"2"), ("n", "2")])
    assert values == {"image": [b"1", b"2"], "n": 2}


def test_reads_a_json_part_as_the_object_it_is(catalog: Catalog) -> None:
    fields = [("sdp", "v=0"), ("session", '{"type": "realtime"}')]
    assert form_values(catalog.operation("POST /realtime/calls"), fields)["session"] == {"type": "realtime"}
    assert form_values(catalog.operation("POST /realtime/calls"), [("session", "{broken")])["session"] == "{broken"

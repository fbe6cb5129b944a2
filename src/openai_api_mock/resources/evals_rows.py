"""The rows that a run of an eval is about, from wherever its data source has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing

import msgspec

from ..answer import JSON
from ..files import Files
from ..state import Store, walk

Row = dict[str, JSON]
"""`item`, and `sample` where the row brings one."""
Source = Mapping[str, JSON]

STORED, RESPONSES = "/chat/completions", "/responses"


class BadSource(Exception):
    """Why there are no rows."""


def rows_of(source: Source, files: Files, store: Store) -> Iterator[Row]:
    """The rows of a source. Raises BadSource."""
    return _READERS[source["type"]](source, files, store)


def _of_content(source: Source, files: Files, store: Store) -> Iterator[Row]:
    yield from source["content"]


def _of_file(source: Source, files: Files, store: Store) -> Iterator[Row]:
    file = files.open(source["id"])
    if file is None:
        raise BadSource(f"No such File object: {source['id']}")
    with closing(file):
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = msgspec.json.decode(line)
            except (msgspec.DecodeError, RecursionError):
                row = None
            if not isinstance(row, dict) or not isinstance(row.get("item"), dict):
                raise BadSource(f"Line {number} of {source['id']} is not a JSON object with an 'item'.")
            yield row


def _of_completions(source: Source, files: Files, store: Store) -> Iterator[Row]:
    """Stored chat completions, newest first."""
    left = source.get("limit") or 1000
    for kept in walk(store, STORED, "desc"):
        if left and _is_wanted(source, kept, kept["created"]):
            left -= 1
            asked = walk(store, f"{STORED}/{kept['id']}/messages", "asc")
            messages = [{"role": each["role"], "content": each["content"] or ""} for each in asked]
            said = kept["choices"][0]["message"].get("content") or ""
            sample = {"output_text": said, "model": kept["model"]}
            yield {"item": {"input": messages, "metadata": kept.get("metadata") or {}}, "sample": sample}


def _of_responses(source: Source, files: Files, store: Store) -> Iterator[Row]:
    """Stored responses, newest first."""
    for kept in walk(store, RESPONSES, "desc", lambda kept: str(kept["response"]["id"])):
        response = kept["response"]
        if _is_wanted(source, response, response["created_at"]):
            said = [
                part.get("text") or ""
                for item in response["output"]
                if item["type"] == "message"
                for part in item["content"]
            ]
            sample = {"output_text": "".join(said), "model": response["model"]}
            yield {"item": {"input": kept.get("input") or [], "metadata": response["metadata"]}, "sample": sample}


def _is_wanted(source: Source, kept: Mapping[str, JSON], made: int) -> bool:
    wanted = source.get("metadata")
    metadata = wanted if isinstance(wanted, dict) else {}  # the SDK's type takes anything there
    return (
        all((kept.get("metadata") or {}).get(name) == value for name, value in metadata.items())
        and source.get("model") in (None, kept["model"])
        and made >= (source.get("created_after") or 0)
        and made <= (source.get("created_before") or made)
    )


_READERS: Mapping[str, Callable[[Source, Files, Store], Iterator[Row]]] = {
    "file_content": _of_content,
    "file_id": _of_file,
    "responses": _of_responses,
    "stored_completions": _of_completions,
}

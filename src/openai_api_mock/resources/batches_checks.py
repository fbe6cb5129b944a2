"""Whether a file can be a batch's input."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO

import msgspec
from msgspec import UNSET, Raw

from ..answer import JSON
from ..files import Files
from ..headers import ORGANIZATION
from ..limits.estimate import tokens_of
from .batches_lines import Body, Line, numbered, read_body, read_line
from .batches_refusals import fault

REQUESTS = 50_000
"""Requests in a batch, and inputs of all its requests for embeddings."""
SIZE = 200 * 1024 * 1024
"""Bytes of its input."""
MOST_FAULTS = 1000
"""Faults that are told."""

_NEEDED = {
    "/v1/chat/completions": "messages",
    "/v1/embeddings": "input",
    "/v1/images/edits": "prompt",
    "/v1/images/generations": "prompt",
    "/v1/moderations": "input",
    "/v1/videos": "prompt",
}
"""What a request can't do without, besides the model."""
_NEED_MODEL = ("/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses")
_APIS = {"/v1/chat/completions": "Chat Completions", "/v1/completions": "Completions", "/v1/responses": "Responses"}
_Faults = list[dict[str, JSON]]


class Checked(msgspec.Struct):
    """What was found in an input."""

    total: int = 0
    model: str | None = None
    faults: _Faults = []
    inputs: int = 0
    tokens: int = 0
    """What all requests are taken to need; 0 where nobody counts that."""


class Checks:
    """Of the batches of one engine."""

    def __init__(self, files: Files, takes: Callable[[str], bool]) -> None:
        """`takes` says whether a model is taken."""
        self._files = files
        self._takes = takes

    def check(self, id: str, endpoint: str, *, counted: bool = False) -> Checked:
        """What is in an input, and all that is wrong with it; with its tokens where those are to be `counted`."""
        file = self._files.find(id)
        opened = None if file is None else self._files.open(id)
        if file is None or opened is None:
            return Checked(faults=[fault("no_file", file=id, organization=ORGANIZATION)])
        with opened:
            if file["purpose"] != "batch":
                return Checked(faults=[fault("purpose", file=id, purpose=file["purpose"])])
            if file["bytes"] > SIZE:
                return Checked(faults=[fault("file_size", limit=SIZE, model=_first_model(opened))])
            checked = self._lines(opened, endpoint)
            if counted and not checked.faults:
                opened.seek(0)
                checked.tokens = sum(tokens_of(_whole_body(text)) for _, _, text in numbered(opened, 0))
            return checked

    def _lines(self, file: IO[bytes], endpoint: str) -> Checked:
        checked = Checked()
        ids: set[str] = set()
        for number, _, text in numbered(file, 0):
            checked.total += 1
            if len(checked.faults) < MOST_FAULTS:
                checked.faults += self._line(checked, number, text, endpoint, ids)
            if checked.total > REQUESTS or checked.inputs > REQUESTS:
                checked.faults = [fault("requests", limit=REQUESTS, model=checked.model)]
                return checked
        if not checked.total:
            checked.faults = [fault("empty")]
        return checked

    def _line(self, checked: Checked, number: int, text: bytes, endpoint: str, ids: set[str]) -> _Faults:
        try:
            line = read_line(text)
        except msgspec.DecodeError:
            return [fault("json", number)]
        found = _in_envelope(line, number, endpoint, ids)
        if line.body is UNSET:
            return found
        try:
            body = read_body(line.body)
        except msgspec.DecodeError:
            return [*found, fault("type", number, param="body", expected="an object")]
        return [*found, *self._in_body(checked, number, body, endpoint)]

    def _in_body(self, checked: Checked, number: int, body: Body, endpoint: str) -> _Faults:
        found: _Faults = []
        model, needed = body.model, _NEEDED.get(endpoint)
        if not isinstance(model, str) or not model:
            if endpoint in _NEED_MODEL:
                found.append(fault("no_model", number))
        elif not self._takes(model):
            found.append(fault("unknown_model", number, model=model))
        elif checked.model is None:
            checked.model = model
        elif model != checked.model:
            found.append(fault("mixed_models", number, model=model))
        if needed is not None and getattr(body, needed) is UNSET:
            found.append(fault("no_field", number, name=needed, param=f"body.{needed}"))
        if body.stream:
            found.append(fault("stream", number, api=_APIS.get(endpoint, endpoint)))
        if endpoint == "/v1/embeddings" and isinstance(body.input, Raw):
            checked.inputs += _inputs(body.input)
        return found


def _in_envelope(line: Line, number: int, endpoint: str, ids: set[str]) -> _Faults:
    found = [
        fault("no_field", number, name=name, param=name)
        for name in ("custom_id", "method", "url", "body")
        if getattr(line, name) is UNSET
    ]
    id = line.custom_id
    if id is not UNSET and not isinstance(id, str):
        found.append(fault("type", number, param="custom_id", expected="a string"))
    elif id in ids:
        found.append(fault("duplicate", number, custom_id=id))
    elif id is not UNSET:
        ids.add(id)
    if line.method not in (UNSET, "POST"):
        found.append(fault("method", number, method=line.method))
    if line.url not in (UNSET, endpoint):
        found.append(fault("url", number))
    return found


def _whole_body(text: bytes) -> dict[str, JSON]:
    line = read_line(text)
    return msgspec.json.decode(line.body, type=dict[str, JSON]) if isinstance(line.body, Raw) else {}


def _inputs(raw: Raw) -> int:
    """How many texts a request for embeddings has: one, or a list of them; a list of numbers is one text's tokens."""
    value = bytes(raw).lstrip()
    if not value.startswith(b"["):
        return 1
    items = msgspec.json.decode(value, type=list[Raw])
    return len(items) if items and bytes(items[0])[:1] in b'"[' else 1


def _first_model(file: IO[bytes]) -> str:
    """The model that the first line names, if it can be read."""
    try:
        line = read_line(file.readline())
        return str(read_body(line.body).model) if isinstance(line.body, Raw) else "unknown"
    except msgspec.DecodeError:
        return "unknown"

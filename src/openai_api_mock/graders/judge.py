"""Asks a model, by way of the engine: its answer is scripted or generated as any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from ..answer import JSON
from ..asking import Asking
from ..wire import Reply, Request, Stream

Path = Literal["/v1/chat/completions", "/v1/responses"]


class Said(msgspec.Struct, frozen=True):
    """What a model said, or why it said nothing."""

    body: dict[str, JSON]
    """The reply's."""
    error: str | None = None
    status: int = 200

    @property
    def model(self) -> str:
        return str(self.body.get("model") or "")

    @property
    def message(self) -> Mapping[str, JSON]:
        """Of a chat completion."""
        choices = self.body.get("choices")
        return choices[0]["message"] if choices else {}

    @property
    def usage(self) -> dict[str, int]:
        usage = self.body.get("usage") or {}
        details = usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {}
        return {
            "prompt_tokens": usage.get("prompt_tokens", usage.get("input_tokens", 0)),
            "completion_tokens": usage.get("completion_tokens", usage.get("output_tokens", 0)),
            "total_tokens": usage.get("total_tokens", 0),
            "cached_tokens": details.get("cached_tokens", 0),
        }


class Judge:
    """Who asks, on behalf of one piece of work."""

    def __init__(self, inside: Asking, work: str) -> None:
        """`work` is the id of what it is done for."""
        self._inside = inside
        self._work = work

    def ask(self, path: Path, body: Mapping[str, JSON]) -> Said:
        """What an endpoint says to this. Raises Later where a user's coroutine can't be waited for just here."""
        headers = {"content-type": "application/json"}
        request = Request("POST", path, "", headers, msgspec.json.encode(body), batch=self._work)
        return _said(self._inside.answer(request))

    def judge(
        self, model: str, messages: Sequence[JSON], schema: JSON, params: Mapping[str, JSON] | None = None
    ) -> Said:
        """What a model says to messages, in JSON of that schema."""
        form = {"type": "json_schema", "json_schema": {"name": "grade", "schema": schema}}
        # The graders' own spelling of the parameter's name.
        spelt = {"max_completions_tokens": "max_completion_tokens"}
        given = {spelt.get(name, name): value for name, value in (params or {}).items() if value is not None}
        body = {**given, "model": model, "messages": list(messages), "response_format": form}
        return self.ask("/v1/chat/completions", body)


def _said(reply: Reply) -> Said:
    content = reply.body.join() if isinstance(reply.body, Stream) else reply.body
    try:
        body = msgspec.json.decode(content)
    except msgspec.DecodeError:
        body = None
    if not isinstance(body, dict):
        return Said({}, f"The reply is no JSON object: {content[:80]!r}")
    error = body.get("error")
    if reply.status >= 400 or isinstance(error, dict):
        return Said({}, str((error or {}).get("message") or reply.status), reply.status)
    return Said(body)

"""The shape of a rule file: what its JSON Schema is made from."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from ..answer import FinishReason, Usage
from ..errors import Failure

Times = Annotated[int, msgspec.Meta(ge=1, description="How often it answers; 1 unless said.")]
Seconds = Annotated[float, msgspec.Meta(ge=0)]
Status = Annotated[int, msgspec.Meta(ge=200, le=599)]


class CallSpec(msgspec.Struct, forbid_unknown_fields=True):
    """A call of one tool."""

    name: str
    arguments: dict[str, Any] | str = ""
    """An object, or the JSON text of one."""
    id: str | None = None


class FailSpec(msgspec.Struct, forbid_unknown_fields=True):
    """An error of the API: its own words for the status or name, where nothing else is said."""

    status: int | Failure
    message: str | None = None
    code: str | None = None
    type: str | None = None
    param: str | None = None
    retry_after: Seconds | None = None
    """Seconds until the client may try again."""


class ReplySpec(msgspec.Struct, forbid_unknown_fields=True):
    """What is said. Every text may be a template: `Hello {{ message }}`."""

    text: str | None = None
    refusal: str | None = None
    reasoning: str | None = None
    tool_calls: dict[str, Any] | list[CallSpec] | None = None
    """`{get_weather: {city: Paris}}`, or a list."""
    object: dict[str, Any] | None = None
    """An object as JSON text, which must fit the schema that the request asks for."""
    stream: Annotated[list[str], msgspec.Meta(min_length=1)] | None = None
    """The text, in exactly these chunks."""
    audio: str | None = None
    """A file of what is heard, beside this one; the text is what is said in it."""
    images: Annotated[list[str], msgspec.Meta(min_length=1)] | None = None
    """Files of what is to be seen, beside this one."""
    vectors: dict[str, list[float]] | None = None
    """The embeddings of these texts."""
    items: list[dict[str, Any]] = []
    """Further output items of a response, as they are on the wire, ahead of its text."""
    annotations: list[dict[str, Any]] = []
    error: int | Failure | FailSpec | None = None
    """What goes wrong after all this was said."""
    finish_reason: FinishReason | None = None
    usage: Usage | None = None
    chunk_delay: Seconds | None = None
    """Seconds before each chunk of a stream."""
    fields: dict[str, Any] | None = None
    """Laid over what the mock would reply: `{status: in_progress}`."""
    json: Any = msgspec.UNSET
    """A body that is sent as it is."""
    events: Annotated[list[Any], msgspec.Meta(min_length=1)] | None = None
    """The events of a stream, sent as they are: JSON, or texts such as "[DONE]"."""
    file: str | None = None
    """A file whose bytes are sent, beside this one."""
    status: Status | None = None
    """The status that goes with json or file."""


class RuleSpec(msgspec.Struct, forbid_unknown_fields=True):
    """To requests that have all that `when` says: one of reply, replies and fail, or a fault, or both."""

    id: str | None = None
    endpoint: str | None = None
    """The client's method, such as chat.completions.create; without it, any by which a model speaks."""
    when: dict[str, Any] = {}
    reply: str | ReplySpec | None = None
    replies: Annotated[list[str | ReplySpec], msgspec.Meta(min_length=1)] | None = None
    """One after the other, each once."""
    fail: int | Failure | FailSpec | None = None
    fault: str | dict[str, Any] | list[str | dict[str, Any]] | None = None
    """What goes wrong: connection_reset, "cut:bytes=100", `{name: cut, bytes: 100}`, or several."""
    pace: str | dict[str, Any] | None = None
    """How fast its replies are: realistic, "ttft=300ms,itl=20ms", or a mapping of these."""
    times: Times | None = None
    always: bool | None = None
    """It answers for ever, and needn't be asked for."""


class FileSpec(msgspec.Struct, forbid_unknown_fields=True):
    """Rules, the first that matches and isn't used up answers; or a conversation; or both."""

    rules: list[dict[str, Any]] = []
    conversation: list[dict[str, Any]] = []
    always: bool = False
    """Whether rules that don't say how often they answer do so for ever."""
    schema: str | None = msgspec.field(default=None, name="$schema")

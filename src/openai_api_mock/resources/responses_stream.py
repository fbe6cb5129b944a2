"""A finished response in slices: the events that the streaming call sends.

Recorded: 32 streams, item by item; kinds that were never recorded follow the documented order of their events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from ..answer import JSON
from ..noise import Noise
from ..stream.named import NamedEvents

Item = Mapping[str, JSON]
Split = Callable[[str], Sequence[str]]
"""Cuts a text into the parts that a stream sends."""

# What a finished response has and one that has just begun doesn't.
_BEGUN: dict[str, JSON] = {
    "completed_at": None, "error": None, "incomplete_details": None, "moderation": None, "output": [], "usage": None,
}  # fmt: skip

# What an item that has just been added holds instead of what it ends with; None: the key isn't there yet.
_ADDED: dict[str, dict[str, JSON]] = {
    "apply_patch_call": {},
    "code_interpreter_call": {"code": "", "outputs": []},
    "custom_tool_call": {"input": ""},
    "file_search_call": {"queries": [], "results": None},
    "function_call": {"arguments": ""},
    "image_generation_call": {"result": None},
    "mcp_call": {"arguments": "", "output": None},
    "mcp_list_tools": {"tools": []},
    "message": {"content": []},
    "reasoning": {"summary": []},
}
_ABSENT_AT_FIRST = {"web_search_call": "action", "image_generation_call": "revised_prompt"}


class Said:
    """How the texts of a response are cut, and the images that lead up to its last."""

    def __init__(
        self, split: Split, pieces: Sequence[str] | None = None, images: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        """`pieces` are the parts of the message's text (or refusal), where they are known; `images`, the partial
        images in base64 by the id of their item."""
        self.split = split
        self.images = images or {}
        self._pieces = pieces
        self._joined = None if pieces is None else "".join(pieces)

    def parts(self, text: str) -> Sequence[str]:
        if self._pieces is not None and text == self._joined:
            return self._pieces
        return self.split(text) if text else ()


def chunks(
    response: Mapping[str, JSON],
    said: Said,
    noise: Noise | None,
    error: Mapping[str, JSON] | None = None,
    flat: bool = False,
) -> list[bytes]:
    """The events of a response's stream; without noise, deltas aren't obfuscated. `error` is what a failed one failed
    by; it is told as recorded, or `flat`, as specified."""
    events = NamedEvents(noise)
    begun = {name: value for name, value in response.items() if name != "billing"} | _BEGUN
    begun["service_tier"] = "auto"
    if response["background"]:
        queued = {**begun, "status": "queued"}
        events.add("response.created", response=queued)
        events.add("response.queued", response=queued)
    else:
        events.add("response.created", response={**begun, "status": "in_progress"})
    events.add("response.in_progress", response={**begun, "status": "in_progress"})
    for index, item in enumerate(response["output"]):
        add_item(events, item, index, said)
    finished = {name: value for name, value in response.items() if name != "billing"}
    if error is not None and flat:
        events.add("error", **{name: error[name] for name in ("code", "message", "param")})
    elif error is not None:
        # Recorded: nested, ahead of the failed response.
        events.add("error", error=error)
    events.add(f"response.{_TERMINAL.get(response['status'], 'completed')}", response=finished)
    return events.chunks


_TERMINAL = {"cancelled": "failed", "failed": "failed", "incomplete": "incomplete"}


def add_item(events: NamedEvents, item: Item, index: int, said: Said) -> None:
    """The events of one item, from its being added to its being done."""
    kind = item["type"]
    absent = _ABSENT_AT_FIRST.get(kind)
    added = {name: value for name, value in item.items() if name != absent} | _ADDED.get(kind, {})
    if "status" in item and kind in _IN_PROGRESS:
        added["status"] = "in_progress"
    events.add("response.output_item.added", item=added, output_index=index)
    at = {"item_id": item["id"], "output_index": index}
    for step in _STEPS.get(kind, ()):
        step(events, item, at, said)
    events.add("response.output_item.done", item=item, output_index=index)


At = dict[str, JSON]
Step = Callable[[NamedEvents, Item, At, Said], None]


def _verb(name: str) -> Step:
    """An event that says how far the item is."""

    def step(events: NamedEvents, item: Item, at: At, said: Said) -> None:
        ended = "failed" if name == "completed" and item.get("status") == "failed" else name
        events.add(f"response.{item['type']}.{ended}", **at)

    return step


def _text(event: str, field: str, *, whole: bool = False) -> Step:
    """The deltas of one of the item's fields, then all of it."""

    def step(events: NamedEvents, item: Item, at: At, said: Said) -> None:
        text = item[field] or ""
        events.deltas(f"response.{event}.delta", [text] if whole else said.parts(text), **at)
        events.add(f"response.{event}.done", **at, **{field: text})

    return step


def _message(events: NamedEvents, item: Item, at: At, said: Said) -> None:
    for index, part in enumerate(item["content"]):
        here = {**at, "content_index": index}
        if part["type"] == "refusal":
            events.add("response.content_part.added", **here, part={**part, "refusal": ""})
            events.deltas("response.refusal.delta", said.parts(part["refusal"]), **here)
            events.add("response.refusal.done", **here, refusal=part["refusal"])
        else:
            empty = {**part, "annotations": [], "logprobs": [], "text": ""}
            events.add("response.content_part.added", **here, part=empty)
            _output_text(events, part, here, said)
        events.add("response.content_part.done", **here, part=_without_logprobs(part))


def _output_text(events: NamedEvents, part: Item, here: At, said: Said) -> None:
    text, logprobs = part["text"], part.get("logprobs") or []
    if logprobs:
        own = ((entry["token"], f'"logprobs":{_json([entry])}') for entry in logprobs)
        events.deltas_with("response.output_text.delta", ((token, f",{own_}") for token, own_ in own), **here)
    else:
        events.deltas("response.output_text.delta", said.parts(text), **here, logprobs=[])
    for index, annotation in enumerate(part["annotations"]):
        events.add("response.output_text.annotation.added", **here, annotation=annotation, annotation_index=index)
    events.add("response.output_text.done", **here, logprobs=logprobs, text=text)


def _without_logprobs(part: Item) -> Item:
    """Recorded: the part that is done has no log probabilities, while the item that is done has them."""
    return {**part, "logprobs": []} if part.get("logprobs") else part


def _reasoning(events: NamedEvents, item: Item, at: At, said: Said) -> None:
    for index, part in enumerate(item["summary"]):
        here = {**at, "summary_index": index}
        events.add("response.reasoning_summary_part.added", **here, part={**part, "text": ""})
        events.deltas("response.reasoning_summary_text.delta", said.parts(part["text"]), **here)
        events.add("response.reasoning_summary_text.done", **here, text=part["text"])
        events.add("response.reasoning_summary_part.done", **here, part=part)


def _partial_images(events: NamedEvents, item: Item, at: At, said: Said) -> None:
    form = {name: item[name] for name in ("background", "output_format", "quality", "size") if name in item}
    for index, image in enumerate(said.images.get(item["id"], ())):
        events.add(
            "response.image_generation_call.partial_image",
            **at,
            partial_image_index=index,
            partial_image_b64=image,
            **form,
        )


def _commands(events: NamedEvents, item: Item, at: At, said: Said) -> None:
    # These events alone have no `item_id`.
    for index, command in enumerate(item["action"]["commands"]):
        here = {"output_index": at["output_index"], "command_index": index}
        events.add("response.shell_call_command.added", **here, command="")
        events.deltas("response.shell_call_command.delta", said.parts(command), **here)
        events.add("response.shell_call_command.done", **here, command=command)


def _shell_output(events: NamedEvents, item: Item, at: At, said: Said) -> None:
    for index, output in enumerate(item["output"]):
        here = {**at, "command_index": index}
        delta = {"stdout": output["stdout"], "stderr": output["stderr"]}
        events.add("response.shell_call_output_content.delta", **here, delta=delta)
        events.add("response.shell_call_output_content.done", **here, output=[output])


def _diff(events: NamedEvents, item: Item, at: At, said: Said) -> None:
    diff = item["operation"].get("diff")
    if diff is not None:  # a file that is deleted has none
        events.deltas("response.apply_patch_call_operation_diff.delta", said.parts(diff), **at)
        events.add("response.apply_patch_call_operation_diff.done", **at, diff=diff)


_SEARCH = (_verb("in_progress"), _verb("searching"), _verb("completed"))

# What happens to an item between its being added and done; kinds that aren't here are only added and done.
_STEPS: dict[str, tuple[Step, ...]] = {
    "apply_patch_call": (_diff,),
    "code_interpreter_call": (
        _verb("in_progress"), _text("code_interpreter_call_code", "code"), _verb("interpreting"), _verb("completed"),
    ),
    "compaction": (_verb("compacting"),),
    "custom_tool_call": (_text("custom_tool_call_input", "input"),),
    "file_search_call": _SEARCH,
    "function_call": (_text("function_call_arguments", "arguments"),),
    "image_generation_call": (
        _verb("in_progress"), _verb("generating"), _partial_images, _verb("completed"),
    ),
    "mcp_call": (
        _verb("in_progress"), _text("mcp_call_arguments", "arguments", whole=True), _verb("completed"),
    ),
    "mcp_list_tools": (_verb("in_progress"), _verb("completed")),
    "message": (_message,),
    "reasoning": (_reasoning,),
    "shell_call": (_commands,),
    "shell_call_output": (_shell_output,),
    "web_search_call": _SEARCH,
}  # fmt: skip
_IN_PROGRESS = frozenset(_STEPS) - {"compaction"}


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()

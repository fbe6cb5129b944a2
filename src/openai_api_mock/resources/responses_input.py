"""A request's input as items, each with an id and its content in parts: as the API keeps and lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..answer import JSON
from .responses_ids import ChainIds

Item = dict[str, JSON]

# Results of tools are named by the call that they answer.
_LIKE = {
    "apply_patch_call_output": "apply_patch_call",
    "computer_call": "computer_call",
    "custom_tool_call_output": "custom_tool_call",
    "function_call_output": "function_call",
    "shell_call_output": "shell_call",
}
_WITHOUT_STATUS = frozenset((
    "additional_tools", "compaction", "item_reference", "mcp_approval_request", "mcp_approval_response",
    "mcp_list_tools", "reasoning",
))  # fmt: skip
# What only tells the API what to do, and is never kept.
_PASSING = frozenset(("compaction_trigger", "item_reference"))
# What an item of a type holds where it is left away.
_USUAL: dict[str, Item] = {"tool_search_call": {"execution": "server"}, "tool_search_output": {"execution": "server"}}
# What an item holds even where it is null.
_NULLABLE = frozenset(("call_id", "code", "encrypted_content", "error", "output", "outputs", "result", "results"))


def items_of(given: JSON, made: ChainIds) -> list[Item]:
    """The items of `input`, be it a text or a list."""
    if given is None:
        return []
    if isinstance(given, str):
        given = [{"role": "user", "content": given}]
    return [normal(item, made) for item in given if isinstance(item, dict)]


def lasting(items: Iterable[Item]) -> list[Item]:
    """Those that a conversation keeps."""
    return [item for item in items if item["type"] not in _PASSING]


def normal(item: Mapping[str, JSON], made: ChainIds) -> Item:
    """One item: an id, a type and a status added, a message's content in parts."""
    # The types of a message and of a reference may be left away; an id without a role is the other's.
    untyped = "item_reference" if "id" in item and "role" not in item else "message"
    kind = str(item.get("type") or untyped)
    id, status = item.get("id"), item.get("status")
    kept: Item = {"id": id if id and isinstance(id, str) else made.make(_LIKE.get(kind, kind)), "type": kind}
    if kind not in _WITHOUT_STATUS:
        kept["status"] = status if status and isinstance(status, str) else "completed"
    given = {name: value for name, value in item.items() if value is not None or name in _NULLABLE}
    kept |= {name: value for name, value in {**_USUAL.get(kind, {}), **given}.items() if name not in kept}
    if kind == "message":
        kept["content"] = parts_of(item.get("content"), str(item.get("role")))
    if isinstance(kept.get("output"), list):
        kept["output"] = [_part(part) for part in kept["output"]]
    return kept


def parts_of(content: JSON, role: str) -> list[JSON]:
    """A message's content as parts; what an assistant said is output."""
    if isinstance(content, list):
        return [_part(part) for part in content]
    if role == "assistant":
        return [{"type": "output_text", "annotations": [], "logprobs": [], "text": content or ""}]
    return [{"type": "input_text", "text": content or ""}]


def _part(part: JSON) -> JSON:
    usual = _PARTS.get(str(part.get("type"))) if isinstance(part, dict) else None
    return part if usual is None else {**usual, **{name: value for name, value in part.items() if value is not None}}


# What a part holds where it is left away.
_PARTS: dict[str, Item] = {"input_image": {"detail": "auto"}, "output_text": {"annotations": [], "logprobs": []}}

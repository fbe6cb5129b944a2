"""A request's input as items, each with an id and its content in parts: as the API keeps and lists them."""

from __future__ import annotations

from collections.abc import Mapping

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


def items_of(given: JSON, made: ChainIds) -> list[Item]:
    """The items of `input`, be it a text or a list."""
    if given is None:
        return []
    if isinstance(given, str):
        given = [{"role": "user", "content": given}]
    return [normal(item, made) for item in given if isinstance(item, dict)]


def normal(item: Mapping[str, JSON], made: ChainIds) -> Item:
    """One item: an id, a type and a status added, a message's content in parts."""
    kind = str(item.get("type") or "message")
    id = item.get("id") or made.make(_LIKE.get(kind, kind))
    kept: Item = {"id": id, "type": kind}
    if kind not in _WITHOUT_STATUS:
        kept["status"] = item.get("status") or "completed"
    kept |= {name: value for name, value in item.items() if name not in kept}
    if kind == "message":
        kept["content"] = parts_of(item.get("content"), str(item.get("role")))
    return kept


def parts_of(content: JSON, role: str) -> list[JSON]:
    """A message's content as parts; what an assistant said is output."""
    if isinstance(content, list):
        return [_part(part) for part in content]
    if role == "assistant":
        return [{"type": "output_text", "annotations": [], "logprobs": [], "text": content or ""}]
    return [{"type": "input_text", "text": content or ""}]


def _part(part: JSON) -> JSON:
    if isinstance(part, dict) and part.get("type") == "output_text":
        return {"annotations": [], "logprobs": [], **part}
    return part

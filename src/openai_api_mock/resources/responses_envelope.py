"""The envelope of a response: what the request asked, its defaults filled in, in the recorded order of keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..answer import JSON
from ..models import Model, model_named, tier_of
from .responses_question import effort_of

Body = Mapping[str, JSON]

# What a tool is echoed with where the request leaves it away.
_TOOL_DEFAULTS: dict[str, dict[str, JSON]] = {
    "function": {"description": None, "output_schema": None, "parameters": None, "strict": True},
    "custom": {"description": None, "format": {"type": "text"}},
    "file_search": {
        "filters": None,
        "max_num_results": 20,
        "ranking_options": {"ranker": "auto", "score_threshold": 0.0},
    },
    "image_generation": {
        "background": "auto", "moderation": "auto", "n": 1, "output_compression": 100, "output_format": "png",
        "quality": "auto", "size": "auto",
    },
    "mcp": {
        "allowed_tools": None, "headers": None, "require_approval": "always", "server_description": None,
        "server_url": None,
    },
    "tool_search": {"description": None, "parameters": None},
    "web_search": {"filters": None, "search_context_size": "medium", "user_location": None},
    "web_search_preview": {"search_context_size": "medium", "user_location": None},
}  # fmt: skip
_LOCATION = {"city": None, "country": None, "region": None, "timezone": None, "type": "approximate"}

NO_TOOL_USAGE: dict[str, JSON] = {
    "image_gen": {
        "input_tokens": 0,
        "input_tokens_details": {"image_tokens": 0, "text_tokens": 0},
        "output_tokens": 0,
        "output_tokens_details": {"image_tokens": 0, "text_tokens": 0},
        "total_tokens": 0,
    },
    "web_search": {"num_requests": 0},
}


def envelope(
    body: Body, model: Model, id: str, created_at: int, tools: list[JSON], conversation: str | None
) -> dict[str, JSON]:
    """A response that hasn't said anything yet: status `in_progress`, no output, no usage."""
    reasons = model.family.reasoning
    response: dict[str, JSON] = {
        "id": id,
        "object": "response",
        "created_at": created_at,
        "status": "in_progress",
        "background": body.get("background") is True,
        "billing": {"payer": "developer"},
        "completed_at": None,
    }
    if conversation is not None:
        response["conversation"] = {"id": conversation}
    response |= {
        "error": None,
        "frequency_penalty": body.get("frequency_penalty") or 0.0,
        "incomplete_details": None,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "max_tool_calls": body.get("max_tool_calls"),
        "model": model.snapshot,
        "moderation": None,
        "output": [],
        "parallel_tool_calls": body.get("parallel_tool_calls") is not False,
        "presence_penalty": body.get("presence_penalty") or 0.0,
        "previous_response_id": body.get("previous_response_id"),
    }
    if body.get("prompt") is not None:
        response["prompt"] = {"variables": None, "version": None, **body["prompt"]}
    response["prompt_cache_key"] = body.get("prompt_cache_key")
    if body.get("prompt_cache_options") is not None:
        response["prompt_cache_options"] = {"mode": "implicit", "ttl": "30m", **body["prompt_cache_options"]}
    return response | {
        "prompt_cache_retention": body.get("prompt_cache_retention") or ("24h" if model.family.phases else "in_memory"),
        "reasoning": _reasoning(body, model),
        "safety_identifier": body.get("safety_identifier"),
        "service_tier": tier_of(body.get("service_tier")),
        "store": body.get("store") is not False,
        "temperature": _number(body.get("temperature"), 1.0),
        "text": _text(body.get("text")),
        "tool_choice": body.get("tool_choice") or "auto",
        "tool_usage": NO_TOOL_USAGE,
        "tools": [echo(tool) for tool in tools],
        "top_logprobs": body.get("top_logprobs") or 0,
        "top_p": _number(body.get("top_p"), 0.98 if reasons and model.family.phases else 1.0),
        "truncation": body.get("truncation") or "disabled",
        "usage": None,
        "user": body.get("user"),
        "metadata": body.get("metadata") or {},
    }


def _reasoning(body: Body, model: Model) -> dict[str, JSON]:
    asked = body.get("reasoning") or {}
    summary = asked.get("summary") or asked.get("generate_summary")
    if summary == "auto":
        summary = "detailed"  # what it turns out as
    if not model.family.reasoning:
        return {"effort": None, "summary": summary}
    context = asked.get("context")
    if context in (None, "auto"):
        context = "all_turns" if model.family.keeps_reasoning else "current_turn"
    return {
        "context": context,
        "effort": effort_of(asked, model),
        "mode": asked.get("mode") or "standard",
        "summary": summary,
    }


def _text(asked: JSON) -> dict[str, JSON]:
    asked = asked or {}
    form = asked.get("format") or {"type": "text"}
    if form.get("type") == "json_schema":
        form = {"type": "json_schema", "description": None, "strict": False, **form}
    return {"format": form, "verbosity": asked.get("verbosity") or "medium"}


def echo(tool: Mapping[str, Any]) -> dict[str, JSON]:
    """A tool as the response tells it: its type first, the rest by the alphabet, defaults filled in."""
    kind = str(tool.get("type"))
    full = {**_TOOL_DEFAULTS.get(kind, {}), **tool}
    if kind == "web_search" and full["user_location"] is not None:
        full["user_location"] = {**_LOCATION, **full["user_location"]}
    if kind == "namespace":
        full["tools"] = [echo(inner) for inner in full.get("tools") or ()]
    return {"type": kind, **{name: full[name] for name in sorted(full) if name not in ("type", "authorization")}}


def _number(given: JSON, usual: float) -> float:
    return usual if given is None else float(given)


_ANY = model_named("gpt-4o")
_EVERY: dict[str, JSON] = {"prompt": {}, "prompt_cache_options": {}}
_ORDER = tuple(envelope(_EVERY, _ANY, "", 0, [], ""))
_USUAL = {**envelope({}, _ANY, "", 0, [], None), "billing": {"payer": "developer"}}


_SOUGHT = ("metadata", "model")
"""What evals choose stored responses by."""


def thin(response: Mapping[str, JSON]) -> dict[str, JSON]:
    """What of a response isn't as in most, and what it is sought by: two thirds of an envelope needn't be kept."""
    return {
        name: value
        for name, value in response.items()
        if name in _SOUGHT or name not in _USUAL or _USUAL[name] != value
    }


def whole(thin: Mapping[str, JSON]) -> dict[str, JSON]:
    """The response of which that is the rest, in its order."""
    return {name: thin[name] if name in thin else _USUAL[name] for name in _ORDER if name in thin or name in _USUAL}

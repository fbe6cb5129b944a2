"""How an agent is configured: what was given, and what is so unless it was given.

All defaults are those that the SDK's docstrings name (openai 3.54, agent_create_params.py, agent_tool_param.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..answer import JSON

Item = dict[str, JSON]

SUBAGENTS = 6
"""How many may run at a time unless it is said."""

DEFAULTS: Item = {
    "compaction": {"async": False},
    "experimental": {"time_awareness": False},
    "instructions": None,
    "multi_agent": {"enabled": False, "max_concurrent_subagents": None},
    "reasoning": {"effort": None, "summary": None},
    "service_tier": "auto",
    "text": {"format": {"type": "text"}, "verbosity": "medium"},
    "tools": [],
}
"""Of what an agent does. Its model has no default."""

TOOLS: dict[str, Item] = {
    "automations": {},
    "computer_use": {"include_screenshots": False},
    "function": {"defer_loading": False, "description": "", "name": "", "parameters": {}},
    "mcp": {
        "allowed_tools": None, "connection_origin": "service", "credential_id": None, "request_metadata": {},
        "required": False, "server_label": "", "transport": {},
    },
    "programmatic_tool_calling": {"enabled": True},
    "tool_search": {},
    "web_search": {"allowed_domains": None, "context_size": "medium", "location": None, "mode": "live"},
}  # fmt: skip
"""The fields of each type of tool that are shown. Others, such as a server's authorization, aren't."""
_TRANSPORTS: dict[str, Item] = {
    "http": {"headers": {}, "server_url": ""},
    "stdio": {"args": [], "command": "", "cwd": "/workspace", "env_vars": []},
}
_LOCATION: Item = dict.fromkeys(("city", "country", "region", "timezone"))


def configured(given: Mapping[str, JSON], now: Mapping[str, JSON] = DEFAULTS) -> Item:
    """The configuration `now`, with what was given laid over it."""
    config = {name: now[name] for name in (*DEFAULTS, "model") if name in now}
    for name, value in given.items():
        if name in ("instructions", "model"):
            config[name] = value
        elif name == "service_tier":
            config[name] = value or "auto"
        elif name in _LAID_OVER:
            config[name] = _LAID_OVER[name](value or {}, config.get(name) or {})
        elif name == "tools":
            config[name] = [tool(each) for each in value or ()]
    return config


def _multi_agent(given: Item, now: Item) -> Item:
    enabled = given.get("enabled") is True
    most = given.get("max_concurrent_subagents") or SUBAGENTS
    return {"enabled": enabled, "max_concurrent_subagents": most if enabled else None}


def _reasoning(given: Item, now: Item) -> Item:
    return {name: given.get(name) for name in ("effort", "summary")}


def _text(given: Item, now: Item) -> Item:
    return {"format": given.get("format") or {"type": "text"}, "verbosity": given.get("verbosity") or "medium"}


def _compaction(given: Item, now: Item) -> Item:
    return {"async": given.get("async") is True}


def _experimental(given: Item, now: Item) -> Item:
    """Merged by key; all the rest is replaced."""
    return {**now, **given}


_LAID_OVER: dict[str, Callable[[Item, Item], Item]] = {
    "compaction": _compaction,
    "experimental": _experimental,
    "multi_agent": _multi_agent,
    "reasoning": _reasoning,
    "text": _text,
}


def tool(given: Mapping[str, JSON]) -> Item:
    """A tool as it is shown: with its defaults, and without what is secret."""
    kind = str(given.get("type"))
    known = TOOLS.get(kind, {})
    shown = {"type": kind, **known, **_given(given, known)}
    if kind == "mcp":
        transport = given.get("transport") or {}
        fields = _TRANSPORTS.get(str(transport.get("type")), {})
        shown["transport"] = {"type": transport.get("type"), **fields, **_given(transport, fields)}
    if shown.get("location"):
        shown["location"] = _LOCATION | shown["location"]
    if kind == "function" and "async" in given:
        shown["async"] = given["async"]
    return shown


def listed(tools: list[Item]) -> list[Item]:
    """An agent's tools as a session lists them: by the SDK's types, and unlike a saved agent's, without headers, which
    may be secret there, and without the search for tools."""
    shown = [tool for tool in tools if tool["type"] != "tool_search"]
    return [{**tool, "transport": _bare(tool["transport"])} if tool["type"] == "mcp" else tool for tool in shown]


def _bare(transport: Item) -> Item:
    return {name: value for name, value in transport.items() if name != "headers"}


def _given(given: Mapping[str, JSON], known: Mapping[str, JSON]) -> Item:
    """What was given of the known fields; a null stands for the default, as with parameters left away."""
    return {name: given[name] for name in known if given.get(name) is not None}

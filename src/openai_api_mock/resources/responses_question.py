"""What a response's request asks, read from its body and from what was said before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ..answer import JSON, Question, Tool, ToolKind
from ..call import Refused
from ..content import dicts, text_of
from ..models import Model
from ..wordings import refusal

Body = Mapping[str, JSON]

# The API's own tools by the words by which a user asks for them. Those below are run by the client.
HOSTED = {
    "code_interpreter": "python code run compute calculate chart plot graph math data",
    "file_search": "file files document documents search knowledge policy manual",
    "image_generation": "image picture draw paint photo illustration generate logo",
    "web_search": "web search internet online news latest today",
}
BUILTIN = {
    "apply_patch": "file patch edit change fix code update create delete",
    "computer": "computer screen click browser page window",
    "local_shell": "shell command run terminal list directory",
    "shell": "shell command run terminal list directory",
    "tool_search": "tool tools search",
}
# How they are called too.
_ALIASES = {
    "computer_use": "computer",
    "computer_use_preview": "computer",
    "web_search_2025_08_26": "web_search",
    "web_search_preview": "web_search",
    "web_search_preview_2025_03_11": "web_search",
}

# The item that stands for a call of each, and the one that brings its result.
CALLS = {
    "apply_patch_call": "apply_patch",
    "code_interpreter_call": "code_interpreter",
    "computer_call": "computer",
    "file_search_call": "file_search",
    "image_generation_call": "image_generation",
    "local_shell_call": "local_shell",
    "shell_call": "shell",
    "web_search_call": "web_search",
}


class Offered(msgspec.Struct, frozen=True):
    """A tool of the request, as it was offered."""

    tool: Tool
    definition: Body
    namespace: str | None = None
    deferred: bool = False
    """Whether the model must search for it first."""


class Asked(msgspec.Struct, frozen=True):
    """A request's question, with what only a response needs to know."""

    question: Question
    offered: Mapping[str, Offered]
    """By the tool's name."""
    loaded: frozenset[str]
    """Tools that a search has found."""
    listed: frozenset[str]
    """MCP servers whose tools have been listed."""
    approvals: Mapping[str, Body]
    """Approval requests that the client answered since the user spoke, by the name of their tool, `approve` added."""


def asked_by(body: Body, model: Model, items: Sequence[Body]) -> Asked:
    """`items` is the conversation up to here, the request's own input last. Raises Refused where the parts of the body
    contradict one another."""
    offered = {each.tool.name: each for each in offered_by(body, items)}
    tools = tuple(each.tool for each in offered.values())
    choice, forced, allowed = _choice(body.get("tool_choice"), tools)
    if allowed is not None:
        tools = tuple(tool for tool in tools if tool.name in allowed)
    recent = list(_since_user(items))
    approvals = dict(_approvals(recent))
    refused = {name for name, approval in approvals.items() if approval["approve"] is False}
    question = Question(
        model=model.name,
        user=last_user(items),
        told=_told(body, items),
        tools=tools,
        choice=choice,
        forced=forced,
        parallel=body.get("parallel_tool_calls") is not False,
        called=frozenset(name for item in recent if (name := _called(item)) is not None) | refused,
        results=tuple(result for item in recent if (result := result_of(item)) is not None),
        schema=_schema(body),
        max_tokens=body.get("max_output_tokens"),
        effort=effort_of(body.get("reasoning"), model),
    )
    return Asked(
        question,
        offered,
        frozenset(_names_in(item for item in items if item.get("type") == "tool_search_output")),
        frozenset(str(item.get("server_label")) for item in items if item.get("type") == "mcp_list_tools"),
        approvals,
    )


def effort_of(reasoning: JSON, model: Model) -> str | None:
    """How hard the model thinks; None where it doesn't reason at all."""
    if not model.family.reasoning:
        return None
    return str((reasoning or {}).get("effort") or model.family.effort)


def offered_by(body: Body, items: Sequence[Body] = ()) -> Iterator[Offered]:
    """The tools of the request, those in namespaces and those that items of the conversation bring among them."""
    brought = (item for item in items if item.get("type") in ("additional_tools", "tool_search_output"))
    yield from _each(body.get("tools"))
    for item in brought:
        yield from _each(item.get("tools"), own_space=True)


def _each(definitions: JSON, own_space: bool = False) -> Iterator[Offered]:
    """Recorded: a tool that a conversation brings is in a namespace of its own, if it isn't in another."""
    for definition in dicts(definitions):
        if definition.get("type") == "namespace":
            for inner in dicts(definition.get("tools")):
                yield _offered(inner, str(definition.get("name")))
        else:
            yield _offered(definition, str(definition.get("name")) if own_space else None)


def _offered(definition: Body, namespace: str | None) -> Offered:
    kind = str(definition.get("type"))
    kind = _ALIASES.get(kind, kind)
    deferred = definition.get("defer_loading") is True
    name, description = str(definition.get("name", "")), str(definition.get("description") or "")
    if kind == "function":
        if deferred and namespace is None:
            namespace = name  # recorded: a tool that was searched for is in a namespace of its own
        return Offered(
            Tool(name, "function", definition.get("parameters"), description), definition, namespace, deferred
        )
    if kind == "custom":
        return Offered(
            Tool(name, "custom", None, description, grammar=definition.get("format")), definition, namespace, deferred
        )
    if kind == "mcp":
        label = str(definition.get("server_label"))
        words = f"{label} {definition.get('server_description') or ''}"
        return Offered(Tool(f"mcp.{label}", "hosted", description=words), definition)
    hosted = kind in HOSTED or _runs_here(definition)
    run_by: ToolKind = "hosted" if hosted else "builtin"
    return Offered(Tool(kind, run_by, description=HOSTED.get(kind) or BUILTIN.get(kind, "")), definition)


def _runs_here(definition: Body) -> bool:
    """Whether a shell runs in a container of the API's."""
    environment = definition.get("environment")
    return isinstance(environment, dict) and environment.get("type") != "local"


def _choice(choice: JSON, tools: tuple[Tool, ...]) -> tuple[Any, str | None, frozenset[str] | None]:
    """Whether tools may or must be called, the one that must be, and those that may be."""
    if choice is None:
        return "auto", None, None
    if isinstance(choice, str):
        if choice == "required" and not tools:
            raise Refused(refusal("tools_missing", param="tool_choice"))
        return choice, None, None
    if choice.get("type") == "allowed_tools":
        names = frozenset(_known(_chosen(entry), tools) for entry in dicts(choice.get("tools")))
        return choice.get("mode", "auto"), None, names
    return "required", _known(_chosen(choice), tools), None


def _chosen(choice: Body) -> str:
    kind = str(choice.get("type"))
    if kind in ("function", "custom"):
        return str(choice.get("name"))
    if kind == "mcp":
        return f"mcp.{choice.get('server_label')}"
    return _ALIASES.get(kind, kind)


def _known(name: str, tools: tuple[Tool, ...]) -> str:
    if any(tool.name == name for tool in tools):
        return name
    raise Refused(refusal("tool_choice", name=name, param="tool_choice"))


def role_of(item: Body) -> str | None:
    """A message's role; None for other items. A message may leave its type away."""
    return str(item.get("role")) if item.get("type", "message") == "message" else None


def _since_user(items: Sequence[Body]) -> Iterator[Body]:
    """What came after the user last spoke, oldest first."""
    start = len(items)
    while start and role_of(items[start - 1]) != "user":
        start -= 1
    yield from items[start:]


def last_user(items: Sequence[Body]) -> str:
    return next((text_of(item.get("content")) for item in reversed(items) if role_of(item) == "user"), "")


def _told(body: Body, items: Sequence[Body]) -> str:
    said = (text_of(item.get("content")) for item in items if role_of(item) in ("system", "developer"))
    return "\n".join((str(body.get("instructions") or ""), *said))


def _called(item: Body) -> str | None:
    kind = item.get("type")
    if kind in ("function_call", "custom_tool_call"):
        return str(item.get("name"))
    if kind == "mcp_call":
        return f"mcp.{item.get('server_label')}"
    if kind == "tool_search_call":
        return "tool_search"
    return CALLS.get(str(kind))


def result_of(item: Body) -> str | None:
    """What an item brings back from a tool that the client ran."""
    kind = str(item.get("type"))
    if kind == "shell_call_output":
        return "\n".join(str(part.get("stdout", "")) for part in dicts(item.get("output"))).strip()
    if kind in (
        "function_call_output",
        "custom_tool_call_output",
        "local_shell_call_output",
        "apply_patch_call_output",
    ):
        return text_of(item.get("output"))
    return None


def _approvals(items: Sequence[Body]) -> Iterator[tuple[str, Body]]:
    requests = {str(item.get("id")): item for item in items if item.get("type") == "mcp_approval_request"}
    for item in items:
        request = requests.get(str(item.get("approval_request_id")))
        if item.get("type") == "mcp_approval_response" and request is not None:
            yield f"mcp.{request.get('server_label')}", {**request, "approve": item.get("approve")}


def _names_in(items: Iterator[Body]) -> Iterator[str]:
    for item in items:
        for each in offered_by(item):
            yield each.tool.name


def format_of(body: Body) -> Body:
    """What the text is to be: its `text.format`; empty where that is left away."""
    text = body.get("text")
    form = text.get("format") if isinstance(text, dict) else None
    return form if isinstance(form, dict) else {}


def _schema(body: Body) -> Any:
    form = format_of(body)
    if form.get("type") == "json_schema":
        schema = form.get("schema")
        return True if schema is None else schema
    return True if form.get("type") == "json_object" else None

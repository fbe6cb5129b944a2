"""What the API's own tools bring: plausible calls and results, as output items and citations.

Nothing here searches, runs or paints for real, but for file search, which searches the mock's own vector stores.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from .. import ids
from ..answer import JSON, Question, ToolCall
from ..containers import Containers
from ..generate.pictures import Picture, render
from ..generate.text import words
from ..noise import Noise
from ..retrieval.search import find, question_of
from ..retrieval.stores import VectorStores

Body = Mapping[str, JSON]
Item = dict[str, JSON]

_SIZE = (1024, 1024)


class Held(msgspec.Struct, frozen=True):
    """What tools use that is kept."""

    vectors: VectorStores
    containers: Containers


class Job(msgspec.Struct):
    """One use of a tool."""

    call: ToolCall
    definition: Body
    question: Question
    include: frozenset[str]
    noise: Noise
    held: Held
    approval: Body | None = None

    @property
    def given(self) -> Mapping[str, JSON]:
        """What a script says of the call."""
        given = msgspec.json.decode(self.call.arguments or "{}")
        return given if isinstance(given, dict) else {}

    @property
    def query(self) -> str:
        asked = self.given.get("query")
        return str(asked or " ".join(self.question.user.split()[:12]) or words(self.noise, 3))


class Done(msgspec.Struct):
    """What came of it: items ahead of the message, and what the message says for it."""

    items: list[Item]
    text: str = ""
    annotations: Sequence[Item] = ()
    """With `start_index` and `end_index` as if the message were this text alone."""
    images: Mapping[int, Sequence[str]] = {}
    """Partial images in base64, by the index of their item."""
    ends: bool = False
    """Whether the turn ends here: the client has to do something first."""


def use(job: Job) -> Done:
    """Use the tool that `job.call` names."""
    name = job.call.name
    return _mcp(job) if name.startswith("mcp.") else _USES[name](job)


def _web_search(job: Job) -> Done:
    slug = "-".join(job.query.lower().split()[:6]).strip("?!.,") or "result"
    domains = ((job.definition.get("filters") or {}).get("allowed_domains")) or ["example.com"]
    url, title = f"https://{domains[0]}/{slug}", job.query[:60].rstrip("?!. ").capitalize()
    action: Item = {"type": "search", "queries": [job.query], "query": job.query}
    if "web_search_call.action.sources" in job.include:
        action["sources"] = [{"type": "url", "url": url}]
    text = f"([{title}]({url}))"
    citation = {"type": "url_citation", "end_index": len(text), "start_index": 0, "title": title, "url": url}
    return Done([{"type": "web_search_call", "action": action}], text, [citation])


def _file_search(job: Job) -> Done:
    stores = [str(id) for id in job.definition.get("vector_store_ids") or ()]
    live = [id for id in stores if (job.held.vectors.find(id) or {"status": "expired"})["status"] != "expired"]
    for id in live:
        job.held.vectors.catch_up(id)
        job.held.vectors.touch(id)
    found = find(job.held.vectors, live, question_of(job.definition, [job.query]))
    results = [msgspec.to_builtins(each) for each in found]
    shown = results if "file_search_call.results" in job.include else None
    item = {"type": "file_search_call", "queries": [job.query], "results": shown}
    if not found:
        return Done([item])
    best = found[0]
    quoted = " ".join(best.text.split()[:30])
    citation = {"type": "file_citation", "file_id": best.file_id, "filename": best.filename, "index": len(quoted)}
    return Done([item], quoted, [citation])


def _code_interpreter(job: Job) -> Done:
    container = job.definition.get("container")
    id = _container(job, container)
    number = job.noise.randint(2, 99)
    code = str(job.given.get("code") or f"# {job.query}\nresult = {number} ** 2\nprint(result)")
    logs = str(job.given.get("logs") or f"{number**2}\n")
    outputs = [{"type": "logs", "logs": logs}] if "code_interpreter_call.outputs" in job.include else None
    return Done([{
        "type": "code_interpreter_call", "code": code, "container_id": id, "outputs": outputs,
    }])  # fmt: skip


def _container(job: Job, wanted: JSON) -> str:
    """The id of the container that is wanted by its id, used now, or of a new one with the files that are wanted."""
    held = job.held.containers
    if isinstance(wanted, str):
        held.touch(wanted)
        return wanted
    id = ids.make_for("container", job.noise)
    held.make(id, "auto", wanted if isinstance(wanted, dict) else {}, job.noise)
    return id


def _image_generation(job: Job) -> Done:
    wanted = job.definition
    form: Any = wanted.get("output_format") or "png"
    form = form if form in ("png", "webp", "jpeg") else "png"
    size = str(wanted.get("size") or "auto")
    width, _, height = size.partition("x")
    measure = (int(width), int(height)) if width.isdecimal() and height.isdecimal() else _SIZE
    transparent = wanted.get("background") == "transparent"
    prompt = str(job.given.get("prompt") or job.question.user or "A picture")
    picture = Picture(prompt, *measure, job.noise.randbytes(8), transparent)
    partial = [_encoded(picture, form, left) for left in range(wanted.get("partial_images") or 0, 0, -1)]
    item = {
        "type": "image_generation_call",
        "action": "generate" if wanted.get("action") in (None, "auto") else wanted["action"],
        "background": "transparent" if transparent else "opaque",
        "output_format": form,
        "quality": "high" if wanted.get("quality") in (None, "auto") else wanted["quality"],
        "result": _encoded(picture, form, 0),
        "revised_prompt": prompt,
        "size": f"{measure[0]}x{measure[1]}",
    }
    return Done([item], images={0: partial} if partial else {})


def _encoded(picture: Picture, form: Any, missing: int) -> str:
    return base64.b64encode(render(picture, form, 100, missing)).decode()


def listed_tools(definition: Body) -> list[Item]:
    """The tools that an MCP server has, as far as the request tells."""
    allowed = definition.get("allowed_tools")
    if isinstance(allowed, dict):
        allowed = allowed.get("tool_names")
    return [
        {
            "annotations": {"read_only": True},
            "description": f"{name} of {definition.get('server_label')}",
            "input_schema": _MCP_INPUT,
            "name": str(name),
        }
        for name in allowed or ["search"]
    ]


_MCP_INPUT: Item = {
    "type": "object",
    "properties": {"query": {"type": "string"}},
    "required": ["query"],
    "additionalProperties": False,
}


def _mcp(job: Job) -> Done:
    label = str(job.definition.get("server_label"))
    tool = str(job.given.get("tool") or listed_tools(job.definition)[0]["name"])
    arguments = msgspec.json.encode({"query": job.query}).decode()
    call: Item = {"type": "mcp_call", "approval_request_id": None, "arguments": arguments}
    call |= {"error": None, "name": tool, "output": f"Result of {tool}: {job.query}", "server_label": label}
    if job.approval is not None:
        call |= {name: job.approval[name] for name in ("arguments", "name") if name in job.approval}
        call["approval_request_id"] = job.approval.get("id")
    elif _needs_approval(job.definition.get("require_approval"), tool):
        request = {"type": "mcp_approval_request", "arguments": arguments, "name": tool, "server_label": label}
        return Done([request], ends=True)
    return Done([call])


def _needs_approval(required: JSON, tool: str) -> bool:
    if isinstance(required, dict):
        return tool not in ((required.get("never") or {}).get("tool_names") or ())
    return bool(required != "never")


def _shell(job: Job) -> Done:
    commands = job.given.get("commands") or [f"echo {words(job.noise, 2)!r}"]
    environment = job.definition.get("environment")
    call_id = ids.make("call", job.noise)
    hosted = job.call.kind == "hosted"
    where: JSON = environment
    if hosted and isinstance(environment, dict):
        container = _container(job, environment.get("container_id") or environment)
        where = {"type": "container_reference", "container_id": container}
    elif isinstance(environment, dict):
        where = {"type": "local"}
    action = {"commands": commands, "max_output_length": None, "timeout_ms": None}
    call: Item = {
        "type": "shell_call",
        "action": action,
        "call_id": call_id,
        "environment": where,
    }
    if not hosted:
        return Done([call], ends=True)
    said = [{"outcome": {"type": "exit", "exit_code": 0}, "stderr": "", "stdout": f"{words(job.noise, 3)}\n"}]
    output: Item = {"type": "shell_call_output", "call_id": call_id}
    return Done([call, output | {"max_output_length": None, "output": said * len(commands)}])


def _local_shell(job: Job) -> Done:
    command = job.given.get("command") or ["ls", "-la"]
    action: Item = {"type": "exec", "command": command, "env": {}}
    action |= {"timeout_ms": None, "user": None, "working_directory": None}
    return _client_runs({"type": "local_shell_call", "action": action}, job)


def _computer(job: Job) -> Done:
    action = job.given.get("action") or {"type": "screenshot"}
    # The preview does one thing at a time; the tool that came after it, several.
    old = str(job.definition.get("type")).endswith("preview")
    what: Item = {"action": action} if old else {"actions": [action]}
    return _client_runs({"type": "computer_call", "pending_safety_checks": [], **what}, job)


def _apply_patch(job: Job) -> Done:
    diff = f"@@\n-{words(job.noise, 2)}\n+{words(job.noise, 2)}\n"
    operation = job.given.get("operation") or {"type": "update_file", "diff": diff, "path": "README.md"}
    return _client_runs({"type": "apply_patch_call", "operation": operation}, job)


def _tool_search(job: Job) -> Done:
    from ..generate.values import sample  # few need it, and a server must start fast

    schema = job.definition.get("parameters")
    arguments = job.given or (sample(schema, job.noise.randbytes(8).hex()) if schema else {"query": job.query})
    return _client_runs({"type": "tool_search_call", "arguments": arguments, "execution": "client"}, job)


def _client_runs(item: Item, job: Job) -> Done:
    return Done([{**item, "call_id": ids.make("call", job.noise)}], ends=True)


_USES: dict[str, Callable[[Job], Done]] = {
    "apply_patch": _apply_patch,
    "code_interpreter": _code_interpreter,
    "computer": _computer,
    "file_search": _file_search,
    "image_generation": _image_generation,
    "local_shell": _local_shell,
    "shell": _shell,
    "tool_search": _tool_search,
    "web_search": _web_search,
}

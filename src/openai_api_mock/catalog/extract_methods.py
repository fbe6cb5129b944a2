"""What the SDK's source says about each call: verb, path and the expressions that name its types.

Only `ast` is used, so nothing of `openai` is imported, and a package that can't be imported can still be read.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .extract_tree import Resource, Sources, resources
from .extract_websockets import websockets
from .sdk_method import Fields, SdkMethod

_VERBS = {"get": "GET", "post": "POST", "put": "PUT", "patch": "PATCH", "delete": "DELETE", "get_api_list": "GET"}


@dataclass
class _Function:
    """A method's body, with its local names resolved to what was last assigned to them."""

    node: ast.FunctionDef | ast.AsyncFunctionDef
    assigned: dict[str, list[ast.expr]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for node in ast.walk(self.node):
            if not isinstance(node, ast.Assign):
                continue
            for target in node.targets:
                names = target.elts if isinstance(target, ast.Tuple) else [target]
                for name in names:
                    if isinstance(name, ast.Name):
                        self.assigned.setdefault(name.id, []).append(node.value)

    def behind(self, node: ast.expr) -> list[ast.expr]:
        """The expression itself, and, where it is a local name or an attribute of one, what was assigned to that."""
        while isinstance(node, ast.Attribute):
            node = node.value
        if isinstance(node, ast.Name):
            return [node, *self.assigned.get(node.id, [])]
        return [node]


def methods(root: Path, *, asynchronous: bool = False) -> list[SdkMethod]:
    """Every request and WebSocket of the `openai` package at `root`, in the order of the client's attributes.

    `asynchronous` reads the classes behind `AsyncOpenAI`; both must give the same set.
    """
    sources = Sources(root)
    found: list[SdkMethod] = []
    for resource in resources(sources, "AsyncOpenAI" if asynchronous else "OpenAI"):
        for node in resource.node.body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not _is_overload(node):
                found.extend(_requests(resource, node))
                found.extend(websockets(sources, resource, node))
    return found


def _requests(resource: Resource, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[SdkMethod]:
    function = _Function(node)
    for call in ast.walk(node):
        if not isinstance(call, ast.Call) or not call.args:
            continue
        verb = _verb(call)
        path = _path(call.args[0])
        if verb is None or path is None:
            continue
        yield _request(resource, function, call, verb, path)


def _request(resource: Resource, function: _Function, call: ast.Call, verb: str, path: str) -> SdkMethod:
    keywords = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    options = _options(function, keywords.get("options"))
    headers = _headers(function)
    body = _fields(function, keywords["body"]) if "body" in keywords else None
    override = keywords.get("method")
    if isinstance(override, ast.Constant) and isinstance(override.value, str):
        verb = override.value.upper()
    bare, _, query = path.partition("?")
    stream = keywords.get("stream")
    return SdkMethod(
        verb=verb,
        path=bare,
        module=resource.module,
        sdk=f"{resource.path}.{function.node.name}",
        beta_query=query == "beta=true",
        cast_to=keywords.get("cast_to") or keywords.get("model"),
        returns=function.node.returns,
        page=keywords.get("page"),
        stream=keywords.get("stream_cls"),
        always_streams=isinstance(stream, ast.Constant) and stream.value is True,
        body=body,
        query=_fields(function, options["query"]) if "query" in options else None,
        headers=headers.parameters,
        beta=headers.constants.get("openai-beta"),
        accept=headers.constants.get("accept"),
        multipart=headers.constants.get("content-type") == "multipart/form-data",
        files=_files(function),
        admin="admin_api_key_auth" in ast.dump(options["security"]) if "security" in options else False,
        deprecated=any(
            "deprecated" in ast.unparse(decorator).split("(")[0] for decorator in function.node.decorator_list
        ),
    )


def _is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(decorator).endswith("overload") for decorator in node.decorator_list)


def _verb(call: ast.Call) -> str | None:
    """`self._post(…)`, and `self._client.post(…)`, which some releases write."""
    if not isinstance(call.func, ast.Attribute):
        return None
    name = call.func.attr
    owner = ast.unparse(call.func.value)
    if owner == "self" and name.startswith("_"):
        return _VERBS.get(name[1:])
    return _VERBS.get(name) if owner == "self._client" else None


def _path(node: ast.expr) -> str | None:
    if isinstance(node, ast.Call) and node.args:
        return _path(node.args[0])
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("/"):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [
            str(part.value) if isinstance(part, ast.Constant) else "{" + _name_in(part) + "}" for part in node.values
        ]
        return "".join(parts)
    return None


def _name_in(node: ast.expr) -> str:
    names = [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)]
    return names[-1] if names else "id"


def _options(function: _Function, node: ast.expr | None) -> dict[str, ast.expr]:
    if node is None:
        return {}
    for candidate in function.behind(node):
        if isinstance(candidate, ast.Call):
            return {keyword.arg: keyword.value for keyword in candidate.keywords if keyword.arg}
    return {}


def _fields(function: _Function, node: ast.expr) -> Fields:
    """The keys and types behind `maybe_transform({…}, Params)`, followed through local names.

    The dictionary may be prepared first (`deepcopy_with_paths({…}, …)`, a runtime context made from it).
    """
    keys: tuple[str, ...] = ()
    types: tuple[ast.expr, ...] = ()
    queue = [node]
    seen: set[int] = set()
    while queue:
        current = queue.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, ast.Dict) and not keys:
            keys = tuple(str(key.value) for key in current.keys if isinstance(key, ast.Constant))
        elif isinstance(current, ast.Await):
            queue.append(current.value)
        elif isinstance(current, ast.Call):
            if "maybe_transform" in ast.unparse(current.func) and len(current.args) > 1:
                types = types or _branches(current.args[1])
            queue.extend(current.args[:2] if not keys else [])
        elif isinstance(current, (ast.Name, ast.Attribute)):
            queue.extend(function.behind(current))
    return Fields(keys, types)


def _branches(node: ast.expr) -> tuple[ast.expr, ...]:
    """`A if stream else B` names both types."""
    if isinstance(node, ast.IfExp):
        return (*_branches(node.orelse), *_branches(node.body))
    return (node,)


@dataclass(frozen=True)
class _Headers:
    constants: dict[str, str]
    parameters: tuple[str, ...]


def _headers(function: _Function) -> _Headers:
    constants: dict[str, str] = {}
    parameters: list[str] = []
    for value in function.assigned.get("extra_headers", []):
        for node in ast.walk(value):
            if not isinstance(node, ast.Dict):
                continue
            for key, content in zip(node.keys, node.values, strict=True):
                if not isinstance(key, ast.Constant):
                    continue
                if isinstance(content, ast.Constant):
                    constants[str(key.value).lower()] = str(content.value)
                elif str(key.value).lower() != "content-type":
                    parameters.append(str(key.value))
    return _Headers(constants, tuple(parameters))


def _files(function: _Function) -> tuple[str, ...]:
    """From `extract_files(body, paths=[["file"], ["files", "<array>"]])`."""
    names: list[str] = []
    for node in ast.walk(function.node):
        if not isinstance(node, ast.Call) or ast.unparse(node.func) != "extract_files":
            continue
        for keyword in node.keywords:
            if keyword.arg == "paths":
                names.extend(".".join(path).replace(".<array>", "[]") for path in ast.literal_eval(keyword.value))
    return tuple(sorted(set(names)))

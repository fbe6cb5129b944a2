"""The WebSockets that the SDK's source opens: path and types of events, by `ast`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .extract_tree import Resource, Sources
from .sdk_method import Fields, SdkMethod


def websockets(
    sources: Sources, resource: Resource, node: ast.FunctionDef | ast.AsyncFunctionDef
) -> Iterator[SdkMethod]:
    """A `connect` returns a manager class whose `_prepare_url` ends in the path, and which sends and parses events."""
    if node.name != "connect" or not isinstance(node.returns, ast.Name):
        return
    manager = sources.find_class(resource.module, node.returns.id)
    if manager is None:
        return
    connection = sources.find_class(manager.module, node.returns.id.removesuffix("Manager"))
    path = _path_in(manager.node)
    if connection is None or path is None:
        return
    client, server = _event_types(connection.node)
    if client is None or server is None:
        return
    ours = {"self", "extra_query", "extra_headers", "websocket_connection_options", "on_reconnecting"}
    ours |= {"max_retries", "initial_delay", "max_delay", "max_queue_size", *re.findall(r"\{(\w+)\}", path)}
    names = [argument.arg for argument in (*node.args.args, *node.args.kwonlyargs) if argument.arg not in ours]
    yield SdkMethod(
        verb="GET",
        path=path,
        module=connection.module,
        sdk=f"{resource.path}.connect",
        query=Fields(tuple(names), ()) if names else None,
        websocket=(client, server),
    )


def _path_in(manager: ast.ClassDef) -> str | None:
    for node in ast.walk(manager):
        if not isinstance(node, ast.Constant):
            continue
        text = node.value.decode() if isinstance(node.value, bytes) else node.value
        if isinstance(text, str) and re.fullmatch(r"/[a-z]\S*", text):
            return text
    return None


def _event_types(connection: ast.ClassDef) -> tuple[ast.expr | None, ast.expr | None]:
    client: ast.expr | None = None
    server: ast.expr | None = None
    for node in connection.body:
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if node.name == "parse_event":
            server = node.returns
        if node.name == "send" and len(node.args.args) > 1:
            annotation = node.args.args[1].annotation
            # `send(event: Event | EventParam)`: the dictionary's type is the stricter one, and is named last.
            client = annotation.right if isinstance(annotation, ast.BinOp) else annotation
    return client, server

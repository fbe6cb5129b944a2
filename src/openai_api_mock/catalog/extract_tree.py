"""The SDK's source files, and the tree of resource classes that hang off its client."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ClassSource:
    """A class statement and the dotted module that holds it."""

    module: str
    node: ast.ClassDef


@dataclass(frozen=True)
class Resource(ClassSource):
    """A class of resource methods and the attribute path that leads to it from the client: `chat.completions`."""

    path: str


class Sources:
    """The modules of one `openai` package, parsed when they are first asked for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._trees: dict[str, ast.Module | None] = {}
        self._imports: dict[str, dict[str, tuple[str, str]]] = {}

    def tree(self, module: str) -> ast.Module | None:
        if module not in self._trees:
            file = self._file(module)
            self._trees[module] = ast.parse(file.read_bytes()) if file is not None else None
        return self._trees[module]

    def find_class(self, module: str, name: str) -> ClassSource | None:
        """The class that `name` means in `module`, followed through re-exports."""
        for _ in range(10):
            tree = self.tree(module)
            if tree is None:
                return None
            for node in tree.body:
                if isinstance(node, ast.ClassDef) and node.name == name:
                    return ClassSource(module, node)
            target = self._imported(module).get(name)
            if target is None:
                return None
            module, name = target
        return None

    def lineage(self, source: ClassSource) -> list[ClassSource]:
        """The class and those of its bases that the SDK's resources define, nearest first."""
        found = [source]
        for base in source.node.bases:
            if not isinstance(base, ast.Name):
                continue
            parent = self.find_class(source.module, base.id)
            if parent is not None and parent.module.startswith("openai.resources."):
                found.extend(self.lineage(parent))
        return found

    def _file(self, module: str) -> Path | None:
        base = self.root.joinpath(*module.split(".")[1:])
        package = base / "__init__.py"
        if package.is_file():
            return package
        file = base.with_suffix(".py")
        return file if file.is_file() else None

    def _imported(self, module: str) -> dict[str, tuple[str, str]]:
        """Names that a module imports from its own package, anywhere in it, to where they come from."""
        if module in self._imports:
            return self._imports[module]
        names: dict[str, tuple[str, str]] = {}
        tree = self.tree(module)
        file = self._file(module)
        if tree is not None and file is not None:
            package = module if file.name == "__init__.py" else module.rpartition(".")[0]
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom):
                    source = _absolute(package, node)
                    names.update({alias.asname or alias.name: (source, alias.name) for alias in node.names})
        self._imports[module] = names
        return names


def resources(sources: Sources, client: str) -> list[Resource]:
    """The resource classes reachable from the client class named `client`, each once, by its shortest attribute path.

    A class that hangs both under `beta` and elsewhere is named by where it hangs elsewhere. Base classes that hold
    requests of a resource (hand-written subclasses of generated ones) stand next to it under the same path.
    """
    root = sources.find_class("openai._client", client)
    if root is None:
        return []
    found: dict[tuple[str, str], Resource] = {}
    queue = [Resource(root.module, root.node, "")]
    while queue:
        parent = queue.pop(0)
        for name, source in _children(sources, parent):
            path = f"{parent.path}.{name}" if parent.path else name
            for each in sources.lineage(source):
                key = (each.module, each.node.name)
                if key in found and not found[key].path.startswith("beta."):
                    continue
                found[key] = Resource(each.module, each.node, path)
                queue.append(found[key])
    return list(found.values())


def _children(sources: Sources, parent: ClassSource) -> Iterator[tuple[str, ClassSource]]:
    for node in parent.node.body:
        if not isinstance(node, ast.FunctionDef) or not isinstance(node.returns, ast.Name):
            continue
        if node.name.startswith("with_") or "cached_property" not in [
            ast.unparse(each) for each in node.decorator_list
        ]:
            continue
        source = sources.find_class(parent.module, node.returns.id)
        if source is not None:
            yield node.name, source


def _absolute(package: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    base = parts[: len(parts) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)

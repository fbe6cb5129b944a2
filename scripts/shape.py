"""Writes the types of the mock's routes, `src/openai_api_mock/script/shape.pyi`, from the catalog.

    python scripts/shape.py [FILE]

Editors complete `openai_mock.chat.completions.create` by it, and type checkers know which routes there are.
"""

from __future__ import annotations

import sys
from pathlib import Path

from openai_api_mock.engine import Engine
from openai_api_mock.options import Options
from openai_api_mock.script.routes import PARTS

FILE = Path(__file__).parent.parent / "src" / "openai_api_mock" / "script" / "shape.pyi"
HEAD = '''"""Made by scripts/shape.py: the routes of the mock, in the shape of the client."""

from .routes import {names}

'''

ENGINE = Engine(Options())
OWN = frozenset(("webhooks",))
"""Parts of the client for which the mock has a class of its own, which has their routes too."""

Tree = dict[str, "Tree"]


def tree() -> Tree:
    """The client's attributes; a method has none inside."""
    root: Tree = {}
    for path in ENGINE.catalog.methods:
        at = root
        for name in path.split("."):
            at = at.setdefault(name, {})
    return root


def classes(tree: Tree, path: str = "") -> list[str]:
    """A class for a part of the client, those inside it first."""
    lines: list[str] = []
    body: list[str] = []
    for attribute, inner in sorted(tree.items()):
        below = f"{path}.{attribute}" if path else attribute
        if inner:
            lines += classes(inner, below)
        if below in OWN:
            continue
        body.append(f"    {attribute}: {_class(below) if inner else 'Route'}")
    own = PARTS[path].__name__ if path in PARTS else "Working" if path in ENGINE.jobs.kinds else None
    base = f"({own})" if own else ""
    return [*lines, f"class {_class(path) if path else 'Shape'}{base}:", *body, ""]


def _class(path: str) -> str:
    return "_" + "".join(part.title() for part in path.replace("_", ".").split("."))


def main() -> None:
    path = Path(sys.argv[1]) if sys.argv[1:] else FILE
    names = sorted({*(part.__name__ for part in PARTS.values()), "Route", "Working"})
    path.write_text(HEAD.format(names=", ".join(names)) + "\n".join(classes(tree())), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Writes the types of the mock's routes, `src/openai_api_mock/script/shape.pyi`, from the catalog.

    python scripts/shape.py [FILE]

Editors complete `openai_mock.chat.completions.create` by it, and type checkers know which routes there are.
"""

from __future__ import annotations

import sys
from pathlib import Path

from openai_api_mock.catalog import Catalog

FILE = Path(__file__).parent.parent / "src" / "openai_api_mock" / "script" / "shape.pyi"
HEAD = '''"""Made by scripts/shape.py: the routes of the mock, in the shape of the client."""

from .routes import Route

'''

Tree = dict[str, "Tree"]


def tree() -> Tree:
    """The client's attributes; a method has none inside."""
    root: Tree = {}
    for operation in Catalog.load().operations:
        for path in (operation.sdk, *operation.sdk_aliases):
            at = root
            for name in path.split("."):
                at = at.setdefault(name, {})
    return root


def classes(tree: Tree, name: str, path: str) -> list[str]:
    """A class for a part of the client, those inside it first."""
    lines: list[str] = []
    body: list[str] = []
    for attribute, inner in sorted(tree.items()):
        if inner:
            below = f"_{path.removeprefix('_')}_{attribute}" if path else f"_{attribute}"
            kind = "".join(part.title() for part in below.split("_") if part)
            lines += classes(inner, f"_{kind}", below)
            body.append(f"    {attribute}: _{kind}")
        else:
            body.append(f"    {attribute}: Route")
    return [*lines, f"class {name}:", *body, ""]


def main() -> None:
    path = Path(sys.argv[1]) if sys.argv[1:] else FILE
    path.write_text(HEAD + "\n".join(classes(tree(), "Shape", "")), encoding="utf-8")


if __name__ == "__main__":
    main()

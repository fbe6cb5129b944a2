"""Who may import whom: `wire` <- core <- `resources` <- `engine` <- `mock` <- front ends."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "openai_api_mock"

LAYERS = (
    {"wire", "errors", "_version"},
    {
        "admission", "advance", "answer", "answer_checks", "asking", "body", "azure", "call", "calls", "catalog", "cassettes", "chatkit", "clock", "clock_manual", "containers", "content", "durations", "faults", "files", "forms", "generate", "headers", "ids",
        "jobs", "joining", "journal", "keys", "ledger", "prices", "journal_tokens", "journal_lines", "limits", "models", "noise", "options", "resilience", "retrieval", "script", "state", "stream", "troubles", "turns", "voice", "webhooks", "wordings", "graders",
    },
    {"resources"},
    {"engine"},
    {"delivery", "intercept", "server"},
    {"mock", "rehearsal"},
    {"cli", "coverage", "probe", "pytest_plugin", "remote", "settings", "__main__"},
)  # fmt: skip
HTTP = {"httpx", "httpx2", "aiohttp", "requests", "urllib3", "websockets", "uvicorn", "starlette", "socket", "asyncio"}
PURE = {
    "keys", "ledger", "wire", "admission", "jobs", "troubles", "turns", "advance", "answer", "asking", "azure", "chatkit", "containers", "files", "call", "engine", "resources", "script", "journal", "generate", "retrieval", "stream", "state", "catalog", "limits", "resilience", "voice", "webhooks",
}  # fmt: skip


def rooms() -> list[Path]:
    return [path for path in sorted(SOURCE.rglob("*.py")) if path != SOURCE / "__init__.py"]


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports at run time, as `openai_api_mock.x.y` or another package's name."""
    package = ("openai_api_mock", *path.relative_to(SOURCE).parts[:-1])
    for node in ast.walk(_without_type_checking(ast.parse(path.read_text()))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *((node.module,) if node.module else ())))
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _without_type_checking(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    return tree


def layer_of(name: str) -> int:
    for number, layer in enumerate(LAYERS):
        if name in layer:
            return number
    raise AssertionError(f"{name} is in no layer: give it a place in LAYERS")


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", rooms(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_go_one_way(path: Path) -> None:
    own = room_of(path)
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "openai_api_mock" or len(parts) == 1 or parts[1] in (own, "__version__"):
            continue
        assert layer_of(parts[1]) <= layer_of(own), f"{path.relative_to(SOURCE)} imports {name}"


@pytest.mark.parametrize(
    "path", [path for path in rooms() if room_of(path) in PURE], ids=lambda path: str(path.relative_to(SOURCE))
)
def test_the_core_does_no_input_or_output(path: Path) -> None:
    assert {name.partition(".")[0] for name in imports(path)} & HTTP == set()


def test_resources_do_not_import_one_another() -> None:
    """A family is a file, or several that begin with its name: chat.py, chat_stream.py."""
    for path in sorted((SOURCE / "resources").glob("*.py")):
        family = path.stem.partition("_")[0]
        if path.stem in ("__init__", "base", "generic"):
            continue
        for name in imports(path):
            if name.startswith("openai_api_mock.resources."):
                other = name.split(".")[2]
                assert other == "base" or other.partition("_")[0] == family, f"{path.name} imports {name}"


def test_no_room_is_too_long() -> None:
    lengths = {str(path.relative_to(SOURCE)): len(path.read_text().splitlines()) for path in rooms()}
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}


def test_public_names_are_sorted_and_exact() -> None:
    import openai_api_mock

    assert sorted(openai_api_mock.__all__) == sorted(set(openai_api_mock.__all__))
    assert set(openai_api_mock.__all__) == {*openai_api_mock._HOMES, "__version__"}
    for name in openai_api_mock.__all__:
        assert getattr(openai_api_mock, name) is not None
    with pytest.raises(AttributeError):
        openai_api_mock.mock_opneai  # noqa: B018

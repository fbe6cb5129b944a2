"""The page on faults is what was run, and what it says of the newest clients holds."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from openai_api_mock.faults import FAULTS
from openai_api_mock.faults.answer import SPOILS
from openai_api_mock.faults.before import CONNECTIONS
from openai_api_mock.faults.model import DISTORTIONS, OF_TOOLS

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def matrix() -> ModuleType:
    spec = importlib.util.spec_from_file_location("scripts_faults", ROOT / "scripts" / "faults.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("client", ["openai", "aiohttp", "httpx", "node"])
def test_every_fault_turns_out_as_documented(client: str, matrix: ModuleType) -> None:
    """Older SDKs have environments of their own: `make faults` runs them too."""
    if client == "node" and not (matrix.NODE / "node_modules" / "openai").exists():
        pytest.skip("Node's SDK isn't installed: `make faults` installs it")
    command = {**matrix.HERE, **matrix.ELSEWHERE}[client]
    assert matrix.differences(matrix.read(), matrix.run({client: command})) == []


def test_the_page_is_the_outcomes(tmp_path: Path) -> None:
    path = tmp_path / "faults.md"
    subprocess.run([sys.executable, str(ROOT / "scripts" / "faults.py"), "--page", str(path)], check=True)
    assert path.read_text(encoding="utf-8") == (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")


def test_every_fault_of_the_table_does_something() -> None:
    doing: dict[str, Callable[..., object]] = {**SPOILS, **DISTORTIONS, **OF_TOOLS}
    answering = {kind.name for kind in FAULTS.values() if kind.status or kind.name == "status"}
    assert sorted([*doing, *CONNECTIONS, *answering]) == sorted(FAULTS)

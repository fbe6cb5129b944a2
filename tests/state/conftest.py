"""The stores: every test of behaviour that takes `store` runs on each of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from openai_api_mock.state import MemoryStore, Store
from openai_api_mock.state.sqlite import SQLiteStore

KINDS = ("memory", "sqlite")
REPOSITORY = Path(__file__).parents[2]

Start = Callable[..., "subprocess.Popen[str]"]


@contextmanager
def opened(kind: str) -> Iterator[Store]:
    """A store of that kind with nothing in it, closed and gone at the end."""
    with TemporaryDirectory() as folder:
        store: Store = MemoryStore() if kind == "memory" else SQLiteStore(Path(folder) / "state.db")
        with closing(store):
            yield store


def fill(store: Store, collection: str, count: int) -> None:
    """Put `a0`, `a1`, … into the collection."""
    with store.transaction():
        for number in range(count):
            store.put(collection, f"a{number}", {"id": f"a{number}", "number": number})


class Breaking(BytesIO):
    """A source that gives a few bytes at a time, and breaks where told: when so many are left."""

    def __init__(self, content: bytes, breaks_at: int = -1) -> None:
        super().__init__(content)
        self.breaks_at = len(content) - breaks_at

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() >= self.breaks_at:
            raise OSError("the source broke")
        return super().read(100_000)


class Broken(Exception):
    """What goes wrong in a test's transaction."""


@contextmanager
def undone(store: Store) -> Iterator[None]:
    """A transaction that raises at its end."""
    with suppress(Broken), store.transaction():
        yield
        raise Broken


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with opened(request.param) as store:
        yield store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a test's database may be."""
    return tmp_path / "state.db"


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a task of `processes.py` in a process of its own, with pipes to talk to it."""
    started: list[subprocess.Popen[str]] = []

    def start(task: str, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.state.processes", task, *map(str, arguments)]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, cwd=REPOSITORY, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()

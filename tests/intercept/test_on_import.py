from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from openai_api_mock.intercept.on_import import OnImport

NAME = "a_library_of_clients"


@pytest.fixture(autouse=True)
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    source = tmp_path / f"{NAME}.py"
    source.write_text("class Client: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield source
    sys.modules.pop(NAME, None)


class Watch:
    """What was hooked."""

    def __init__(self) -> None:
        self.seen: list[ModuleType] = []
        self.on_import = OnImport({NAME: self.seen.append})

    def __enter__(self) -> list[ModuleType]:
        self.on_import.install()
        return self.seen

    def __exit__(self, *error: object) -> None:
        self.on_import.uninstall()


def test_a_module_is_hooked_when_it_is_imported_later() -> None:
    with Watch() as seen:
        assert seen == []
        module = importlib.import_module(NAME)
        assert seen == [module]
        importlib.import_module(NAME)
    assert len(seen) == 1


def test_a_module_that_was_imported_before_is_hooked_at_once() -> None:
    module = importlib.import_module(NAME)
    with Watch() as seen:
        assert seen == [module]


def test_a_reloaded_module_is_hooked_again_for_its_classes_are_new() -> None:
    module = importlib.import_module(NAME)
    with Watch() as seen:
        importlib.reload(module)
    assert seen == [module, module]


def test_a_module_does_not_see_that_it_was_hooked() -> None:
    with Watch():
        module = importlib.import_module(NAME)
    assert type(module.__loader__).__name__ == "SourceFileLoader"
    assert module.__spec__ is not None
    assert module.__spec__.loader is module.__loader__


def test_whoever_only_looks_for_a_module_hooks_nothing_and_may_ask_its_loader() -> None:
    with Watch() as seen:
        spec = importlib.util.find_spec(NAME)
    assert spec is not None
    assert spec.loader is not None
    assert spec.loader.get_source(NAME) == "class Client: pass\n"  # type: ignore[attr-defined]
    assert seen == []


def test_a_module_that_was_hidden_is_left_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, NAME, None)
    with Watch() as seen, pytest.raises(ImportError):
        importlib.import_module(NAME)
    assert seen == []


def test_a_module_that_is_missing_stays_missing(library: Path) -> None:
    library.unlink()
    with Watch() as seen, pytest.raises(ModuleNotFoundError):
        importlib.import_module(NAME)
    assert seen == []


def test_nothing_is_hooked_after_uninstalling_though_the_import_began_before() -> None:
    watch = Watch()
    with watch as seen:
        spec = importlib.util.find_spec(NAME)
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    assert seen == []


def test_a_module_that_another_thread_is_importing_is_hooked_once_and_whole(library: Path) -> None:
    library.write_text(
        "import a_gate_of_imports as gate\ngate.entered.set()\ngate.opened.wait(10)\nclass Client: pass\n"
    )
    gate = ModuleType("a_gate_of_imports")
    entered, opened = threading.Event(), threading.Event()
    vars(gate).update(entered=entered, opened=opened)
    sys.modules[gate.__name__] = gate
    seen: list[bool] = []
    on_import = OnImport({NAME: lambda module: seen.append(hasattr(module, "Client"))})
    importing = threading.Thread(target=importlib.import_module, args=(NAME,))
    installing = threading.Thread(target=on_import.install)
    importing.start()
    entered.wait(10)
    installing.start()
    opened.set()
    importing.join()
    installing.join()
    on_import.uninstall()
    del sys.modules[gate.__name__]
    assert seen == [True]


def test_two_may_watch_for_the_same_module() -> None:
    with Watch() as first, Watch() as second:
        module = importlib.import_module(NAME)
    assert first == second == [module]

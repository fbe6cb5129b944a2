"""Patch a library when it is imported, if it wasn't yet: a client that is imported late is caught too."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

Hook = Callable[[ModuleType], None]


class OnImport(MetaPathFinder):
    """Calls `hooks[name](module)` once module `name` has been imported: now, if it has been already."""

    def __init__(self, hooks: Mapping[str, Hook]) -> None:
        self._hooks = hooks
        self._hooked: dict[str, ModuleType] = {}
        self._lock = threading.RLock()
        self._installed = False

    def install(self) -> None:
        # Watch before looking round: what another thread imports in between is seen twice, not missed.
        self._installed = True
        sys.meta_path.insert(0, self)
        for name in self._hooks:
            # None is how a test hides a library.
            if sys.modules.get(name) is not None:
                # Waits for another thread that is still importing it.
                self._hook(name, import_module(name), again=False)

    def uninstall(self) -> None:
        with self._lock:
            self._installed = False
        sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self._hooks:
            return None
        spec = self._found_by_others(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Hooked(spec.loader, lambda module: self._hook(fullname, module))
        return spec

    def _found_by_others(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> ModuleSpec | None:
        """What the finders after this one find; those before it have been asked."""
        finders = iter(tuple(sys.meta_path))
        if not any(finder is self for finder in finders):
            return None
        specs = (finder.find_spec(fullname, path, target) for finder in finders if hasattr(finder, "find_spec"))
        return next((spec for spec in specs if spec is not None), None)

    def _hook(self, name: str, module: ModuleType, *, again: bool = True) -> None:
        """Run the hook, `again` too: a reload makes the module's classes anew. Not once uninstalled."""
        with self._lock:
            if self._installed and (again or self._hooked.get(name) is not module):
                self._hooked[name] = module
                self._hooks[name](module)


class _Hooked(Loader):
    def __init__(self, loader: Loader, hook: Hook) -> None:
        self._loader = loader
        self._hook = hook

    def __getattr__(self, name: str) -> object:
        # Whoever only looks for a module, with importlib.util.find_spec, may ask its loader for more than this.
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # The module must not see our wrapper: pkgutil and importlib.resources look at its loader's type.
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._hook(module)

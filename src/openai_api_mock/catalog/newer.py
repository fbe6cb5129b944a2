"""Operations that the catalog lacks and the user's own `openai` package has: found at the first miss, then remembered.

The source of that package is read, not imported, to see whether it has the path; only where it has are its types
imported and turned into schemas. Both are kept in the user's cache folder, by the SDK's version. Whatever goes wrong,
the path counts as unknown: a mock must not fail because a package on the side can't be read.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import threading
from pathlib import Path

import msgspec

from .document import Document
from .lookup import Catalog
from .operation import Components, Operation

_logger = logging.getLogger("openai_api_mock")


class _Kept(msgspec.Struct):
    """What is remembered of one version of the SDK."""

    keys: list[str]
    """`POST /things/{id}` of all its operations."""
    documents: dict[str, msgspec.Raw] = {}
    """By key, the OpenAPI documents of those that were asked for."""


class NewerSdk:
    """The installed `openai` package, where it isn't the release that `catalog` was built from.

    Called with the method and path (without `/v1`) of a request that the catalog lacks, it gives a catalog of the one
    operation, or None. Thread-safe; `Catalog.find(..., miss=newer_sdk)` calls it.
    """

    def __init__(self, catalog: Catalog, cache: Path | None = None) -> None:
        self._known = catalog.version
        self._cache = cache
        self._lock = threading.Lock()
        self._kept: _Kept | None = None
        self._paths: Catalog | None = None
        self._catalogs: dict[str, Catalog] = {}

    def __call__(self, method: str, path: str) -> Catalog | None:
        try:
            with self._lock:
                return self._find(method, path)
        except Exception as error:
            _logger.debug("the installed openai package couldn't be read for %s %s: %r", method, path, error)
            return None

    def _find(self, method: str, path: str) -> Catalog | None:
        from importlib.metadata import version as version_of

        version = version_of("openai")
        if version == self._known:
            return None
        if self._kept is None or self._paths is None:
            self._kept = self._load(version)
            self._paths = _catalog_of_paths(version, self._kept.keys)
        key = getattr(getattr(self._paths.find(method, path), "operation", None), "key", None)
        if not isinstance(key, str):
            return None
        if key not in self._catalogs:
            self._catalogs[key] = self._extract(version, self._kept, key)
        return self._catalogs[key]

    def _load(self, version: str) -> _Kept:
        file = self._file(version)
        if file.is_file():
            try:
                return msgspec.json.decode(file.read_bytes(), type=_Kept)
            except msgspec.DecodeError:
                _logger.debug("%s is damaged and is made again", file)
        kept = _Kept(_keys())
        self._save(version, kept)
        return kept

    def _extract(self, version: str, kept: _Kept, key: str) -> Catalog:
        if key not in kept.documents:
            from .extract import build

            document = build(importlib.import_module("openai"), only=lambda each: each.key == key)
            kept.documents[key] = msgspec.Raw(msgspec.json.encode(document))
            self._save(version, kept)
        return Catalog.from_document(bytes(kept.documents[key]))

    def _save(self, version: str, kept: _Kept) -> None:
        """Written whole or not at all: other processes read it. A folder that can't be written is no reason to fail."""
        file = self._file(version)
        partial = file.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(msgspec.json.encode(kept))
            partial.replace(file)
        except OSError as error:
            _logger.debug("%s couldn't be written: %r", file, error)

    def _file(self, version: str) -> Path:
        if self._cache is None:
            import platformdirs

            self._cache = Path(platformdirs.user_cache_dir("openai-api-mock"))
        # The catalog's version too: another release of this package may extract otherwise.
        return self._cache / f"openai-{version}-beside-{self._known}.json"


def _keys() -> list[str]:
    from .extract_methods import methods

    spec = importlib.util.find_spec("openai")
    if spec is None or not spec.submodule_search_locations:
        return []
    root = Path(next(iter(spec.submodule_search_locations)))
    return sorted({method.key for method in methods(root) if method.websocket is None and not method.beta_query})


def _catalog_of_paths(version: str, keys: list[str]) -> Catalog:
    """A catalog that knows paths and nothing else of its operations."""
    operations = []
    for key in keys:
        method, _, path = key.partition(" ")
        names = tuple(part[1:-1] for part in path.split("/") if part.startswith("{"))
        operations.append(Operation(key=key, method=method, path=path, sdk="", path_parameters=names))
    return Catalog(Document(version, tuple(operations), Components({})))

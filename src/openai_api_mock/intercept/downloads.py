"""The bodies of responses of httpx and httpx2 that lie in files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import lru_cache
from types import ModuleType
from typing import Any

from ..wire import FileBody


@lru_cache(maxsize=2)
def file_stream(library: ModuleType) -> Any:
    """A library's class of streams that read a file: for sync clients and async ones, as its own streams of bytes."""

    class FileStream(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc, name-defined]
        def __init__(self, file: FileBody) -> None:
            self._file = file

        def __iter__(self) -> Iterator[bytes]:
            yield from self._file.parts()

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for part in self._file.parts():
                yield part

        def close(self) -> None:
            self._file.close()

        async def aclose(self) -> None:
            self._file.close()

    return FileStream

"""The responses of httpx and httpx2 that replies become, each library a parameter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import lru_cache
from types import ModuleType
from typing import Any

from ..headers import RATE_LIMITS, STANDING
from ..wire import FileBody, Headers


def response_of(library: ModuleType, request: Any, status: int, headers: Headers, body: bytes) -> Any:
    """A whole reply, unread: the client reads it."""
    body = b"" if request.method == "HEAD" else body
    make = library.Response if "content-encoding" in dict(headers) else whole_response(library)
    stream = library.ByteStream(body)
    response = make(status, headers=headers_of(library, headers), stream=stream, request=request)
    response.headers.encoding = "ascii"  # else the library tries encodings on every header
    response.whole, response.piece = body, stream
    return response


def headers_of(library: ModuleType, pairs: Headers) -> Any:
    """The library's headers. Most of a reply's are those of any other, and the library would encode each of them anew:
    two thirds of what its response costs. It keeps raw name, name in lower case and raw value."""
    headers = library.Headers(_no_headers(library))
    headers._list = [_RAW.get(pair) or _raw(pair) for pair in pairs]
    return headers


@lru_cache(maxsize=2)
def _no_headers(library: ModuleType) -> Any:
    """What to copy is made faster than from nothing: that is asked whether it is a mapping."""
    return library.Headers()


def _raw(pair: tuple[str, str]) -> tuple[bytes, bytes, bytes]:
    name = pair[0].encode("ascii")
    return name, name.lower(), pair[1].encode("ascii")


_RAW = {pair: _raw(pair) for pair in STANDING + RATE_LIMITS}


@lru_cache(maxsize=2)
def whole_response(library: ModuleType) -> Any:
    """A library's class of responses whose stream is one piece of bytes, which needs no decoding.

    To read it, the library's own would pass through a dozen generators, decoders and chunkers: a quarter of what the
    mock adds to a call.
    """

    class Response(library.Response):  # type: ignore[misc, name-defined]
        whole: bytes
        piece: Any
        """The stream of it, which the client binds in one of its own."""

        def read(self) -> bytes:
            if not self._is_untouched():
                content: bytes = super().read()
                return content
            self.close()
            return self._take()

        async def aread(self) -> bytes:
            if not self._is_untouched():
                content: bytes = await super().aread()
                return content
            await self.aclose()
            return self._take()

        def _is_untouched(self) -> bool:
            if hasattr(self, "_content") or self.is_stream_consumed or self.is_closed:
                return False
            stream = self.stream  # which a hook may have put another round
            return getattr(stream, "_stream", stream) is self.piece

        def _take(self) -> bytes:
            self.is_stream_consumed = True
            self._content = self.whole
            self._num_bytes_downloaded = len(self.whole)
            return self.whole

        def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
            # Pickled, it is one of the library's own.
            return library.Response.__new__, (library.Response,), {**self.__getstate__(), "piece": None}

    return Response


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

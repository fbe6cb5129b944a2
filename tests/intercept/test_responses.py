"""Responses that are taken whole behave as the library's own, which read theirs in pieces."""

from __future__ import annotations

import asyncio
import importlib.util
import pickle
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from openai_api_mock.intercept.responses import response_of

LIBRARIES = [name for name in ("httpx", "httpx2") if importlib.util.find_spec(name)]
BODY = b'{"text": "caf\xc3\xa9\\n"}\nand more'


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> ModuleType:
    return importlib.import_module(request.param)


def ours(library: ModuleType, method: str = "GET", headers: tuple[tuple[str, str], ...] = ()) -> Any:
    given = [("content-type", "application/json"), ("content-length", str(len(BODY))), *headers]
    return response_of(library, library.Request(method, "http://x/"), 200, given, BODY)


def theirs(library: ModuleType) -> Any:
    given = {"content-type": "application/json", "content-length": str(len(BODY))}
    stream = library.ByteStream(BODY)
    return library.Response(200, headers=given, stream=stream, request=library.Request("GET", "http://x/"))


def told(response: Any) -> dict[str, Any]:
    """What a response tells of itself."""
    return {
        "headers": response.headers.multi_items(),
        "closed": response.is_closed,
        "consumed": response.is_stream_consumed,
        "downloaded": response.num_bytes_downloaded,
        "content": response.content if hasattr(response, "_content") else None,
        "repr": repr(response),
    }


USES: dict[str, Callable[[Any], Any]] = {
    "read": lambda response: response.read(),
    "read twice": lambda response: (response.read(), response.read()),
    "bytes": lambda response: list(response.iter_bytes()),
    "raw": lambda response: list(response.iter_raw(5)),
    "lines": lambda response: list(response.iter_lines()),
    "bytes once read": lambda response: (response.read(), list(response.iter_bytes(3))),
    "raw once read": lambda response: (response.read(), list(response.iter_raw())),
    "read once raw": lambda response: (list(response.iter_raw()), response.read()),
    "read once closed": lambda response: (response.close(), response.read()),
    "text": lambda response: (response.read(), response.text),
    "nothing": lambda response: None,
}


@pytest.mark.parametrize("use", USES)
def test_it_is_read_as_the_librarys_own(library: ModuleType, use: str) -> None:
    assert outcome(ours(library), USES[use]) == outcome(theirs(library), USES[use])


def outcome(response: Any, use: Callable[[Any], Any]) -> Any:
    try:
        got = use(response)
    except Exception as error:
        got = type(error), str(error)
    return got, told(response)


@pytest.mark.parametrize("use", ["aread", "sync read of an async stream", "raw", "aread once raw"])
def test_it_is_read_as_the_librarys_own_by_async_clients(library: ModuleType, use: str) -> None:
    class Bound(library.AsyncByteStream):  # type: ignore[misc, name-defined]  # as the library's client binds a stream
        def __init__(self, stream: Any) -> None:
            self._stream = stream

        async def __aiter__(self) -> Any:
            async for part in self._stream:
                yield part

        async def aclose(self) -> None:
            await self._stream.aclose()

    async def result(response: Any) -> Any:
        response.stream = Bound(response.stream)
        try:
            if use == "aread":
                got: Any = await response.aread(), await response.aread()
            elif use == "sync read of an async stream":
                got = response.read()
            else:
                got = [part async for part in response.aiter_raw()]
                if use == "aread once raw":
                    await response.aread()
        except Exception as error:
            got = type(error)
        return got, told(response)

    assert asyncio.run(result(ours(library))) == asyncio.run(result(theirs(library)))


def test_a_stream_that_a_hook_puts_round_it_is_read(library: ModuleType) -> None:
    class Loud(library.SyncByteStream):  # type: ignore[misc, name-defined]
        def __init__(self, stream: Any) -> None:
            self._stream = stream

        def __iter__(self) -> Any:
            for part in self._stream:
                yield part.upper()

    response = ours(library)
    response.stream = Loud(Loud(response.stream))
    assert response.read() == BODY.upper()


def test_it_is_pickled_as_one_of_the_librarys_own(library: ModuleType) -> None:
    response = ours(library)
    response.read()
    again = pickle.loads(pickle.dumps(response))
    assert type(again) is library.Response
    assert (again.status_code, again.content, again.headers) == (200, BODY, response.headers)


def test_what_is_encoded_is_left_to_the_library_to_decode(library: ModuleType) -> None:
    response = ours(library, headers=(("content-encoding", "gzip"),))
    with pytest.raises(library.DecodingError):
        response.read()


def test_head_has_no_body(library: ModuleType) -> None:
    response = ours(library, "HEAD")
    assert response.read() == b""
    assert response.headers["content-length"] == str(len(BODY))

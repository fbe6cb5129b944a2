"""The SDK's helpers that upload, wait and poll: all of them end, on every way in, and nobody waits in earnest."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import openai
import pytest

from openai_api_mock import tool_call

from .conftest import MakeWay, Way

pytest.importorskip("openai._resource", reason="this SDK waits in other places")

HELPERS = ("poll", "wait_for_processing", "upload_file_chunked")
TEXT = ("a.txt", b"We transfer the money to your card.")


def file(way: Way, purpose: str = "user_data") -> str:
    return str(way.call("files.create", file=TEXT, purpose=purpose).id)


def store(way: Way) -> str:
    return str(way.call("vector_stores.create").id)


def run(way: Way, helper: str, **arguments: Any) -> Any:
    """The outcome of a helper of runs."""
    assistant = way.call("beta.assistants.create", model="gpt-4o").id
    if helper == "beta.threads.create_and_run_poll":
        return way.call(helper, assistant_id=assistant)
    thread = way.call("beta.threads.create", messages=[{"role": "user", "content": "Hi"}]).id
    if helper == "beta.threads.runs.create_and_poll":
        return way.call(helper, thread_id=thread, assistant_id=assistant)
    begun = way.call("beta.threads.runs.create", thread_id=thread, assistant_id=assistant)
    return way.call(helper, run_id=begun.id, thread_id=thread, **arguments)


def outputs(way: Way, helper: str) -> Any:
    way.mock.reply(tool_call("get_weather", city="Paris"))
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}
    assistant = way.call("beta.assistants.create", model="gpt-4o", tools=[tool]).id
    begun = way.call("beta.threads.create_and_run_poll", assistant_id=assistant)
    call = begun.required_action.submit_tool_outputs.tool_calls[0].id
    given = [{"tool_call_id": call, "output": "24"}]
    return way.call(helper, run_id=begun.id, thread_id=begun.thread_id, tool_outputs=given)


def batch(way: Way, helper: str) -> Any:
    at = store(way)
    begun = way.call("vector_stores.file_batches.create", vector_store_id=at, file_ids=[file(way), file(way)])
    return way.call(helper, batch_id=begun.id, vector_store_id=at)


def added(way: Way, helper: str) -> Any:
    at, id = store(way), file(way)
    way.call("vector_stores.files.create", vector_store_id=at, file_id=id)
    return way.call(helper, file_id=id, vector_store_id=at)


def video(way: Way, helper: str) -> Any:
    return way.call(helper, video_id=way.call("videos.create", prompt="A cat", seconds="4").id)


CASES: dict[str, tuple[Callable[[Way, str], Any], str]] = {
    "beta.threads.create_and_run_poll": (run, "completed"),
    "beta.threads.runs.create_and_poll": (run, "completed"),
    "beta.threads.runs.poll": (run, "completed"),
    "beta.threads.runs.submit_tool_outputs_and_poll": (outputs, "completed"),
    "files.wait_for_processing": (lambda way, helper: way.call(helper, id=file(way)), "processed"),
    "uploads.upload_file_chunked": (
        lambda way, helper: way.call(
            helper, file=b"ab\n" * 100, filename="a.jsonl", bytes=300, mime_type="text/jsonl", purpose="batch"
        ),
        "completed",
    ),
    "vector_stores.file_batches.create_and_poll": (
        lambda way, helper: way.call(helper, vector_store_id=store(way), file_ids=[file(way), file(way)]),
        "completed",
    ),
    "vector_stores.file_batches.poll": (batch, "completed"),
    "vector_stores.file_batches.upload_and_poll": (
        lambda way, helper: way.call(helper, vector_store_id=store(way), files=[TEXT, ("b.txt", b"More")]),
        "completed",
    ),
    "vector_stores.files.create_and_poll": (
        lambda way, helper: way.call(helper, vector_store_id=store(way), file_id=file(way)),
        "completed",
    ),
    "vector_stores.files.poll": (added, "completed"),
    "vector_stores.files.upload_and_poll": (
        lambda way, helper: way.call(helper, vector_store_id=store(way), file=TEXT),
        "completed",
    ),
    "videos.create_and_poll": (
        lambda way, helper: way.call(helper, prompt="A cat", seconds="4"),
        "completed",
    ),
    "videos.poll": (video, "completed"),
}


def helpers_of(resource: Any, path: str = "") -> set[str]:
    """The paths of the SDK's helpers."""
    found: set[str] = set()
    for name in dir(resource):
        if name.startswith(("_", "with_")) or name in ("copy", "qs", "custom_auth"):
            continue
        value = getattr(resource, name)
        if isinstance(value, openai._resource.SyncAPIResource):
            found |= helpers_of(value, f"{path}{name}.")
        elif inspect.ismethod(value) and (name in HELPERS or name.endswith(("_and_poll", "_run_poll"))):
            found.add(path + name)
    return found


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the SDK waited between its polls."""
    seconds: list[float] = []
    sync, wait = openai._resource.SyncAPIResource._sleep, openai._resource.AsyncAPIResource._sleep

    def spy(self: Any, duration: float) -> None:
        seconds.append(duration)
        sync(self, duration)

    async def spy_async(self: Any, duration: float) -> None:
        seconds.append(duration)
        await wait(self, duration)

    monkeypatch.setattr(openai._resource.SyncAPIResource, "_sleep", spy)
    monkeypatch.setattr(openai._resource.AsyncAPIResource, "_sleep", spy_async)
    return seconds


def test_these_are_all_that_the_sdk_has() -> None:
    with openai.OpenAI(api_key="sk-mock", admin_api_key="sk-admin") as client:
        assert helpers_of(client) == set(CASES)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("advance", ["now", "polls:3"])
@pytest.mark.parametrize("helper", CASES)
def test_it_ends_without_waiting(helper: str, advance: str, make_way: MakeWay, waits: list[float]) -> None:
    way = make_way(advance=advance, legacy=["assistants", "videos"])
    do, status = CASES[helper]
    assert do(way, helper).status == status
    assert all(seconds <= 0.001 for seconds in waits)
    assert len(waits) <= 10

"""What is done to an engine between its requests: seeds, resets, and its end."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import openai
import pytest

from openai_api_mock import UsageError, mock_openai
from openai_api_mock.engine import Engine
from openai_api_mock.options import options_from
from openai_api_mock.server.asgi import App
from openai_api_mock.wire import Reply, Request

from .conftest import MakeWay, Way, chat


def upload(way: Way, name: str = "a.jsonl") -> Any:
    return way.call("files.create", file=(name, b"{}"), purpose="batch")


def files(way: Way) -> list[str]:
    return [file.filename for file in way.call("files.list").data]


def test_a_seed_is_taken_from_there_on_and_the_same_again_repeats_answers_and_ids(way: Way) -> None:
    first = way.chat()
    way.mock.seed(7)
    second, again = way.chat(), way.chat()
    way.mock.seed("seven")
    other = way.chat()
    way.mock.seed(7)
    third = way.chat()

    assert len({completion.choices[0].message.content for completion in (first, second, other)}) == 3
    assert second.choices == again.choices == third.choices
    assert second.id == third.id != again.id
    upload(way)
    way.mock.seed(7)
    upload(way)
    assert len(files(way)) == 1
    assert way.mock.options.seed == 7


def test_a_reset_mock_is_as_if_newly_made(make_way: MakeWay) -> None:
    way = make_way(seed=3, answers="fixed", strict=False)
    first = way.chat(), upload(way)
    way.mock.always.reply("scripted")
    way.mock.template("chat", "Another")
    way.mock.endpoint("GET", "/v1/models")(lambda call: {"data": []})
    way.mock.seed(4)
    way.mock.reset()

    assert len(way.mock.calls) == 0
    assert files(way) == []
    assert way.call("models.list").data
    completion, file = way.chat(), upload(way)
    assert completion.choices == first[0].choices
    assert (completion.id, file.id) == (first[0].id, first[1].id)
    assert way.mock.options.seed == 3


def test_a_reset_empties_a_store_that_outlives_the_mock_too(make_way: MakeWay, tmp_path: Path) -> None:
    way = make_way(store=f"sqlite:///{tmp_path / 'state.db'}")
    upload(way)
    assert files(way) == ["a.jsonl"]
    way.mock.reset()
    assert files(way) == []


@pytest.mark.parametrize("store", [None, "sqlite:///state.db"])
def test_a_stopped_mock_starts_again_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    mock = mock_openai(store=store)
    with openai.OpenAI(api_key="sk-test") as client:
        for _ in range(2):
            client.files.create(file=("a.jsonl", b"{}"), purpose="batch")
            mock.stop()
            mock.start()
        mock.stop()
        mock.start()
        assert len(client.files.list().data) == 2
        assert client.files.content(client.files.list().data[0].id).read() == b"{}"
    mock.stop()


def test_a_stopped_mock_holds_no_handle_of_its_database(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with mock_openai(store=f"sqlite:///{path}"), openai.OpenAI() as client:
        client.batches.list()
        assert path.with_name("state.db-wal").exists()
    assert os.listdir(tmp_path) == ["state.db"]  # the last connection takes the write-ahead log with it
    path.unlink()


SERVE = """
import os, signal
from openai_api_mock.engine import Engine
from openai_api_mock.options import Options
from openai_api_mock.server.run import serve
engine = Engine(Options(store="sqlite:///state.db"))
serve(engine, port=0, announce=lambda url: (engine.store.put("/a", "b", {}), signal.raise_signal(signal.SIGINT)))
print(os.listdir())
"""


def test_a_server_that_was_told_to_stop_closes_its_engine(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", SERVE], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("['state.db']\n", "")


def test_an_app_closes_its_engine_with_the_server_that_it_is_in(tmp_path: Path) -> None:
    engine = Engine(options_from({"store": f"sqlite:///{tmp_path / 'state.db'}"}))
    assert isinstance(engine.handle(Request("GET", "/v1/files")), Reply)
    messages = iter(("startup", "shutdown"))

    async def receive() -> dict[str, str]:
        return {"type": f"lifespan.{next(messages)}"}

    async def send(message: Any) -> None:
        pass

    asyncio.run(App(engine)({"type": "lifespan"}, receive, send))
    assert os.listdir(tmp_path) == ["state.db"]


@pytest.mark.parametrize("value", ["production", "Test"])
def test_a_mock_outside_development_and_tests_intercepts_nothing_and_complains_of_nothing(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("OPENAI_API_MOCK_ENV", value)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    original = openai.DefaultHttpxClient._transport_for_url
    with mock_openai(strict=True) as mock:
        assert not mock.active
        assert openai.DefaultHttpxClient._transport_for_url is original
        assert "OPENAI_API_KEY" not in os.environ
        mock.reply("never asked for")
    mock.assert_all_used()
    mock.assert_all_scripted()

    @mock_openai()
    def decorated(openai_mock: Any) -> bool:
        openai_mock.reply("never asked for")
        return bool(openai_mock.active)

    assert not decorated()  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("value", "options"),
    [(None, {}), ("", {}), ("development", {}), ("test", {}), ("production", {"force": True})],
)
def test_a_mock_is_active_in_development_in_tests_where_nobody_says_and_by_force(
    monkeypatch: pytest.MonkeyPatch, value: str | None, options: dict[str, Any]
) -> None:
    monkeypatch.delenv("OPENAI_API_MOCK_ENV", raising=False)
    if value is not None:
        monkeypatch.setenv("OPENAI_API_MOCK_ENV", value)
    with mock_openai(answers="fixed", **options) as mock, openai.OpenAI() as client:
        assert mock.active
        assert client.chat.completions.create(**chat()).choices[0].message.content


def test_the_environment_is_asked_at_each_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_MOCK_ENV", "production")
    mock = mock_openai()
    assert not mock.active
    monkeypatch.setenv("OPENAI_API_MOCK_ENV", "test")
    assert mock.start().active
    mock.stop()


def test_a_seed_that_cannot_be_is_told(way: Way) -> None:
    with pytest.raises(UsageError, match="seed=None can't be"):
        way.mock.seed(None)  # type: ignore[arg-type]


def test_a_later_run_on_the_same_store_makes_ids_of_its_own(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/state.db"
    made = []
    for _ in range(2):
        with mock_openai(store=store):
            made.append(openai.OpenAI().conversations.create().id)

    assert made[0] != made[1]
    with mock_openai(store=store):
        assert all(openai.OpenAI().conversations.retrieve(id).id == id for id in made)


def test_a_websocket_that_only_a_newer_catalog_knows_is_refused_in_words() -> None:
    engine = Engine(options_from({}))
    engine._tables.sockets.clear()
    reply = engine.connect(Request("GET", "/v1/realtime"))
    assert isinstance(reply, Reply)
    assert (reply.status, b"WEBSOCKET /realtime" in bytes(reply.body)) == (501, True)  # type: ignore[arg-type]

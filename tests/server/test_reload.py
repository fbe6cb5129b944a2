"""A server's files of rules are read again when they change."""

from __future__ import annotations

import queue
from pathlib import Path

from openai_api_mock import RemoteMock
from openai_api_mock.engine import Engine
from openai_api_mock.options import options_from
from openai_api_mock.server.reload import reloading
from openai_api_mock.server.sessions import Sessions

from .conftest import MakeServer
from .test_control_api import said


def test_a_change_is_taken_over_and_a_fault_leaves_all_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("always: true\nrules: [{reply: old}]")
    sessions = Sessions(Engine(options_from({"script": path})))
    session = sessions.named("a")
    told: queue.Queue[str] = queue.Queue()

    def now(text: str) -> str:
        """What is told of the file's change, which editors make by putting a new file in its place."""
        while told.empty():  # the watch may only just be beginning
            (tmp_path / "new").write_text(text)
            (tmp_path / "new").replace(path)
            try:
                return told.get(timeout=1)
            except queue.Empty:
                continue
        return told.get()

    with reloading(sessions, [str(path)], told.put):
        assert "again" in now("rules: [{reply: new}]")
        assert [str(rule.outcome) for rule in (*sessions.engine.script.rules, *session.script.rules)] == [
            "reply('new')"
        ] * 2
    with reloading(sessions, [str(path)], told.put):
        while not told.empty():
            told.get()
        assert f"the rules stay as they were: {path}:1: rules[0].rpely" in now("rules: [{rpely: new}]")
        assert [str(rule.outcome) for rule in sessions.engine.script.rules] == ["reply('new')"]


def test_what_was_added_besides_stays(make_server: MakeServer, tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("rules: [{when: {message: hi}, reply: old, always: true}]")
    server = make_server(script=path)
    remote = RemoteMock(server.url)
    server.mock.when(message="mine").reply("by Python")
    remote.add({"reply": "added", "always": True})
    path.write_text("rules: [{when: {message: hi}, reply: new, always: true}]")
    server.engine.script.reload()

    assert [said(remote, text) for text in ("hi", "mine", "other")] == ["new", "by Python", "added"]

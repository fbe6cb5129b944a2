"""Which name opens which store."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from openai_api_mock import UsageError
from openai_api_mock.state import MemoryStore, open_store
from openai_api_mock.state.sqlite import SQLiteStore


@pytest.mark.parametrize("url", [None, "memory://"])
def test_a_store_is_in_memory_unless_told_otherwise(url: str | None) -> None:
    with closing(open_store(url)) as store:
        assert isinstance(store, MemoryStore)


def test_three_slashes_name_a_relative_path_and_four_an_absolute_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(open_store("sqlite:///state.db")) as one, closing(open_store(f"sqlite:///{tmp_path}/state.db")) as two:
        assert isinstance(one, SQLiteStore)
        one.put("/files", "a", {"n": 1})
        assert two.get("/files", "a") == {"n": 1}


@pytest.mark.parametrize("url", ["", "state.db", "sqlite://state.db", "sqlite:///", "sqlite:///:memory:", "mysql://db"])
def test_a_name_of_another_form_is_refused_with_the_forms_there_are(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_store(url)
    assert repr(url) in str(caught.value)
    assert "memory://, sqlite:///state.db" in str(caught.value)


def test_a_store_in_redis_is_promised_and_its_password_not_repeated() -> None:
    with pytest.raises(UsageError, match="later release") as caught:
        open_store("redis://:secret@localhost")
    assert "secret" not in str(caught.value)


def test_a_store_in_memory_does_not_load_sqlite() -> None:
    ours = "openai_api_mock.state.sqlite"  # Python's own may be there already, as where coverage is measured
    code = f"import sys; from openai_api_mock.state import open_store; open_store(None); print({ours!r} in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"

"""What outlives the process in SQLite, and which databases are refused."""

from __future__ import annotations

import gc
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from openai_api_mock import UsageError
from openai_api_mock.state import Page, sqlite_schema
from openai_api_mock.state.sqlite import SQLiteStore

from .conftest import Start, fill, undone

HOUR = 3600


def contents(folder: Path) -> list[Path]:
    return list(folder.glob("state.db-files/*"))


def read(store: SQLiteStore, key: str) -> bytes:
    file = store.open_file(key)
    assert file is not None
    with file:
        return file.read()


def test_a_restart_keeps_objects_order_cursors_and_files(path: Path) -> None:
    with closing(SQLiteStore(path)) as store:
        fill(store, "/files", 9)
        store.put("/files", "a2", {"id": "changed"})
        store.delete("/files", "a5")
        store.delete("/files", "a8")
        store.put_file("/files/a0/content", b"bytes")
    with closing(SQLiteStore(path)) as store:
        store.put("/files", "b", {"id": "b"})
        page = store.page("/files", limit=9, order="asc")
        assert [item["id"] for item in page.items] == ["a0", "a1", "changed", "a3", "a4", "a6", "a7", "b"]
        assert store.page("/files", limit=9, after="a8", order="asc") == Page([{"id": "b"}], has_more=False)
        assert store.page("/files", limit=1, after="a5").items[0]["id"] == "a4"
        assert read(store, "/files/a0/content") == b"bytes"


@pytest.mark.parametrize("acknowledged", [1, 30, 300])
def test_nothing_that_was_acknowledged_is_lost_when_the_process_is_killed(
    path: Path, start: Start, acknowledged: int
) -> None:
    process = start("write_until_killed", path)
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(acknowledged)]
    process.send_signal(signal.SIGKILL)
    said += process.stdout.readlines()
    assert process.wait() == -signal.SIGKILL
    numbers = [int(line) for line in said if line.endswith("\n")]
    with closing(SQLiteStore(path)) as store:
        left, right = (store.page(side, limit=100_000, order="asc").items for side in ("/left", "/right"))
        assert [item["number"] for item in left[: len(numbers)]] == numbers
        assert left == right
        assert len(left) <= len(numbers) + 1  # one may have been written when nobody could say so any more
        for item in left:
            assert read(store, f"/left/{item['number']}/content") == b"%d" % item["number"] * 1000


def test_what_is_to_be_written_soon_is_written_with_what_comes_next(path: Path) -> None:
    with closing(SQLiteStore(path)) as store, closing(SQLiteStore(path)) as other:
        for number in range(3):
            store.put("/files", str(number), {}, soon=True)
        assert other.count("/files") == 0
        store.put("/batches", "a", {})
        assert other.count("/files") == 3
        store.put("/files", "last", {}, soon=True)
    with closing(SQLiteStore(path)) as store:
        assert store.get("/files", "last") == {}


def test_what_could_not_be_written_is_written_later(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_schema, "WAIT", 0.01)
    with closing(SQLiteStore(path)) as store, closing(SQLiteStore(path)) as other:
        store.put("/files", "a", {}, soon=True)
        with other.transaction(), pytest.raises(sqlite3.OperationalError, match="locked"):
            store.get("/files", "a")
        assert store.get("/files", "a") == {}
        assert other.get("/files", "a") == {}


def test_nothing_of_a_transaction_is_there_when_the_process_is_killed_in_it(path: Path, start: Start) -> None:
    process = start("die_in_a_transaction", path)
    assert process.stdout is not None
    assert process.stdout.readline() == "written\n"
    process.kill()
    process.wait()
    with closing(SQLiteStore(path)) as store:
        assert store.get("/files", "before") == {}
        assert store.get("/files", "within") is None
        assert store.open_file("/files/within/content") is None


def test_processes_that_open_and_write_at_once_lose_nothing(path: Path, start: Start) -> None:
    processes = [start("count_up", path, f"p{number}", 100) for number in range(4)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        _, errors = process.communicate()
        assert (process.returncode, errors) == (0, "")
    with closing(SQLiteStore(path)) as store:
        assert store.get("/counters", "counter") == {"count": 400}
        for number in range(4):
            page = store.page("/objects", limit=1000, order="asc", where={"by": f"p{number}"})
            assert [item["number"] for item in page.items] == list(range(100))


def test_two_stores_of_one_database_see_what_the_other_wrote(path: Path) -> None:
    with closing(SQLiteStore(path)) as one, closing(SQLiteStore(path)) as other:
        one.put("/files", "a", {"n": 1})
        one.put_file("/files/a/content", b"one")
        assert other.get("/files", "a") == {"n": 1}
        assert read(other, "/files/a/content") == b"one"
        other.put_file("/files/a/content", b"two")
        assert read(one, "/files/a/content") == b"two"
        with one.transaction():
            one.delete("/files", "a")
            assert other.get("/files", "a") == {"n": 1}
        assert other.get("/files", "a") is None


def test_a_write_does_not_wait_for_another_process_that_reads(path: Path) -> None:
    with closing(SQLiteStore(path)) as store, closing(sqlite3.connect(path)) as reader:
        store.put("/files", "a", {})
        rows = reader.execute("SELECT id FROM objects UNION ALL SELECT 'more'")
        assert rows.fetchone() == ("a",)
        store.put("/files", "b", {})
        assert rows.fetchall() == [("more",)]


def test_a_file_leaves_the_disk_when_nothing_names_it(path: Path, tmp_path: Path) -> None:
    with closing(SQLiteStore(path)) as store:
        store.put_file("/a", b"one")
        store.put_file("/a", b"two")
        assert len(contents(tmp_path)) == 1
        with undone(store):
            store.put_file("/a", b"three")
            store.put_file("/b", b"four")
        assert read(store, "/a") == b"two"
        with store.transaction():
            store.put_file("/a", b"five")
            store.put_file("/a", b"six")
        assert len(contents(tmp_path)) == 1
        store.delete_below("/")
        assert contents(tmp_path) == []


def test_what_a_killed_process_left_of_a_file_is_removed_an_hour_later(path: Path, tmp_path: Path) -> None:
    with closing(SQLiteStore(path)) as store:
        store.put_file("/a", b"bytes")
    (kept,) = contents(tmp_path)
    left, recent, foreign = (kept.with_name(name) for name in ("0" * 32 + ".content", "1" * 32 + ".content", "notes"))
    for file in (left, recent, foreign):
        file.write_bytes(b"part")
    for file in (kept, left, foreign):
        os.utime(file, (file.stat().st_atime, file.stat().st_mtime - 2 * HOUR))
    SQLiteStore(path).close()
    assert sorted(contents(tmp_path)) == sorted([kept, recent, foreign])


def test_a_database_that_lost_its_folder_says_so(path: Path, tmp_path: Path) -> None:
    with closing(SQLiteStore(path)) as store:
        store.put_file("/a", b"bytes")
        (kept,) = contents(tmp_path)
        kept.unlink()
        with pytest.raises(FileNotFoundError, match="state.db-files"):
            store.open_file("/a")


def test_the_folder_belongs_to_the_database_whatever_the_path_to_it(path: Path, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(path)
    with closing(SQLiteStore(path)) as store:
        store.put_file("/a", b"bytes")
    with closing(SQLiteStore(tmp_path / "link.db")) as store:
        assert read(store, "/a") == b"bytes"


def test_a_store_that_nobody_closes_closes_itself(path: Path) -> None:
    store = SQLiteStore(path)
    store.put("/files", "a", {})
    del store
    gc.collect()
    assert not path.with_name("state.db-wal").exists()


def test_a_closed_store_holds_no_handle_until_it_is_used_again_wherever_that_is(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    store = SQLiteStore(path.name)
    store.put("/files", "a", {"id": "a"})
    store.close()
    assert os.listdir() == ["state.db"]  # the last connection takes the write-ahead log with it
    monkeypatch.chdir("/")
    assert store.get("/files", "a") == {"id": "a"}
    store.close()
    path.unlink()


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"These are the notes of last Monday. " * 100)
    with pytest.raises(
        UsageError, match=r"state\.db can't be used as a store \(file is not a database\); name another"
    ):
        SQLiteStore(path)
    assert path.read_bytes() == b"These are the notes of last Monday. " * 100


def test_a_damaged_database_is_refused(path: Path) -> None:
    with closing(SQLiteStore(path)) as store:
        fill(store, "/files", 100)
    content = bytearray(path.read_bytes())
    content[100:4096] = b"\xff" * 3996
    path.write_bytes(content)
    with pytest.raises(UsageError, match="malformed"):
        SQLiteStore(path)


def test_another_programs_database_is_refused_and_left_as_it_is(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    before = path.read_bytes()
    with pytest.raises(UsageError, match=r"state\.db is another program's database; name a file that doesn't exist"):
        SQLiteStore(path)
    assert path.read_bytes() == before


def test_a_database_of_a_newer_version_is_refused(path: Path) -> None:
    SQLiteStore(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 2")
    with pytest.raises(UsageError, match=r"newer openai-api-mock \(schema 2; this one reads 1\); upgrade"):
        SQLiteStore(path)


def test_a_path_whose_folder_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no folder .*none; make it"):
        SQLiteStore(tmp_path / "none" / "state.db")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"can't be used as a store \(unable to open database file\)"):
        SQLiteStore(tmp_path)


def test_an_empty_file_becomes_a_database(path: Path) -> None:
    path.touch()
    with closing(SQLiteStore(path)) as store:
        store.put("/files", "a", {})
        assert store.count("/files") == 1

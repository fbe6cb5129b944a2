"""What other processes do in the tests: `python -m tests.state.processes <task> <argument>...`"""

from __future__ import annotations

import os
import re
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryFile

from openai_api_mock.state import Store, open_store
from openai_api_mock.state.sqlite import SQLiteStore

MiB = 1 << 20


def write_until_killed(path: str) -> None:
    """Make pairs of objects and a file, and say the number of each when the store has acknowledged it."""
    store = SQLiteStore(path)
    number = 0
    while True:
        with store.transaction():
            store.put("/left", str(number), {"number": number})
            store.put_file(f"/left/{number}/content", b"%d" % number * 1000)
            store.put("/right", str(number), {"number": number})
        print(number, flush=True)
        number += 1


def die_in_a_transaction(path: str) -> None:
    store = SQLiteStore(path)
    store.put("/files", "before", {})
    with store.transaction():
        store.put("/files", "within", {})
        store.put_file("/files/within/content", b"bytes")
        store.delete("/files", "before")
        print("written", flush=True)
        sys.stdin.read()


def count_up(path: str, name: str, times: str) -> None:
    """Open a database with others at once, put objects and add to a number that they add to as well."""
    print("ready", flush=True)
    sys.stdin.readline()
    with closing(SQLiteStore(path)) as store:
        for number in range(int(times)):
            store.put("/objects", f"{name}-{number}", {"by": name, "number": number})
            with store.transaction():
                held = store.get("/counters", "counter") or {"count": 0}
                store.put("/counters", "counter", {"count": held["count"] + 1})


def copy_a_large_file(url: str, size: str) -> None:
    """Print by how many bytes the process grew while it kept and read a file of so many MiB."""
    with closing(open_store(url)) as store, TemporaryFile() as file:
        _keep(store, MiB)
        for _ in range(int(size)):
            file.write(os.urandom(MiB))
        file.seek(0)
        before = _peak()
        assert store.put_file("/files/large/content", file) == int(size) * MiB
        assert _read(store) == int(size) * MiB
        print(_peak() - before, flush=True)


def _keep(store: Store, size: int) -> None:
    store.put_file("/files/small/content", bytes(size))


def _read(store: Store) -> int:
    read = 0
    file = store.open_file("/files/large/content")
    assert file is not None
    with file:
        while part := file.read(MiB):
            read += len(part)
    return read


def _peak() -> int:
    # Not resource.getrusage: its figure starts at what the parent process held when it forked.
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) * 1024


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])

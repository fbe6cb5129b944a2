"""Reads files of rules again when they change."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ..errors import UsageError
from .sessions import Sessions

PATIENCE = 200
"""Milliseconds between looks at whether to go on watching."""


@contextlib.contextmanager
def reloading(sessions: Sessions, files: Sequence[str], tell: Callable[[str], None]) -> Iterator[None]:
    """Meanwhile, a change of one of these files is taken over by all sessions. `tell` is told, in words, from another
    thread; where a file can't be read, the rules stay as they were."""
    if not files:
        yield
        return
    stop = threading.Event()
    threading.Thread(
        target=_watch, args=(sessions, files, tell, stop), name="openai-api-mock-reload", daemon=True
    ).start()
    try:
        yield
    finally:
        stop.set()


def _watch(sessions: Sessions, files: Sequence[str], tell: Callable[[str], None], stop: threading.Event) -> None:
    from watchfiles import watch

    paths = {Path(file).resolve() for file in files}

    def is_ours(change: object, path: str) -> bool:
        return Path(path).resolve() in paths

    # Folders, since many editors put a new file in the place of the old one.
    folders = {path.parent for path in paths}
    for _ in watch(*folders, watch_filter=is_ours, stop_event=stop, rust_timeout=PATIENCE, recursive=False):
        try:
            for engine in sessions.engines():
                engine.script.reload()
        except UsageError as error:
            tell(f"the rules stay as they were: {error}")
        else:
            tell(f"read {', '.join(files)} again")

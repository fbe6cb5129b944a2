"""What a batch's stages do: its input is checked, its lines are asked, its output is put together.

Whatever is done is in the store by the end of a piece of work, of `LINES` lines at most, so that another process can go
on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import islice
from typing import IO, cast

from ..answer import JSON
from ..asking import Asking
from ..files import Files, content_of
from ..ids import make_for
from ..jobs import EXPIRED, Job, Work
from ..joining import Joined
from ..limits.meters import Meters
from ..limits.refusals import TOO_MANY_QUEUED
from ..models import model_named
from ..noise import Noise
from ..state import Store
from ..wire import Reply, Request
from .batches_checks import Checks
from .batches_lines import Asked, asked, body_of, expired, written
from .batches_state import Progress, find, forget, keep_progress, piece_key, progress_of, put
from .batches_usage import NONE, Sum

LINES = 50
"""Lines of a piece of work, whose results are written together."""
_FILES = ("output", "error")
_HEADERS = {"content-type": "application/json"}


class Running:
    """Batches as jobs."""

    def __init__(self, store: Store, files: Files, inside: Asking, checks: Checks, limits: Meters) -> None:
        self._store = store
        self._files = files
        self._inside = inside
        self._checks = checks
        self._limits = limits
        self._answered: dict[str, dict[int, Reply]] = {}
        """What has been answered of a piece of work that was left in the middle, by batch and line."""

    def work(self, job: Job, share: float) -> Work:
        id = job.object_id
        batch, progress = find(self._store, id), progress_of(self._store, id)
        if batch is None or progress is None:  # the mock was reset
            return None
        if batch["status"] == "cancelling" or (job.status == "finalizing" and share >= 1):
            self._put_together(progress)
        elif job.status == "validating" and share >= 1:
            return self._check(batch, progress)
        elif job.status == "in_progress":
            while progress.done < int(share * progress.total):
                if not self._ask(batch, progress, int(share * progress.total)):
                    return ("failed",)
                yield
        return None

    def enter(self, job: Job, stage: str, at: float) -> None:
        batch, progress = find(self._store, job.object_id), progress_of(self._store, job.object_id)
        if batch is None or progress is None:
            return
        batch |= {"status": stage, f"{stage}_at": int(at)}
        if stage == "in_progress":
            batch["request_counts"]["total"] = progress.total
            batch["model"] = None if progress.model is None else model_named(progress.model).snapshot
            batch["usage"] = NONE
        elif stage == "failed":
            failure = job.failure
            told = [{**failure, "line": None, "param": None}] if failure is not None else progress.faults
            batch["errors"] = {"object": "list", "data": told}
        elif stage != "finalizing":
            if stage == EXPIRED:
                self._give_up(batch, progress)
                self._put_together(progress)
            self._enter_files(batch, progress)
        put(self._store, batch)
        if stage not in ("in_progress", "finalizing"):
            self._answered.pop(batch["id"], None)
            self._inside.forget(batch["id"])
            self._limits.dequeue(batch["id"])
            forget(self._store, batch["id"])

    def _check(self, batch: dict[str, JSON], progress: Progress) -> tuple[str, ...] | None:
        counted = self._limits.limits is not None
        checked = self._checks.check(batch["input_file_id"], batch["endpoint"], counted=counted)
        if counted and checked.model is not None and not checked.faults:
            asked_by = Request("POST", "/v1/batches", headers=progress.asked_by)
            refused = self._limits.enqueue(asked_by, progress.id, checked.model, checked.tokens)
            if refused is not None:
                checked.faults = [{"code": TOO_MANY_QUEUED, "line": None, "message": refused, "param": None}]
        progress.total, progress.model, progress.faults = checked.total, checked.model, checked.faults
        keep_progress(self._store, progress)
        return ("failed",) if checked.faults else None

    # Its lines

    def _ask(self, batch: dict[str, JSON], progress: Progress, upto: int) -> bool:
        """One piece of work, and no further than so many lines; False where the input is gone."""
        id = progress.id
        file = self._files.open(batch["input_file_id"])
        if file is None:
            progress.faults = self._checks.check(batch["input_file_id"], batch["endpoint"]).faults
            keep_progress(self._store, progress)
            return False
        with file:
            lines = list(islice(asked(file, progress.offset, progress.line), min(LINES, upto - progress.done)))
        replies = [self._answer(id, line) for line in lines]
        usage = Sum()
        done: dict[str, list[tuple[str, bytes]]] = {which: [] for which in _FILES}
        for line, reply in zip(lines, replies, strict=True):
            if reply.status == 200:
                usage.add(body_of(reply))
            done["output" if reply.status == 200 else "error"].append(written(id, line, reply))
        with self._store.transaction():
            now, kept = progress_of(self._store, id), find(self._store, id)
            if now is None or kept is None or now.done != progress.done:
                # Another process was quicker, or all was reset.
                progress.done = upto if now is None or kept is None else now.done
                return True
            counts = kept["request_counts"]
            counts["completed"] += len(done["output"])
            counts["failed"] += len(done["error"])
            kept["usage"] = usage.added_to(kept["usage"])
            put(self._store, kept)
            for which, results in done.items():
                # By their ids, which are as good as random: the API doesn't keep the input's order either.
                self._add(progress, which, b"".join(text for _, text in sorted(results)))
            progress.done += len(lines)
            progress.offset, progress.line = lines[-1].end, lines[-1].number
            keep_progress(self._store, progress)
        self._answered.pop(id, None)
        return True

    def _answer(self, id: str, line: Asked) -> Reply:
        """Raises Later, and remembers what has been asked by then."""
        answered = self._answered.setdefault(id, {})
        reply = answered.get(line.number)
        if reply is None:
            url, body = line.line.url, bytes(cast(bytes, line.line.body))
            reply = answered[line.number] = self._inside.answer(Request("POST", url, "", _HEADERS, body, batch=id))
        return reply

    def _add(self, progress: Progress, which: str, lines: bytes) -> None:
        numbers = progress.output if which == "output" else progress.error
        if lines:
            self._store.put_file(piece_key(progress.id, which, progress.done), lines)
            numbers.append(progress.done)

    def _give_up(self, batch: dict[str, JSON], progress: Progress) -> None:
        """What is left to ask when its time is over fails."""
        file = self._files.open(batch["input_file_id"]) if progress.total else None
        if file is None:  # nobody has even looked at it, or it is gone
            return
        with file:
            lines = b"".join(expired(progress.id, line) for line in asked(file, progress.offset, progress.line))
        self._add(progress, "error", lines)
        batch["request_counts"]["failed"] += progress.total - progress.done

    # Its files

    def _put_together(self, progress: Progress) -> None:
        for which in _FILES:
            numbers = progress.output if which == "output" else progress.error
            if numbers:
                with closing(Joined(self._pieces(progress.id, which, numbers))) as joined:
                    key = content_of(_file_id(progress.id, which))
                    progress.sizes[which] = self._store.put_file(key, cast("IO[bytes]", joined))
        keep_progress(self._store, progress)

    def _pieces(self, id: str, which: str, numbers: Sequence[int]) -> Iterator[Callable[[], IO[bytes]]]:
        for number in numbers:
            yield partial(self._open, piece_key(id, which, number))

    def _open(self, key: str) -> IO[bytes]:
        opened = self._store.open_file(key)
        assert opened is not None, key
        return opened

    def _enter_files(self, batch: dict[str, JSON], progress: Progress) -> None:
        for which, size in progress.sizes.items():
            id, name = _file_id(progress.id, which), f"{progress.id}_{which}.jsonl"
            self._files.enter(id, name, "batch_output", size, seconds=progress.seconds)
            batch[f"{which}_file_id"] = id


def _file_id(batch: str, which: str) -> str:
    """The same however often it is put together."""
    return make_for("file", Noise(f"{batch} {which}".encode()[:64]))

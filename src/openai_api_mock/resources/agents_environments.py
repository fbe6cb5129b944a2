"""Environments of OpenAI's that are made ahead of their sessions, and the files in any."""

from __future__ import annotations

from ..call import Call, Refused
from ..jobs import Job, Kind, Work
from ..state import Store, walk
from ..wire import Reply
from .agents_making import MakesSessions
from .agents_places import ENVIRONMENTS, KIND, STAGES, shown
from .agents_publishing import files_of
from .agents_refusals import refusal
from .agents_state import Item
from .base import operation

SENT = f"{ENVIRONMENTS}/sent"


class Environments(MakesSessions):
    """`/agents/environments`."""

    def job_kinds(self) -> dict[str, Kind]:
        return {KIND: Preparing(self.store)}

    @operation("POST /agents/environments")
    def create(self, call: Call) -> Reply:
        with self.made_up_otherwise(), self.store.transaction():
            self.check_given(call.body, "environment")
            sent = self.sent_before(call, SENT)
            made = None if sent is None else self.store.get(ENVIRONMENTS, sent["made"])
            if made is None:
                made = self.places.hosted(call.body["environment"], call.noise)
                self.store.put(ENVIRONMENTS, made["id"], made)
                self.jobs.begin(KIND, f"{ENVIRONMENTS}/{made['id']}", STAGES)
                self.remember_sent(call, SENT, {"made": made["id"]})
        return self.json(shown(made), call.noise)

    @operation("GET /agents/environments")
    def list(self, call: Call) -> Reply:
        self.jobs.look_below(ENVIRONMENTS)
        where = {"type": call.query.get("type") or "openai_hosted"}
        return self.page(call, ENVIRONMENTS, "environment", where=where, show=shown)

    @operation("GET /agents/environments/{environment_id}")
    def retrieve(self, call: Call) -> Reply:
        return self.json(shown(self._environment(call, looks=True)), call.noise)

    @operation("POST /agents/environments/{environment_id}/files")
    def create_file(self, call: Call) -> Reply:
        environment = self._live(call)
        body = call.body
        # A prefix to the parameter's name is for those that come in a list.
        with self.made_up_otherwise(), self.store.transaction():
            self.check_given(body, "path", "type")
            file = self.places.put_file(environment["id"], body, "")
        return self.json(file, call.noise)

    @operation("GET /agents/environments/{environment_id}/files")
    def list_files(self, call: Call) -> Reply:
        """By the components of their paths; a page's token is the path that it ends with."""
        environment, query = self._live(call), call.query
        files = sorted(walk(self.store, files_of(environment["id"]), "asc"), key=_components)
        directory = query.get("path")
        if directory:
            below = directory.rstrip("/") + "/"
            files = [file for file in files if file["path"].startswith(below)]
        backwards = query.get("order") != "asc"
        if backwards:
            files.reverse()
        paths = [file["path"] for file in files]
        token = query.get("page")
        begin = 0
        if token:
            last = bytes.fromhex(token).decode() if _is_hex(token) else None
            if last not in paths:
                raise Refused(refusal("page", param="page"))
            begin = paths.index(last) + 1
        limit = max(1, query.get("limit") or 20)
        shown_files = files[begin : begin + limit]
        more = begin + limit < len(files)
        listed: Item = {
            "object": "list",
            "data": [{name: value for name, value in file.items() if name != "id"} for file in shown_files],
            "has_more": more,
            "next": shown_files[-1]["path"].encode().hex() if more else None,
        }
        return self.json(listed, call.noise)

    def _environment(self, call: Call, *, looks: bool = False) -> Item:
        id = call.params["environment_id"]
        if looks:
            self.jobs.look(f"{ENVIRONMENTS}/{id}")
        return self.found(ENVIRONMENTS, id, "environment")

    def _live(self, call: Call) -> Item:
        """One that has files now. The SDK's docstring speaks of live files "on a connected execution environment"."""
        environment = self._environment(call, looks=True)
        if environment["status"] not in ("ready", "connected"):
            raise Refused(refusal("not_connected", id=environment["id"], status=environment["status"]))
        return environment


class Preparing:
    """What happens to an environment that is made ahead: it gets ready."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def work(self, job: Job, share: float) -> Work:
        return None
        yield

    def enter(self, job: Job, stage: str, at: float) -> None:
        found = self._store.get(ENVIRONMENTS, job.object_id)
        if found is not None:
            self._store.put(ENVIRONMENTS, job.object_id, {**found, "status": stage})


def _components(file: Item) -> list[str]:
    path: str = file["path"]
    return path.split("/")


def _is_hex(token: str) -> bool:
    return len(token) % 2 == 0 and all(digit in "0123456789abcdef" for digit in token)

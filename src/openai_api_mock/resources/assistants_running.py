"""What happens to a run in its stages: the model is asked, and speaks or calls tools, whose outputs it waits for."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ..answer import JSON
from ..asking import Asking
from ..clock import Clock
from ..graders import Judge, Said
from ..ids import make_for
from ..jobs import Job, Work
from ..noise import Noise
from ..retrieval.search import find, question_of
from ..retrieval.stores import VectorStores
from ..state import Store, walk
from .assistants_asking import request_of
from .assistants_objects import Item, step_of, text_part

KIND = "beta.threads.runs"
"""The client's resource."""
STAGES = ("queued", "in_progress", "completed")
_ROUNDS = "/_runs"
"""The collection of what the runs' objects don't tell."""
_ENDED = {"completed": "completed_at", "failed": "failed_at", "cancelled": "cancelled_at"}
_USAGE = ("prompt_tokens", "completion_tokens", "total_tokens")


class Round(msgspec.Struct):
    """From the question to the model until it has spoken, or waits for tools."""

    id: str
    """The run's."""
    number: int = 0
    outcome: str | None = None
    steps: list[str] = []
    """Those of this round."""
    usage: dict[str, int] = {}
    """Of all rounds."""


def runs_path(thread_id: str) -> str:
    return f"/threads/{thread_id}/runs"


def messages_path(thread_id: str) -> str:
    return f"/threads/{thread_id}/messages"


class Running:
    """Runs as jobs."""

    def __init__(self, store: Store, clock: Clock, inside: Asking, vectors: VectorStores) -> None:
        self._store = store
        self._clock = clock
        self._inside = inside
        self._vectors = vectors

    def work(self, job: Job, share: float) -> Work:
        run = self._store.get(job.collection, job.object_id)
        if run is None or job.status != "in_progress" or share < 1 or job.stages[-1] != STAGES[-1]:
            return None  # what is cancelled is asked for nothing more
        round = self.round(run["id"])
        if round.outcome is None:
            steps = [*walk(self._store, f"{job.id}/steps", "asc")]
            body = request_of(run, walk(self._store, messages_path(run["thread_id"]), "asc"), steps)
            # Nothing is searched where nothing was asked yet, nor a second time.
            query = "" if round.number or not body["messages"] else str(body["messages"][-1]["content"])
            searched = self._search(run, query) if query else None
            said = Judge(self._inside, f"{run['id']}/{round.number}").ask("/v1/chat/completions", body)
            with self._store.transaction():
                self._take(run, said, round, searched)
            yield
        return None if round.outcome == STAGES[-1] else (round.outcome or "failed",)

    def enter(self, job: Job, stage: str, at: float) -> None:
        run = self._store.get(job.collection, job.object_id)
        if run is None:
            return  # its thread was deleted
        run["status"] = stage
        if stage == "in_progress":
            run["started_at"] = run["started_at"] or int(at)
        elif stage != "requires_action":
            self.end(run, stage, int(at))
        if job.failure is not None:
            run["last_error"] = {"code": "server_error", "message": job.failure["message"]}
        self._store.put(job.collection, job.object_id, run)

    def end(self, run: Item, status: str, at: int) -> None:
        """The run is over, and with it the steps that waited for outputs."""
        usage = self.round(run["id"]).usage
        run |= {"status": status, "required_action": None, "expires_at": None}
        run["usage"] = {name: usage.get(name, 0) for name in _USAGE}
        if status in _ENDED:
            run[_ENDED[status]] = at
        below = f"{runs_path(run['thread_id'])}/{run['id']}/steps"
        for step in [each for each in walk(self._store, below, "asc") if each["status"] == "in_progress"]:
            self._store.put(below, step["id"], {**step, "status": status, f"{status}_at": at})

    def round(self, id: str) -> Round:
        found = self._store.get(_ROUNDS, id)
        return Round(id) if found is None else msgspec.convert(found, Round)

    def resume(self, id: str) -> None:
        """The next round is to begin."""
        before = self.round(id)
        self._keep(Round(id, before.number + 1, usage=before.usage))

    def _keep(self, round: Round) -> None:
        self._store.put(_ROUNDS, round.id, msgspec.to_builtins(round))

    def _take(self, run: Item, said: Said, round: Round, searched: JSON) -> None:
        """Keep what the model said, and what follows from it for the run."""
        noise = Noise(f"{run['id']} {round.number}".encode())
        usage = {name: said.usage[name] for name in _USAGE}
        round.usage = {name: round.usage.get(name, 0) + count for name, count in usage.items()}
        if said.error is not None:
            code = "rate_limit_exceeded" if said.status == 429 else "server_error"
            run["last_error"] = {"code": code, "message": said.error}
            round.outcome = "failed"
        else:
            choice = said.body["choices"][0]
            if searched is not None:
                call = {"id": make_for("call", noise), "type": "file_search", "file_search": searched}
                made = step_of(run, "tool_calls", [call], noise, int(self._clock.time()))
                self._add(run, round, made, dict.fromkeys(_USAGE, 0))
            text = said.message.get("content") or said.message.get("refusal")
            calls = said.message.get("tool_calls") or []
            if text or not calls:
                self._say(run, round, str(text or ""), choice["finish_reason"], usage, noise)
            if calls:
                self._call(run, round, calls, usage, noise)
            round.outcome = self._outcome(run, choice["finish_reason"], calls)
        self._store.put(runs_path(run["thread_id"]), run["id"], run)
        self._keep(round)

    def _outcome(self, run: Item, finish: str, calls: list[Item]) -> str:
        if calls:
            wanted = [{**call, "function": {**call["function"]}} for call in calls]
            run["required_action"] = {
                "type": "submit_tool_outputs",
                "submit_tool_outputs": {"tool_calls": wanted},
            }
            return "requires_action"
        if finish == "length":
            run["incomplete_details"] = {"reason": "max_completion_tokens"}
            return "incomplete"
        return STAGES[-1]

    def _say(self, run: Item, round: Round, text: str, finish: str, usage: Mapping[str, int], noise: Noise) -> None:
        now = int(self._clock.time())
        reason = {"length": "max_tokens", "content_filter": "content_filter"}.get(finish)
        message = {
            "id": make_for("thread.message", noise),
            "object": "thread.message",
            "created_at": now,
            "assistant_id": run["assistant_id"],
            "thread_id": run["thread_id"],
            "run_id": run["id"],
            "role": "assistant",
            "status": "completed" if reason is None else "incomplete",
            "completed_at": now if reason is None else None,
            "incomplete_at": None if reason is None else now,
            "incomplete_details": None if reason is None else {"reason": reason},
            "content": [text_part(text)],
            "attachments": [],
            "metadata": {},
        }
        self._store.put(messages_path(run["thread_id"]), str(message["id"]), message)
        self._add(run, round, step_of(run, "message_creation", {"message_id": message["id"]}, noise, now), usage)

    def _call(self, run: Item, round: Round, calls: list[Item], usage: Mapping[str, int], noise: Noise) -> None:
        made = [{**call, "function": {**call["function"], "output": None}} for call in calls]
        self._add(run, round, step_of(run, "tool_calls", made, noise, int(self._clock.time())), usage)

    def _search(self, run: Item, query: str) -> JSON:
        """What file search finds in the vector stores of the assistant and the thread; None where it isn't offered."""
        definition = next((tool for tool in run["tools"] if tool["type"] == "file_search"), None)
        stores = self.vector_stores(run)
        if definition is None or not stores:
            return None
        for id in stores:
            self._vectors.touch(id)
        found = find(self._vectors, stores, question_of(definition.get("file_search") or {}, [query]))
        ranking = {"ranker": "default_2024_08_21", "score_threshold": 0.0}
        results = [{"file_id": each.file_id, "file_name": each.filename, "score": each.score} for each in found]
        return {"ranking_options": ranking, "results": results}

    def vector_stores(self, run: Item) -> list[str]:
        """Those of its assistant and its thread that there are and that haven't expired."""
        owners = (("/assistants", run["assistant_id"]), ("/threads", run["thread_id"]))
        resources = ((self._store.get(*owner) or {}).get("tool_resources") or {} for owner in owners)
        ids = [id for each in resources for id in (each.get("file_search") or {}).get("vector_store_ids") or ()]
        return [id for id in ids if (self._vectors.find(id) or {"status": "expired"})["status"] != "expired"]

    def _add(self, run: Item, round: Round, made: Item, usage: Mapping[str, int]) -> None:
        self._store.put(f"{runs_path(run['thread_id'])}/{run['id']}/steps", made["id"], {**made, "usage": dict(usage)})
        round.steps = [*round.steps, made["id"]]

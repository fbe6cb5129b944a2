"""What happens to a fine-tuning job in its stages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from types import MappingProxyType

import msgspec

from .. import ids
from ..advance import advance_of
from ..answer import JSON
from ..clock import Clock
from ..files import Files
from ..generate.tokens import Tokenizers
from ..headers import ORGANIZATION
from ..jobs import Job, Work
from ..models import FURTHER, listed_model, model_named
from ..noise import Noise
from ..state import Store
from .tuning_examples import BadFile, Counted, Method, Side, counted
from .tuning_plan import Plan, settled, told

KIND = "fine_tuning.jobs"
"""The client's resource."""
JOBS = "/fine_tuning/jobs"
STAGES = ("validating_files", "queued", "running", "succeeded")
_PROGRESS = "/_fine_tuning"
"""The collection of what the jobs' objects don't tell."""
_STEPS_AT_ONCE = 20
"""In one piece of work."""

_NO_DATA: Mapping[str, JSON] = MappingProxyType({})

Item = dict[str, JSON]


class Progress(msgspec.Struct):
    """How far a job is."""

    id: str
    examples: int = 0
    tokens: int = 0
    """Of one epoch."""
    step: int = 0
    """Steps that were taken."""
    events: int = 0
    error: Item | None = None


class Training:
    """Fine-tuning jobs as jobs."""

    def __init__(self, store: Store, clock: Clock, files: Files, tokenizers: Tokenizers, advance: str) -> None:
        self._store = store
        self._clock = clock
        self._files = files
        self._tokenizers = tokenizers
        self._advance = advance_of(advance)

    def work(self, job: Job, share: float) -> Work:
        found = self._store.get(JOBS, job.object_id)
        if found is None or job.stages[-1] != STAGES[-1]:
            return None  # what is cancelled or told to fail is left as it is
        if job.status == "validating_files":
            try:
                self._validate(found)
            except BadFile as bad:
                self._change(job.object_id, error=bad.error)
                return ("failed",)
            yield
        elif job.status == "running":
            yield from self._train(found, share)
        return None

    def enter(self, job: Job, stage: str, at: float) -> None:
        item = self._store.get(JOBS, job.object_id)
        if item is None:
            return  # it was deleted
        item["status"] = stage
        if stage == "queued":
            self._settle(item)
            self.tell(item, "Files validated, moving job to queued state", at)
        elif stage == "running":
            item["estimated_finish"] = self._estimate(item, job, at)
            self.tell(item, "Fine-tuning job started", at, data=None)
        else:
            item["finished_at"], item["estimated_finish"] = int(at), None
            _ENDS[stage](self, item, job, at)
        self._store.put(JOBS, item["id"], item)

    # Stages

    def _validate(self, item: Item) -> None:
        """Read the files. Raises BadFile."""
        training = self._counted(item, "training")
        if item["validation_file"] is not None:
            self._counted(item, "validation")
        self._change(item["id"], examples=training.examples, tokens=training.tokens)

    def _counted(self, item: Item, side: Side) -> Counted:
        id, model = item[f"{side}_file"], model_named(item["model"])
        file = self._files.open(id)
        if file is None:
            raise BadFile(side, f"File {id} does not exist.")
        method: Method = item["method"]["type"]
        with closing(file):
            return counted(file, id, side, method, model, self._tokenizers.of(model.name))

    def _settle(self, item: Item) -> None:
        """The hyperparameters are known once the files are read."""
        method = item["method"]
        inner = method[method["type"]]
        examples = self.progress(item["id"]).examples
        inner["hyperparameters"] = settled(inner["hyperparameters"], examples, item["model"], method["type"])
        names = ("batch_size", "learning_rate_multiplier", "n_epochs")
        item["hyperparameters"] = {name: inner["hyperparameters"][name] for name in names}

    def _train(self, item: Item, share: float) -> Iterator[None]:
        plan, last = self.plan(item), self.progress(item["id"]).step
        target = int(share * plan.steps)
        while last < target:
            with self._store.transaction():
                for step in range(last + 1, min(target, last + _STEPS_AT_ONCE) + 1):
                    self._step(item, plan, step)
                    last = step
                self._change(item["id"], step=last)
            yield

    def _step(self, item: Item, plan: Plan, step: int) -> None:
        metrics, now = plan.metrics(step), self._clock.time()
        data = {**metrics, "total_steps": plan.steps}
        self.tell(item, told(metrics, plan.steps), now, "metrics", data=data)
        if plan.keeps(step):
            name = _name(item, f"checkpoint {step}") + f":ckpt-step-{step}"
            self._checkpoint(item, name, metrics, now)
            self.tell(item, f"Checkpoint created at step {step} with Snapshot ID: {name}", now)

    def _succeed(self, item: Item, job: Job, at: float) -> None:
        plan, name = self.plan(item), _name(item, "model")
        noise = Noise(f"{item['id']} results".encode())
        file = self._files.make(ids.make_for("file", noise), "step_metrics.csv", "fine-tune-results", plan.table())
        self._checkpoint(item, name, plan.metrics(plan.steps), at)
        item |= {
            "fine_tuned_model": name,
            "result_files": [file["id"]],
            "trained_tokens": self.progress(item["id"]).tokens * plan.epochs,
        }
        self.tell(item, f"New fine-tuned model created: {name}", at)
        self.tell(item, "The job has successfully completed", at)

    def _fail(self, item: Item, job: Job, at: float) -> None:
        item["error"] = self.progress(item["id"]).error or {**(job.failure or {}), "param": None}
        self.tell(item, item["error"]["message"], at, level="error")

    def _cancel(self, item: Item, job: Job, at: float) -> None:
        self.tell(item, "Fine-tuning job cancelled", at)

    # What is told and made on the way

    def tell(
        self,
        item: Item,
        message: str,
        at: float,
        type: str = "message",
        *,
        level: str = "info",
        data: Mapping[str, JSON] | None = _NO_DATA,
    ) -> None:
        """Add an event."""
        number = self.progress(item["id"]).events
        event: Item = {
            "object": "fine_tuning.job.event",
            "id": ids.make_for("fine_tuning.job.event", Noise(f"{item['id']} event {number}".encode())),
            "created_at": int(at),
            "level": level,
            "message": message,
            "type": type,
            "data": None if data is None else dict(data),
        }
        self._store.put(f"{JOBS}/{item['id']}/events", event["id"], event)
        self._change(item["id"], events=number + 1)

    def _checkpoint(self, item: Item, name: str, metrics: Item, at: float) -> None:
        """Keep the model of that name, and tell of it."""
        noise = Noise(f"{item['id']} checkpoint {metrics['step']}".encode())
        checkpoint: Item = {
            "object": "fine_tuning.job.checkpoint",
            "id": ids.make_for("fine_tuning.job.checkpoint", noise),
            "created_at": int(at),
            "fine_tuned_model_checkpoint": name,
            "fine_tuning_job_id": item["id"],
            "metrics": metrics,
            "step_number": metrics["step"],
        }
        self._store.put(f"{JOBS}/{item['id']}/checkpoints", checkpoint["id"], checkpoint)
        self._store.put(FURTHER, name, listed_model(name, int(at), ORGANIZATION))

    def plan(self, item: Item) -> Plan:
        inner = item["method"][item["method"]["type"]]["hyperparameters"]
        examples = self.progress(item["id"]).examples
        return Plan(item["id"], examples, inner["batch_size"], inner["n_epochs"], item["validation_file"] is not None)

    def _estimate(self, item: Item, job: Job, at: float) -> int:
        """When it is over, by time; else as if a step took a second."""
        if self._advance.by == "time" and self._advance.amount:
            return int(job.started + self._advance.amount)
        return int(at) + self.plan(item).steps

    def progress(self, id: str) -> Progress:
        found = self._store.get(_PROGRESS, id)
        return Progress(id) if found is None else msgspec.convert(found, Progress)

    def _change(self, id: str, **changes: JSON) -> None:
        changed = msgspec.structs.replace(self.progress(id), **changes)
        self._store.put(_PROGRESS, id, msgspec.to_builtins(changed))


_ENDS = {"succeeded": Training._succeed, "failed": Training._fail, "cancelled": Training._cancel}


def _name(item: Item, what: str) -> str:
    """A model's: `ft:gpt-4o-mini-2024-07-18:acme:suffix:9x9umpsR`."""
    base = item["model"].split(":")[1] if item["model"].startswith("ft:") else item["model"]
    own = ids.base62(Noise(f"{item['id']} {what}".encode()), 8)
    organization = ORGANIZATION.removeprefix("org-")
    return f"ft:{base}:{organization}:{item.get('user_provided_suffix') or ''}:{own}"

"""Fine-tuning: jobs that read their files, and a model in the end that the mock then serves."""

from __future__ import annotations

from collections.abc import Mapping

from ..answer import JSON
from ..call import Call, Refused
from ..headers import ORGANIZATION
from ..ids import make_for
from ..jobs import Kind
from ..models import Model, is_tunable, is_tuned
from ..noise import Noise
from ..wire import Reply
from .base import Resource, Services, operation
from .tuning_refusals import refusal
from .tuning_training import JOBS, KIND, STAGES, Training

_PAUSABLE = ("validating_files", "queued", "running")


class FineTuning(Resource):
    """`/fine_tuning/jobs`."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._training = Training(self.store, self.clock, self.files, self.tokenizers, self.options.advance)

    def job_kinds(self) -> dict[str, Kind]:
        return {KIND: self._training}

    @operation("POST /fine_tuning/jobs")
    def create(self, call: Call) -> Reply:
        body, model = call.body, self._model(call)
        for name in ("training_file", "validation_file"):
            self._check_file(name, body.get(name))
        id = make_for("fine_tuning.job", call.noise)
        item = {
            "object": "fine_tuning.job",
            "id": id,
            "model": model.snapshot,
            "created_at": int(self.clock.time()),
            "finished_at": None,
            "fine_tuned_model": None,
            "organization_id": ORGANIZATION,
            "result_files": [],
            "status": STAGES[0],
            "validation_file": body.get("validation_file"),
            "training_file": body["training_file"],
            "trained_tokens": None,
            "error": None,
            "user_provided_suffix": body.get("suffix"),
            "seed": _seed(body, call.noise),
            "estimated_finish": None,
            "integrations": body.get("integrations") or [],
            "metadata": body.get("metadata"),
            **_method(body),
        }
        with self.store.transaction():
            self.store.put(JOBS, id, item)
            now = self.clock.time()
            self._training.tell(item, f"Created fine-tuning job: {id}", now)
            validation = f" and validation file: {item['validation_file']}" if item["validation_file"] else ""
            self._training.tell(item, f"Validating training file: {item['training_file']}{validation}", now)
            self.jobs.begin(KIND, f"{JOBS}/{id}", STAGES)
        return self.json(item, call.noise)

    @operation("GET /fine_tuning/jobs")
    def list(self, call: Call) -> Reply:
        self.jobs.look_below(JOBS)
        metadata = call.query.get("metadata")
        where: dict[str, JSON] = {"metadata": metadata} if isinstance(metadata, dict) else {}
        return self._page(call, JOBS, where)

    @operation("GET /fine_tuning/jobs/{fine_tuning_job_id}")
    def retrieve(self, call: Call) -> Reply:
        self.jobs.look(self._path(call))
        return self.json(self._found(call), call.noise)

    @operation("GET /fine_tuning/jobs/{fine_tuning_job_id}/events")
    def events_of(self, call: Call) -> Reply:
        self.jobs.look_below(JOBS)
        return self._page(call, f"{JOBS}/{self._found(call)['id']}/events")

    @operation("GET /fine_tuning/jobs/{fine_tuning_job_id}/checkpoints")
    def checkpoints(self, call: Call) -> Reply:
        self.jobs.look_below(JOBS)
        return self._page(call, f"{JOBS}/{self._found(call)['id']}/checkpoints", usual=10)

    @operation("POST /fine_tuning/jobs/{fine_tuning_job_id}/cancel")
    def cancel(self, call: Call) -> Reply:
        path = self._path(call)
        self.jobs.catch_up(path)
        with self.store.transaction():
            item = self._found_in(call, (*_PAUSABLE, "paused"), "cancel")
            if item["status"] == "paused":
                self.jobs.begin(KIND, path, ("paused", "cancelled"))
            else:
                self.jobs.turn(path, ("cancelled",))
        self.jobs.advance(KIND, item["id"])
        return self.json(self._found(call), call.noise)

    @operation("POST /fine_tuning/jobs/{fine_tuning_job_id}/pause")
    def pause(self, call: Call) -> Reply:
        """What is paused is no job that goes on: neither looks nor time get it any further."""
        path = self._path(call)
        self.jobs.catch_up(path)
        with self.store.transaction():
            item = self._found_in(call, _PAUSABLE, "pause")
            self.jobs.turn(path, ("paused",))
            self.jobs.end(path)
            item |= {"status": "paused", "estimated_finish": None}
            self.store.put(JOBS, item["id"], item)
            self._training.tell(item, "Fine-tuning job paused", self.clock.time())
        return self.json(item, call.noise)

    @operation("POST /fine_tuning/jobs/{fine_tuning_job_id}/resume")
    def resume(self, call: Call) -> Reply:
        with self.store.transaction():
            item = self._found_in(call, ("paused",), "resume")
            # Files that weren't read before it was paused are read now.
            item["status"] = stage = STAGES[1] if self._training.progress(item["id"]).examples else STAGES[0]
            self.store.put(JOBS, item["id"], item)
            self._training.tell(item, "Fine-tuning job resumed", self.clock.time())
            self.jobs.begin(KIND, self._path(call), STAGES[STAGES.index(stage) :])
        return self.json(item, call.noise)

    def _path(self, call: Call) -> str:
        return f"{JOBS}/{call.params['fine_tuning_job_id']}"

    def _found(self, call: Call) -> dict[str, JSON]:
        id = call.params["fine_tuning_job_id"]
        item = self.store.get(JOBS, id)
        if item is None or not self._training.progress(id).events:  # of what was made up, nothing is told
            raise self.unmade(refusal("no_job", id=id))
        return item

    def _found_in(self, call: Call, able: tuple[str, ...], what: str) -> dict[str, JSON]:
        """The job, if its status is one in which that can be done to it."""
        item = self._found(call)
        if item["status"] not in able:
            raise self.unmade(refusal("not_now", id=item["id"], what=what, status=item["status"]))
        return item

    def _page(self, call: Call, collection: str, where: Mapping[str, JSON] | None = None, usual: int = 20) -> Reply:
        listed = self.stored(call, collection, lambda id: refusal("no_cursor", id=id), where=where or None, usual=usual)
        return self.json(listed, call.noise)

    # Checks

    def _model(self, call: Call) -> Model:
        model = self.model_of(call)
        if self.exacting and not is_tuned(model.name) and model.known and not is_tunable(model):
            raise Refused(refusal("not_tunable", model=model.name))
        return model

    def _check_file(self, name: str, id: str | None) -> None:
        if id is None:
            return
        file = self.files.find(id)
        if file is None:
            if self.options.missing == "404":
                raise Refused(refusal("no_file", id=id, name=name))
        elif self.exacting and file["purpose"] != "fine-tune":
            raise Refused(refusal("purpose", id=id, name=name, purpose=file["purpose"]))


def _method(body: Mapping[str, JSON]) -> dict[str, JSON]:
    """`method` and `hyperparameters`, of which the latter is the older way to say the same."""
    given = body.get("method") or {"type": "supervised"}
    kind = given["type"]
    inner = dict(given.get(kind) or {})
    usual = {"batch_size": "auto", "learning_rate_multiplier": "auto", "n_epochs": "auto"}
    chosen = {**(body.get("hyperparameters") or {}), **(inner.get("hyperparameters") or {})}
    inner["hyperparameters"] = {**usual, **chosen}
    shown = {name: inner["hyperparameters"][name] for name in usual}
    return {"hyperparameters": shown, "method": {"type": kind, kind: inner}}


def _seed(body: Mapping[str, JSON], noise: Noise) -> int:
    seed = body.get("seed")
    return noise.randint(0, 2**31 - 1) if seed is None else int(seed)

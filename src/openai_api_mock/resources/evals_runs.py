"""What happens to a run of an eval in its stages: each row is sampled, graded, and kept as an output item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from .. import ids
from ..answer import JSON
from ..asking import Asking
from ..clock import Clock
from ..files import Files
from ..graders import Grade, Judge, UnknownVariable, grade, passes
from ..graders.grading import PYTHON
from ..jobs import Job, Work
from ..noise import Noise
from ..state import Store
from .evals_rows import BadSource, Row, rows_of
from .evals_samples import sampled

KIND = "evals.runs"
"""The client's resource."""
EVALS = "/evals"
STAGES = ("queued", "in_progress", "completed")

Item = dict[str, JSON]


_COUNTS = "counts"


def runs_path(eval_id: str) -> str:
    return f"{EVALS}/{eval_id}/runs"


def begin_counts(store: Store, path: str) -> None:
    """The run at this path has come to nothing yet. What it comes to lies beside the run, as it changes with each row,
    and a run holds its rows where they came in the request."""
    nothing = {"result_counts": {"total": 0, "errored": 0, "failed": 0, "passed": 0}}
    store.put(f"{path}/progress", _COUNTS, {**nothing, "per_testing_criteria_results": [], "per_model_usage": []})


def counted(store: Store, path: str, run: Item) -> Item:
    """A run with what it has come to."""
    return {**run, **(store.get(f"{path}/progress", _COUNTS) or {})}


class Running:
    """Runs as jobs."""

    def __init__(self, store: Store, clock: Clock, files: Files, inside: Asking) -> None:
        self._store = store
        self._clock = clock
        self._files = files
        self._inside = inside

    def work(self, job: Job, share: float) -> Work:
        run = self._store.get(job.collection, job.object_id)
        if run is None or job.status != "in_progress" or job.stages[-1] != STAGES[-1]:
            return None  # what is canceled or told to fail is left as it is
        source = run["data_source"]["source"]
        try:
            total = sum(1 for _ in rows_of(source, self._files, self._store))
            if not total:
                raise BadSource("The data source has no rows.")
        except BadSource as bad:
            run["error"] = {"code": "invalid_data_source", "message": str(bad)}
            self._store.put(job.collection, job.object_id, run)
            return ("failed",)
        tested = self._store.get(EVALS, run["eval_id"])
        done = self._store.count(f"{job.id}/output_items")
        rows = islice(rows_of(source, self._files, self._store), done, int(share * total))
        for number, row in enumerate(rows, done):
            if tested is not None:  # else it was deleted
                self._grade(job, run, tested["testing_criteria"], number, row)
            yield
        return None

    def enter(self, job: Job, stage: str, at: float) -> None:
        run = self._store.get(job.collection, job.object_id)
        if run is None:
            return  # it was deleted
        run["status"] = stage
        if job.failure is not None:
            run["error"] = dict(job.failure)
        self._store.put(job.collection, job.object_id, run)

    def _grade(self, job: Job, run: Item, criteria: Sequence[Item], number: int, row: Row) -> None:
        judge = Judge(self._inside, f"{run['id']}/{number}")
        try:
            names, sample, asked = sampled(run["data_source"], row, judge)
        except UnknownVariable as unknown:
            names, sample, asked = {"item": row["item"], "sample": {}}, _unsampled(judge, str(unknown)), 0
        grades = [(each, None if sample["error"] else grade(each, names, judge)) for each in criteria]
        results = [_result(each, given) for each, given in grades]
        errored = any(given is None or given.failed for _, given in grades)
        status = "error" if errored else "pass" if all(result["passed"] for result in results) else "fail"
        id = ids.make_for("eval.run.output_item", Noise(f"{run['id']} {number}".encode()))
        item = {
            "object": "eval.run.output_item",
            "id": id,
            "created_at": int(self._clock.time()),
            "run_id": run["id"],
            "eval_id": run["eval_id"],
            "status": status,
            "datasource_item_id": number,
            "datasource_item": row["item"],
            "results": results,
            "sample": sample,
        }
        with self._store.transaction():
            counts = self._store.get(f"{job.id}/progress", _COUNTS)
            if counts is None:
                return  # it was deleted
            _count(counts, status, results)
            if asked:
                _use(counts, sample["model"], sample["usage"], asked)
            for _, given in grades:
                for model, usage in (given.usage if given is not None else {}).items():
                    _use(counts, model, usage, given.calls[model] if given is not None else 0)
            self._store.put(f"{job.id}/output_items", id, item)
            self._store.put(f"{job.id}/progress", _COUNTS, counts)


def _result(criterion: Mapping[str, JSON], given: Grade | None) -> Item:
    result = {
        "name": criterion["id"],
        "type": criterion["type"],
        "passed": given is not None and passes(criterion, given),
        "score": 0.0 if given is None else given.score,
        "sample": None if given is None else given.sample,
    }
    if criterion["type"] == "python":
        result["sample"] = {"error": {"code": "python_grader_not_supported", "message": PYTHON}}
    elif given is not None and given.failed and given.errors.model_grader_server_error_details:
        message = given.errors.model_grader_server_error_details
        result["sample"] = {"error": {"code": "model_error", "message": message}}
    return result


def _unsampled(judge: Judge, variable: str) -> Item:
    _, sample, _ = sampled({"type": "jsonl"}, {"item": {}}, judge)
    sample["error"] = {"code": "invalid_variable", "message": f"There is no {variable} in this row."}
    return sample


def _count(counts: Item, status: str, results: list[Item]) -> None:
    rows = counts["result_counts"]
    rows["total"] += 1
    rows[{"error": "errored", "fail": "failed", "pass": "passed"}[status]] += 1
    by_criterion = {each["testing_criteria"]: each for each in counts["per_testing_criteria_results"]}
    for result in results:
        entry = by_criterion.setdefault(result["name"], {"testing_criteria": result["name"], "passed": 0, "failed": 0})
        entry["passed" if result["passed"] else "failed"] += 1
    counts["per_testing_criteria_results"] = list(by_criterion.values())


def _use(counts: Item, model: str, usage: Mapping[str, int], calls: int) -> None:
    by_model = {each["model_name"]: each for each in counts["per_model_usage"]}
    entry = by_model.setdefault(model, {"model_name": model, "invocation_count": 0})
    entry["invocation_count"] += calls
    for name, tokens in usage.items():
        entry[name] = entry.get(name, 0) + tokens
    counts["per_model_usage"] = list(by_model.values())

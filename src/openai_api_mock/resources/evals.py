"""Evals: what is to be tested, its runs, and how each row came out."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping

from ..answer import JSON
from ..call import Call, Refused
from ..errors import APIError
from ..graders import fault_of
from ..headers import PROJECT
from ..ids import make_for
from ..jobs import Kind
from ..state import Order, Page
from ..wire import Reply
from .base import Resource, Services, operation
from .evals_runs import EVALS, KIND, STAGES, Item, Running, begin_counts, counted, runs_path

_ROLES = ("user", "assistant", "system", "developer")
_SAMPLE = {
    "type": "object",
    "properties": {
        "model": {"type": "string"},
        "output_text": {"type": "string"},
        "output_json": {"type": "object"},
        "output_tools": {"type": "array"},
    },
    "required": ["model", "output_text"],
}


class Evals(Resource):
    """`/evals`."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._running = Running(self.store, self.clock, self.files, self.inside)

    def job_kinds(self) -> dict[str, Kind]:
        return {KIND: self._running}

    @operation("POST /evals")
    def create(self, call: Call) -> Reply:
        body = call.body
        item: dict[str, JSON] = {
            "object": "eval",
            "id": make_for("eval", call.noise),
            "data_source_config": _config(body["data_source_config"]),
            "testing_criteria": [self._criterion(call, n, each) for n, each in enumerate(body["testing_criteria"])],
            "name": body.get("name") or "",
            "created_at": int(self.clock.time()),
            "metadata": body.get("metadata") or {},
        }
        self.store.put(EVALS, item["id"], item)
        return self.json(item, call.noise, status=201)

    @operation("GET /evals")
    def list(self, call: Call) -> Reply:
        return self._page(call, EVALS)

    @operation("GET /evals/{eval_id}")
    def retrieve(self, call: Call) -> Reply:
        return self.json(self._eval(call), call.noise)

    @operation("POST /evals/{eval_id}")
    def update(self, call: Call) -> Reply:
        item = self._eval(call)
        item |= {name: call.body[name] for name in ("name", "metadata") if call.body.get(name) is not None}
        self.store.put(EVALS, item["id"], item)
        return self.json(item, call.noise)

    @operation("DELETE /evals/{eval_id}")
    def delete(self, call: Call) -> Reply:
        id = self._eval(call)["id"]
        with self.store.transaction():
            for run in self.store.page(runs_path(id), limit=self.store.count(runs_path(id)) or 1).items:
                self.jobs.end(f"{runs_path(id)}/{run['id']}")
            self.store.delete(EVALS, id)
            self.store.delete_below(f"{EVALS}/{id}/")
        return self.json({"object": "eval.deleted", "deleted": True, "eval_id": id}, call.noise)

    # Runs

    @operation("POST /evals/{eval_id}/runs")
    def create_run(self, call: Call) -> Reply:
        eval_id, body = self._eval(call)["id"], call.body
        id = make_for("eval.run", call.noise)
        run = {
            "object": "eval.run",
            "id": id,
            "eval_id": eval_id,
            "report_url": f"https://platform.openai.com/evaluations/{eval_id}?project_id={PROJECT}&run_id={id}",
            "status": STAGES[0],
            "model": body["data_source"].get("model") or "",
            "name": body.get("name") or "",
            "created_at": int(self.clock.time()),
            "data_source": body["data_source"],
            # The API says null, which the SDK's types don't know: what is made up obeys them.
            "error": None if self.options.missing == "404" else {"code": "", "message": ""},
            "metadata": body.get("metadata") or {},
        }
        path = f"{runs_path(eval_id)}/{id}"
        with self.store.transaction():
            self.store.put(runs_path(eval_id), id, run)
            begin_counts(self.store, path)
            self.jobs.begin(KIND, path, STAGES)
        return self.json(counted(self.store, path, run), call.noise, status=201)

    @operation("GET /evals/{eval_id}/runs")
    def list_runs(self, call: Call) -> Reply:
        collection = runs_path(self._eval(call)["id"])
        self.jobs.look_below(collection)
        return self._page(
            call, collection, "status", shown=lambda run: counted(self.store, f"{collection}/{run['id']}", run)
        )

    @operation("GET /evals/{eval_id}/runs/{run_id}")
    def retrieve_run(self, call: Call) -> Reply:
        self.jobs.look(self._path(call))
        return self.json(self._run(call), call.noise)

    @operation("POST /evals/{eval_id}/runs/{run_id}/cancel")
    def cancel(self, call: Call) -> Reply:
        path = self._path(call)
        self.jobs.catch_up(path)
        with self.store.transaction():
            run = self._run(call)
            if run["status"] not in STAGES[:-1]:
                message = f"Cannot cancel a run that is {run['status']}."
                raise self.unmade(APIError(400, message, param="run_id"))
            self.jobs.turn(path, ("canceled",))
        self.jobs.advance(KIND, run["id"])
        return self.json(self._run(call), call.noise)

    @operation("DELETE /evals/{eval_id}/runs/{run_id}")
    def delete_run(self, call: Call) -> Reply:
        run = self._run(call)
        with self.store.transaction():
            self.jobs.end(self._path(call))
            self.store.delete(runs_path(run["eval_id"]), run["id"])
            self.store.delete_below(f"{self._path(call)}/")
        return self.json({"object": "eval.run.deleted", "deleted": True, "run_id": run["id"]}, call.noise)

    @operation("GET /evals/{eval_id}/runs/{run_id}/output_items")
    def list_items(self, call: Call) -> Reply:
        self.jobs.look_below(runs_path(call.params["eval_id"]))
        self._run(call)
        return self._page(call, f"{self._path(call)}/output_items", "status")

    @operation("GET /evals/{eval_id}/runs/{run_id}/output_items/{output_item_id}")
    def retrieve_item(self, call: Call) -> Reply:
        self._run(call)
        id = call.params["output_item_id"]
        item = self.store.get(f"{self._path(call)}/output_items", id)
        if item is None:
            raise self.unmade(_missing("output item", id))
        return self.json(item, call.noise)

    def _path(self, call: Call) -> str:
        """A run's."""
        return f"{runs_path(call.params['eval_id'])}/{call.params['run_id']}"

    def _eval(self, call: Call) -> dict[str, JSON]:
        id = call.params["eval_id"]
        item = self.store.get(EVALS, id)
        if item is None:
            raise self.unmade(_missing("eval", id))
        return item

    def _run(self, call: Call) -> dict[str, JSON]:
        id = call.params["run_id"]
        run = self.store.get(runs_path(self._eval(call)["id"]), id)
        if run is None:
            raise self.unmade(_missing("eval run", id))
        return counted(self.store, self._path(call), run)

    def _criterion(self, call: Call, number: int, given: Mapping[str, JSON]) -> dict[str, JSON]:
        fault = fault_of(given, f"testing_criteria[{number}]") if self.exacting else None
        if fault is not None:
            raise Refused(fault)
        own = call.noise.randbytes(16).hex()
        uuid = "-".join((own[:8], own[8:12], own[12:16], own[16:20], own[20:]))
        shown = {**given, "id": f"{given['name']}-{uuid}"}
        if isinstance(given.get("input"), builtins.list):
            # A request may call roles what it likes; the types of what comes back know these.
            messages = given["input"]
            shown["input"] = [{**each, "role": each["role"] if each["role"] in _ROLES else "user"} for each in messages]
        return shown

    def _page(
        self, call: Call, collection: str, *filters: str, shown: Callable[[Item], Item] = lambda item: item
    ) -> Reply:
        """A page, oldest first unless told otherwise."""
        query = call.query
        where = {name: query[name] for name in filters if query.get(name)}
        order: Order = "desc" if query.get("order") == "desc" else "asc"
        try:
            page = self.store.page(
                collection, limit=query.get("limit") or 20, order=order, after=query.get("after"), where=where or None
            )
        except KeyError:
            if self.options.missing == "404":
                raise Refused(_missing("object", str(query["after"]))) from None
            page = Page([], False)
        ids = [item["id"] for item in page.items] or [None]
        data = [*map(shown, page.items)]
        listed = {"data": data, "first_id": ids[0], "last_id": ids[-1], "has_more": page.has_more}
        return self.json({"object": "list", **listed}, call.noise)


def _config(given: Mapping[str, JSON]) -> dict[str, JSON]:
    """The data source's configuration as the eval shows it: with the schema of its rows."""
    if given["type"] != "custom":
        schema = {
            "type": "object",
            "properties": {"item": {"type": "object"}, "sample": _SAMPLE},
            "required": ["sample"],
        }
        return {"type": given["type"], "metadata": given.get("metadata") or {}, "schema": schema}
    properties = {"item": given["item_schema"]}
    if given.get("include_sample_schema"):
        properties["sample"] = _SAMPLE
    return {"type": "custom", "schema": {"type": "object", "properties": properties, "required": [*properties]}}


def _missing(what: str, id: str) -> APIError:
    """Not found quoted: worded as what is missing elsewhere."""
    return APIError(404, f"No such {what} object: {id}", param="id")

"""Graders of fine-tuning: checked, and run on one sample."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ..answer import JSON
from ..call import Call, Refused
from ..errors import APIError
from ..graders import Grade, Judge, fault_of, grade, refusal_to_run, sample_of
from ..ids import make_for
from ..jobs import Later
from ..wire import Reply
from .base import Resource, operation

COROUTINE = APIError(
    400,
    "This server can't wait for an async callable inside a call of a grader: give a plain function, or a reply.",
    param="grader",
)


class Graders(Resource):
    """`/fine_tuning/alpha/graders`."""

    @operation("POST /fine_tuning/alpha/graders/validate")
    def validate(self, call: Call) -> Reply:
        return self.json({"grader": self._checked(call)}, call.noise)

    @operation("POST /fine_tuning/alpha/graders/run")
    def run(self, call: Call) -> Reply:
        grader = self._checked(call)
        refused = refusal_to_run(grader)
        if refused is not None:
            raise Refused(refused)
        began, work = self.clock.time(), make_for("grader", call.noise)
        try:
            given = grade(grader, _names(call.body), Judge(self.inside, work))
        except Later:
            self.inside.forget(work)
            raise Refused(COROUTINE) from None
        return self.json(_shown(grader, given, self.clock.time() - began), call.noise)

    def _checked(self, call: Call) -> dict[str, JSON]:
        grader: dict[str, JSON] = call.body["grader"]
        fault = fault_of(grader) if self.exacting else None
        if fault is not None:
            raise Refused(fault)
        return grader


def _names(body: Mapping[str, JSON]) -> dict[str, JSON]:
    return {"item": body.get("item") or {}, "sample": sample_of(str(body["model_sample"]))}


def _shown(grader: Mapping[str, JSON], given: Grade, seconds: float) -> dict[str, JSON]:
    tokens = sum(usage["total_tokens"] for usage in given.usage.values())
    return {
        "reward": given.score,
        "metadata": {
            "name": grader["name"],
            "type": grader["type"],
            "errors": msgspec.to_builtins(given.errors),
            "execution_time": seconds,
            "scores": given.parts,
            "token_usage": tokens if given.usage else None,
            "sampled_model_name": given.model,
        },
        "sub_rewards": given.parts,
        "model_grader_token_usage_per_model": given.usage,
    }

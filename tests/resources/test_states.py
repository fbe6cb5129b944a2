"""The states of runs of evals, videos and background responses, several at once and by hand, against a model."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

import openai
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from openai_api_mock.errors import UsageError
from openai_api_mock.mock import OpenAIMock
from openai_api_mock.options import options_from

OVER = ("completed", "failed", "canceled", "cancelled")


class Machine(RuleBasedStateMachine):
    """Things that are made, advanced, told to fail, cancelled and deleted."""

    STAGES: ClassVar[tuple[str, ...]] = ("queued", "in_progress", "completed")
    CANCELLED: ClassVar[str | None] = "cancelled"

    def __init__(self) -> None:
        super().__init__()
        self.mock = OpenAIMock(options_from({"advance": "manual", "clock": "frozen", "legacy": "videos"}))
        self.mock.start()
        self.client: Any = openai.OpenAI(max_retries=0)
        self.ids: list[str] = []
        self.statuses: dict[str, str] = {}

    def teardown(self) -> None:
        self.client.close()
        self.mock.close()

    # What each kind of thing is

    @property
    def jobs(self) -> Any:
        raise NotImplementedError

    def make(self) -> str:
        raise NotImplementedError

    def find(self, id: str) -> Any:
        raise NotImplementedError

    def cancel(self, id: str) -> None:
        raise NotImplementedError

    def remove(self, id: str) -> None:
        raise NotImplementedError

    def check(self, id: str, found: Any) -> None:
        raise NotImplementedError

    # What happens to them

    def one(self, at: int) -> str:
        return self.ids[at % len(self.ids)]

    @precondition(lambda self: len(self.statuses) < 4)
    @rule()
    def is_made(self) -> None:
        id = self.make()
        self.ids.append(id)
        self.statuses[id] = self.STAGES[0]

    @precondition(lambda self: self.ids)
    @rule(at=st.integers(0, 9))
    def goes_on(self, at: int) -> None:
        id = self.one(at)
        status = self.statuses.get(id)
        if status in self.STAGES[:-1]:
            self.jobs.advance(id)
            self.statuses[id] = self.STAGES[self.STAGES.index(str(status)) + 1]
        else:
            with pytest.raises(UsageError, match=f"no unfinished '{id}'"):
                self.jobs.advance(id)

    @precondition(lambda self: self.ids)
    @rule(at=st.integers(0, 9))
    def fails(self, at: int) -> None:
        id = self.one(at)
        if self.statuses.get(id) in self.STAGES[:-1]:
            self.jobs.fail(id, "No luck.")
            self.statuses[id] = "failed"
        else:
            with pytest.raises(UsageError):
                self.jobs.fail(id)

    @precondition(lambda self: self.ids and self.CANCELLED)
    @rule(at=st.integers(0, 9))
    def is_cancelled(self, at: int) -> None:
        id = self.one(at)
        status = self.statuses.get(id)
        if status in self.STAGES[:-1]:
            self.cancel(id)
            self.statuses[id] = str(self.CANCELLED)
        elif status != "cancelled":  # one of those may be cancelled again
            with pytest.raises((openai.BadRequestError, openai.NotFoundError)):
                self.cancel(id)

    @precondition(lambda self: self.ids)
    @rule(at=st.integers(0, 9))
    def is_deleted(self, at: int) -> None:
        id = self.one(at)
        if self.statuses.pop(id, None) is None:
            with pytest.raises(openai.NotFoundError):
                self.remove(id)
        else:
            self.remove(id)

    @rule(seconds=st.floats(1, 3000))
    def time_passes(self, seconds: float) -> None:
        self.mock.clock.advance(seconds)

    @invariant()
    def all_show_what_they_are(self) -> None:
        for id in self.ids:
            if id not in self.statuses:
                with pytest.raises(openai.NotFoundError):
                    self.find(id)
                continue
            found = self.find(id)
            assert found.status == self.statuses[id]
            assert (found.error is not None) == (found.status == "failed")
            self.check(id, found)
        unfinished = [job.object_id for job in self.mock.engine.jobs.unfinished()]
        assert unfinished == [id for id, status in self.statuses.items() if status not in OVER]


class RunsOfAnEval(Machine):
    CANCELLED = "canceled"
    ROWS = 3

    def __init__(self) -> None:
        super().__init__()
        exact = {
            "type": "string_check", "name": "exact", "operation": "eq",
            "input": "{{ sample.output_text }}", "reference": "{{ item.a }}",
        }  # fmt: skip
        config = {"type": "custom", "item_schema": {"type": "object"}, "include_sample_schema": True}
        self.eval = self.client.evals.create(data_source_config=config, testing_criteria=[exact]).id

    @property
    def jobs(self) -> Any:
        return self.mock.evals.runs

    def make(self) -> str:
        rows = [{"item": {"q": str(number), "a": "x"}} for number in range(self.ROWS)]
        source = {
            "type": "completions",
            "model": "gpt-4o",
            "source": {"type": "file_content", "content": rows},
            "input_messages": {"type": "template", "template": [{"role": "user", "content": "{{ item.q }}"}]},
        }
        return str(self.client.evals.runs.create(self.eval, data_source=source).id)

    def find(self, id: str) -> Any:
        return self.client.evals.runs.retrieve(id, eval_id=self.eval)

    def cancel(self, id: str) -> None:
        self.client.evals.runs.cancel(id, eval_id=self.eval)

    def remove(self, id: str) -> None:
        self.client.evals.runs.delete(id, eval_id=self.eval)

    def check(self, id: str, found: Any) -> None:
        items = self.client.evals.runs.output_items.list(id, eval_id=self.eval).data
        counts = found.result_counts
        assert len(items) == counts.total == counts.passed + counts.failed + counts.errored
        assert counts.total == (self.ROWS if found.status == "completed" else 0)

    @invariant()
    def the_list_has_them(self) -> None:
        listed = self.client.evals.runs.list(self.eval).data
        assert [(run.id, run.status) for run in listed] == list(self.statuses.items())


class VideosOfAModel(Machine):
    CANCELLED = None

    @property
    def jobs(self) -> Any:
        return self.mock.videos

    def make(self) -> str:
        return str(self._quietly(lambda: self.client.videos.create(prompt="A cat", seconds="4")).id)

    def find(self, id: str) -> Any:
        return self._quietly(lambda: self.client.videos.retrieve(id))

    def remove(self, id: str) -> None:
        self._quietly(lambda: self.client.videos.delete(id))

    def check(self, id: str, found: Any) -> None:
        assert (found.progress == 100) == (found.completed_at is not None) == (found.status == "completed")

    @invariant()
    def the_list_has_them(self) -> None:
        listed = self._quietly(lambda: self.client.videos.list().data)
        assert [(video.id, video.status) for video in listed] == list(self.statuses.items())[::-1]

    def _quietly(self, call: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return call()


class BackgroundResponses(Machine):
    @property
    def jobs(self) -> Any:
        return self.mock.responses

    def make(self) -> str:
        return str(self.client.responses.create(model="gpt-5", input="Hi", background=True).id)

    def find(self, id: str) -> Any:
        return self.client.responses.retrieve(id)

    def cancel(self, id: str) -> None:
        self.client.responses.cancel(id)

    def remove(self, id: str) -> None:
        self.client.responses.delete(id)

    def check(self, id: str, found: Any) -> None:
        assert bool(found.output) == (found.usage is not None) == (found.status == "completed")


SETTINGS = settings(max_examples=25, stateful_step_count=15, deadline=None)
TestRunsOfAnEval = RunsOfAnEval.TestCase
TestRunsOfAnEval.settings = SETTINGS
TestVideos = VideosOfAModel.TestCase
TestVideos.settings = SETTINGS
TestBackgroundResponses = BackgroundResponses.TestCase
TestBackgroundResponses.settings = SETTINGS

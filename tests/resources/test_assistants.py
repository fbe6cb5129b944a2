"""Assistants, which live on under `legacy="assistants"`."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from openai_api_mock import Answer, tool_call
from openai_api_mock.mock import OpenAIMock
from openai_api_mock.options import options_from

from ..conftest import MakeWay, Way

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:openai", "ignore:.*deprecated:DeprecationWarning")

RUNS = "beta.threads.runs."
WEATHER = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


@pytest.fixture
def way(make_way: MakeWay) -> Way:
    return make_way(legacy="assistants")


def begin(way: Way, text: str = "Hello", *, tools: Any = (), **more: Any) -> Any:
    """A run of a new assistant on a new thread."""
    assistant = way.call("beta.assistants.create", model="gpt-4o", instructions="Be kind.", tools=list(tools))
    thread = way.call("beta.threads.create", messages=[{"role": "user", "content": text}])
    return way.call(RUNS + "create", thread_id=thread.id, assistant_id=assistant.id, **more)


def look(way: Way, run: Any) -> Any:
    return way.call(RUNS + "retrieve", run_id=run.id, thread_id=run.thread_id)


def texts(way: Way, thread_id: str) -> list[tuple[str, str]]:
    """Who said what, oldest first."""
    page = way.call("beta.threads.messages.list", thread_id=thread_id, order="asc")
    return [(each.role, each.content[0].text.value) for each in page.data]


def test_without_the_option_they_are_gone_as_the_apis_are(make_way: MakeWay) -> None:
    way = make_way()
    for path, given in (("beta.assistants.create", {"model": "gpt-4o"}), ("beta.threads.create", {})):
        with pytest.raises(openai.NotFoundError, match=r"Invalid URL \(POST /v1/(assistants|threads)\)"):
            way.call(path, **given)


def test_a_run_says_what_is_scripted_for_whatever_speaks(way: Way) -> None:
    way.mock.when(message="Hello", system="Be kind.\nBe brief.").reply("Ahoy!")
    run = begin(way, additional_instructions="Be brief.")
    assert (run.status, run.usage, run.expires_at) == ("queued", None, run.created_at + 600)
    done = look(way, run)
    assert (done.status, done.model) == ("completed", "gpt-4o")
    assert done.usage.total_tokens == done.usage.prompt_tokens + done.usage.completion_tokens > 0
    assert texts(way, run.thread_id) == [("user", "Hello"), ("assistant", "Ahoy!")]
    (step,) = way.call(RUNS + "steps.list", run_id=run.id, thread_id=run.thread_id).data
    assert (step.type, step.status, step.usage) == ("message_creation", "completed", step.usage)
    assert step.usage.to_dict() == done.usage.to_dict()
    said = way.call("beta.threads.messages.retrieve", thread_id=run.thread_id,
                    message_id=step.step_details.message_creation.message_id)  # fmt: skip
    assert (said.run_id, said.assistant_id, said.status) == (run.id, run.assistant_id, "completed")


def test_a_run_remembers_its_thread(way: Way) -> None:
    run = begin(way, "My name is Ada.")
    look(way, run)
    way.call("beta.threads.messages.create", thread_id=run.thread_id, role="user", content="What is my name?")
    way.mock.when(at={"messages[1].content": "My name is Ada."}, turn=2).reply("Ada.")
    again = way.call(RUNS + "create", thread_id=run.thread_id, assistant_id=run.assistant_id)
    assert look(way, again).status == "completed"
    assert texts(way, run.thread_id)[-1] == ("assistant", "Ada.")


def test_it_waits_for_its_tools_and_goes_on_with_their_outputs(way: Way) -> None:
    way.mock.reply([tool_call("get_weather", city="Paris"), tool_call("get_weather", city="Rome")])
    way.mock.when(tool_result=["24 °C", "30 °C"]).reply("Rome is warmer.")
    run = look(way, begin(way, tools=[WEATHER]))
    assert run.status == "requires_action"
    calls = run.required_action.submit_tool_outputs.tool_calls
    assert [json.loads(call.function.arguments)["city"] for call in calls] == ["Paris", "Rome"]
    assert look(way, run).status == "requires_action"
    at = {"run_id": run.id, "thread_id": run.thread_id}
    outputs = [{"tool_call_id": call.id, "output": f"{n} °C"} for call, n in zip(calls, (24, 30), strict=True)]
    with pytest.raises(openai.BadRequestError, match="Expected tool outputs for call_ids"):
        way.call(RUNS + "submit_tool_outputs", tool_outputs=outputs[:1], **at)
    assert way.call(RUNS + "submit_tool_outputs", tool_outputs=outputs, **at).status == "queued"
    assert look(way, run).status == "completed"
    assert texts(way, run.thread_id)[-1] == ("assistant", "Rome is warmer.")
    steps = way.call(RUNS + "steps.list", order="asc", **at).data
    assert [(step.type, step.status) for step in steps] == [
        ("tool_calls", "completed"), ("message_creation", "completed"),
    ]  # fmt: skip
    assert [call.function.output for call in steps[0].step_details.tool_calls] == ["24 °C", "30 °C"]
    with pytest.raises(openai.BadRequestError, match='Runs in status "completed" do not accept tool outputs'):
        way.call(RUNS + "submit_tool_outputs", tool_outputs=outputs, **at)


@pytest.mark.parametrize(("answer", "status"), [
    (Answer(text="And then", finish_reason="length"), "incomplete"), (None, "failed"),
])  # fmt: skip
def test_it_can_end_otherwise(way: Way, answer: Answer | None, status: str) -> None:
    if answer is None:
        way.mock.chat.completions.create.fail(429, "Too fast.")
    else:
        way.mock.reply(answer)
    done = look(way, begin(way))
    assert done.status == status
    if answer is None:
        assert (done.last_error.code, done.last_error.message) == ("rate_limit_exceeded", "Too fast.")
        assert done.failed_at is not None
    else:
        assert done.incomplete_details.reason == "max_completion_tokens"
        page = way.call("beta.threads.messages.list", thread_id=done.thread_id).data
        assert (page[0].status, page[0].incomplete_details.reason) == ("incomplete", "max_tokens")


def test_a_stream_tells_all_in_order(way: Way) -> None:
    way.mock.reply(tool_call("get_weather", city="Paris"))
    way.mock.reply("Take a hat.")
    events = begin(way, tools=[WEATHER], stream=True)
    names = [event.event for event in events]
    step = "thread.run.step."
    assert names[:5] == ["thread.run.created", "thread.run.queued", "thread.run.in_progress", f"{step}created",
                         f"{step}in_progress"]  # fmt: skip
    assert set(names[5:-1]) == {f"{step}delta"}
    assert names[-1] == "thread.run.requires_action"
    deltas = [e.data.delta.step_details.tool_calls[0].function.arguments for e in events[5:-1]]
    run = events[-1].data
    call = run.required_action.submit_tool_outputs.tool_calls[0]
    assert "".join(deltas) == call.function.arguments == '{"city":"Paris"}'
    events = way.call(
        RUNS + "submit_tool_outputs",
        run_id=run.id,
        thread_id=run.thread_id,
        tool_outputs=[{"tool_call_id": call.id, "output": "24"}],
        stream=True,
    )
    names = [event.event for event in events]
    assert [name for name in names if name != "thread.message.delta"] == [
        f"{step}completed", "thread.run.queued", "thread.run.in_progress", f"{step}created", f"{step}in_progress",
        "thread.message.created", "thread.message.in_progress", "thread.message.completed", f"{step}completed",
        "thread.run.completed",
    ]  # fmt: skip
    said = [e.data.delta.content[0].text.value for e in events if e.event == "thread.message.delta"]
    assert len(said) > 1
    assert "".join(said) == "Take a hat."
    assert events[-1].data == look(way, run)


def test_a_thread_made_with_its_run_is_told_first(way: Way) -> None:
    assistant = way.call("beta.assistants.create", model="gpt-4o")
    thread = {"messages": [{"role": "user", "content": "Hi"}]}
    events = way.call("beta.threads.create_and_run", assistant_id=assistant.id, thread=thread, stream=True)
    assert [event.event for event in events[:2]] == ["thread.created", "thread.run.created"]
    assert texts(way, events[0].data.id)[0] == ("user", "Hi")


def test_file_search_searches_the_files_of_its_vector_stores(way: Way) -> None:
    file = way.call("files.create", file=("pets.txt", b"Cats purr. Dogs bark."), purpose="assistants")
    store = way.call("vector_stores.create", file_ids=[file.id])
    way.call("vector_stores.files.create", vector_store_id=store.id, file_id=file.id)
    assistant = way.call(
        "beta.assistants.create",
        model="gpt-4o",
        tools=[{"type": "file_search"}],
        tool_resources={"file_search": {"vector_store_ids": [store.id]}},
    )
    thread = way.call("beta.threads.create", messages=[{"role": "user", "content": "What do cats do?"}])
    run = way.call(RUNS + "create", thread_id=thread.id, assistant_id=assistant.id)
    assert look(way, run).status == "completed"
    steps = way.call(RUNS + "steps.list", run_id=run.id, thread_id=thread.id, order="asc").data
    assert [step.type for step in steps] == ["tool_calls", "message_creation"]
    (call,) = steps[0].step_details.tool_calls
    assert [each.file_name for each in call.file_search.results] == ["pets.txt"]


class Listener(openai.AssistantEventHandler):
    """Remembers what the SDK makes of a stream."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.done: list[str] = []

    def on_text_delta(self, delta: Any, snapshot: Any) -> None:
        self.text += delta.value

    def on_message_done(self, message: Any) -> None:
        self.done.append(message.content[0].text.value)

    def on_tool_call_done(self, tool_call: Any) -> None:
        self.done.append(tool_call.function.arguments)


def test_the_sdks_event_handler_and_polling_helpers_work() -> None:
    with OpenAIMock(options_from({"legacy": "assistants"})) as mock, openai.OpenAI() as client:
        mock.reply(tool_call("get_weather", city="Paris"))
        mock.replies("Take a hat.", "Good bye.")
        beta = client.beta
        assistant = beta.assistants.create(model="gpt-4o", tools=[WEATHER])  # type: ignore[list-item]
        thread = beta.threads.create(messages=[{"role": "user", "content": "Paris?"}])
        listener = Listener()
        with beta.threads.runs.stream(thread_id=thread.id, assistant_id=assistant.id, event_handler=listener) as stream:
            stream.until_done()
        run = listener.current_run
        assert run is not None
        assert run.required_action is not None
        call = run.required_action.submit_tool_outputs.tool_calls[0]
        assert listener.done == ['{"city":"Paris"}']
        second = Listener()
        with beta.threads.runs.submit_tool_outputs_stream(
            run_id=run.id,
            thread_id=thread.id,
            tool_outputs=[{"tool_call_id": call.id, "output": "24"}],
            event_handler=second,
        ) as stream:
            stream.until_done()
        assert second.text == "Take a hat."
        assert second.done == ["Take a hat."]
        done = beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
        assert done.status == "completed"


def test_by_polls_nobody_waits_long_and_a_thread_is_locked_meanwhile(make_way: MakeWay) -> None:
    way = make_way(legacy="assistants", advance="polls:4")
    run = begin(way)
    with pytest.raises(openai.BadRequestError, match=f"{run.thread_id} already has an active run {run.id}"):
        way.call(RUNS + "create", thread_id=run.thread_id, assistant_id=run.assistant_id)
    with pytest.raises(openai.BadRequestError, match=f"Can't add messages to {run.thread_id} while a run {run.id}"):
        way.call("beta.threads.messages.create", thread_id=run.thread_id, role="user", content="More")
    assert [look(way, run).status for _ in range(2)] == ["queued", "in_progress"]
    if way.name in ("sync", "server"):
        assert way.call(RUNS + "poll", run_id=run.id, thread_id=run.thread_id).status == "completed"


def test_a_run_on_an_empty_thread_speaks(make_way: MakeWay) -> None:
    way = make_way(legacy="assistants")
    assistant = way.call("beta.assistants.create", model="gpt-4o")
    thread = way.call("beta.threads.create")
    run = way.call(RUNS + "create", thread_id=thread.id, assistant_id=assistant.id)
    assert look(way, run).status == "completed"


def test_what_is_cancelled_asks_for_nothing(make_way: MakeWay) -> None:
    way = make_way(legacy="assistants", advance="manual")
    run = begin(way)
    way.mock.beta.threads.runs.advance(run.id)
    at = {"run_id": run.id, "thread_id": run.thread_id}
    assert way.call(RUNS + "cancel", **at).status == "cancelling"
    way.mock.beta.threads.runs.advance(run.id)
    done = look(way, run)
    assert (done.status, done.cancelled_at is not None) == ("cancelled", True)
    assert not way.mock.chat.completions.create.calls
    with pytest.raises(openai.BadRequestError, match="Cannot cancel run with status 'cancelled'"):
        way.call(RUNS + "cancel", **at)


def test_what_nobody_gives_its_tools_outputs_expires(make_way: MakeWay) -> None:
    way = make_way(legacy="assistants", clock="frozen")
    way.mock.reply(tool_call("get_weather", city="Paris"))
    run = look(way, begin(way, tools=[WEATHER]))
    way.mock.clock.advance(600)
    assert look(way, run).status == "expired"
    assert way.call(RUNS + "create", thread_id=run.thread_id, assistant_id=run.assistant_id).status == "queued"


def test_what_isnt_there_is_told_as_quoted(way: Way) -> None:
    run = begin(way)
    for path, given, message in (
        (RUNS + "create", {"thread_id": "thread_x", "assistant_id": run.assistant_id}, "No thread found with id 'thr"),
        (RUNS + "create", {"thread_id": run.thread_id, "assistant_id": "asst_x"}, "No assistant found with id 'asst"),
        (RUNS + "retrieve", {"thread_id": run.thread_id, "run_id": "run_x"}, "No run found with id 'run_x'"),
    ):
        with pytest.raises(openai.NotFoundError, match=message):
            way.call(path, **given)


class RunMachine(RuleBasedStateMachine):
    """One run by hand, against the states that the API's guide drew."""

    def __init__(self) -> None:
        super().__init__()
        self.mock = OpenAIMock(options_from({"legacy": "assistants", "advance": "manual", "clock": "frozen"}))
        self.mock.start()
        self.client = openai.OpenAI(max_retries=0)
        self.runs: Any = self.client.beta.threads.runs
        assistant = self.client.beta.assistants.create(model="gpt-4o", tools=[WEATHER])  # type: ignore[list-item]
        self.thread = self.client.beta.threads.create(messages=[{"role": "user", "content": "Hi"}]).id
        self.id = self.runs.create(thread_id=self.thread, assistant_id=assistant.id).id
        self.status = "queued"
        self.waits = False

    def teardown(self) -> None:
        self.client.close()
        self.mock.close()

    @precondition(lambda self: self.status == "queued")
    @rule()
    def begins(self) -> None:
        self.mock.beta.threads.runs.advance(self.id)
        self.status = "in_progress"

    @precondition(lambda self: self.status == "in_progress")
    @rule(outcome=st.sampled_from(("completed", "requires_action", "incomplete", "failed")))
    def ends(self, outcome: str) -> None:
        said = {"completed": "Yes.", "requires_action": tool_call("get_weather", city="Rome"),
                "incomplete": Answer(text="Ye", finish_reason="length")}  # fmt: skip
        create = self.mock.chat.completions.create
        if outcome == "failed":
            create.fail(500)
        else:
            create.reply(said[outcome])
        self.mock.beta.threads.runs.advance(self.id)
        self.status, self.waits = outcome, outcome == "requires_action"

    @rule()
    def submits(self) -> None:
        run = self.runs.retrieve(self.id, thread_id=self.thread)
        calls = run.required_action.submit_tool_outputs.tool_calls if run.required_action else []
        outputs = [{"tool_call_id": call.id, "output": "1"} for call in calls] or [{"tool_call_id": "x", "output": ""}]
        try:
            self.runs.submit_tool_outputs(self.id, thread_id=self.thread, tool_outputs=outputs)
        except openai.BadRequestError:
            assert self.status != "requires_action"
            return
        assert self.status == "requires_action"
        self.status, self.waits = "queued", False

    @rule()
    def cancels(self) -> None:
        able = ("queued", "in_progress", "requires_action")
        try:
            self.runs.cancel(self.id, thread_id=self.thread)
        except openai.BadRequestError:
            assert self.status not in able
            return
        assert self.status in able
        self.status = "cancelling"

    @precondition(lambda self: self.status == "cancelling")
    @rule()
    def is_cancelled(self) -> None:
        self.mock.beta.threads.runs.advance(self.id)
        self.status, self.waits = "cancelled", False

    @rule()
    def ten_minutes_pass(self) -> None:
        self.mock.clock.advance(601)
        if self.status in ("queued", "in_progress", "requires_action", "cancelling"):
            self.status, self.waits = "expired", False

    @invariant()
    def shows_its_status(self) -> None:
        run = self.runs.retrieve(self.id, thread_id=self.thread)
        assert run.status == self.status
        over = self.status in ("completed", "failed", "incomplete", "expired", "cancelled")
        assert (run.usage is not None) == over
        assert (run.required_action is not None) == (self.status == "requires_action")
        assert (run.last_error is not None) == (self.status == "failed")
        steps = self.runs.steps.list(self.id, thread_id=self.thread, limit=100).data
        waiting = [step for step in steps if step.status == "in_progress"]
        assert len(waiting) == self.waits


TestRunMachine = RunMachine.TestCase
TestRunMachine.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)

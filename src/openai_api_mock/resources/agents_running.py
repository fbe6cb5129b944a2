"""What happens to a session's turn in its stages: the model is asked, and speaks or calls functions, whose outputs it
waits for."""

from __future__ import annotations

from collections.abc import Mapping

from ..answer import JSON
from ..asking import Asking
from ..clock import Clock
from ..ids import make_for
from ..jobs import Job, Jobs, Work
from ..noise import Noise
from ..prices import Price, items_of, price_of
from ..state import Store
from ..webhooks.outbox import Outbox
from .agents_publishing import publish
from .agents_speech import TURN, Said, added, request_of, said_in
from .agents_state import Item, Kept, Told, path_of, shown
from .agents_subagents import follow, told_of

KIND = "beta.agents.sessions"
"""The client's resource. A session has one turn at a time, so its job is named by the session."""
STAGES = ("queued", "in_progress", "completed")
_WAITING = "waiting"
_ABANDONED = "The turn ended before the call did."
_NOTED = ("idle", "in_progress", "failed")
"""The statuses of sessions of which webhooks tell."""


class Running:
    """Turns as jobs."""

    def __init__(
        self, store: Store, clock: Clock, jobs: Jobs, inside: Asking, webhooks: Outbox, prices: Mapping[str, Price]
    ) -> None:
        self._store = store
        self._kept = Kept(store, clock)
        self._jobs = jobs
        self._inside = inside
        self._webhooks = webhooks
        self._prices = prices

    # As a kind of job

    def work(self, job: Job, share: float) -> Work:
        session = self._kept.session(job.object_id)
        if session is None or job.status != "in_progress" or share < 1 or job.stages[-1] != STAGES[-1]:
            return None  # what is cancelled is asked for nothing more
        if session["_outcome"] is None:
            asked = self._kept.asked(session["id"])
            reply = self._inside.answer(request_of(session["agent"], session["_tools"], asked, _work_of(session)))
            with self._store.transaction():
                outcome = self._take(job, session["_turn"], said_in(reply, session["_output"]))
            yield
        else:
            outcome = session["_outcome"]
        return None if outcome == STAGES[-1] else (outcome,)

    def enter(self, job: Job, stage: str, at: float) -> None:
        session = self._kept.session(job.object_id)
        turn = None if session is None else self._kept.turn(session["id"], str(session["_turn"]))
        if session is None or turn is None:
            return  # it was deleted
        if job.failure is not None:
            self._fail_session(session, turn, job.failure, int(at))
        elif stage == "in_progress":
            turn |= {"status": stage, "started_at": int(at)}
            self._tell(session, (0.0, f"{TURN}in_progress", {"turn": turn, "turn_id": turn["id"]}))
        elif stage == _WAITING:
            turn["status"] = stage
            self.await_actions(session)
        else:
            self.end(session, turn, stage, int(at))
        self._kept.put_turn(turn)
        self._kept.put(session)

    # What begins, goes on and ends a turn

    def begin(self, session: Item, messages: list[Item], noise: Noise) -> None:
        """The user has spoken, and a turn is queued. Called in a transaction; it puts the session."""
        now = self._kept.now
        turn: Item = {
            "id": make_for("agent.session.turn", noise),
            "object": "agent.session.turn",
            "agent_id": session["agent"]["id"],
            "session_id": session["id"],
            "subagent_id": None,
            "status": STAGES[0],
            "created_at": now,
            "started_at": None,
            "completed_at": None,
            "error": None,
            "usage": None,
        }
        if session.get("prompt_cache_options"):
            turn["prompt_cache_options"] = session["prompt_cache_options"]
        self._kept.put_turn(turn)
        session |= {"status": "in_progress", "last_active_at": now, "required_actions": []}
        session |= {"_turn": turn["id"], "_round": 0, "_output": 0, "_outcome": None}
        told: list[Told] = [
            (0.0, f"{TURN}created", {"turn": turn, "turn_id": turn["id"]}),
            (0.0, "agent.session.in_progress", {"session": shown(session)}),
        ]
        asked = []
        for message in messages:
            content = message["content"]
            item = self._user_message(turn, content, noise)
            self._kept.put_item(session["id"], item)
            told.append((0.0, f"{TURN}item.added", {"item": item, "output_index": None, "turn_id": turn["id"]}))
            asked.append({"role": "user", "content": [_as_input(part) for part in content]})
        self._kept.remember(session["id"], asked, noise)
        self._tell(session, *told)
        self._notify(session)
        self._kept.put(session)
        self._jobs.begin(KIND, path_of(session["id"]), STAGES)

    def resume(self, session: Item) -> None:
        """All that it waited for has come. Called in a transaction; it puts the session."""
        turn = self._kept.turn(session["id"], str(session["_turn"]))
        assert turn is not None
        turn["status"] = "in_progress"
        self._kept.put_turn(turn)
        session |= {"status": "in_progress", "last_active_at": self._kept.now}
        session |= {"_round": session["_round"] + 1, "_outcome": None}
        self._tell(session, (0.0, "agent.session.in_progress", {"session": shown(session)}))
        self._notify(session)
        self._kept.put(session)
        self._jobs.begin(KIND, path_of(session["id"]), STAGES[1:])

    def await_actions(self, session: Item) -> None:
        """Say what the session waits for now."""
        session["status"] = "requires_action"
        self._tell(session, (0.0, "agent.session.requires_action", {"session": shown(session)}))
        kind = session["required_actions"][0]["type"]
        self._webhooks.queue("agent.session.action_required", {"id": session["id"], "required_action": {"type": kind}})

    def end(self, session: Item, turn: Item, status: str, at: int) -> None:
        """The turn is over, and the session is idle again. Called in a transaction; the caller puts both."""
        self._abandon(session, turn)
        turn |= {"status": status, "completed_at": at}
        told: list[Told] = []
        if status == "failed" and turn["error"] is not None:
            error = {**turn["error"], "param": None, "type": "server_error"}
            told.append((0.0, "error", {"error": error}))
        ended = {"turn": turn, "turn_id": turn["id"], "usage": turn["usage"]}
        told.append((0.0, TURN + status, ended))
        if status == "completed":
            publish(self._store, session, turn, at)
        session |= {"last_active_at": at, "required_actions": [], "_turn": None}
        session["status"] = "budget_reached" if self._spend(session, turn) else "idle"
        told.append((0.0, f"agent.session.{session['status']}", {"session": shown(session)}))
        self._tell(session, *told)
        self._notify(session)

    def _fail_session(self, session: Item, turn: Item, failure: Mapping[str, str], at: int) -> None:
        """By hand: the session itself fails, and takes its turn with it."""
        error = {"code": "internal_error", "message": failure["message"]}
        turn |= {"status": "failed", "completed_at": at, "error": error}
        self._abandon(session, turn)
        session |= {"status": "failed", "error": failure["message"], "last_active_at": at, "required_actions": []}
        session["_turn"] = None
        told = {**failure, "param": None, "type": "server_error"}
        self._tell(
            session,
            (0.0, "error", {"error": told}),
            (0.0, f"{TURN}failed", {"turn": turn, "turn_id": turn["id"], "usage": turn["usage"]}),
            (0.0, "agent.session.failed", {"session": shown(session)}),
        )
        self._notify(session)

    def _abandon(self, session: Item, turn: Item) -> None:
        """Nobody waits any more for what the model says, and for the calls that are still open. The model is told so: a
        response takes no call that has no output."""
        self._inside.forget(_work_of(session))
        for index, item in self.open_calls(session, turn["id"]):
            self.end_call(session, item, index, "incomplete")
            self.bring(session, item["call_id"], _ABANDONED)

    # Items

    def open_calls(self, session: Item, turn: str) -> list[tuple[int, Item]]:
        """The calls of functions that wait for their outputs, each with its place in the turn's output."""
        output = [item for item in self._kept.items(session["id"], turn) if is_output(item)]
        return [
            (index, item)
            for index, item in enumerate(output)
            if item["type"] == "function_call" and item["status"] == "in_progress"
        ]

    def end_call(self, session: Item, item: Item, index: int, status: str) -> None:
        item["status"] = status
        self._kept.put_item(session["id"], item)
        done = {"item": item, "output_index": index, "turn_id": item["turn_id"]}
        self._tell(session, (0.0, f"{TURN}item.done", done))

    def bring(self, session: Item, call_id: str, output: JSON) -> None:
        """Have the model told of a call's output when it is asked next."""
        asked = {"type": "function_call_output", "call_id": call_id, "output": output}
        self._kept.remember(session["id"], [asked], Noise(f"{session['_turn']} {call_id[-24:]}".encode()))

    def add_output(self, session: Item, item: Item) -> None:
        """What the application brings: no output of the agent's."""
        self._kept.put_item(session["id"], item)
        told = {"item": item, "output_index": None, "turn_id": item["turn_id"]}
        self._tell(session, (0.0, f"{TURN}item.added", told))

    def _user_message(self, turn: Item, content: list[Item], noise: Noise) -> Item:
        return {
            "id": make_for("message", noise),
            "type": "message",
            "role": "user",
            "status": "completed",
            "phase": None,
            "content": content,
            "turn_id": turn["id"],
        }

    # What the model said

    def _take(self, job: Job, turn_id: str, said: Said) -> str:
        """Keep it, and say what follows from it for the turn."""
        session, current = self._kept.session(job.object_id), self._jobs.find(job.id)
        turn = None if session is None else self._kept.turn(session["id"], turn_id)
        if session is None or turn is None or session["_turn"] != turn_id or current is None:
            return "cancelled"  # meanwhile
        if current.stages[-1] != STAGES[-1]:
            return current.stages[-1]
        noise = Noise(f"{turn_id} {session['_round']}".encode())
        for item in said.items:
            self._kept.put_item(session["id"], {**item, "turn_id": turn_id})
        self._kept.remember(session["id"], said.remembered, noise)
        told: list[Told] = []
        for at, type, fields in said.events:
            told.append(_of_turn((at, type, fields), turn_id))
            if type == f"{TURN}item.done":
                subagent = follow(self._store, session, fields["item"], self._kept.now)
                told += [] if subagent is None else [told_of(subagent, at, fields["item"])]
        self._tell(session, *told)
        turn["usage"] = added([turn["usage"], said.usage])
        session |= {"usage": added([session["usage"], said.usage]), "_output": session["_output"] + len(said.items)}
        outcome = STAGES[-1]
        if said.error is not None:
            code, message = said.error
            turn["error"] = {"code": code, "message": message}
            outcome = "failed"
        elif said.calls or said.requests:
            session["required_actions"] = [_action(item, turn_id) for item in (*said.calls, *said.requests)]
            outcome = _WAITING
        session["_outcome"] = outcome
        self._kept.put_turn(turn)
        self._kept.put(session)
        return outcome

    def _tell(self, session: Item, *events: Told) -> None:
        self._kept.tell(session, events)

    def _notify(self, session: Item) -> None:
        if session["status"] in _NOTED:
            self._webhooks.queue(f"agent.session.{session['status']}", about(session))

    def _spend(self, session: Item, turn: Item) -> bool:
        """Note what the turn cost, by the prices that the user gave; whether that reaches the session's limit."""
        usage, control = turn["usage"], session.get("spend_control")
        price = price_of(self._prices, str(session["agent"]["model"]))
        if usage is None or price is None or control is None:
            return False
        cached = usage["input_tokens_details"]["cached_tokens"]
        dollars = sum(each[2] for each in items_of(price, usage["input_tokens"], cached, usage["output_tokens"]))
        session["_spent"] += dollars * 100
        session["spend_control"] = {**control, "consumed": int(session["_spent"])}
        return control["limit"] is not None and session["_spent"] >= control["limit"]


def _work_of(session: Mapping[str, JSON]) -> str:
    """What the model is asked just now stands for."""
    return f"{session['_turn']}/{session['_round']}"


def is_output(item: Mapping[str, JSON]) -> bool:
    """Whether an item is the agent's, and not the application's."""
    return item["type"] != "function_call_output" and item.get("role") != "user"


def about(session: Mapping[str, JSON]) -> Item:
    """What a webhook says of a session."""
    environment = session["environment"]
    named = {"environment_id": environment["id"]} if "id" in environment else {}
    return {"id": session["id"], "environment_type": environment["type"], **named}


def _of_turn(told: Told, turn: str) -> Told:
    at, type, fields = told
    item = {"item": {**fields["item"], "turn_id": turn}} if "item" in fields else {}
    return at, type, {**fields, **item, "turn_id": turn}


def _action(item: Mapping[str, JSON], turn: str) -> Item:
    """What a call, or a request for approval, asks of the application."""
    if item["type"] == "function_call":
        named = {name: item[name] for name in ("arguments", "call_id", "name")}
        return {"type": "function_call", "turn_id": turn, **named}
    request = {
        "type": "mcp_tool_call",
        "arguments": item.get("arguments"),
        "message": f"Allow {item.get('server_label')} to run {item.get('name')}?",
        "name": item.get("name"),
        "server_label": item.get("server_label"),
    }
    return {"type": "mcp_approval_request", "request": request, "request_id": item["id"], "turn_id": turn}


def _as_input(part: Mapping[str, JSON]) -> Item:
    """Of a message, as a response takes it."""
    return {**part, "detail": "auto"} if part["type"] == "input_image" else dict(part)

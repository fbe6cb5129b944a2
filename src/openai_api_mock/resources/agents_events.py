"""What is sent to a session, and what is heard of it: its input, and the stream of its events."""

from __future__ import annotations

from collections.abc import Callable

from ..call import Call, Refused
from ..ids import make_for
from ..noise import Noise
from ..wire import Reply
from .agents_base import OfAgents
from .agents_refusals import refusal
from .agents_state import Item, path_of, shown
from .base import operation


class SessionEvents(OfAgents):
    """`/agents/sessions/{session_id}/events`."""

    @operation("GET /agents/sessions/{session_id}/events")
    def stream(self, call: Call) -> Reply:
        """What happens from now on: nothing that was before is told again, and no parameter asks for it. First comes
        the session as it is: the SDK's helper knows "initial idle events" (openai 3.54, lib/streaming/agents)."""
        session = self.session(call)
        place = self.kept.told_last(session["id"])
        state = {
            "type": f"agent.session.{session['status']}",
            "event_id": make_for("event", call.noise),
            "session": shown(session),
        }
        asked = call.query.get("include_obfuscation")
        return self.followed(call, session["id"], place, first=state, obfuscated=asked)

    @operation("POST /agents/sessions/{session_id}/events")
    def create(self, call: Call) -> Reply:
        """The SDK's docstring: "HTTP 202 confirms acceptance, not durable completion."."""
        path = path_of(call.params["session_id"])
        self.jobs.catch_up(path)
        with self.store.transaction():
            session = self.session(call)
            self.check_given(call.body, "events")
            if self.sent_before(call, f"{path}/sent") is None:
                for index, event in enumerate(call.body["events"]):
                    # All of them, or none where one is refused.
                    _TAKES[event["type"]](self, session, event, call.noise, f"events[{index}]")
                    self.kept.put(session)
                self.remember_sent(call, f"{path}/sent", {})
        return Reply(202, self._write("application/json", call.noise, False), b"")

    def _message(self, session: Item, event: Item, noise: Noise, at: str) -> None:
        if session["status"] == "failed":
            raise Refused(refusal("failed", id=session["id"]))
        if session["status"] == "budget_reached":
            raise Refused(refusal("budget"))
        if session["status"] != "idle":
            raise Refused(refusal("busy"))
        if not event["input"]:
            raise Refused(refusal("missing", param=f"{at}.input"))
        self.running.begin(session, event["input"], noise)

    def _cancel(self, session: Item, event: Item, noise: Noise, at: str) -> None:
        turn = self.kept.turn(session["id"], str(session["_turn"]))
        if turn is None:
            raise Refused(refusal("not_running", id=session["id"]))
        path = path_of(session["id"])
        self.jobs.turn(path, ("cancelled",))  # so that who works on it now leaves it
        self.jobs.end(path)
        self.running.end(session, turn, "cancelled", self.now)
        self.kept.put_turn(turn)

    def _tool_result(self, session: Item, event: Item, noise: Noise, at: str) -> None:
        id, failed = event["call_id"], not event["success"]
        calls = self.running.open_calls(session, str(session["_turn"])) if session["_turn"] else []
        found = next(((index, item) for index, item in calls if item["call_id"] == id), None)
        if session["status"] != "requires_action" or found is None:
            raise Refused(refusal("unknown_call", id=id))
        index, call = found
        if event["turn_id"] != call["turn_id"]:
            raise Refused(refusal("wrong_turn", id=id, turn=event["turn_id"], param=f"{at}.turn_id"))
        output, error = (None, event.get("error")) if failed else (event.get("output"), None)
        status = "failed" if failed else "completed"
        self.running.end_call(session, call, index, status)
        made: Item = {
            "id": make_for("function_call_output", noise),
            "type": "function_call_output",
            "call_id": id,
            "error": error,
            "output": output,
            "status": status,
            "turn_id": call["turn_id"],
        }
        self.running.add_output(session, made)
        told = output if not failed else error or "The call failed."
        # A response takes no null; one that the application brings is an output none the less.
        self.running.bring(session, id, "" if told is None else told)
        self._answered(session, lambda action: action.get("call_id") == id)

    def _approval(self, session: Item, event: Item, noise: Noise, at: str) -> None:
        id, decision = event["request_id"], event["response"].get("decision")
        if not any(action.get("request_id") == id for action in session["required_actions"]):
            raise Refused(refusal("unknown_request", id=id))
        asked = {"type": "mcp_approval_response", "approval_request_id": id, "approve": decision == "approve"}
        self.kept.remember(session["id"], [asked], noise)
        self._answered(session, lambda action: action.get("request_id") == id)

    def _no_request(self, session: Item, event: Item, noise: Noise, at: str) -> None:
        """No browser runs here, so none asks for anything."""
        raise Refused(refusal("unknown_request", id=event["request_id"]))

    def _answered(self, session: Item, is_it: Callable[[Item], bool]) -> None:
        """One of the things that the session waits for has come; with the last of them, its turn goes on."""
        session["required_actions"] = [action for action in session["required_actions"] if not is_it(action)]
        if session["required_actions"]:
            self.running.await_actions(session)
        else:
            self.running.resume(session)


_TAKES: dict[str, Callable[[SessionEvents, Item, Item, Noise, str], None]] = {
    "agent.session.input.cancel": SessionEvents._cancel,
    "agent.session.input.computer_use_approval_request_result": SessionEvents._no_request,
    "agent.session.input.mcp_approval_request_result": SessionEvents._approval,
    "agent.session.input.message": SessionEvents._message,
    "agent.session.input.tool_result": SessionEvents._tool_result,
}

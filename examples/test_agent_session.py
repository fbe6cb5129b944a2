"""An agent of the Agents API (beta): a function of ours runs while its session streams, and a second turn follows."""

from __future__ import annotations

from openai import OpenAI
from openai.lib.beta.agents import function_tool

from openai_api_mock import OpenAIMock, contains, tool_call


class Concierge:
    """The application: it keeps one session, books what the agent asks for, and shows its words as they come."""

    def __init__(self, client: OpenAI) -> None:
        self.sessions = client.beta.agents.sessions
        self.booked: list[str] = []
        self.shown = ""

        @function_tool(name="book_hotel", description="Book a hotel.")
        def book_hotel(city: str) -> str:
            self.booked.append(city)
            return f"booked in {city}"

        self.tool = book_hotel

    def greet(self, wish: str) -> str:
        """The first answer; the session is made with it."""
        with self.sessions.create(
            agent={"model": "gpt-5", "instructions": "You are a concierge.", "tools": [self.tool.definition]},
            environment={"type": "none"},
            input=wish,
            stream=True,
            tool_handlers={self.tool.name: self.tool},
        ) as stream:
            result = stream.get_final_result()
        self.session_id = result.session_id
        return result.output_text

    def ask(self, question: str) -> str:
        """Each further one."""
        with self.sessions.stream(self.session_id, input=question).with_result_collection() as stream:
            for event in stream:
                if event.type == "agent.session.turn.output_text.delta":
                    self.shown += event.delta
            return stream.get_final_result().output_text


def test_it_books_what_the_agent_asks_for(openai_mock: OpenAIMock) -> None:
    openai_mock.when(system="You are a concierge.").reply(tool_call("book_hotel", city="Paris"))
    openai_mock.when(tool_result="booked in Paris").reply("Paris awaits you.")
    openai_mock.when(message=contains("breakfast")).reply("At eight.")
    concierge = Concierge(OpenAI())

    assert concierge.greet("A weekend in Paris, please.") == "Paris awaits you."
    assert concierge.booked == ["Paris"]
    assert concierge.ask("When is breakfast?") == "At eight."
    assert concierge.shown == "At eight."
    items = list(concierge.sessions.items.list(concierge.session_id, order="asc"))
    assert [item.type for item in items] == [
        "message",
        "function_call",
        "function_call_output",
        "message",
        "message",
        "message",
    ]


def test_a_turn_that_fails_can_be_tried_again(openai_mock: OpenAIMock) -> None:
    openai_mock.reply("Welcome.")
    openai_mock.fail(503, "We are full.")
    openai_mock.reply("At eight.")
    concierge = Concierge(OpenAI())
    concierge.greet("Hello")

    session = concierge.sessions.retrieve(concierge.session_id)
    with concierge.sessions.stream(session.id, input="When is breakfast?") as stream:
        kinds = [event.type for event in stream]
    assert kinds[-3:] == ["error", "agent.session.turn.failed", "agent.session.idle"]
    assert concierge.ask("When is breakfast?") == "At eight."

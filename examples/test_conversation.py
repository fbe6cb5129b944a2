"""A chat whose history the API keeps: the application remembers one id."""

from __future__ import annotations

from openai import OpenAI

from openai_api_mock import OpenAIMock


class Chat:
    """What is tested."""

    def __init__(self, id: str | None = None) -> None:
        self.client = OpenAI()
        self.id = id or self.client.conversations.create(metadata={"topic": "demo"}).id

    def say(self, text: str) -> str:
        return self.client.responses.create(model="gpt-5", input=text, conversation=self.id).output_text

    def history(self) -> list[str]:
        items = self.client.conversations.items.list(self.id, order="asc")
        return [item.content[0].text for item in items if item.type == "message" and hasattr(item.content[0], "text")]


def test_both_sides_are_kept(openai_mock: OpenAIMock) -> None:
    openai_mock.reply("Hello Ann!")
    openai_mock.reply("You are Ann.")
    chat = Chat()
    chat.say("I am Ann.")
    chat.say("Who am I?")

    assert chat.history() == ["I am Ann.", "Hello Ann!", "Who am I?", "You are Ann."]


def test_it_goes_on_later(openai_mock: OpenAIMock) -> None:
    id = Chat().id
    Chat(id).say("Hi")

    assert len(Chat(id).history()) == 2

"""A webhook: a response in the background, whose end comes to an application by an event that it verifies."""

from __future__ import annotations

from openai import OpenAI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openai_api_mock import OpenAIMock


class Reports:
    """The application: it asks for reports, and files those that are done."""

    def __init__(self) -> None:
        self.client = OpenAI()
        self.asked: dict[str, str] = {}
        self.filed: dict[str, str] = {}
        self.web = Starlette(routes=[Route("/hooks/openai", self.take, methods=["POST"])])

    def ask(self, title: str) -> None:
        response = self.client.responses.create(model="gpt-5", input=f"Write a report: {title}", background=True)
        self.asked[response.id] = title

    async def take(self, request: Request) -> Response:
        event = self.client.webhooks.unwrap(await request.body(), request.headers)
        if event.type == "response.completed":
            self.filed[self.asked[event.data.id]] = self.client.responses.retrieve(event.data.id).output_text
        return Response(status_code=204)


def test_a_report_is_filed_when_its_webhook_comes(openai_mock: OpenAIMock) -> None:
    openai_mock.reply("Apples are up.")
    openai_mock.reply("Pears are down.")
    reports = Reports()
    openai_mock.webhooks.deliver_to(reports.web, "/hooks/openai")

    reports.ask("apples")
    reports.ask("pears")
    openai_mock.webhooks.wait(2)

    assert reports.filed == {"apples": "Apples are up.", "pears": "Pears are down."}


def test_a_forged_webhook_is_not_taken(openai_mock: OpenAIMock) -> None:
    reports = Reports()
    openai_mock.webhooks.deliver_to(reports.web, "/hooks/openai", secret="whsec_c29tZWJvZHkgZWxzZQ==")

    [delivery] = openai_mock.webhooks.send("response.completed", id="resp_forged")

    assert delivery.state == "pending"
    assert "InvalidWebhookSignatureError" in str(delivery.attempts[0].error)

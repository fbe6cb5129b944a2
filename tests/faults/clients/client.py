"""One client of the matrix: asks a server for every fault, and prints what became of each call as JSON.

    client.py (sdk|aiohttp|httpx) BASE_URL < cells.json

Runs with any openai from 1.x on, without openai-api-mock. A cell is `[fault, api, mode, tools]`; each call has a
connection of its own. What is said without a fault is asked first.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

PATIENCE, SHORT = 20.0, 0.3
"""Seconds for which a client waits for something to come; the short one where nothing will."""
TEXT = "What's the weather in Zürich?"
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
KEY = "sk-test-of-a-fault-0123"
Cell = tuple[str, str, str, bool]
USUAL: list[Cell] = [("", api, "whole", tools) for api in ("chat", "responses") for tools in (False, True)]


def body_of(api: str, mode: str, tools: bool) -> dict[str, Any]:
    function = {"name": "get_weather", "description": "The weather of a city.", "parameters": PARAMETERS}
    if api == "chat":
        body: dict[str, Any] = {"model": "gpt-4o", "messages": [{"role": "user", "content": TEXT}]}
        offered: dict[str, Any] = {"type": "function", "function": function}
    else:
        body = {"model": "gpt-4o", "input": TEXT}
        offered = {"type": "function", "strict": False, **function}
    return {**body, "stream": mode == "stream", **({"tools": [offered]} if tools else {})}


def headers_of(fault: str) -> dict[str, str]:
    return {"X-Mock-Fault": fault, "Connection": "close"}


def patience(fault: str) -> float:
    return SHORT if fault in ("hang", "stall") else PATIENCE


class Told:
    """What a client was told, put together of one answer or of a stream's events."""

    usual: dict[str, str] = {}  # noqa: RUF012  # of the process
    """What is said without a fault, by API."""

    def __init__(self) -> None:
        self.events = 0
        self.finish = ""
        self.odd = ""
        self.text = ""
        self.refused = False
        self.calls: dict[int, list[str]] = {}
        """Name and arguments of each."""

    def hear(self, said: Any, api: str) -> None:
        """An answer, or an event, as JSON or as what the SDK made of it."""
        self.events += 1
        data = said.model_dump() if hasattr(said, "model_dump") else said
        if not isinstance(data, dict):
            self.odd = type(data).__name__
        elif api == "chat":
            for choice in data.get("choices") or []:
                self.finish = choice.get("finish_reason") or self.finish
                self._hear_chat(choice.get("delta") or choice.get("message") or {})
        elif data.get("type") == "error":
            self.odd = "error event"
        elif data.get("type") == "response.output_text.delta":
            self.text += data["delta"]
        else:
            response = data.get("response") or data
            reason = (response.get("incomplete_details") or {}).get("reason")
            if response.get("status") in ("completed", "incomplete", "failed") and response.get("object"):
                self.finish = reason or response["status"]
                self._hear_response(response, streamed="response" in data)

    def _hear_chat(self, said: dict[str, Any]) -> None:
        self.text += said.get("content") or ""
        self.refused = self.refused or bool(said.get("refusal"))
        for number, call in enumerate(said.get("tool_calls") or []):
            heard = self.calls.setdefault(call.get("index") or number, ["", ""])
            heard[0] += call["function"].get("name") or ""
            heard[1] += call["function"].get("arguments") or ""

    def _hear_response(self, response: dict[str, Any], streamed: bool) -> None:
        for number, item in enumerate(response.get("output") or []):
            if item["type"] == "function_call":
                self.calls[number] = [item["name"], item["arguments"]]
            for part in item.get("content") or []:
                self.refused = self.refused or part["type"] == "refusal"
                self.text += "" if streamed else part.get("text") or ""

    def what(self, api: str) -> str:
        """What is odd about what was said, compared with what is usual."""
        if self.refused:
            return ", refusal"
        if self.calls:
            return ", " + " ".join(map(_called, self.calls.values()))
        if not self.text:
            return ", nothing said"
        return "" if self.text == self.usual.setdefault(api, self.text) else ", another text"

    def outcome(self, error: BaseException | None, api: str, mode: str) -> str:
        """The cell: an exception's name, or what was taken for the answer."""
        if error is not None:
            return type(error).__name__
        if self.odd:
            return f"taken: {self.odd}"
        if not self.finish:
            return "taken: a truncated stream" if mode == "stream" else "taken: an answer without its end"
        return f"answer: {self.finish}{self.what(api)}"


def _called(call: list[str]) -> str:
    name, arguments = call
    try:
        fits = isinstance(json.loads(arguments).get("city"), str)
    except ValueError:
        return f"{name}(no JSON)"
    except AttributeError:
        fits = False
    return f"{name}()" if fits or name != "get_weather" else f"{name}(misfit)"


def through_sdk(url: str, cells: list[Cell]) -> list[str]:
    import openai

    client: Any = openai.OpenAI(base_url=url, api_key=KEY, max_retries=0, timeout=PATIENCE)
    outcomes = []
    for fault, api, mode, tools in cells:
        told, error = Told(), None
        create = client.chat.completions.create if api == "chat" else client.responses.create
        try:
            answer = create(**body_of(api, mode, tools), extra_headers=headers_of(fault), timeout=patience(fault))
            for said in answer if mode == "stream" else [answer]:
                told.hear(said, api)
        except Exception as raised:
            error = raised
        outcomes.append(told.outcome(error, api, mode))
    client.close()
    return outcomes


async def through_aiohttp(url: str, cells: list[Cell]) -> list[str]:
    import openai

    http = openai.DefaultAioHttpClient(timeout=PATIENCE)
    client: Any = openai.AsyncOpenAI(base_url=url, api_key=KEY, max_retries=0, timeout=PATIENCE, http_client=http)
    outcomes = []
    for fault, api, mode, tools in cells:
        told, error = Told(), None
        create = client.chat.completions.create if api == "chat" else client.responses.create
        try:
            answer = await create(**body_of(api, mode, tools), extra_headers=headers_of(fault), timeout=patience(fault))
            if mode == "stream":
                async for said in answer:
                    told.hear(said, api)
            else:
                told.hear(answer, api)
        except Exception as raised:
            error = raised
        outcomes.append(told.outcome(error, api, mode))
    await client.close()
    return outcomes


def through_httpx(url: str, cells: list[Cell]) -> list[str]:
    import httpx

    outcomes = []
    with httpx.Client(base_url=url, timeout=PATIENCE) as client:
        for fault, api, mode, tools in cells:
            told, error = Told(), None
            path = "/chat/completions" if api == "chat" else "/responses"
            asked = {"json": body_of(api, mode, tools), "headers": headers_of(fault), "timeout": patience(fault)}
            status = 200
            try:
                with client.stream("POST", path, **asked) as response:  # type: ignore[arg-type]
                    status = response.status_code
                    if mode == "whole" and status == 200:
                        told.hear(json.loads(response.read()), api)
                    elif status == 200:
                        for line in response.iter_lines():
                            if line.startswith("data: ") and line != "data: [DONE]":
                                told.hear(json.loads(line[6:]), api)
            except Exception as raised:
                error = raised
            outcomes.append(f"status {status}" if status != 200 else told.outcome(error, api, mode))
    return outcomes


def main() -> None:
    kind, url = sys.argv[1:]
    cells: list[Cell] = [*USUAL, *json.load(sys.stdin)]
    if kind == "aiohttp":
        outcomes = asyncio.run(through_aiohttp(url, cells))
    else:
        outcomes = (through_httpx if kind == "httpx" else through_sdk)(url, cells)
    json.dump(outcomes[len(USUAL) :], sys.stdout)


if __name__ == "__main__":
    main()

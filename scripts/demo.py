"""What `make demo` shows: a server, a stream, a tool call and a structured answer, through the real SDK."""

from __future__ import annotations

import re
import subprocess
import sys

from openai import OpenAI
from pydantic import BaseModel

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"enum": ["celsius", "fahrenheit"]}},
            "required": ["city", "unit"],
        },
    },
}


class Person(BaseModel):
    name: str
    email: str
    age: int


def main() -> None:
    command = [sys.executable, "-m", "openai_api_mock", "serve", "--port", "0", "--chunk-delay", "0.05"]
    print("$ openai-api-mock serve --chunk-delay 0.05")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            found = re.search(r"http://\S+", server.stdout.readline())
            assert found, "the server did not say where it is"
            show(OpenAI(base_url=found[0] + "/v1", api_key="sk-any"))
        finally:
            server.terminate()


def show(client: OpenAI) -> None:
    print("\n1. A streamed answer, a token every 50 ms:\n   ", end="")
    question = [{"role": "user", "content": "What is the weather in Oslo?"}]
    stream = client.chat.completions.create(model="gpt-4o", messages=question, stream=True)  # type: ignore[call-overload]
    for chunk in stream:
        print(chunk.choices[0].delta.content or "", end="", flush=True)

    print("\n\n2. A tool call, its arguments valid against the tool's schema:")
    completion = client.chat.completions.create(model="gpt-4o", messages=question, tools=[WEATHER])  # type: ignore[call-overload]
    message = completion.choices[0].message
    call = message.tool_calls[0]
    print(f"   {call.function.name}({call.function.arguments})")
    result = {"role": "tool", "tool_call_id": call.id, "content": "4 degrees and snow"}
    completion = client.chat.completions.create(model="gpt-4o", messages=[*question, message, result], tools=[WEATHER])
    print(f"   and, given the result: {completion.choices[0].message.content}")

    print("\n3. A structured answer, parsed into a pydantic model:")
    parsed = client.chat.completions.parse(model="gpt-4o", messages=question, response_format=Person)  # type: ignore[arg-type]
    print(f"   {parsed.choices[0].message.parsed!r}")
    print(f"   usage: {parsed.usage.prompt_tokens} + {parsed.usage.completion_tokens} tokens" if parsed.usage else "")
    print("\nThat was a server on loopback; nothing left this machine, and no key was needed.")


if __name__ == "__main__":
    main()

"""Structured answers: without a script they are valid against the schema, and field names give them meaning."""

from __future__ import annotations

from openai import OpenAI
from pydantic import BaseModel

from openai_api_mock import OpenAIMock, mock_openai


class Customer(BaseModel):
    name: str
    email: str
    city: str


class Order(BaseModel):
    customer: Customer
    items: list[str]
    total_price: float
    currency: str


@mock_openai(seed=7)
def main(openai_mock: OpenAIMock) -> None:
    completion = OpenAI().chat.completions.parse(
        model="gpt-4o", messages=[{"role": "user", "content": "Read this order."}], response_format=Order
    )
    order = completion.choices[0].message.parsed
    assert order is not None
    print(order)
    print(f"{len(openai_mock.calls)} call, {completion.usage.total_tokens if completion.usage else 0} tokens")


main()  # type: ignore[call-arg]

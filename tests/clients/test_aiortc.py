"""aiortc: the answers to its offers are ones that a WebRTC peer can take."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import openai
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import SessionDescription

from openai_api_mock import OpenAIMock

SESSION: Any = {"type": "realtime", "model": "gpt-realtime"}


@pytest.fixture
async def peer() -> AsyncIterator[RTCPeerConnection]:
    made = RTCPeerConnection()
    yield made
    await made.close()


@pytest.fixture(params=["in process", "server"])
def client(request: pytest.FixtureRequest, openai_mock: OpenAIMock) -> openai.AsyncOpenAI:
    if request.param == "in process":
        return openai.AsyncOpenAI()
    return openai.AsyncOpenAI(base_url=request.getfixturevalue("server_url"), api_key="sk-test")


async def offer_of(peer: RTCPeerConnection) -> str:
    await peer.setLocalDescription(await peer.createOffer())
    return str(peer.localDescription.sdp)


async def call(client: openai.AsyncOpenAI, peer: RTCPeerConnection) -> SessionDescription:
    """The answer to the peer's offer, which it has taken."""
    made = await client.realtime.calls.create(sdp=await offer_of(peer), session=SESSION)
    return await take(peer, made.text)


async def take(peer: RTCPeerConnection, answer: str) -> SessionDescription:
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    assert peer.signalingState == "stable"
    return SessionDescription.parse(answer)


async def test_audio_and_the_channel_of_events_are_taken(client: openai.AsyncOpenAI, peer: RTCPeerConnection) -> None:
    voice = peer.addTransceiver("audio")
    peer.createDataChannel("oai-events")
    answer = await call(client, peer)
    audio, events = answer.media
    assert voice.currentDirection == "sendrecv"
    assert [codec.mimeType for codec in audio.rtp.codecs] == ["audio/opus"]
    assert events.sctp_port == 5000
    for media in answer.media:
        assert (len(media.ice.usernameFragment) >= 4, len(media.ice.password) >= 22) == (True, True)  # RFC 8839, 5.4
        (fingerprint,) = media.dtls.fingerprints
        assert (fingerprint.algorithm, len(fingerprint.value.split(":"))) == ("sha-256", 32)
        assert media.dtls.role == "client"


@pytest.mark.parametrize(
    ("offered", "agreed"), [("sendrecv", "sendrecv"), ("sendonly", "recvonly"), ("recvonly", "sendonly")]
)
async def test_who_only_listens_is_spoken_to_alone(
    client: openai.AsyncOpenAI, peer: RTCPeerConnection, offered: str, agreed: str
) -> None:
    voice = peer.addTransceiver("audio", direction=offered)
    answer = await call(client, peer)
    assert answer.media[0].direction == agreed
    assert voice.currentDirection == offered


async def test_a_track_that_is_spoken_on_is_one_of_a_stream(
    client: openai.AsyncOpenAI, peer: RTCPeerConnection
) -> None:
    tracks: list[Any] = []
    peer.on("track", tracks.append)
    peer.addTransceiver("audio")
    answer = await call(client, peer)
    assert [track.kind for track in tracks] == ["audio"]
    assert answer.media[0].msid == "realtimeapi audio"


@pytest.mark.parametrize("order", [("audio", "video"), ("video", "audio")])
async def test_video_is_neither_sent_nor_wanted(
    client: openai.AsyncOpenAI, peer: RTCPeerConnection, order: tuple[str, str]
) -> None:
    transceivers = {kind: peer.addTransceiver(kind) for kind in order}
    answer = await call(client, peer)
    assert [media.kind for media in answer.media] == list(order)
    assert transceivers["audio"].currentDirection == "sendrecv"
    assert transceivers["video"].currentDirection == "inactive"


async def test_a_channel_alone_is_taken(client: openai.AsyncOpenAI, peer: RTCPeerConnection) -> None:
    peer.createDataChannel("oai-events")
    answer = await call(client, peer)
    assert [media.kind for media in answer.media] == ["application"]


async def test_a_browser_s_key_and_the_offer_as_it_is(openai_mock: OpenAIMock, peer: RTCPeerConnection) -> None:
    """As the documentation has it of browsers: a secret for a key, and the SDP for a body."""
    made = await openai.AsyncOpenAI().realtime.client_secrets.create(session=SESSION)
    peer.addTransceiver("audio")
    headers = {"authorization": f"Bearer {made.value}", "content-type": "application/sdp"}
    async with httpx2.AsyncClient() as http:
        url = "https://api.openai.com/v1/realtime/calls"
        reply = await http.post(url, content=await offer_of(peer), headers=headers)
    assert reply.status_code == 201
    await take(peer, reply.text)
    call_id = reply.headers["location"].rpartition("/")[2]
    async with openai.AsyncOpenAI().realtime.connect(call_id=call_id) as connection:
        assert (await connection.recv()).type == "session.created"

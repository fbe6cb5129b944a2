"""Realtime calls, and sessions that translate, through the SDK."""

from __future__ import annotations

import base64
import json
from typing import Any

import openai
import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from openai_api_mock import mock_openai
from openai_api_mock.generate.speech import speak

from ..conftest import Way

pytest.importorskip("websockets")
pytestmark = pytest.mark.filterwarnings("ignore:connect.. must be used as a context manager:DeprecationWarning")

OFFER = "\r\n".join((
    "v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1", "a=msid-semantic: WMS",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 0", "c=IN IP4 0.0.0.0", "a=ice-ufrag:abcd", "a=ice-pwd:" + "e" * 24,
    "a=fingerprint:sha-256 AA:BB", "a=setup:actpass", "a=mid:0", "a=sendrecv", "a=rtcp-mux",
    "a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1", "a=rtpmap:63 red/48000/2",
    "a=rtpmap:0 PCMU/8000", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0", "a=mid:1",
    "a=sctp-port:5000", "",
))  # fmt: skip


def test_an_offer_gets_an_answer(way: Way) -> None:
    session = {"type": "realtime"}
    made = way.do(lambda client: client.realtime.calls.with_raw_response.create(sdp=OFFER, session=session))
    assert made.http_response.status_code == 201
    assert made.headers["location"].startswith("/v1/realtime/calls/rtc_")
    answer = made.http_response.text.split("\r\n")
    media = [line for line in answer if line.startswith("m=")]
    assert media == ["m=audio 9 UDP/TLS/RTP/SAVPF 111", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel"]
    assert [line for line in answer if line.startswith("a=mid")] == ["a=mid:0", "a=mid:1"]
    assert answer.count("a=setup:active") == 2
    assert "a=rtpmap:63 red/48000/2" not in answer


@pytest.mark.parametrize(
    ("offered", "answered"),
    [
        (("a=sendrecv", "a=setup:actpass"), ("a=sendrecv", "a=msid:realtimeapi audio", "a=setup:active")),
        (("a=recvonly", "a=setup:active"), ("a=sendonly", "a=msid:realtimeapi audio", "a=setup:passive")),
        (("a=sendonly", "a=setup:passive"), ("a=recvonly", "a=setup:active")),
        (("a=inactive",), ("a=inactive", "a=setup:active")),
        ((), ("a=sendrecv", "a=msid:realtimeapi audio", "a=setup:active")),
    ],
)
def test_an_answer_goes_with_its_offer(way: Way, offered: tuple[str, ...], answered: tuple[str, ...]) -> None:
    """RFC 3264 (6.1), RFC 8842 (5.3)."""
    answer = answer_to(way, "m=audio 9 UDP/TLS/RTP/SAVPF 111", *offered, "a=rtpmap:111 opus/48000/2")
    told = [line for line in answer if line.startswith(("a=send", "a=recv", "a=inactive", "a=msid:", "a=setup"))]
    assert sorted(told) == sorted(answered)


def test_what_is_over_stays_so_and_is_in_no_bundle(way: Way) -> None:
    audio, over, bundled = (
        "m=audio 9 RTP/AVP 0",
        "m=audio 0 RTP/AVP 0",
        "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
    )
    answer = answer_to(
        way, "a=group:BUNDLE 0 1 2", audio, "a=mid:0", over, "a=mid:1", bundled, "a=bundle-only", "a=mid:2"
    )
    assert [line.split(" ")[1] for line in answer if line.startswith("m=")] == ["9", "0", "9"]
    assert "a=group:BUNDLE 0 2" in answer


def answer_to(way: Way, *lines: str) -> list[str]:
    offer = "\r\n".join(("v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", *lines, ""))
    answer: str = way.call("realtime.calls.create", sdp=offer).text
    return answer.split("\r\n")


@pytest.mark.parametrize("offer", [" ", "m=audio", "v=0\r\nm=audio 9 RTP/AVP\r\n"])
def test_what_is_no_offer_is_refused(way: Way, offer: str) -> None:
    with pytest.raises(openai.BadRequestError, match="Invalid SDP offer"):
        way.call("realtime.calls.create", sdp=offer)


def test_a_call_is_taken_passed_on_or_ended(way: Way) -> None:
    """A call that came in over SIP is known by its webhook alone, so any id is taken."""
    way.call("realtime.calls.accept", call_id="rtc_1", type="realtime", instructions="Be nice.")
    way.call("realtime.calls.refer", call_id="rtc_1", target_uri="tel:+14155550123")
    way.call("realtime.calls.hangup", call_id="rtc_2")
    way.call("realtime.calls.reject", call_id="rtc_3", status_code=486)


def test_a_call_is_talked_to_over_a_websocket() -> None:
    with mock_openai():
        client = openai.OpenAI()
        client.realtime.calls.accept("rtc_1", type="realtime", instructions="Be nice.")
        with client.realtime.connect(call_id="rtc_1") as connection:
            assert json.loads(connection.recv_bytes())["session"]["instructions"] == "Be nice."


def test_a_secret_of_the_betas_form(way: Way) -> None:
    made = way.call("beta.realtime.sessions.create", model="gpt-4o-realtime-preview", voice="verse")
    assert made.client_secret.value.startswith("ek_")
    assert (made.voice, made.input_audio_format) == ("verse", "pcm16")


def test_a_voice_of_ones_own_is_told_by_its_id(way: Way) -> None:
    audio = {"output": {"voice": {"id": "voice_mine"}}}
    made = way.call("realtime.client_secrets.create", session={"type": "realtime", "audio": audio})
    assert made.session.audio.output.voice == "voice_mine"
    kept = way.call("realtime.client_secrets.create", session={"type": "transcription"})
    assert kept.session.type == "transcription"


def test_a_translation_follows_what_is_said() -> None:
    with mock_openai() as mock:
        mock.realtime.translations.connect.when(message="Good morning").reply("Guten Morgen")
        with openai.OpenAI().realtime.translations.connect(model="gpt-realtime-translate") as connection:
            assert json.loads(connection.recv_bytes())["type"] == "session.created"
            transcribed = {"transcription": {"model": "gpt-4o-transcribe"}}
            audio: Any = {"input": transcribed, "output": {"language": "de"}}
            connection.session.update(session={"audio": audio})
            updated = json.loads(connection.recv_bytes())["session"]["audio"]
            assert updated["output"] == {"language": "de"}
            for text in ("Good morning", "Goodbye"):
                sound = base64.b64encode(speak(text) + bytes(24_000)).decode()
                connection.session.input_audio_buffer.append(audio=sound)
            connection.session.close()
            events: list[dict[str, Any]] = []
            while not events or events[-1]["type"] != "session.closed":
                events.append(json.loads(connection.recv_bytes()))
    said = {kind: "".join(e["delta"] for e in events if e["type"].endswith(kind)) for kind in KINDS}
    assert said["input_transcript.delta"] == "Good morning Goodbye"
    assert said["output_transcript.delta"] == "Guten Morgen Goodbye"
    spoken = b"".join(base64.b64decode(e["delta"]) for e in events if e["type"].endswith("output_audio.delta"))
    assert spoken == speak("Guten Morgen") + speak("Goodbye")


@pytest.mark.parametrize("auth", [False, ["sk-right"]])
def test_a_secret_opens_translations_with_its_settings_until_it_expires(auth: bool | list[str]) -> None:
    with mock_openai(clock="frozen", auth=auth) as mock:
        audio: Any = {"output": {"language": "de"}}
        made = openai.OpenAI(api_key="sk-right").realtime.translations.client_secrets.create(
            session={"model": "gpt-realtime-translate", "audio": audio},
            expires_after={"anchor": "created_at", "seconds": 60},
        )
        assert made.expires_at == int(mock.engine.clock.time()) + 60
        assert made.session.to_dict()["audio"]["output"] == {"language": "de"}  # type: ignore[index]
        browser = openai.OpenAI(api_key=made.value)
        with browser.realtime.translations.connect(model="gpt-realtime-translate") as connection:
            session = json.loads(connection.recv_bytes())["session"]
        assert session["audio"]["output"] == {"language": "de"}
        mock.engine.clock.advance(60)
        with pytest.raises(InvalidStatus) as refused:
            browser.realtime.translations.connect(model="gpt-realtime-translate").__enter__()
    assert refused.value.response.status_code == 401


@pytest.mark.parametrize("fault", ["connection_reset", "cut", "server_error", "bad_gateway"])
def test_a_translation_goes_wrong_as_other_sessions_do(fault: str) -> None:
    with mock_openai() as mock:
        mock.realtime.translations.connect.always.reply("Guten Morgen")
        mock.realtime.translations.connect.fault(fault)
        with openai.OpenAI().realtime.translations.connect(model="gpt-realtime-translate") as connection:
            connection.recv_bytes()
            audio = base64.b64encode(speak("Good morning") + bytes(24_000)).decode()
            connection.session.input_audio_buffer.append(audio=audio)
            told, code = until_the_end(connection)
    if fault in ("connection_reset", "cut"):
        assert code == 1011
        assert "error" not in told
    else:
        assert (told, code) == (["error"], None)


def until_the_end(connection: Any) -> tuple[list[str], int | None]:
    """The types of events up to an error, or to the end of the connection, and the code that it closed with."""
    told: list[str] = []
    while "error" not in told:
        try:
            told.append(json.loads(connection.recv_bytes())["type"])
        except ConnectionClosedError as closed:
            return told, closed.rcvd.code if closed.rcvd else None
    return told, None


KINDS = ("input_transcript.delta", "output_transcript.delta")

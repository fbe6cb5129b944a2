"""Live sessions over WebRTC and SIP through the SDK: how they begin and end, what is recorded, and who is told."""

from __future__ import annotations

import base64
import io
import json
import wave
from collections.abc import Mapping
from typing import Any

import openai
import pytest

from openai_api_mock.clock import FrozenClock
from openai_api_mock.generate.speech import speak
from openai_api_mock.generate.speech_hear import hear

from ..conftest import MakeWay, Way

pytest.importorskip("websockets")
pytestmark = [
    pytest.mark.filterwarnings("ignore:connect.. must be used as a context manager:DeprecationWarning"),
    pytest.mark.skipif(not hasattr(openai.OpenAI, "live"), reason="this SDK has no live sessions"),
]

OFFER = "\r\n".join((
    "v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 0", "c=IN IP4 0.0.0.0", "a=mid:0", "a=rtpmap:111 opus/48000/2", "",
))  # fmt: skip
WEBRTC: Any = {"type": "webrtc", "sdp": OFFER}


def create(way: Way, **session: Any) -> str:
    made = way.call("live.create", session={"model": "gpt-live-1", **session}, transport=WEBRTC)
    return str(made.session.id)


def beside(way: Way, id: str) -> Any:
    """A sideband, of whichever client this is: what is tested here is that there is such a session."""
    client = way.client if isinstance(way.client, openai.OpenAI) else openai.OpenAI()
    return client.live.sideband.connect(session_id=id)


def converse(way: Way, id: str, text: str) -> list[Any]:
    """What a session over WebRTC or SIP says to words that a sideband brings, where no media flows."""
    audio = base64.b64encode(speak(text) + bytes(24_000)).decode()
    events: list[Any] = []
    with beside(way, id) as connection:
        connection.send({"type": "session.input_audio.append", "audio": audio})
        for event in connection:
            events.append(event)
            if event.type in ("session.usage.updated", "error"):
                return events
    raise EOFError


def said(events: list[Any]) -> str:
    return "".join(event.delta for event in events if event.type == "session.output_transcript.delta")


def test_an_offer_gets_an_answer_and_the_session_is_talked_to_beside_it(way: Way) -> None:
    made = way.call("live.create", session={"model": "gpt-live-1", "instructions": "Be kind."}, transport=WEBRTC)
    assert "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" in made.transport.sdp
    assert made.session.id.startswith("live_")
    way.mock.when(message="Hello", system="Be kind.").reply("Good day.")
    events = converse(way, made.session.id, "Hello")
    assert events[0].type == "session.started"
    assert "format" not in events[0].session.to_dict()["audio"]
    assert said(events) == "Good day."


def test_what_a_data_channel_may_is_told(way: Way) -> None:
    client = {"data_channel": {"allowed_client_events": [], "allowed_server_events": "all"}}
    with beside(way, create(way, client=client)) as connection:
        assert [connection.recv().type, connection.recv().code] == ["session.started", "data_channel_permissions"]


@pytest.mark.parametrize(
    ("session", "transport", "param"),
    [
        ({}, {**WEBRTC, "sdp": " "}, "transport.sdp"),
        ({}, {**WEBRTC, "sdp": "v=0\r\nm=audio\r\n"}, "transport.sdp"),
        ({"audio": {"format": {"type": "audio/pcm", "rate": 24_000}}}, WEBRTC, None),
        ({"input": [{"role": "user", "content": []}]}, WEBRTC, "session.input[0].content"),
    ],
)
def test_what_cannot_be_is_refused(make_way: MakeWay, session: Any, transport: Any, param: str | None) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        make_way().call("live.create", session={"model": "gpt-live-1", **session}, transport=transport)
    assert param is None or refused.value.param == param


def test_a_call_is_accepted_talked_to_and_hung_up(way: Way) -> None:
    way.call("live.sessions.accept", session_id="live_1", session={"model": "gpt-live-1", "type": "live"})
    way.mock.reply("Good day.")
    assert said(converse(way, "live_1", "Hello")) == "Good day."
    with beside(way, "live_1") as connection:
        assert connection.recv().type != "error"
        connection.transport.dtmf.send(event="5", event_id="d")
        events = [connection.recv()]
        while events[-1].type != "transport.dtmf.sent":
            events.append(connection.recv())
        assert (events[-1].event, events[-1].client_event_id) == ("5", "d")
        connection.transport.dtmf.send(event="x")
        assert connection.recv().error.param == "event"
        way.call("live.sessions.hangup", session_id="live_1")
        closed = connection.recv()
    assert (closed.type, closed.reason) == ("session.closed", "close_requested")
    with pytest.raises(openai.BadRequestError, match="has ended"):
        way.call("live.sessions.hangup", session_id="live_1")


def test_a_call_that_is_passed_on_is_over_here(way: Way) -> None:
    way.call("live.sessions.accept", session_id="live_1", session={"model": "gpt-live-1", "type": "live"})
    with pytest.raises(openai.BadRequestError, match="target_uri"):
        way.call("live.sessions.refer", session_id="live_1", target_uri=" ")
    way.call("live.sessions.refer", session_id="live_1", target_uri="tel:+14155550123")
    with pytest.raises(openai.BadRequestError):
        way.call("live.sessions.refer", session_id="live_1", target_uri="tel:+14155550123")


def test_a_call_is_answered_once(way: Way) -> None:
    session: Any = {"model": "gpt-live-1", "type": "live"}
    way.call("live.sessions.accept", session_id="live_1", session=session)
    for again, arguments in (("accept", {"session": session}), ("reject", {"status_code": 486})):
        with pytest.raises(openai.BadRequestError, match="already answered"):
            way.call(f"live.sessions.{again}", session_id="live_1", **arguments)
    with pytest.raises(openai.BadRequestError, match="between 300 and 699"):
        way.call("live.sessions.reject", session_id="live_2", status_code=200)
    way.call("live.sessions.reject", session_id="live_2", status_code=486)
    with pytest.raises(openai.BadRequestError, match="has ended"):
        way.call("live.sessions.accept", session_id="live_2", session=session)


@pytest.mark.parametrize(
    ("method", "arguments"),
    [("hangup", {}), ("refer", {"target_uri": "tel:1"}), ("download_recording", {}), ("fork", {"transport": WEBRTC})],
)
def test_what_was_never_there_is_not_found(way: Way, method: str, arguments: Any) -> None:
    with pytest.raises(openai.NotFoundError, match="live_none"):
        way.call(f"live.sessions.{method}", session_id="live_none", **arguments)


def test_what_is_not_there_is_made_up_where_that_is_asked_for(make_way: MakeWay) -> None:
    way = make_way(missing="synthesize")
    way.call("live.sessions.hangup", session_id="live_none")
    assert way.call("live.sessions.fork", session_id="live_none", transport=WEBRTC).session.id


def test_a_recording_has_both_sides(way: Way) -> None:
    id = create(way, store=True)
    way.mock.reply("Good day.")
    converse(way, id, "Hello there")

    def words() -> list[str]:
        content = way.call("live.sessions.download_recording", session_id=id)
        with wave.open(io.BytesIO(content.content)) as recording:
            assert (recording.getnchannels(), recording.getframerate()) == (1, 24_000)
            return [word.text for word in hear(recording.readframes(recording.getnframes()))]

    assert words() == ["Hello", "there", "Good", "day."]
    with beside(way, id) as connection:
        connection.session.close()
        while connection.recv().type != "session.closed":
            pass
    assert words() == ["Hello", "there", "Good", "day."]


def test_what_was_not_stored_has_no_recording_and_no_forks(way: Way) -> None:
    id = create(way)
    with pytest.raises(openai.NotFoundError, match="store=true"):
        way.call("live.sessions.download_recording", session_id=id)
    with pytest.raises(openai.NotFoundError, match="store=true"):
        way.call("live.sessions.fork", session_id=id, transport=WEBRTC)


def test_a_fork_goes_on_from_what_was_said(way: Way) -> None:
    id = create(way, store=True, audio={"output": {"voice": "cedar"}})
    converse(way, id, "I am Ann")
    fork = way.call("live.sessions.fork", session_id=id, transport=WEBRTC, session={"store": False})
    assert fork.session.id != id
    way.mock.when(turn=2).reply("You are Ann.")
    events = converse(way, fork.session.id, "Who am I?")
    assert (said(events), events[0].session.store, events[0].session.audio.output.voice) == (
        "You are Ann.", False, "cedar"
    )  # fmt: skip


def test_a_session_s_time_is_over_for_requests_too(make_way: MakeWay) -> None:
    clock = FrozenClock()
    way = make_way(clock=clock)
    way.call("live.sessions.accept", session_id="live_1", session={"model": "gpt-live-1", "type": "live"})
    clock.advance(3601)
    with pytest.raises(openai.BadRequestError, match="has ended"):
        way.call("live.sessions.hangup", session_id="live_1")


def test_no_session_gets_the_id_of_another(way: Way) -> None:
    found: list[str] = []
    for _ in range(2):
        with openai.OpenAI(base_url=way.client.base_url, api_key="sk-test").live.connect() as connection:
            connection.session.start(session={"model": "gpt-live-1"})
            event: Any = connection.recv()
            found.append(event.session.id)
        way.mock.pace("realistic")
    assert len(set(found)) == 2


def test_webhooks_tell_of_sessions_that_begin_and_of_calls_that_come_in(way: Way) -> None:
    told: list[Any] = []

    def take(headers: Mapping[str, str], body: bytes) -> int:
        event = json.loads(body)
        told.append(event)
        if event["type"] == "live.transport.incoming":
            session: Any = {"model": "gpt-live-1", "type": "live"}
            way.call("live.sessions.accept", session_id=event["data"]["session_id"], session=session)
        return 200

    way.mock.webhooks.deliver_to(take)
    id = create(way)
    way.mock.webhooks.wait(1)
    assert told[0]["type"] == "live.transport.connected"
    assert told[0]["data"] == {"session_id": id, "type": "webrtc"}
    way.mock.webhooks.send("live.transport.incoming", id="live_9")
    way.call("live.sessions.hangup", session_id="live_9")

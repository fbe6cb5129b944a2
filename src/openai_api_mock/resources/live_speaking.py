"""What sounds in a Live session: each speech behind the one before it, until it is over or cut short."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from ..answer import JSON
from ..voice.messages import Event
from ..wire import Frames, Progress, Stream
from .live_recording import Recording
from .live_speech import TRANSCRIPT

if TYPE_CHECKING:
    from .live_member import Member
    from .live_session import LiveSession


class Speech(msgspec.Struct, frozen=True):
    """What is being said in its own time."""

    voice: str
    events: Sequence[Event]
    times: Sequence[float] | None
    progress: Progress
    item: dict[str, JSON] | None
    """What it is in the conversation; None: a fixture, which is no part of it."""
    acknowledges: bool

    @property
    def unsent(self) -> Sequence[Event]:
        return self.events[self.progress.sent :]


class Speaking:
    """The speeches of one session."""

    def __init__(self, session: LiveSession) -> None:
        self._session = session
        self._speeches: list[Speech] = []
        self._count = 0
        self.until = 0
        """Milliseconds from the session's beginning to the end of what was said."""
        self.has_spoken = False
        """Whether the transcript has begun."""
        self.recording = Recording()

    @property
    def active(self) -> list[Speech]:
        """Those that have not left altogether."""
        self._speeches = [speech for speech in self._speeches if speech.progress.sent < len(speech.events)]
        return list(self._speeches)

    @property
    def voices(self) -> list[str]:
        return [speech.voice for speech in self.active]

    @property
    def plays_fixture(self) -> bool:
        return any(speech.item is None for speech in self.active)

    def speak(
        self,
        events: Sequence[Event],
        times: Sequence[float] | None,
        item: dict[str, JSON] | None,
        wait: float = 0.0,
        *,
        delay: float = 0.0,
        behind: Sequence[str] = (),
        acknowledges: bool = False,
    ) -> None:
        """Send what sounds: behind what sounds already and some other voices, then after `wait` seconds, and no sooner
        than `delay` after that."""
        behind = [*behind, *self.voices]
        if times is not None or wait or delay:
            times = [wait + max(at, delay) for at in times or [0.0] * len(events)]
        self._count += 1
        voice = f"voice {self._count}" if times is not None or behind else None
        progress = self._session.tell(*events, times=times, voice=voice, behind=behind)
        if voice is not None and progress is not None:
            self._speeches.append(Speech(voice, events, times, progress, item, acknowledges))
        self.has_spoken = self.has_spoken or item is not None
        for event in events:
            if "pcm" in event:
                self.until = event["end_ms"]
                if self._session.settings["store"]:
                    self.recording.add(event["start_ms"], event["pcm"], voice or "")

    def share(self, member: Member) -> None:
        """Tell somebody who comes in between the rest: the next of it at once, what follows on its beat."""
        behind: tuple[str, ...] = ()
        for speech in self.active:
            sent, times = speech.progress.sent, speech.times
            if times is not None and sent:
                times = [at - times[sent] for at in times[sent:]]
            member.say(speech.unsent, times, speech.voice, behind)
            behind = (*behind, speech.voice)

    def interrupt(self) -> None:
        """What the model is saying ends where it is."""
        for speech in self.active:
            if speech.item is not None:
                self._silence(speech)

    def drop_acknowledgements(self) -> None:
        """Those that have not begun never will."""
        for speech in self.active:
            if speech.acknowledges and not speech.progress.sent:
                self._silence(speech)

    def end(self) -> None:
        for speech in self.active:
            self._silence(speech)

    def _silence(self, speech: Speech) -> None:
        for member in self._session.members:
            member.post(Frames(Stream([]), silences=speech.voice))
        self._speeches.remove(speech)
        sent = speech.events[: speech.progress.sent]
        self.until = max((event["end_ms"] for event in sent if "pcm" in event), default=speech.events[0]["start_ms"])
        self.recording.cut(speech.voice, self.until)
        text = "".join(event["delta"] for event in sent if event["type"] == TRANSCRIPT)
        if speech.item is None:
            return
        if text:
            speech.item["content"] = [{"type": "output_audio", "text": text}]
        else:
            self._session.forget(speech.item)
            self.has_spoken = speech.events[0]["delta"].startswith(" ")

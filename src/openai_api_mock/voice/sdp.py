"""The answer to a WebRTC offer, in SDP: its audio and its data channel are taken, in Opus where that is offered.

What an answer has to be is told by RFC 8829 (5.3.1): a section for each of the offer's, in its order. The keys are of a
peer that isn't there, and no address is given: no media flows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .. import ids
from ..noise import Noise

_DEFAULT = ["m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", "a=rtcp-mux", "a=rtpmap:111 opus/48000/2"]
"""What is taken to be offered where nothing is."""
_KEPT = ("mid", "rtpmap", "fmtp", "rtcp-mux", "extmap", "sctp-port", "max-message-size", "rtcp-fb")
_OF_A_FORMAT = ("rtpmap", "fmtp", "rtcp-fb")
_DIRECTIONS = {"sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}
"""By what is offered (RFC 3264, 6.1)."""
# A page plays `event.streams[0]` of its peer's track, so the audio has to be one of a stream (RFC 8830).
_STREAM = "a=msid:realtimeapi audio"


def answer_to(offer: str, noise: Noise) -> str:
    """Lines that end in CRLF. Raises ValueError where the offer is empty, or a section doesn't begin as one does."""
    common, *sections = _sections(offer.splitlines())
    sections = sections or [_DEFAULT]
    if not offer.strip() or any(len(section[0].split(" ")) < 4 for section in sections):
        raise ValueError(offer)
    ufrag, password = ids.base62(noise, 8), ids.base62(noise, 24)
    keys = [
        f"a=ice-ufrag:{ufrag}",
        f"a=ice-pwd:{password}",
        f"a=fingerprint:sha-256 {noise.randbytes(32).hex(':').upper()}",
    ]
    lines = [
        "v=0",
        f"o=- {int.from_bytes(noise.randbytes(7), 'big')} 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        *_group(common, [_value(section, "mid") for section in sections if not _is_over(section)]),
        "a=msid-semantic: WMS realtimeapi",
    ]
    for section in sections:
        lines += _answered(section, common, keys)
    return "".join(f"{line}\r\n" for line in lines)


def _sections(lines: Sequence[str]) -> list[list[str]]:
    """What holds for all media, and then each of them."""
    sections: list[list[str]] = [[]]
    for line in lines:
        if line.startswith("m="):
            sections.append([])
        sections[-1].append(line)
    return sections


def _is_over(section: Sequence[str]) -> bool:
    """A port of 0 says so, unless it is that of a section which goes with another or not at all."""
    return section[0].split(" ")[1] == "0" and "a=bundle-only" not in section


def _group(common: Sequence[str], taken: Sequence[str | None]) -> Iterator[str]:
    for line in common:
        if line.startswith("a=group:BUNDLE"):
            yield " ".join(["a=group:BUNDLE", *(mid for mid in line.split(" ")[1:] if mid in taken)])


def _answered(section: Sequence[str], common: Sequence[str], keys: Sequence[str]) -> Iterator[str]:
    kind, _, protocol, *formats = section[0][2:].split(" ")
    chosen = [format for format in formats if format in _opus(section)] or formats
    yield " ".join([f"m={kind}", "0" if _is_over(section) else "9", protocol, *chosen])
    yield "c=IN IP4 0.0.0.0"
    yield from keys
    offered = _value(section, "setup") or _value(common, "setup")
    yield f"a=setup:{'passive' if offered == 'active' else 'active'}"
    if kind != "application":
        # Not documented: what becomes of video, which the API has no use for. None is sent, and none wanted.
        is_used = kind == "audio" and not _is_over(section)
        direction = _DIRECTIONS[_direction(section) or _direction(common) or "sendrecv"] if is_used else "inactive"
        yield f"a={direction}"
        if direction.startswith("send"):
            yield _STREAM
    for line in section:
        name, _, value = line[2:].partition(":")
        if name in _KEPT and (name not in _OF_A_FORMAT or value.partition(" ")[0] in chosen):
            yield line


def _opus(section: Sequence[str]) -> list[str]:
    """The payload types of Opus."""
    return [line[9:].partition(" ")[0] for line in section if line.startswith("a=rtpmap:") and "opus/" in line.lower()]


def _value(lines: Sequence[str], name: str) -> str | None:
    return next((line.partition(":")[2] for line in lines if line.startswith(f"a={name}:")), None)


def _direction(lines: Sequence[str]) -> str | None:
    return next((line[2:] for line in lines if line[2:] in _DIRECTIONS), None)

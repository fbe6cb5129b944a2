"""Results that are files: which type each operation gives."""

from __future__ import annotations

from ..call import Call
from ..generate.media import MEDIA_TYPES, media

_OCTETS = "bin"
# By operation; other downloads are bytes of no type. `.` takes the format from a field of the request.
_TYPES = {
    "GET /live/sessions/{session_id}/content": "wav",
    "GET /skills/{skill_id}/content": "zip",
    "GET /skills/{skill_id}/versions/{version}/content": "zip",
    "GET /videos/{video_id}/content": "mp4",
    "POST /audio/speech": "mp3",
}
_VARIANTS = {"thumbnail": "webp", "spritesheet": "jpeg"}


def file_for(call: Call) -> tuple[str, bytes]:
    """The media type and the bytes of what a call gives."""
    kind = _TYPES.get(call.operation.key, _OCTETS)
    asked = call.body.get("response_format") or _VARIANTS.get(str(call.query.get("variant")))
    if isinstance(asked, str) and asked in MEDIA_TYPES:
        kind = asked
    return MEDIA_TYPES[kind], media(kind)

"""Checks of where content comes from. The mock looks at what kind of file it is given; marks it looks for none, so it
detects none: what a check is to find is up to the script."""

from __future__ import annotations

from ..answer import JSON
from ..call import Call, Refused
from ..errors import APIError
from ..forms import File
from ..generate.pictures_measure import measure
from ..generate.speech_files import read_recording
from ..wire import Reply
from .base import Resource, operation

# Not quoted. The formats are those of the SDK's docstring of `file`; which of audio it leaves open.
_NO_FILE = APIError(400, "Missing required parameter: 'file'.", param="file", code="missing_required_parameter")
_FORMAT = APIError(
    400, "Invalid file: it must be a PNG, JPEG, WebP or GIF image, or an audio file.", param="file", code="invalid_file"
)

_SYNTHID: dict[str, JSON] = {"type": "synthid", "outcome": "not_detected", "model": None, "generated_at": None}
_C2PA: dict[str, JSON] = {**_SYNTHID, "type": "c2pa", "validation_state": "not_present", "issuer": None}


class Provenance(Resource):
    """`/content_provenance_checks`."""

    @operation("POST /content_provenance_checks")
    def create(self, call: Call) -> Reply:
        file = call.body.get("file")
        if not isinstance(file, File):
            raise Refused(_NO_FILE)
        is_image = _is_image(file)
        if not is_image and self.exacting and not _is_audio(file):
            raise Refused(_FORMAT)
        value = {
            "object": "content_provenance_check",
            "created_at": int(self.clock.time()),
            "results": [_C2PA, _SYNTHID] if is_image else [_SYNTHID],
        }
        return self.json(value, call.noise)


def _is_image(file: File) -> bool:
    file.content.seek(0)
    is_gif = file.content.read(4) == b"GIF8"
    file.content.seek(0)
    return is_gif or measure(file.content) is not None


def _is_audio(file: File) -> bool:
    file.content.seek(0)
    return read_recording(file.content.read()) is not None

"""A request's body: a JSON object, or a form."""

from __future__ import annotations

import msgspec

from . import errors
from .answer import JSON
from .call import Refused
from .catalog import Operation
from .catalog.forms import form_values
from .errors import APIError
from .forms import FORM, NoForm, read_form
from .wire import Request

_SDP = "application/sdp"
"""An offer of WebRTC may be sent as it is."""


def body_of(request: Request, operation: Operation) -> dict[str, JSON]:
    """The body's fields; the files of a form are `forms.File`. Raises Refused."""
    content = request.body
    if not content:
        return {}
    if not isinstance(content, bytes) or content.startswith(b"--"):
        return _form(request, operation)
    if len(content) > errors.BODY_LIMIT:
        raise Refused(errors.TOO_LARGE)
    if operation.path == "/realtime/calls" and request.headers.get("content-type", "").startswith(_SDP):
        return {"sdp": content.decode("utf-8", "replace")}
    try:
        body = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        raise Refused(errors.BAD_JSON) from None
    if not isinstance(body, dict):
        raise Refused(errors.BAD_JSON)
    return body


def _form(request: Request, operation: Operation) -> dict[str, JSON]:
    if FORM not in request.headers.get("content-type", ""):
        raise Refused(errors.BAD_JSON)
    try:
        return form_values(operation, read_form(request))
    except NoForm as error:
        raise Refused(APIError(400, f"Could not parse multipart form: {error}.")) from error

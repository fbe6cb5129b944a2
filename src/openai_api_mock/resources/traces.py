"""Where openai-agents posts what its runs did: taken, and found in the journal alone, as no operation reads it."""

from __future__ import annotations

from ..call import Call
from ..wire import Reply
from .base import Resource, operation


class Traces(Resource):
    @operation("POST /traces/ingest")
    def ingest(self, call: Call) -> Reply:
        """The real API answers 204 without content."""
        headers = self._write("", call.noise, False)
        return Reply(204, [header for header in headers if header[0] != "content-type"], b"")

"""ChatKit: sessions, whose client secrets an application hands to its users' browsers, and the threads of users.

Known from the SDK's types and docstrings. The widget that talks by a client secret isn't the API's: the mock has none.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..answer import JSON
from ..call import Call
from ..chatkit import THREADS, Threads, items_of
from ..errors import APIError
from ..ids import make_for
from ..wire import Reply
from .base import Resource, Services, operation

SESSIONS = "/chatkit/sessions"
LIVES = 600
"""Seconds, unless the request says otherwise ("Defaults to 10 minutes")."""
REQUESTS = 10
"""A minute, likewise."""
FILES, MEGABYTES = 10, 512
"""What may be uploaded, where a session says that something may."""

Item = dict[str, JSON]

# Not quoted: worded like the refusal of files.
_NONE = "No such {thing} object: {id}"


class ChatKit(Resource):
    """`/chatkit`."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._threads = Threads(self.store, self.clock, self.options.seed)

    @operation("POST /chatkit/sessions")
    def create_session(self, call: Call) -> Reply:
        session = self._new(call.body, make_for("chatkit.session", call.noise), call)
        self.store.put(SESSIONS, session["id"], session)
        return self.json(session, call.noise)

    @operation("POST /chatkit/sessions/{session_id}/cancel")
    def cancel_session(self, call: Call) -> Reply:
        """One that is over stays as it is. (Not documented: that this is no error.)"""
        id = call.params["session_id"]
        session = self.store.get(SESSIONS, id)
        if session is None:
            raise self.unmade(_none("session", id))
        if session["status"] == "active":
            session["status"] = "expired" if session["expires_at"] <= self.clock.time() else "cancelled"
            self.store.put(SESSIONS, id, session)
        return self.json(session, call.noise)

    @operation("GET /chatkit/threads")
    def list_threads(self, call: Call) -> Reply:
        user = call.query.get("user")
        return self._listed(call, THREADS, "thread", None if user is None else {"user": user})

    @operation("GET /chatkit/threads/{thread_id}")
    def retrieve_thread(self, call: Call) -> Reply:
        return self.json(self._thread(call), call.noise)

    @operation("DELETE /chatkit/threads/{thread_id}")
    def delete_thread(self, call: Call) -> Reply:
        id = self._thread(call)["id"]
        self._threads.delete(id)
        return self.json({"id": id, "object": "chatkit.thread.deleted", "deleted": True}, call.noise)

    @operation("GET /chatkit/threads/{thread_id}/items")
    def list_items(self, call: Call) -> Reply:
        return self._listed(call, items_of(self._thread(call)["id"]), "thread item")

    def _listed(self, call: Call, collection: str, thing: str, where: Mapping[str, JSON] | None = None) -> Reply:
        before = call.query.get("before")
        listed = self.stored(call, collection, lambda id: _none(thing, id or before), where=where, before=before)
        return self.json(listed, call.noise)

    def _thread(self, call: Call) -> Item:
        id = call.params["thread_id"]
        thread = self._threads.find(id)
        if thread is None:
            raise self.unmade(_none("thread", id))
        return thread

    def _new(self, body: Mapping[str, JSON], id: str, call: Call) -> Item:
        """A session, all that the request leaves open settled as the docstrings say."""
        given = body.get("chatkit_configuration") or {}
        titling, upload = given.get("automatic_thread_titling") or {}, given.get("file_upload") or {}
        history = given.get("history") or {}
        workflow = body.get("workflow") or {}
        requests = (body.get("rate_limits") or {}).get("max_requests_per_1_minute") or REQUESTS
        seconds = (body.get("expires_after") or {}).get("seconds") or LIVES
        return {
            "id": id,
            "object": "chatkit.session",
            # Not documented: how it looks, but those of realtime sessions begin so.
            "client_secret": f"ek_{call.noise.randbytes(16).hex()}",
            "expires_at": int(self.clock.time()) + seconds,
            "status": "active",
            "user": body.get("user") or "",
            "workflow": {
                "id": workflow.get("id") or "",
                "state_variables": workflow.get("state_variables"),
                "tracing": {"enabled": (workflow.get("tracing") or {}).get("enabled", True)},
                "version": workflow.get("version"),
            },
            "max_requests_per_1_minute": requests,
            "rate_limits": {"max_requests_per_1_minute": requests},
            "chatkit_configuration": {
                "automatic_thread_titling": {"enabled": titling.get("enabled", True)},
                "file_upload": {
                    "enabled": upload.get("enabled", False),
                    "max_file_size": upload.get("max_file_size", MEGABYTES),
                    "max_files": upload.get("max_files", FILES),
                },
                "history": {"enabled": history.get("enabled", True), "recent_threads": history.get("recent_threads")},
            },
        }


def _none(thing: str, id: object) -> APIError:
    return APIError(404, _NONE.format(thing=thing, id=id), param="id")

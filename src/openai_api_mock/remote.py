"""A mock that runs elsewhere: the control API of a server, in Python."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import quote, urlencode

import msgspec

from .errors import MockError, UnusedReplies

POLL = 0.01
"""Seconds between two looks at a server."""


class RemoteRule(msgspec.Struct, frozen=True):
    """A rule that a server has."""

    id: str
    rule: str
    """As it reads in reports."""
    endpoint: str | None
    times: int | None
    """How often it answers; None: for ever."""
    used: int
    made_at: str


class RemoteMock:
    """A server's mock, or one session of it, which has rules, a journal, a state, a seed and a clock of its own.

    `url` is the server's, such as `http://127.0.0.1:4010`. Every method raises MockError where it can't be done, in the
    server's words, or the server can't be reached.
    """

    def __init__(
        self, url: str, *, session: str | None = None, token: str | None = None, timeout: float = 10.0
    ) -> None:
        self.url = url.rstrip("/").removesuffix("/v1")
        self.session = session
        self.timeout = timeout
        """Seconds."""
        self._token = {"X-Mock-Token": token} if token is not None else {}

    @property
    def client_options(self) -> dict[str, Any]:
        """What makes an OpenAI client ask here: `OpenAI(**remote.client_options)`."""
        return {"base_url": f"{self.url}/v1", "api_key": "sk-mock", "default_headers": self._headers}

    def rules(self) -> list[RemoteRule]:
        return self._rules("GET")

    def add(self, *rules: Mapping[str, Any]) -> list[RemoteRule]:
        """Add rules, each as a rule file has it: `{"when": {"message": "hi"}, "reply": "Hello!"}`."""
        return self._rules("POST", {"rules": rules})

    def add_conversation(self, steps: Sequence[Mapping[str, Any]]) -> list[RemoteRule]:
        """Play the assistant's part: `[{"user": "hi"}, {"assistant": "Hello!"}]`."""
        return self._rules("POST", {"rules": [], "conversation": steps})

    def replace(self, *rules: Mapping[str, Any]) -> list[RemoteRule]:
        """Have these rules and no others."""
        return self._rules("PUT", {"rules": rules})

    def fault(self, name: str, *, always: bool = False, **given: Any) -> list[RemoteRule]:
        """Have something go wrong with the next call, `fault("cut", bytes=100)`, or always."""
        return self.add({"fault": {"name": name, **given} if given else name, **({"always": True} if always else {})})

    def delete(self, id: str) -> None:
        self._ask("DELETE", f"rules/{quote(id, safe='')}")

    def calls(self, operation: str | None = None) -> list[dict[str, Any]]:
        """The calls, oldest first, as JSON; `operation` is one of the client's methods: `chat.completions.create`."""
        query = "?" + urlencode({"operation": operation}) if operation is not None else ""
        return cast("list[dict[str, Any]]", self._ask("GET", f"journal{query}")["calls"])

    def webhooks(self) -> list[dict[str, Any]]:
        """What was delivered, or is to be, oldest first: event, endpoint, state and attempts, as JSON."""
        return self._deliveries("GET", "webhooks")

    def send_webhook(self, type: str, id: str, **data: Any) -> list[dict[str, Any]]:
        """Have the server tell of an event, whatever happened: a delivery for each endpoint that wants it."""
        return self._deliveries("POST", "webhooks/send", {"type": type, "id": id, "data": data})

    def redeliver_webhook(self, id: str) -> None:
        """Have it deliver once more."""
        self._deliveries("POST", "webhooks/redeliver", {"id": id})

    def reset(self) -> None:
        """Be as if newly started."""
        self._ask("POST", "reset")

    def seed(self, seed: int | str) -> None:
        self._ask("PUT", "seed", {"seed": seed})

    def pace(self, pace: object) -> None:
        """Answer at this pace from here on: "realistic", "ttft=300ms,itl=20ms", a mapping of these, or None."""
        self._ask("PUT", "pace", {"pace": pace})

    def limit(self, limits: str | Mapping[str, Any] | None) -> None:
        """Let in so many calls and tokens from here on, as if none had been let in before: `"rpm=60,tpm=10000"`."""
        self._ask("PUT", "limits", {"limits": limits})

    def limits(self) -> list[dict[str, Any]]:
        """What is used of the limits, for each model that was asked."""
        return cast("list[dict[str, Any]]", self._ask("GET", "limits")["used"])

    def time(self) -> float:
        """Seconds since the epoch, on the mock's clock."""
        return float(self._ask("GET", "clock")["time"])

    def advance(self, seconds: float) -> None:
        """Let time pass, on a server of `--clock manual` or `--clock frozen`."""
        self._ask("POST", "clock/advance", {"seconds": seconds})

    def wait_for_sleepers(self, count: int = 1, *, timeout: float = 5.0) -> None:
        """Wait until at least `count` replies of a server of `--clock manual` wait for it to be advanced. Raises
        AssertionError after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while (sleepers := self._ask("GET", "clock").get("sleepers", 0)) < count:
            if time.monotonic() >= deadline:
                raise AssertionError(f"{sleepers} sleep on the server's clock after {timeout:g} s, not {count}")
            time.sleep(POLL)

    def jobs(self) -> list[dict[str, Any]]:
        """What takes time and isn't over: `id`, `resource` (the client's: "batches") and `status`."""
        return cast("list[dict[str, Any]]", self._ask("GET", "jobs")["jobs"])

    def advance_job(self, resource: str, id: str, to: str | None = None) -> None:
        """Let an unfinished object go into its next stage, or into the one named: `advance_job("batches", id)`."""
        self._ask("POST", "jobs/advance", {"resource": resource, "id": id} | ({} if to is None else {"to": to}))

    def fail_job(self, resource: str, id: str, message: str = "The job failed.", *, code: str = "server_error") -> None:
        """Let an unfinished object fail of this."""
        self._ask("POST", "jobs/fail", {"resource": resource, "id": id, "message": message, "code": code})

    def add_thread(
        self,
        user: str,
        *,
        title: str | None = None,
        items: Sequence[object] = (),
        status: str | Mapping[str, Any] = "active",
    ) -> dict[str, Any]:
        """A thread that a user has had in ChatKit's widget, as the API shows it: see docs/decisions.md."""
        given = {"user": user, "title": title, "items": list(items), "status": status}
        return self._ask("POST", "chatkit/threads", given)

    def verify(self) -> None:
        """Raises UnusedReplies where replies were never asked for, or a strict mock was asked what nothing scripted."""
        said = self._ask("GET", "verify")
        if not said["ok"]:
            raise UnusedReplies("\n\n".join(said["problems"]))

    def close(self) -> None:
        """Let the server forget the session, if this is one."""
        if self.session is not None:
            self._ask("DELETE", f"sessions/{quote(self.session, safe='')}", missing_ok=True)

    def __enter__(self) -> RemoteMock:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self.verify()
        finally:
            self.close()

    @property
    def _headers(self) -> dict[str, str]:
        return {"X-Mock-Session": self.session} if self.session is not None else {}

    def _deliveries(self, method: str, page: str, body: object = None) -> list[dict[str, Any]]:
        return cast("list[dict[str, Any]]", self._ask(method, page, body)["deliveries"])

    def _rules(self, method: str, body: object = None) -> list[RemoteRule]:
        return msgspec.convert(self._ask(method, "rules", body)["rules"], list[RemoteRule])

    def _ask(self, method: str, page: str, body: object = None, *, missing_ok: bool = False) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.url}/_mock/{page}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json", **self._headers, **self._token},
        )
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as response:
                return cast("dict[str, Any]", json.load(response))
        except urllib.error.HTTPError as error:
            with error:
                if missing_ok and error.code == 404:
                    return {}
                try:
                    message = json.load(error)["error"]["message"]
                except (ValueError, KeyError, TypeError):
                    message = f"{self.url} answered with status {error.code}"
            raise MockError(message) from None
        except OSError as error:
            raise MockError(f"no mock answers on {self.url}: {error}") from None

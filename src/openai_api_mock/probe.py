"""Puts a client of another process to faults: a command, or a gateway whose upstream is a server of ours."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from typing import Any, NamedTuple, cast

import msgspec

from .content import shortened
from .engine import Engine
from .errors import UsageError
from .options import Options
from .resilience.report import Report
from .resilience.seen import Outcome, Seen, tries_of
from .resilience.trials import Trial, trials_of
from .server.asgi import App
from .server.exchange import Exchange
from .server.run import configure
from .server.thread import ServerThread

TIMEOUT = 30.0
"""Seconds that one trial may take."""
GRACE = 1.0
"""Seconds after a trial within which a client must have let go of what it didn't read."""
LOOKS = 0.01
BODY: dict[str, Any] = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello!"}], "stream": True}
"""What a gateway is asked, unless told otherwise."""


class Came(NamedTuple):
    """What came of running a client once."""

    outcome: Outcome
    error: str | None = None


Client = Callable[[str, float], Came]
"""Runs the client once, given the server's URL and how many seconds it may take."""


def probe(
    client: Client,
    options: Options,
    faults: Iterable[object] | str | None = None,
    *,
    timeout: float = TIMEOUT,
    port: int = 0,
    tell: Callable[[str], None] = lambda fault: None,
) -> Report:
    """Run the client once for each fault, against a server of ours on that port of 127.0.0.1 (0: any that is free).

    `tell` is called with the name of each trial when it begins. Raises UsageError and CannotListen.
    """
    if not timeout > 0:
        raise UsageError(f"timeout={timeout!r} can't be: it takes seconds, more than 0")
    trials = trials_of(faults)
    config = configure(Engine(options))
    server = ServerThread(config, port=port)
    try:
        return Report(
            [_tried(client, options, trial, timeout, server, cast(App, config.app), tell) for trial in trials]
        )
    finally:
        server.stop()


def _tried(
    client: Client,
    options: Options,
    trial: Trial,
    timeout: float,
    server: ServerThread,
    app: App,
    tell: Callable[[str], None],
) -> Seen:
    tell(trial.name)
    # Waits are what is measured, so time is real. What one trial keeps, the next one doesn't see.
    with closing(Engine(msgspec.structs.replace(options, faults=trial.faults, clock="real", store=None))) as engine:
        app.sessions.engine = engine
        began = time.monotonic()
        outcome, error = client(server.url, timeout)
        seconds = time.monotonic() - began
        return Seen(trial, outcome, tries_of(engine.journal.entries()), error, _left(server), seconds)


def _left(server: ServerThread) -> int:
    """Connections on which a reply is still on its way to nobody, once there was time to close them."""
    until = time.monotonic() + GRACE
    while True:
        answering = (getattr(each, "answering", None) for each in list(server.state.connections))
        left = sum(isinstance(each, Exchange) and not each.response_complete for each in answering)
        if not left or time.monotonic() > until:
            return left
        time.sleep(LOOKS)


# Who is run


def command(words: Sequence[str], environ: Mapping[str, str] = os.environ) -> Client:
    """A program, which is told of the server by OPENAI_BASE_URL. It says by its exit status whether all went well, and
    by the last line of its standard error what didn't."""

    def run(url: str, timeout: float) -> Came:
        told = {"OPENAI_API_KEY": "sk-openai-api-mock", **environ, "OPENAI_BASE_URL": f"{url}/v1"}
        with tempfile.TemporaryFile() as errors:  # a pipe would be held open by what the program leaves behind
            try:
                process = subprocess.Popen(
                    words, env=told, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
                    start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                raise UsageError(f"the command {words[0]!r} can't be run: {error.strerror}") from None
            try:
                status = process.wait(timeout)
            except subprocess.TimeoutExpired:
                _kill(process)
                return Came("hung")
            errors.seek(0)
            said = errors.read().decode("utf-8", "replace").strip().splitlines()
        return Came("returned") if status == 0 else Came("raised", said[-1] if said else f"exit status {status}")

    return run


def _kill(process: subprocess.Popen[bytes]) -> None:
    """It and all that it started."""
    with suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def gateway(url: str, body: object = None, headers: Mapping[str, str] | None = None) -> Client:
    """A gateway, asked once for each trial. Its upstream must be the server. That something went wrong it tells by its
    status, by breaking off its reply, or by what it hands on in that."""
    asked = BODY if body is None else body
    streams = isinstance(asked, dict) and asked.get("stream") is True
    content = msgspec.json.encode(asked)
    wanted = {"content-type": "application/json", "authorization": "Bearer sk-openai-api-mock", **(headers or {})}

    def run(_: str, timeout: float) -> Came:
        request = urllib.request.Request(url, data=content, headers=wanted, method="POST")
        until = time.monotonic() + timeout
        try:
            with urllib.request.urlopen(request, timeout=timeout) as reply:
                parts: list[bytes] = []
                while part := reply.read1(65536):
                    parts.append(part)
                    if time.monotonic() > until:
                        return Came("hung")
                wrong = _wrong_in(b"".join(parts), streams)
        except urllib.error.HTTPError as error:
            with error:
                return Came("raised", f"openai.APIStatusError: {error.code} {error.reason}")
        except (TimeoutError, urllib.error.URLError, http.client.HTTPException, OSError) as error:
            cause = error.reason if isinstance(error, urllib.error.URLError) else error
            if isinstance(cause, TimeoutError):
                return Came("hung")
            if isinstance(cause, ConnectionRefusedError):
                raise UsageError(f"no gateway answers on {url}: {cause}") from None
            return Came("raised", f"{type(cause).__name__}: {cause}")
        return Came("returned") if wrong is None else Came("raised", wrong)

    return run


def _wrong_in(body: bytes, streams: bool) -> str | None:
    """What a client would raise of a reply: an error that a stream tells, or what is no JSON; None: nothing."""
    pieces = [line[5:].strip() for line in body.splitlines() if line.startswith(b"data:")] if streams else [body]
    for piece in pieces:
        if piece == b"[DONE]":
            continue
        quoted = shortened(" ".join(piece.decode("utf-8", "replace").split()))
        try:
            said = msgspec.json.decode(piece)
        except msgspec.DecodeError:
            return f"it handed on what is no JSON: {quoted}"
        if streams and isinstance(said, dict) and (said.get("error") or said.get("type") == "error"):
            return f"openai.APIError: it handed on an error: {quoted}"
    return None

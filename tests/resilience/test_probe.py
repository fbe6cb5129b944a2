"""Clients of other processes under faults: programs, and a gateway."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from openai_api_mock import UsageError
from openai_api_mock.options import DEFAULTS
from openai_api_mock.probe import command, gateway, probe
from openai_api_mock.resilience.report import Report

GOOD = """
import openai
openai.OpenAI(timeout=0.5).chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "hi"}])
"""
BAD = GOOD.replace("timeout=0.5", "timeout=0.5, max_retries=0")
STUCK = "import time\nwhile True: time.sleep(1)"


def put_to(program: str, *faults: str, timeout: float = 30.0) -> Report:
    return probe(command([sys.executable, "-c", program]), DEFAULTS, faults, timeout=timeout)


def test_a_good_program_passes_and_a_bad_one_is_found() -> None:
    faults = ("rate_limit:retry_after=0.3,times=1", "unauthorized", "connection_reset:times=1")
    assert [row.result for row in put_to(GOOD, *faults).rows] == ["passed"] * 3
    assert [[finding.name for finding in row.findings] for row in put_to(BAD, *faults).rows] == [
        ["did not retry"], [], ["did not retry"],
    ]  # fmt: skip


def test_a_program_that_does_not_end_is_ended_and_found() -> None:
    (row,) = put_to(GOOD + STUCK, "comments", timeout=3.0).rows
    assert row.result == "failed"
    assert [finding.name for finding in row.findings] == ["hung"]


def test_a_program_that_can_not_be_run_is_told() -> None:
    with pytest.raises(UsageError, match="the command 'no-such-program' can't be run: No such file"):
        probe(command(["no-such-program"]), DEFAULTS, "forbidden")


class Gateway(BaseHTTPRequestHandler):
    """Hands on what it is asked, and tries that often."""

    protocol_version = "HTTP/1.1"
    upstream = ""
    tries = 1
    hides = False
    """Whether it says 200 whatever came."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        status, said = 502, b""
        for _ in range(self.tries):
            request = urllib.request.Request(
                self.upstream + self.path, data=body, headers={"content-type": "application/json"}
            )
            try:
                with urllib.request.urlopen(request, timeout=2) as reply:
                    status, said = reply.status, reply.read()
                    break
            except urllib.error.HTTPError as error:
                status, said = error.code, error.read()
                if status < 500:
                    break
            except OSError:
                pass
        self.send_response(200 if self.hides else status)
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def gateway_of() -> Iterator[object]:
    servers = []

    def make(tries: int, hides: bool = False) -> tuple[str, int]:
        """Its URL, and the port of its upstream."""
        port = free_port()
        kind = type("_", (Gateway,), {"tries": tries, "hides": hides, "upstream": f"http://127.0.0.1:{port}"})
        server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/v1/chat/completions", port

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()


BODY = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]}


def test_a_gateway_is_asked_and_judged_by_what_its_upstream_sees(gateway_of: object) -> None:
    faults = ("server_error:times=1", "forbidden", "connection_reset:times=1")
    for tries, results in ((2, ["passed", "passed", "passed"]), (1, ["failed", "passed", "failed"])):
        url, port = gateway_of(tries)  # type: ignore[operator]
        report = probe(gateway(url, BODY), DEFAULTS, faults, port=port)
        assert [row.result for row in report.rows] == results


def test_a_gateway_that_hands_on_what_went_wrong_has_told_and_one_that_hides_it_has_not(gateway_of: object) -> None:
    faults = ("error_event:times=1", "malformed_json:times=1", "unauthorized", "comments")
    url, port = gateway_of(1)  # type: ignore[operator]
    report = probe(gateway(url), DEFAULTS, faults, port=port)
    assert {row.result for row in report.rows} == {"passed"}
    assert report.rows[0].told.startswith(
        'told: openai.APIError: it handed on an error: {"error":{"message":"The server'
    )
    assert report.rows[1].told.startswith("told: it handed on what is no JSON: {")

    url, port = gateway_of(1, hides=True)  # type: ignore[operator]
    (row,) = probe(gateway(url), DEFAULTS, ("unauthorized",), port=port).rows
    assert [finding.name for finding in row.findings] == ["kept silent"]


def test_a_gateway_that_is_not_there_is_told() -> None:
    url = f"http://127.0.0.1:{free_port()}/v1/chat/completions"
    with pytest.raises(UsageError, match="no gateway answers on"):
        probe(gateway(url), DEFAULTS, "forbidden")


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "openai_api_mock", "probe", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, "TERM": "dumb"},
    )


def test_the_command_prints_a_table_writes_files_and_fails_where_something_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(BAD)
    done = run(
        "--fault", "server_error:times=1", "--fault", "forbidden", "--json", "v.json", "--junit", "v.xml", "--",
        sys.executable, "bad.py", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0].startswith("failed  server_error:times=1  did not retry: openai.Internal")
    assert lines[1].startswith("passed  forbidden             told: openai.PermissionDeniedError: Error code: 403")
    assert lines[-1] == "1 passed, 1 failed"
    assert json.loads((tmp_path / "v.json").read_text())["ok"] is False
    assert 'failures="1"' in (tmp_path / "v.xml").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "probe takes a command, `probe -- python agent.py`, or the --url of a gateway"),
        (["--url", "http://127.0.0.1:1/v1"], "probe --url needs the --port"),
        (["--fault", "hangs", "--", "true"], "Did you mean 'hang'"),
        (["--url", "http://127.0.0.1:1/v1", "--port", "4013", "--body", "{"], "--body is no JSON"),
    ],
)
def test_what_is_wrong_with_the_command_is_told_in_one_line(arguments: list[str], message: str, tmp_path: Path) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1

"""Schemathesis over the mock's own document: no 5xx and no hang, whatever is asked.

    python scripts/fuzz.py [--seconds 60]

Installs Schemathesis into an environment of its own (.venv-fuzz), starts the server on loopback, and sends well-formed
and ill-formed requests to all operations: wrong types, huge numbers, deep nesting, invalid bytes, wrong content types.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from openai_api_mock import Options
from openai_api_mock.engine import Engine
from openai_api_mock.server.loopback import Loopback

ROOT = Path(__file__).parent.parent
ENVIRONMENT = ROOT / ".venv-fuzz"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60)
    seconds = parser.parse_args().seconds
    if sys.version_info < (3, 11):
        print("Schemathesis needs Python 3.11 or newer: not run")
        return 0
    loopback = Loopback(Engine(Options()))
    try:
        return subprocess.run(
            [
                *(installed(), "run", loopback.url() + "/_mock/openapi.json", "--url", loopback.url() + "/v1"),
                *("--checks", "not_a_server_error", "--phases", "coverage,fuzzing", "--max-examples", "5"),
                *("--max-time", str(seconds), "--request-timeout", "15", "--no-shrink", "--no-color"),
                *("--continue-on-failure", "--warnings", "off", "--seed", "1"),
            ],
            cwd=ROOT / ".build",
            check=False,
        ).returncode
    finally:
        loopback.stop()


def installed() -> str:
    """Schemathesis' command."""
    command = ENVIRONMENT / "bin" / "schemathesis"
    (ROOT / ".build").mkdir(exist_ok=True)
    if not command.exists():
        uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(ENVIRONMENT)], check=True)
        python = str(ENVIRONMENT / "bin" / "python")
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, "schemathesis>=4.32,<5"], check=True)
    return str(command)


if __name__ == "__main__":
    sys.exit(main())

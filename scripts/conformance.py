"""Runs the SDK's own suite of its API against our server: `tests/api_resources` of the sdist of the installed `openai`,
and what it would ask the real API over WebSockets if it were told to.

The server makes up what the suite asks for under ids that were never made (`--missing synthesize`). Prints how many
tests passed, and the failures by operation; fails if one fails that tests/conformance/KNOWN.md doesn't list, or if one
passes that it does. Arguments go to pytest, such as `-k vaults`; then the list isn't held against what passes.
"""

from __future__ import annotations

import configparser
import hashlib
import html
import importlib.metadata
import json
import os
import re
import ssl
import subprocess
import sys
import tarfile
import time
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build"
ENVIRONMENT = ROOT / ".venv-conformance"
KNOWN = ROOT / "tests" / "conformance" / "KNOWN.md"
MOST_KNOWN = 10
PYPI = "https://pypi.org/simple"
# What the suite needs of the SDK's development dependencies, for `tests/api_resources` alone.
NEEDS = ("pytest>=9", "pytest-asyncio>=1.4", "pytest-xdist>=3.6", "rich>=13.7", "inline-snapshot>=0.28", "trio>=0.22")
# Its further suites of WebSockets bring peers of their own, or none, and see what those were sent: they prove the SDK
# and need no server. What they are about is asked of ours in tests/server/test_websocket_clients.py.
SUITES = ("tests/api_resources", "tests/lib/responses/test_websocket_live.py")
PROCESSES = "2"
SECONDS = 900
_KNOWN_LINE = re.compile(r"^- `([^`]+)`: \S", re.MULTILINE)


def main() -> int:
    version = importlib.metadata.version("openai")
    suite = unpacked(version)
    prepare(version)
    began = time.monotonic()
    with server() as url:
        report = run(suite, url, sys.argv[1:])
    return told(report, time.monotonic() - began)


# The suite


def unpacked(version: str) -> Path:
    """The folder of the sdist's tests."""
    folder = BUILD / f"openai-{version}"
    if (folder / "tests" / "api_resources").is_dir():
        return folder
    BUILD.mkdir(exist_ok=True)
    archive = downloaded(version)
    with tarfile.open(archive) as file:
        members = [each for each in file.getmembers() if re.match(r"[^/]+/(tests/|pyproject\.toml$)", each.name)]
        file.extractall(BUILD, members, filter="data")
    return folder


def downloaded(version: str) -> Path:
    name = f"openai-{version}.tar.gz"
    archive = BUILD / name
    if archive.is_file():
        return archive
    url, digest = located(name)
    content = fetched(url)
    if digest and hashlib.sha256(content).hexdigest() != digest:
        sys.exit(f"{url} isn't what the index says it is")
    archive.write_bytes(content)
    return archive


def located(name: str) -> tuple[str, str | None]:
    """Where the index has a file, and its SHA-256 if it says."""
    page = index().rstrip("/") + "/openai/"
    text = fetched(page, accept="application/vnd.pypi.simple.v1+json, text/html;q=0.5").decode()
    if text.lstrip().startswith("{"):
        files = {each["filename"]: each for each in json.loads(text)["files"]}
        if name in files:
            return urljoin(page, files[name]["url"]), files[name].get("hashes", {}).get("sha256")
    for link in re.findall(r'href="([^"]+)"', text):
        url, _, fragment = urljoin(page, html.unescape(link)).partition("#")
        if url.endswith("/" + name):
            return url, fragment.removeprefix("sha256=") or None
    sys.exit(f"{page} has no {name}")


def index() -> str:
    """The package index that uv or pip is set to."""
    for variable in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        if os.environ.get(variable):
            return os.environ[variable]
    return setting("index-url") or PYPI


def setting(name: str) -> str | None:
    """A global setting of pip's."""
    config = configparser.ConfigParser(interpolation=None)
    home = Path.home()
    places = [Path("/etc/pip.conf"), home / ".pip/pip.conf", home / ".config/pip/pip.conf"]
    config.read([*places, Path(os.environ.get("PIP_CONFIG_FILE", "pip.conf"))])
    return config.get("global", name, fallback=None)


def fetched(url: str, accept: str = "*/*") -> bytes:
    certificates = os.environ.get("PIP_CERT") or setting("cert")
    context = ssl.create_default_context(cafile=certificates)
    request = urllib.request.Request(url, headers={"Accept": accept, "User-Agent": "openai-api-mock conformance"})
    with urllib.request.urlopen(request, timeout=120, context=context) as reply:
        content: bytes = reply.read()
    return content


def prepare(version: str) -> None:
    """The suite's own environment, apart from ours: the SDK as a user has it, and pytest."""
    packages = [f"openai[aiohttp,realtime]=={version}", *NEEDS]
    ready = ENVIRONMENT / f".ready-{hashlib.sha256(' '.join(packages).encode()).hexdigest()[:12]}"
    if ready.exists():
        return
    uv = ROOT / ".venv" / "bin" / "uv"
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, ENVIRONMENT], check=True)
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *packages], check=True)
    ready.touch()


# The run


@contextmanager
def server() -> Iterator[str]:
    """Our server on a free port; the URL of its API."""
    command = [sys.executable, "-m", "openai_api_mock", "serve", "--port", "0"]
    options = ["--missing", "synthesize", "--validate", "lenient", "--legacy", "assistants,videos"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    with subprocess.Popen(
        [*command, *options], cwd=BUILD, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            found = re.search(r"http://\S+", process.stdout.readline())
            if found is None:
                sys.exit("the server didn't start")
            yield found[0] + "/v1"
        finally:
            process.terminate()


def run(suite: Path, url: str, arguments: list[str]) -> Path:
    """The JUnit report of the suite's tests of the API."""
    report = BUILD / "conformance.xml"
    report.unlink(missing_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    environment |= {"TEST_API_BASE_URL": url, "PYTHONDONTWRITEBYTECODE": "1"}
    # By these, the tests that would ask the real API are run, and ask ours.
    environment |= {"OPENAI_WEBSOCKET_LIVE_TEST": "1", "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "sk-conformance"}
    command = [str(ENVIRONMENT / "bin" / "python"), "-m", "pytest", *SUITES]
    options = ["--override-ini=addopts=", "--tb=short", "--quiet", "--no-header", "-n", PROCESSES]
    output = BUILD / "conformance.log"
    with output.open("w") as log:
        subprocess.run(
            [*command, *options, f"--junitxml={report}", *arguments],
            cwd=suite,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
    if not report.exists():
        sys.exit(output.read_text()[-4000:])
    return report


# What came of it


def told(report: Path, seconds: float) -> int:
    """Print the result; the exit status."""
    counts: Counter[str] = Counter()
    failures: dict[str, list[tuple[str, str]]] = defaultdict(list)
    patterns = _KNOWN_LINE.findall(KNOWN.read_text())
    met: set[str] = set()
    for case in ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname', '')}::{case.get('name', '')}"
        outcome = outcome_of(case)
        if outcome == "failed":
            known = next((pattern for pattern in patterns if matches(pattern, name)), None)
            if known is not None:
                met.add(known)
                outcome = "known"
            else:
                failures[operation_of(case)].append((name, reason_of(case)))
        counts[outcome] += 1
    for operation, cases in sorted(failures.items()):
        print(f"\n{operation}: {len(cases)} failed")
        for reason, count in Counter(reason for _, reason in cases).most_common(3):
            print(f"  {count} × {reason}")
        print(f"  such as {cases[0][0]}")
    passed = [] if sys.argv[1:] else [pattern for pattern in patterns if pattern not in met]
    for pattern in passed:
        print(f"\n{KNOWN.name} lists {pattern}, and nothing of that name fails")
    print(
        f"\n{counts['passed']} passed, {counts['failed']} failed, {counts['known']} known to fail, "
        f"{counts['skipped']} skipped of {counts.total()}, in {seconds:.0f} s"
    )
    if counts["known"] > MOST_KNOWN:
        print(f"{counts['known']} are known to fail, and {MOST_KNOWN} may")
    return int(bool(failures or passed or counts["known"] > MOST_KNOWN or not counts["passed"]))


def matches(pattern: str, name: str) -> bool:
    """Whether a test is meant; `*` is the only wildcard, as names have brackets."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name) is not None


def outcome_of(case: ElementTree.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "skipped" if case.find("skipped") is not None else "passed"


def operation_of(case: ElementTree.Element) -> str:
    """`files.create`, of `test_method_create_with_all_params[strict]` in `tests.api_resources.test_files.TestFiles`."""
    module = re.sub(r"^tests\.(api_resources|lib)\.", "", case.get("classname", ""))
    module = module.rpartition(".")[0].replace("test_", "")
    test = case.get("name", "").partition("[")[0]
    test = re.sub(r"^test_(raw_response|streaming_response|method|path_params)_", "", test)
    return f"{module}.{re.sub(r'(_with_all_params)?(_overload_[0-9]+)?$', '', test)}"


def reason_of(case: ElementTree.Element) -> str:
    found = case.find("failure")
    if found is None:
        found = case.find("error")
    return (found.get("message") or "").strip().replace("\n", " ")[:200] if found is not None else ""


if __name__ == "__main__":
    sys.exit(main())

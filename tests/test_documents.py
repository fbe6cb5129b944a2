"""What the README, the page for npm's users and the examples show is run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from openai_api_mock.catalog import Catalog
from openai_api_mock.mock import OpenAIMock
from openai_api_mock.options import NAMES, options_from
from openai_api_mock.script.files import rules_of_files
from openai_api_mock.server.control_api import OPERATIONS
from openai_api_mock.server.loopback import Loopback

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCRIPTING = ROOT / "docs" / "scripting.md"
# What the gallery of messages shows is to fail, and has tests of its own.
PAGES = (ROOT / "README.md", *(page for page in sorted((ROOT / "docs").glob("*.md")) if page.stem != "messages"))
BLOCKS = [
    pytest.param(code, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, code in enumerate(re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL))
]


OLD_SDK = int(metadata.version("openai").partition(".")[0]) < 3
# What these show is another error before 3.0, or of a part of the API that older SDKs haven't.
OF_NEW_SDKS = (
    "agents",
    "decisions",
    "faults",
    "live",
    "organization",
    "test_agent_session.py",
    "test_live_session.py",
    "test_resilience.py",
)


@pytest.mark.parametrize("code", BLOCKS)
def test_the_python_of_a_page_runs(code: str, pytester: pytest.Pytester, request: pytest.FixtureRequest) -> None:
    if OLD_SDK and any(f"[{page}-" in request.node.name for page in OF_NEW_SDKS):
        pytest.skip("the page is about newer SDKs")
    if re.search(r"def test_\w+\(openai_mock(: OpenAIMock)?\)", code) and "@mock_openai" not in code:
        pytester.makepyfile(code)
        pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
        return
    path = pytester.makepyfile(code)
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("language", "name", "command", "passed"),
    [
        ("js", "weather.test.mjs", ["node", "--test", "--test-reporter", "tap"], "# pass 1"),
        ("go", "weather_test.go", ["go", "test", "-v"], "--- PASS: TestWeather"),
    ],
)
def test_the_tests_of_other_languages_pass_and_fail(
    language: str, name: str, command: list[str], passed: str, tmp_path: Path
) -> None:
    """As they stand; and they fail where what they scripted isn't asked for."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} isn't installed")
    code = re.findall(rf"```{language}\n(.*?)```", SCRIPTING.read_text(encoding="utf-8"), re.DOTALL)[0]
    mock = OpenAIMock(options_from({"strict": True}))
    loopback = Loopback(mock.engine)
    try:
        env = {**os.environ, "MOCK_URL": loopback.url()}
        for text, wanted in ((code, True), (code.replace("The weather?", "Any news?"), False)):
            (tmp_path / name).write_text(text, encoding="utf-8")
            done = subprocess.run(
                [*command, name], capture_output=True, text=True, check=False, cwd=tmp_path, env=env, encoding="utf-8"
            )
            assert (done.returncode == 0, passed in done.stdout) == (wanted, wanted), done.stdout + done.stderr
            assert wanted or "nothing was scripted" in done.stdout
    finally:
        loopback.stop()
        mock.close()


def test_the_examples_of_scripting_pass_a_strict_type_checker(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", SCRIPTING.read_text(encoding="utf-8"), re.DOTALL)
    for number, code in enumerate(blocks):
        (tmp_path / f"example_{number}.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(tmp_path)], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout


def test_the_shape_of_the_client_is_the_catalogs(tmp_path: Path) -> None:
    path = tmp_path / "shape.pyi"
    subprocess.run([sys.executable, str(ROOT / "scripts" / "shape.py"), str(path)], check=True)
    assert path.read_text() == (ROOT / "src" / "openai_api_mock" / "script" / "shape.pyi").read_text()


@pytest.mark.parametrize(
    "path",
    [p for p in sorted((ROOT / "examples").glob("*.py")) if not p.name.startswith("test_")],
    ids=lambda p: p.name,
)
def test_the_examples_run(path: Path) -> None:
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("test_*.py")), ids=lambda p: p.name)
def test_the_example_tests_pass(path: Path) -> None:
    if OLD_SDK and path.name in OF_NEW_SDKS:
        pytest.skip("the example is about newer SDKs")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout


def test_the_page_of_frameworks_names_the_releases_that_are_tested() -> None:
    page = (ROOT / "docs" / "frameworks.md").read_text(encoding="utf-8")
    files = sorted((ROOT / "tests" / "clients").glob("*.txt"))
    pins = [re.findall(r"^([\w-]+)\S*==(\S+)$", path.read_text(), re.MULTILINE) for path in files]
    assert len(files) == len(re.findall(r"^\| .*\d+\.\d+\.\d+ \|", page, re.MULTILINE)) == 8
    for name, version in (pin for of_file in pins for pin in of_file):
        assert version in page or name in ("llama-index-embeddings-openai", "mcp"), f"{name} {version}"


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.*?)```", SCRIPTING.read_text(encoding="utf-8"), re.DOTALL))
def test_the_rules_of_a_page_can_be_read(text: str, tmp_path: Path) -> None:
    if "{{" in text:
        pytest.importorskip("jinja2")
    (tmp_path / "rules.yaml").write_text(text)
    assert rules_of_files([tmp_path / "rules.yaml"], Catalog.load())


def test_every_page_of_the_control_api_is_documented() -> None:
    text = SCRIPTING.read_text(encoding="utf-8")
    for _, pattern in OPERATIONS:
        assert f"`/_mock/{pattern.replace('rules/{name}', 'rules/{id}')}`" in text


def test_every_option_is_documented() -> None:
    table = README[README.index("| option | default | meaning |") :]
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == sorted(NAMES)


def test_every_option_is_a_flag_of_the_server() -> None:
    """All but those that can only mean something inside a process."""
    help = subprocess.run(
        [sys.executable, "-m", "openai_api_mock", "serve", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "200", "TERM": "dumb"},
    ).stdout
    inside = {"allow_network", "base_urls", "force"}
    flags = set(re.findall(r"--([a-z-]+)", help))
    assert {name.replace("_", "-") for name in NAMES if name not in inside} <= flags


def test_the_picture_is_the_scripts(tmp_path: Path) -> None:
    path = tmp_path / "picture.svg"
    subprocess.run([sys.executable, str(ROOT / "scripts" / "picture.py"), str(path)], check=True)
    assert path.read_text() == (ROOT / "docs" / "picture.svg").read_text()


def test_the_tables_of_the_page_on_pace_are_what_was_run(tmp_path: Path) -> None:
    path = tmp_path / "pace.md"
    subprocess.run([sys.executable, str(ROOT / "scripts" / "pace_report.py"), str(path)], check=True)
    assert path.read_text(encoding="utf-8") == (ROOT / "docs" / "pace.md").read_text(encoding="utf-8")


def test_the_coverage_page_is_the_commands() -> None:
    command = [sys.executable, "-m", "openai_api_mock", "endpoints", "--markdown"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said == (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8"), (
        "run it again: see the page's first line"
    )

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import openai
import pytest

from openai_api_mock import Answer, UsageError
from openai_api_mock.settings import load

from .conftest import chat


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_flags_go_before_the_environment_and_that_before_the_file(folder: Path) -> None:
    (folder / "openai-api-mock.yaml").write_text(
        "seed: 1\nlatency: 0.5\nlength: [2, 4]\nstrict: true\ntemplates: {image: Mine}\n"
    )
    options = load(
        None,
        {"OPENAI_API_MOCK_SEED": "2", "OPENAI_API_MOCK_LATENCY": "0.25", "OPENAI_API_MOCK_ENV": "test", "PATH": "x"},
        {"seed": "3", "latency": None},
    )
    assert (options.seed, options.latency, options.length, options.strict) == (3, 0.25, (2, 4), True)
    assert options.templates == {"image": Answer(text="Mine")}


@pytest.mark.parametrize(
    ("text", "option", "value"),
    [
        ("true", "auth", True), ("sk-a,sk-b", "auth", ("sk-a", "sk-b")), ("all", "strict", "all"), ("7", "length", 7),
        ("2,4", "length", (2, 4)), ("seven", "seed", "seven"), ("http://a/v1, http://b/v1", "base_urls",
        ("http://a/v1", "http://b/v1")), ("false", "separate_chunks", False), ("0.05", "include_errors", 0.05),
        ('{"chat": "Hello!"}', "templates", {"chat": Answer(text="Hello!")}),
        ("ft:a:b::c, mine", "models", ("ft:a:b::c", "mine")), ("mine", "models", ("mine",)),
        ("known", "models", "known"), ("estimate", "tokens", "estimate"),
    ],
)  # fmt: skip
def test_text_is_read_by_the_options_type(folder: Path, text: str, option: str, value: object) -> None:
    assert getattr(load(None, {f"OPENAI_API_MOCK_{option.upper()}": text}, {}), option) == value


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("seed: 1\nsede: 2\n", r"conf\.yaml, line 2: there is no option 'sede'. Did you mean 'seed'\?"),
        ("latency: soon\n", r"conf\.yaml, line 1: latency='soon' can't be"),
        ("- seed\n", "must hold options"),
        ("seed: [", "is no YAML"),
    ],
)
def test_a_fault_in_the_file_names_its_line(folder: Path, content: str, message: str) -> None:
    (folder / "conf.yaml").write_text(content)
    with pytest.raises(UsageError, match=message):
        load(Path("conf.yaml"), {}, {})


def test_a_fault_in_the_environment_names_the_variable_and_a_missing_file_is_told(folder: Path) -> None:
    with pytest.raises(UsageError, match="in the environment, OPENAI_API_MOCK_SEDE: there is no option 'sede'"):
        load(None, {"OPENAI_API_MOCK_SEDE": "2"}, {})
    with pytest.raises(UsageError, match=r"the configuration nowhere\.yaml can't be read"):
        load(Path("nowhere.yaml"), {}, {})
    (folder / "empty.yaml").write_text("")
    assert load(Path("empty.yaml"), {}, {}).seed == 0


def test_the_command_serves_says_how_to_reach_it_and_stops_when_told(folder: Path) -> None:
    command = [sys.executable, "-m", "openai_api_mock", "serve", "--port", "0", "--answers", "echo"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        said = "".join(server.stdout.readline() for _ in range(6))
        url = re.findall(r"export OPENAI_BASE_URL=(\S+)", said)[0]
        assert f"curl -N {url}/chat/completions" in said
        with openai.OpenAI(base_url=url, api_key="sk-any") as client:
            assert client.chat.completions.create(**chat("Parrot")).choices[0].message.content == "Parrot"
        with urllib.request.urlopen(url.removesuffix("/v1") + "/_mock/health") as health:
            assert health.status == 200
        server.send_signal(signal.SIGINT)
        _, errors = server.communicate(timeout=20)
        assert (server.returncode, errors) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--length", "x"], "openai-api-mock: length='x' can't be"),
        (["--port", "99999"], "openai-api-mock: port 99999 can't be"),
        (["--config", "none.yaml"], "openai-api-mock: the configuration none.yaml can't be read"),
    ],
)
def test_the_command_tells_what_is_wrong_in_one_line(folder: Path, arguments: list[str], message: str) -> None:
    command = [sys.executable, "-m", "openai_api_mock", "serve", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "TERM": "dumb"})
    assert done.returncode == 2
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1


def test_the_version_is_told() -> None:
    from openai_api_mock import __version__

    command = [sys.executable, "-m", "openai_api_mock", "--version"]
    assert subprocess.check_output(command, text=True) == f"openai-api-mock {__version__}\n"


def test_endpoints_are_listed_and_filtered() -> None:
    command = [sys.executable, "-m", "openai_api_mock", "endpoints", "--filter", "chat.completions.create"]
    said = subprocess.check_output(command, text=True).splitlines()
    assert said[1].split() == ["POST", "/chat/completions", "chat.completions.create", "stream", "handler"]
    assert said[-1].startswith("1 operations: 1 with a handler")


def test_the_catalog_is_that_of_the_installed_sdk() -> None:
    command = [sys.executable, "-m", "openai_api_mock", "catalog", "diff"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("0 differences\n")


def test_the_server_serves_its_document() -> None:
    import json

    from openai_api_mock import Options
    from openai_api_mock.engine import Engine
    from openai_api_mock.server.loopback import Loopback

    loopback = Loopback(Engine(Options()))
    try:
        with urllib.request.urlopen(loopback.url() + "/_mock/openapi.json") as response:
            document = json.load(response)
    finally:
        loopback.stop()
    assert document["openapi"].startswith("3.1")
    assert "post" in document["paths"]["/chat/completions"]

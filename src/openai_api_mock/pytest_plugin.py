"""The pytest plugin: the fixture `openai_mock`, its marker and its ini defaults.

pytest imports this in every session of every project that has the package installed, so it imports nothing else here.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .mock import OpenAIMock

MARKER = "openai_mock"
INI = "openai_mock_options"

_failed = pytest.StashKey[bool]()
_mock = pytest.StashKey["OpenAIMock"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(INI, "Options of the openai_mock fixture, one to a line: name = value", "linelist")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARKER}(**options): options of this test's `openai_mock` fixture")


@pytest.fixture
def openai_mock(request: pytest.FixtureRequest) -> Iterator[OpenAIMock]:
    """The OpenAI API, mocked for this test.

    Options come from the ini file (`openai_mock_options`), then from `@pytest.mark.openai_mock(...)`, the nearest last.
    It is active whatever OPENAI_API_MOCK_ENV says: no test should reach the real API for that.
    Fails the test where a scripted reply was never asked for, and where a strict mock was asked what nothing scripted.
    """
    from .errors import UsageError
    from .mock import OpenAIMock
    from .options import options_from

    try:
        options = options_from({"force": True, **_from_ini(request.config)}, text=True)
    except UsageError as error:
        raise UsageError(f"{INI}, in {request.config.inipath}: {error}") from None
    for marker in reversed(list(request.node.iter_markers(MARKER))):
        if marker.args:
            raise UsageError(f"@pytest.mark.{MARKER} takes options by name: @pytest.mark.{MARKER}(seed=7)")
        options = options_from(marker.kwargs, base=options)
    mock = request.node.stash[_mock] = OpenAIMock(options).start()
    try:
        yield mock
    finally:
        mock.close()
    # A test that failed has its reason; a second one would hide it.
    if not request.node.stash.get(_failed, False):
        mock.assert_all_scripted()
        mock.assert_all_used()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call" and call.excinfo is not None:
        item.stash[_failed] = True
        mock = item.stash.get(_mock, None)
        if mock is not None:
            _tell_the_cause(mock, report, str(call.excinfo.value))
    return report


def _tell_the_cause(mock: OpenAIMock, report: pytest.TestReport, told: str) -> None:
    """Where the application caught what went wrong here, the test fails by what came of it."""
    from .errors import MockError

    try:
        mock.assert_all_scripted()
    except MockError as error:
        if str(error) not in told:
            report.sections.append(("openai_mock", str(error)))


def _from_ini(config: pytest.Config) -> dict[str, object]:
    lines: list[str] = config.getini(INI)
    options: dict[str, object] = {}
    for line in lines:
        name, equals, value = line.partition("=")
        if not equals:
            raise pytest.UsageError(f"{INI}: {line!r} is no option; one looks like: seed = 7")
        options[name.strip()] = value.strip()
    return options

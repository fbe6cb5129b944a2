from __future__ import annotations

import subprocess
import sys

import pytest

ASK = """
import openai

def ask(content="hi"):
    with openai.OpenAI() as client:
        completion = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": content}])
    return completion.choices[0].message.content
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(asking=ASK)
    return pytester


def run(project: pytest.Pytester, *args: str) -> pytest.RunResult:
    return project.runpytest_inprocess("-p", "no:cacheprovider", "-W", "error", *args)


def test_the_fixture_answers_and_the_marker_sets_options(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest
        from asking import ask

        def test_reply(openai_mock):
            openai_mock.reply("Hello!")
            assert ask() == "Hello!"

        @pytest.mark.openai_mock(answers="echo", seed=7)
        def test_marker(openai_mock):
            assert ask("Parrot") == "Parrot"
            assert openai_mock.options.seed == 7
        """
    )
    run(project).assert_outcomes(passed=2)


def test_the_fixture_is_active_wherever_tests_are_run(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_MOCK_ENV", "production")
    project.makepyfile("def test(openai_mock): assert openai_mock.active")
    run(project).assert_outcomes(passed=1)


def test_a_reply_that_nobody_asked_for_fails_the_test_readably(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        from asking import ask

        def test_unused(openai_mock):
            openai_mock.reply("Hello!")
            openai_mock.chat.completions.create.fail(429, times=2)
            ask()
        """
    )
    result = run(project)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*UnusedReplies: 2 scripted replies were never asked for:",
            "*openai_mock.chat.completions.create.fail(429)  [[]used 0 of 2]  *test_a_reply*.py:5",
            "*1 call was made:",
            "*chat.completions.create -> 200",
            "*Hint: *",
        ]
    )


def test_a_failed_test_is_not_blamed_twice(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        def test_fails(openai_mock):
            openai_mock.reply("Hello!")
            assert False
        """
    )
    run(project).assert_outcomes(failed=1)


def test_a_strict_test_fails_even_where_the_application_catches_the_miss(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest
        from asking import ask

        @pytest.mark.openai_mock(strict=True)
        def test_strict(openai_mock):
            try:
                ask()
            except Exception:
                pass
        """
    )
    result = run(project)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*UnscriptedCall: nothing was scripted for chat.completions.create*"])


def test_a_test_that_fails_by_what_came_of_a_miss_tells_the_miss(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest
        from asking import ask

        @pytest.mark.openai_mock(strict=True)
        def test_strict(openai_mock):
            try:
                ask()
            except Exception:
                raise KeyError("nothing was said") from None
        """
    )
    result = run(project)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E*KeyError: 'nothing was said'", "*- openai_mock -*", "nothing was scripted for chat.completions.create*"]
    )


def test_the_ini_file_sets_defaults_that_a_marker_overrides(project: pytest.Pytester) -> None:
    project.makeini(
        """
        [pytest]
        openai_mock_options =
            answers = fixed
            latency = 0.001
        """
    )
    project.makepyfile(
        """
        import pytest
        from asking import ask

        def test_ini(openai_mock):
            assert ask().startswith("This is a mock")
            assert openai_mock.options.latency == 0.001

        @pytest.mark.openai_mock(answers="echo")
        def test_marker(openai_mock):
            assert ask("Parrot") == "Parrot"
            assert openai_mock.options.latency == 0.001
        """
    )
    run(project).assert_outcomes(passed=2)


@pytest.mark.parametrize("line", ["answers", "anwsers = fixed"])
def test_a_mistyped_ini_option_is_told(project: pytest.Pytester, line: str) -> None:
    project.makeini(f"[pytest]\nopenai_mock_options =\n    {line}\n")
    project.makepyfile("def test_any(openai_mock): pass")
    result = run(project)
    result.assert_outcomes(errors=1)
    told = "one looks like: seed = 7" if "=" not in line else "*tox.ini: *Did you mean 'answers'?"
    result.stdout.fnmatch_lines([f"*openai_mock_options*{told}*"])


def test_it_runs_under_xdist(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest
        from asking import ask

        @pytest.mark.parametrize("number", range(8))
        def test_each(openai_mock, number):
            openai_mock.reply(f"number {number}")
            assert ask() == f"number {number}"
        """
    )
    project.runpytest_subprocess("-n", "2", "-p", "no:cacheprovider").assert_outcomes(passed=8)


def test_importing_the_plugin_imports_nothing_heavy() -> None:
    program = (
        "import pytest, sys; before = set(sys.modules); import openai_api_mock.pytest_plugin; "
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(["openai_api_mock", "openai_api_mock._version", "openai_api_mock.pytest_plugin"])

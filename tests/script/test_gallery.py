"""The gallery of messages in docs/messages.md: each is what its test really gets to read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent.parent / "docs" / "messages.md"
_CASE = re.compile(r"^## (.+?)\n.*?```python\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL | re.MULTILINE)
CASES = [pytest.param(code, told, id=title) for title, code, told in _CASE.findall(PAGE.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("code", "told"), CASES)
def test_the_message_is_told(code: str, told: str, pytester: pytest.Pytester) -> None:
    path = pytester.path / "test_it.py"
    path.write_text(code, encoding="utf-8")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--tb=line")

    assert result.ret == 1
    output = result.stdout.str().replace(f"{path.parent}/", "")
    for line in told.splitlines():
        assert line.strip() in output

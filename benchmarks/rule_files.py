"""How long a file of 1,000 rules takes to load, in each language: the best of five."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

import yaml

from openai_api_mock.catalog import Catalog
from openai_api_mock.script.files import rules_of_files

RULES = [
    {
        "endpoint": "chat.completions.create",
        "when": {"message": {"contains": f"question {number}"}, "model": "gpt-4o"},
        "reply": {"tool_calls": {"look_up": {"key": number}}} if number % 2 else f"Answer {number}.",
        "times": 3,
    }
    for number in range(1000)
]


def main() -> None:
    catalog = Catalog.load()
    toml = "".join(
        f'[[rules]]\nendpoint = "{rule["endpoint"]}"\nreply = "Answer"\ntimes = 3\n'
        f'[rules.when]\nmessage = {{ contains = "question {number}" }}\nmodel = "gpt-4o"\n'
        for number, rule in enumerate(RULES)
    )
    texts = {"yaml": yaml.safe_dump({"rules": RULES}), "json": json.dumps({"rules": RULES}, indent=2), "toml": toml}
    templated = [{**rule, "reply": f"{{{{ message }}}} has {number} words"} for number, rule in enumerate(RULES)]
    texts["templates.yaml"] = yaml.safe_dump({"rules": templated})
    filtered = [{**rule, "reply": f"{{{{ message | upper }}}} has {number} words"} for number, rule in enumerate(RULES)]
    texts["filters.yaml"] = yaml.safe_dump({"rules": filtered})
    with tempfile.TemporaryDirectory() as folder:
        for kind, text in texts.items():
            path = Path(folder) / f"rules.{kind}"
            path.write_text(text)
            times = []
            for _ in range(5):
                started = time.perf_counter()
                assert len(rules_of_files([path], catalog)) == len(RULES)
                times.append(time.perf_counter() - started)
            print(f"{kind:15} {min(times) * 1000:4.0f} ms for {len(RULES)} rules, first {times[0] * 1000:.0f} ms")


if __name__ == "__main__":
    main()

"""Runs every fault against every client, and writes docs/faults.md of what became of the calls.

    python scripts/faults.py            # all clients; writes tests/faults/outcomes.json and the page
    python scripts/faults.py --check    # those that are there; fails where an outcome isn't the documented one
    python scripts/faults.py --page [FILE]   # writes the page alone, of the outcomes that were written

Older SDKs are looked for in .venv-openai-*/, Node's in .build/node: `make faults` sees to both.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from openai_api_mock.engine import Engine
from openai_api_mock.faults import FAULTS, faults_of
from openai_api_mock.faults.spelling import WHEN
from openai_api_mock.faults.table import ADVICE, Kind, Parameter
from openai_api_mock.options import options_from
from openai_api_mock.server.loopback import Loopback

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "faults.md"
OUTCOMES = ROOT / "tests" / "faults" / "outcomes.json"
PROGRAMS = ROOT / "tests" / "faults" / "clients"
NODE = ROOT / ".build" / "node"
OLDER = ("2.54.0", "1.109.1")

Cell = tuple[str, str, str, bool]
"""A fault as it is spelled, the API, how it is asked, and whether tools are offered."""
CELLS: list[Cell] = [
    (spelled, api, mode, "tools" in kind.needs)
    for kind in FAULTS.values()
    for spelled in kind.spelled
    for api in ("chat", "responses")
    for mode in ("whole", "stream")
    if mode == "stream" or "stream" not in faults_of(spelled)[0].fault.needs
]
Outcomes = dict[str, list[str]]
"""By client, what became of each cell."""

HERE = {
    "openai": [sys.executable, str(PROGRAMS / "client.py"), "sdk"],
    "aiohttp": [sys.executable, str(PROGRAMS / "client.py"), "aiohttp"],
    "httpx": [sys.executable, str(PROGRAMS / "client.py"), "httpx"],
}
"""Clients of this environment: the SDK, its aiohttp extra, and httpx alone."""
ELSEWHERE = {
    **{
        f"openai {version}": [
            str(ROOT / f".venv-openai-{version}" / "bin" / "python"), str(PROGRAMS / "client.py"), "sdk",
        ]
        for version in OLDER
    },
    "node": ["node", str(PROGRAMS / "client.mjs")],
}  # fmt: skip


def run(clients: dict[str, list[str]]) -> Outcomes:
    """What becomes of every cell with each of these clients, each with a server of its own."""
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(clients, pool.map(_run, clients.values()), strict=True))


def _run(command: list[str]) -> list[str]:
    server = Loopback(Engine(options_from({"fault_header": True})))
    try:
        done = subprocess.run(
            [*command, server.url() + "/v1"],
            input=json.dumps(CELLS),
            capture_output=True,
            text=True,
            check=False,
            cwd=NODE if command[0] == "node" else ROOT,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        )
    finally:
        server.stop()
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    outcomes: list[str] = json.loads(done.stdout)
    return outcomes


def differences(wanted: Outcomes, got: Outcomes) -> list[str]:
    """Where an outcome isn't the documented one."""
    return [
        f"{client}: {cell[0]} ({cell[1]}, {cell[2]}) is documented as {was!r}, and was {is_!r}"
        for client in got
        for cell, was, is_ in zip(CELLS, wanted[client], got[client], strict=True)
        if was != is_
    ]


def read() -> Outcomes:
    """The outcomes that are documented."""
    outcomes: Outcomes = json.loads(OUTCOMES.read_text(encoding="utf-8"))["outcomes"]
    return outcomes


# The page


def page(outcomes: Outcomes) -> str:
    """docs/faults.md, its tables written anew."""
    text = PAGE.read_text(encoding="utf-8")
    tables = {
        **{stage: table([kind for kind in FAULTS.values() if kind.stage == stage])
           for stage in ("before", "answer", "model")},
        "when": parameters(WHEN),
        "advice": parameters(ADVICE),
        "outcomes": matrix(outcomes),
    }  # fmt: skip
    for name, rows in tables.items():
        text = re.sub(
            rf"<!-- {name} -->\n.*?<!-- end -->",
            lambda _, name=name, rows=rows: f"<!-- {name} -->\n{rows}<!-- end -->",  # type: ignore[misc]
            text,
            flags=re.DOTALL,
        )
    return text


def table(kinds: list[Kind]) -> str:
    rows = [f"| `{kind.name}` | {kind.what} | {_takes(kind)} |\n" for kind in kinds]
    return "| fault | what it does | takes |\n|---|---|---|\n" + "".join(rows)


def _takes(kind: Kind) -> str:
    own = [name for name in kind.takes if name not in ADVICE]
    told = ", ".join(f"`{name}`{_usual(kind.takes[name])}: {kind.takes[name].what}" for name in own)
    if len(own) == len(kind.takes):
        return told
    return f"{told}, and the advice below" if told else "the advice below"


def _usual(parameter: Parameter) -> str:
    return "" if parameter.default is None else f" ({parameter.default})"


def parameters(given: dict[str, Parameter]) -> str:
    rows = [f"| `{name}` | {each.what}{_or(each)} | {_default(each)} |\n" for name, each in given.items()]
    return "| parameter | | unless said |\n|---|---|---|\n" + "".join(rows)


def _or(parameter: Parameter) -> str:
    return f" ({', '.join(f'`{choice}`' for choice in parameter.choices)})" if parameter.choices else ""


def _default(parameter: Parameter) -> str:
    return "" if parameter.default is None else f"`{parameter.default}`"


def matrix(outcomes: Outcomes) -> str:
    """A row for each fault and each way of asking that turns out differently."""
    versions = json.loads(OUTCOMES.read_text(encoding="utf-8"))["clients"]
    lines = [
        "| fault | asked | " + " | ".join(versions[client] for client in outcomes) + " |",
        "|---" * (2 + len(outcomes)) + "|",
    ]
    by_fault: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for number, (spelled, api, mode, _) in enumerate(CELLS):
        row = tuple(outcomes[client][number] for client in outcomes)
        by_fault.setdefault(spelled, {}).setdefault(row, []).append(f"{api} {mode}")
    for spelled, rows in by_fault.items():
        damages = faults_of(spelled)[0].fault.kind.stage == "answer"
        for row, asked in rows.items():
            cells = [_cell(outcome, damages) for outcome in row]
            lines.append(f"| `{spelled}` | {_asked(asked, len(rows))} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _asked(asked: list[str], rows: int) -> str:
    return "any" if rows == 1 else ", ".join(asked)


def _cell(outcome: str, damages: bool) -> str:
    unnoticed = outcome.startswith("taken") or (damages and "another text" in outcome)
    return f"**{outcome}**" if unnoticed else outcome


def main() -> None:
    if "--page" in sys.argv:
        Path((*sys.argv, PAGE)[2] if len(sys.argv) > 2 else PAGE).write_text(page(read()), encoding="utf-8")
        return
    if "--check" in sys.argv:
        sys.exit(check())
    got = run({**HERE, **ELSEWHERE})
    OUTCOMES.write_text(json.dumps({"clients": versions(), "outcomes": got}, indent=0) + "\n", encoding="utf-8")
    PAGE.write_text(page(got), encoding="utf-8")


def check() -> int:
    """The exit status: 1 where an outcome isn't the documented one. Node's SDK alone may be absent."""
    has_node = (NODE / "node_modules" / "openai").exists()
    got = run({name: command for name, command in {**HERE, **ELSEWHERE}.items() if has_node or name != "node"})
    wrong = differences(read(), got)
    print("\n".join(wrong) or f"{len(CELLS)} cells of {len(got)} clients are as documented: {', '.join(got)}")
    if not has_node:
        print(f"NOT RUN: Node's SDK isn't in {NODE.relative_to(ROOT)}; with npm, `make faults` puts it there")
    return bool(wrong)


def versions() -> dict[str, str]:
    """The clients as the page names them."""
    from importlib.metadata import version

    node = json.loads((NODE / "node_modules" / "openai" / "package.json").read_text(encoding="utf-8"))["version"]
    newest = version("openai")
    return {
        "openai": f"openai {newest}",
        "aiohttp": f"openai {newest}, aiohttp {version('aiohttp')}",
        "httpx": f"httpx {version('httpx')}",
        **{f"openai {old}": f"openai {old}" for old in OLDER},
        "node": f"Node's openai {node}",
    }


if __name__ == "__main__":
    main()

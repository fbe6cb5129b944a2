"""Runs paces on clocks that nobody waits for, and writes what they gave into the tables of docs/pace.md.

python scripts/pace_report.py [FILE]
"""

from __future__ import annotations

import itertools
import re
import sys
from pathlib import Path

import msgspec

from openai_api_mock.clock_manual import ManualClock
from openai_api_mock.engine import Engine
from openai_api_mock.options import options_from
from openai_api_mock.wire import Reply, Request, Stream

FILE = Path(__file__).parent.parent / "docs" / "pace.md"
MODELS = ("gpt-3.5-turbo", "gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-nano", "gpt-5", "gpt-5-mini", "o4-mini")
TIMES, TOKENS = 200, 100


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    text = FILE.read_text(encoding="utf-8")
    for name, table in (("presets", presets()), ("queue", queue()), ("cache", cache())):
        text = re.sub(
            rf"<!-- {name} -->\n.*?<!-- end -->", f"<!-- {name} -->\n{table}<!-- end -->", text, flags=re.DOTALL
        )
    path.write_text(text, encoding="utf-8")


def ask(engine: Engine, content: str, model: str = "gpt-4o", *, stream: bool = False) -> Reply:
    body = {"model": model, "messages": [{"role": "user", "content": content}], "stream": stream}
    reply = engine.handle(Request("POST", "/chat/completions", "", {}, msgspec.json.encode(body)))
    assert isinstance(reply, Reply)
    return reply


def presets() -> str:
    rows = [row(model) for model in MODELS]
    return (
        f'`pace="realistic"`, {TIMES} streams of {TOKENS} visible tokens each, the prompt of 10 tokens or so; models '
        "that think do so as the\nmock has it for the request, and their first visible token comes after that:\n\n"
        "| model | first chunk, p50 | p90 | p99 | between tokens, mean | p99 | the whole, p50 |\n"
        "|---|---|---|---|---|---|---|\n" + "".join(rows)
    )


def row(model: str) -> str:
    engine = Engine(options_from({"pace": "realistic", "clock": "instant", "length": TOKENS}))
    first, gaps, whole = [], [], []
    for number in range(TIMES):
        body = ask(engine, f"Number {number}", model, stream=True).body
        assert isinstance(body, Stream)
        assert body.times is not None
        times = list(body.times)
        first.append(times[0])
        whole.append(times[-1])
        gaps += [after - before for before, after in itertools.pairwise(times[1 : TOKENS + 1])]
    cells = [at(first, 0.5), at(first, 0.9), at(first, 0.99), ms(sum(gaps) / len(gaps)), at(gaps, 0.99), at(whole, 0.5)]
    return f"| `{model}` | {' | '.join(cells)} |\n"


def queue() -> str:
    clock = ManualClock()
    engine = Engine(options_from({"pace": "ttft=1s,itl=10ms,max_num_seqs=2,load=1.5", "clock": clock, "length": 101}))
    rows = [f"| {number} | {ask(engine, 'Hello').delay:.2f} s |\n" for number in range(1, 6)]
    return (
        "Five requests at the same moment, under `ttft=1s,itl=10ms,max_num_seqs=2,load=1.5`, for answers of 101 "
        "tokens; alone, each\nwould take 2 s:\n\n| request | answered after |\n|---|---|\n" + "".join(rows)
    )


def cache() -> str:
    engine = Engine(options_from({"pace": "prefill=0.1ms,prefix_cache=true", "clock": "instant", "length": 1}))
    story = "Once upon a time there was a mock that knew all the answers. " * 150
    rows = []
    for what, content in (
        ("a long prompt", story),
        ("the same", story),
        ("it, and something more", story + "And then? " * 30),
        ("another beginning", "Listen! " + story),
    ):
        reply = ask(engine, content)
        assert isinstance(reply.body, bytes)
        usage = msgspec.json.decode(reply.body)["usage"]
        tokens, cached = usage["prompt_tokens"], usage["prompt_tokens_details"]["cached_tokens"]
        rows.append(f"| {what} | {tokens} | {cached} | {reply.delay * 1000:.1f} ms |\n")
    return (
        "One after the other, under `prefill=0.1ms,prefix_cache=true`:\n\n"
        "| prompt | tokens | `cached_tokens` | answered after |\n|---|---|---|---|\n" + "".join(rows)
    )


def at(values: list[float], share: float) -> str:
    return ms(sorted(values)[int(len(values) * share)])


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.1 else f"{seconds * 1000:.1f} ms"


if __name__ == "__main__":
    main()

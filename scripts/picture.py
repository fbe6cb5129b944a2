"""Draws the README's picture: who calls whom, and what never happens.

python scripts/picture.py docs/picture.svg
"""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path

WIDTH, HEIGHT = 860, 300
INK, SOFT, BLUE, GREEN, RED = "#1f2937", "#6b7280", "#2563eb", "#059669", "#dc2626"
FONT = "font-family='ui-sans-serif, system-ui, sans-serif'"
MONO = "font-family='ui-monospace, monospace'"


def box(x: int, y: int, width: int, height: int, title: str, lines: list[str], color: str) -> str:
    middle = x + width / 2
    parts = [
        f"<rect x='{x}' y='{y}' width='{width}' height='{height}' rx='10' fill='{color}' fill-opacity='0.07' "
        f"stroke='{color}' stroke-width='1.5'/>",
        f"<text x='{middle}' y='{y + 26}' text-anchor='middle' {FONT} font-size='{min(15, width // 9)}' font-weight='600' "
        f"fill='{INK}'>{escape(title)}</text>",
    ]
    for number, line in enumerate(lines):
        parts.append(
            f"<text x='{middle}' y='{y + 48 + 18 * number}' text-anchor='middle' {MONO} font-size='12' "
            f"fill='{SOFT}'>{escape(line)}</text>"
        )
    return "".join(parts)


def arrow(x1: int, y1: int, x2: int, y2: int, color: str = INK, dashed: bool = False) -> str:
    dash = " stroke-dasharray='5 5'" if dashed else ""
    return (
        f"<line x1='{x1}' y1='{y1}' x2='{x2}' y2='{y2}' stroke='{color}' stroke-width='1.5'{dash} "
        f"marker-end='url(#head-{color[1:]})'/>"
    )


def heads() -> str:
    return "".join(
        f"<marker id='head-{color[1:]}' viewBox='0 0 10 10' refX='9' refY='5' markerWidth='7' markerHeight='7' "
        f"orient='auto'><path d='M0 0 L10 5 L0 10 z' fill='{color}'/></marker>"
        for color in (INK, RED)
    )


def picture() -> str:
    parts = [
        box(20, 30, 190, 104, "Your test", ["openai 1.x, 2.x, 3.x", "LangChain, agents, …", "httpx, requests, …"], BLUE),
        box(20, 166, 190, 104, "Any language", ["Node, Go, curl, …", "OPENAI_BASE_URL=", "http://127.0.0.1:4010/v1"], BLUE),
        box(270, 30, 190, 104, "In the process", ["with mock_openai():", "def test(openai_mock):", "no socket, no key"], GREEN),
        box(270, 166, 190, 104, "As a server", ["openai-api-mock serve", "HTTP, SSE, Azure paths", "loopback"], GREEN),
        box(520, 78, 150, 144, "One engine", ["your script", "or a generator", "→ one Answer", "→ object or stream", "at its pace"], GREEN),
        box(720, 98, 124, 104, "api.openai.com", ["", "never called", ""], RED),
        arrow(210, 82, 266, 82),
        arrow(210, 218, 266, 218),
        arrow(460, 82, 516, 118),
        arrow(460, 218, 516, 182),
        arrow(670, 150, 716, 150, RED, dashed=True),
        f"<text x='693' y='158' text-anchor='middle' {FONT} font-size='26' font-weight='700' fill='{RED}'>×</text>",
    ]  # fmt: skip
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' width='{WIDTH}' height='{HEIGHT}' "
        f"role='img'><rect width='100%' height='100%' rx='14' fill='#ffffff'/><defs>{heads()}</defs>{''.join(parts)}</svg>\n"
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(picture(), encoding="utf-8")

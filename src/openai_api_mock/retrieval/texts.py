"""The text of a file, by what its name says it is."""

from __future__ import annotations

from html.parser import HTMLParser

from .office import docx, pptx, xlsx
from .pdf import pdf
from .unreadable import TOO_LARGE, UNSUPPORTED, Unreadable

MOST_TOKENS = 5_000_000
"""Tokens of a file, as the API's guide has it."""
MOST_BYTES = 4 * MOST_TOKENS
"""Taken for as many, at four bytes a token."""

_NO_TEXT = """
7z avi bin bmp doc exe gif gz ico jpeg jpg mkv mov mp3 mp4 mpeg mpga ogg parquet pickle pkl png ppt rar sqlite tar tgz
tiff wav webm webp xls zip
"""
NOT_TEXT = frozenset(_NO_TEXT.split())
"""Endings of the names of files that aren't even tried."""
_READERS = {"docx": docx, "pptx": pptx, "xlsx": xlsx, "pdf": pdf}
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
# What is in no text: control characters, but for tabs, line ends, form feeds and escapes.
_CONTROLS = bytes(number for number in range(32) if number not in b"\t\n\r\f\x1b")


def text_of(filename: str, content: bytes) -> str:
    """The text in a file. Raises Unreadable, with what the API says of a file that it can't read.

    Whatever is UTF-8 (or UTF-16 with its mark) is text, such as prose, code, JSON and CSV; of HTML, what is shown; of
    `.docx`, `.pptx` and `.xlsx`, the text; of PDF, what stands in fonts of one byte a character.
    """
    ending = filename.rpartition(".")[2].lower() if "." in filename else ""
    if ending in NOT_TEXT:
        raise Unreadable(*UNSUPPORTED)
    reader = _READERS.get(ending)
    text = reader(content, MOST_BYTES) if reader is not None else plain(content)
    if len(text) > MOST_BYTES:
        raise Unreadable(*TOO_LARGE)
    return html(text) if ending in ("html", "htm") else text


def plain(content: bytes) -> str:
    """The text that the bytes are."""
    if len(content) > MOST_BYTES:
        raise Unreadable(*TOO_LARGE)
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise Unreadable(*UNSUPPORTED) from None
    if encoding == "utf-8" and len(content.translate(None, _CONTROLS)) < len(content):
        raise Unreadable(*UNSUPPORTED)
    return text


def html(text: str) -> str:
    """What a page shows, a line for each of its blocks."""
    page = _Page()
    page.feed(text)
    page.close()
    lines = (" ".join(line.split()) for line in "".join(page.shown).split("\n"))
    return "\n".join(line for line in lines if line)


_UNSEEN = ("head", "script", "style", "template", "title")
_SMALL = "a abbr b bdi bdo cite code em i kbd mark q s small span strong sub sup u var wbr"
_INLINE = frozenset(_SMALL.split())


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._hidden += 1
        elif tag not in _INLINE:
            self.shown.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag not in _INLINE:
            self.shown.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.shown.append(" ".join(data.split("\n")))

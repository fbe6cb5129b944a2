"""The text of files of all kinds."""

from __future__ import annotations

import io
import zlib
from contextlib import suppress
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_api_mock.retrieval.texts import text_of
from openai_api_mock.retrieval.unreadable import Unreadable


def zipped(files: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


DOCUMENT = """
<w:document xmlns:w="urn:w"><w:body>
<w:p><w:r><w:t>Take a </w:t></w:r><w:r><w:t>hat.</w:t></w:r></w:p>
<w:p><w:r><w:t>It</w:t><w:tab/><w:t>rains.</w:t></w:r></w:p>
</w:body></w:document>
"""
SLIDE = '<p:sld xmlns:p="urn:p" xmlns:a="urn:a"><a:p><a:r><a:t>Slide {}</a:t></a:r></a:p></p:sld>'
STRINGS = '<sst xmlns="urn:x"><si><t>city</t></si><si><r><t>Os</t></r><r><t>lo</t></r></si></sst>'
SHEET = """
<worksheet xmlns="urn:x"><sheetData><row><c t="s"><v>0</v></c><c><v>7.5</v></c></row>
<row><c t="s"><v>1</v></c><c t="inlineStr"><is><t>cold</t></is></c></row></sheetData></worksheet>
"""
DOCX = zipped({"word/document.xml": DOCUMENT.strip()})
PPTX = zipped({f"ppt/slides/slide{number}.xml": SLIDE.format(number) for number in (10, 2, 1)})
XLSX = zipped({"xl/sharedStrings.xml": STRINGS, "xl/worksheets/sheet1.xml": SHEET.strip()})
PAGE = b"""<html><head><title>T</title><style>p {}</style></head><body><h1>Hats</h1><p>Take
a <b>large</b> hat &amp; go.<script>run()</script></body></html>"""
SHOWN = rb"BT /F1 12 Tf 72 700 Td (Take a \(large\) hat.) Tj 0 -14 Td [(It) -300 (ra) 20 (ins.)] TJ T* <4f736c6f> Tj ET"


def pdf_of(content: bytes, described: bytes = b"") -> bytes:
    described += b"/Length %d" % len(content)
    return b"%%PDF-1.4\n4 0 obj\n<< %b >>\nstream\n%b\nendstream\nendobj\n" % (described, content)


READ = {
    "note.txt": ("Zwölf Boxkämpfer".encode(), "Zwölf Boxkämpfer"),
    "README": (b"Read me.", "Read me."),
    "data.csv": (b"city,degrees\nOslo,7\n", "city,degrees\nOslo,7\n"),
    "marked.txt": ("﻿Hello".encode(), "Hello"),
    "wide.txt": ("Hello".encode("utf-16"), "Hello"),
    "page.html": (PAGE, "Hats\nTake a large hat & go."),
    "letter.docx": (DOCX, "Take a hat.\nIt\trains."),
    "talk.pptx": (PPTX, "Slide 1\n\nSlide 2\n\nSlide 10"),
    "table.xlsx": (XLSX, "city\t7.5\nOslo\tcold"),
    "plain.pdf": (pdf_of(SHOWN), "Take a (large) hat.\nIt rains.\nOslo"),
    "packed.pdf": (pdf_of(zlib.compress(SHOWN), b"/Filter /FlateDecode "), "Take a (large) hat.\nIt rains.\nOslo"),
}


@pytest.mark.parametrize("name", READ)
def test_the_text_of_a_file(name: str) -> None:
    content, text = READ[name]
    assert text_of(name, content) == text


@pytest.mark.parametrize(("name", "content", "code"), [
    ("cat.png", b"\x89PNG", "unsupported_file"),
    ("cat.txt", b"\x89PNG\r\n\x1a\n\xff", "unsupported_file"),
    ("nulls.txt", b"a\x00b", "unsupported_file"),
    ("broken.docx", b"PK no", "invalid_file"),
    ("bare.docx", zipped({"other.xml": "<a/>"}), "invalid_file"),
    ("bad.docx", zipped({"word/document.xml": "<a>"}), "invalid_file"),
    ("none.pdf", b"Hello", "invalid_file"),
    ("secret.pdf", pdf_of(SHOWN) + b"trailer << /Encrypt 5 0 R >>", "invalid_file"),
    ("scan.pdf", pdf_of(b"q 10 0 0 10 0 0 cm /Im1 Do Q"), "unsupported_file"),
    ("glyphs.pdf", pdf_of(b"BT <0003000400050006> Tj ET"), "unsupported_file"),
])  # fmt: skip
def test_what_cant_be_read_is_told(name: str, content: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as raised:
        text_of(name, content)
    assert raised.value.code == code


@given(st.binary(max_size=400), st.sampled_from(["txt", "pdf", "docx", "xlsx", "html", ""]))
def test_any_bytes_are_read_or_told(content: bytes, ending: str) -> None:
    with suppress(Unreadable):
        assert isinstance(text_of(f"file.{ending}", content), str)


@given(st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1), min_size=1, max_size=5))
def test_what_a_pdf_shows_is_read(lines: list[str]) -> None:
    escaped = (line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in lines)
    content = pdf_of("BT {} ET".format(" ".join(f"({line}) Tj T*" for line in escaped)).encode())
    if "".join(lines).strip():
        assert text_of("a.pdf", content) == "\n".join(lines)

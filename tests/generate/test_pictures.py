from __future__ import annotations

import io
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from openai_api_mock.generate import pictures_font as font
from openai_api_mock.generate import pictures_jpeg, pictures_png, pictures_webp
from openai_api_mock.generate.pictures import FORMATS, Format, Picture, render
from openai_api_mock.generate.pictures_caption import SCALES, Caption, laid_out
from openai_api_mock.generate.pictures_measure import Measured, measure
from openai_api_mock.generate.pictures_raster import Color, Raster

PROMPT = "A watercolor painting of a lighthouse at dawn, with seagulls and a small red boat"


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def read(image: Image.Image, caption: Caption) -> str:
    """The words in a picture: each character's pixels, light or dark, held against the font."""
    grey = image.convert("RGBA").convert("L")
    characters = {shape: chr(ord(" ") + number) for number, shape in enumerate(font.glyphs())}
    lines = [
        "".join(characters[_shape(grey, *caption.cell(row, column), caption.scale)] for column in range(len(line)))
        for row, line in enumerate(caption.lines)
    ]
    return " ".join(lines)


def _shape(grey: Image.Image, left: int, top: int, scale: int) -> tuple[int, ...]:
    middle = scale // 2

    def dark(x: int, y: int) -> bool:
        level = grey.getpixel((left + x * scale + middle, top + y * scale + middle))
        assert isinstance(level, int)
        return level < 128

    return tuple(sum(dark(x, y) << font.WIDTH - 1 - x for x in range(font.WIDTH)) for y in range(font.HEIGHT))


def caption_of(text: str, width: int, height: int) -> Caption:
    caption = laid_out(text, width, height)
    assert caption is not None
    return caption


# Encoders

BYTE = st.integers(0, 255)
COLORS: st.SearchStrategy[Color] = st.tuples(BYTE, BYTE, BYTE, st.one_of(st.just(255), BYTE))


@st.composite
def rasters(draw: st.DrawFn) -> Raster:
    colors = draw(st.lists(COLORS, min_size=1, max_size=40))
    width = draw(st.integers(1, 40))
    pixels = st.integers(0, len(colors) - 1)
    rows = draw(st.lists(st.binary(min_size=width, max_size=width), min_size=1, max_size=8))
    some = [bytes(byte % len(colors) for byte in row) for row in rows]
    flat = bytes((draw(pixels),)) * width
    order = draw(st.lists(st.sampled_from([*some, flat]), min_size=1, max_size=30))
    return Raster(width, len(order), colors, order)


def every_value() -> Raster:
    """All 256 colours, whose steps in the table take every value that a byte has."""
    reds = [0]
    for step in range(1, 256):
        reds.append((reds[-1] + step) % 256)
    return Raster(256, 2, [(red, 255 - red, red // 2, 255) for red in reds], [bytes(range(256))] * 2)


WIDE = Raster(9001, 3, [(1, 2, 3, 255), (250, 0, 9, 0)], [bytes(9001), b"\1" * 9001, b"\1" * 9001])
TALL = Raster(3, 9001, [(1, 2, 3, 255)], [bytes(3)] * 9001)


def rgba(raster: Raster) -> bytes:
    return b"".join(bytes(raster.colors[pixel]) for row in raster.rows for pixel in row)


@settings(deadline=None)
@given(rasters())
@example(every_value())
@example(WIDE)
@example(TALL)
def test_png_and_webp_give_back_every_pixel(raster: Raster) -> None:
    for content, form in ((pictures_png.encode(raster), "PNG"), (pictures_webp.encode(raster), "WEBP")):
        image = opened(content)
        assert image.format == form
        assert image.size == (raster.width, raster.height)
        assert image.mode == ("RGB" if raster.opaque else "RGBA")
        assert image.convert("RGBA").tobytes() == rgba(raster)


@settings(deadline=None)
@given(rasters())
@example(every_value())
@example(WIDE)
@example(TALL)
def test_jpeg_gives_back_nearly_every_pixel(raster: Raster) -> None:
    image = opened(pictures_jpeg.encode(raster, 100))

    assert image.format == "JPEG"
    assert image.size == (raster.width, raster.height)
    assert image.mode == "RGB"
    colors = b"".join(bytes(raster.colors[pixel][:3]) for row in raster.rows for pixel in row)
    assert max(abs(a - b) for a, b in zip(image.tobytes(), colors, strict=True)) <= 6


# Pictures


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("size", [(1024, 1024), (1536, 1024), (1024, 1792), (256, 256), (1200, 624)])
def test_a_picture_has_the_asked_size_and_its_prompt_can_be_read(form: Format, size: tuple[int, int]) -> None:
    image = opened(render(Picture(PROMPT, *size, b"look"), form))

    assert image.format == form.upper()
    assert image.size == size
    assert read(image, caption_of(PROMPT, *size)) == PROMPT


@pytest.mark.parametrize("quality", [0, 10, 50])
def test_a_caption_survives_compression(quality: int) -> None:
    image = opened(render(Picture(PROMPT, 1024, 1024, b"look"), "jpeg", quality))
    assert read(image, caption_of(PROMPT, 1024, 1024)) == PROMPT


@pytest.mark.parametrize("text", ["x", PROMPT, PROMPT * 4, "".join(map(chr, range(33, 127)))])
@pytest.mark.parametrize("scale", SCALES)
def test_a_caption_is_within_its_picture(text: str, scale: int) -> None:
    width, height = 96 * scale, 64 * scale
    caption = caption_of(text, width, height)
    assert 0 <= caption.left < caption.left + caption.width <= width
    assert 0 <= caption.top < caption.top + caption.height <= height
    opened(render(Picture(text, width, height, b"look")))


def test_what_the_font_lacks_is_a_box_and_accents_are_dropped() -> None:
    image = opened(render(Picture("Crème  brûlée\n猫 ok", 512, 512, b"look")))
    assert read(image, caption_of("Crème  brûlée\n猫 ok", 512, 512)) == "Creme brulee \x7f ok"


def test_a_caption_that_does_not_fit_ends_in_dots() -> None:
    caption = caption_of("word " * 5000, 256, 256)
    image = opened(render(Picture("word " * 5000, 256, 256, b"look")))

    assert read(image, caption).startswith("word word word")
    assert read(image, caption).endswith("...")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("size", [(1, 1), (8, 8), (17, 33), (16, 4096), (4096, 16), (5000, 3)])
def test_no_size_is_too_odd(form: Format, size: tuple[int, int]) -> None:
    for missing in (0, 3):
        assert opened(render(Picture(PROMPT, *size, b"look", transparent=True), form, 50, missing)).size == size


def test_a_picture_of_nothing_is_a_pattern() -> None:
    assert laid_out(" \n", 512, 512) is None
    assert len(opened(render(Picture(" \n", 512, 512, b"look"))).getcolors() or ()) > 10


def test_no_two_characters_look_alike() -> None:
    assert len(set(font.glyphs())) == len(font.glyphs()) == 96


def test_the_same_picture_is_the_same_bytes_and_another_look_another_picture() -> None:
    def made(look: bytes, **changes: Any) -> bytes:
        render.cache_clear()
        return render(Picture(PROMPT, 256, 256, look, **changes))

    assert made(b"one") == made(b"one")
    assert len({made(b"one"), made(b"two"), made(b"one", natural=True), made(b"one", transparent=True)}) == 4


@pytest.mark.parametrize("form", ["png", "webp"])
def test_a_transparent_picture_is_clear_round_its_pattern(form: Format) -> None:
    image = opened(render(Picture(PROMPT, 1024, 768, b"look", transparent=True), form))

    assert image.mode == "RGBA"
    alpha = image.getchannel("A")
    assert alpha.getextrema() == (0, 255)
    right, bottom = image.width - 1, image.height - 1
    assert {alpha.getpixel(corner) for corner in ((0, 0), (right, 0), (0, bottom), (right, bottom))} == {0}
    assert read(image, caption_of(PROMPT, 1024, 768)) == PROMPT


def test_an_opaque_picture_has_no_alpha() -> None:
    assert opened(render(Picture(PROMPT, 256, 256, b"look"))).mode == "RGB"
    assert opened(render(Picture(PROMPT, 256, 256, b"look", transparent=True), "jpeg")).mode == "RGB"


@pytest.mark.parametrize("form", ["webp", "jpeg"])
def test_the_more_compression_the_fewer_bytes(form: Format) -> None:
    sizes = [len(render(Picture(PROMPT, 1024, 1024, b"look"), form, quality)) for quality in (0, 30, 60, 80, 100)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]


def test_an_unfinished_picture_shows_less_the_more_is_missing() -> None:
    steps = [opened(render(Picture(PROMPT, 1024, 1024, b"look"), "png", 100, missing)) for missing in (3, 2, 1, 0)]

    assert {step.size for step in steps} == {(1024, 1024)}
    dark = [sum(step.convert("L").histogram()[:30]) for step in steps]
    assert dark == sorted(dark)
    assert dark[0] == 0
    colors = [len(step.getcolors() or ()) for step in steps]
    assert all(fewer < more for fewer, more in pairwise(colors))


# What other people's files say of themselves


def saved(form: str, mode: str = "RGB", size: tuple[int, int] = (301, 77), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, form, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "form", "alpha"),
    [
        (saved("PNG"), "png", False),
        (saved("PNG", "RGBA"), "png", True),
        (saved("PNG", "LA"), "png", True),
        (saved("PNG", "P"), "png", False),
        (saved("PNG", "P", transparency=0), "png", True),
        (saved("JPEG"), "jpeg", False),
        (saved("JPEG", progressive=True), "jpeg", False),
        (saved("JPEG", exif=b"Exif\0\0" + bytes(60_000), comment=b"c" * 60_000), "jpeg", False),
        (saved("JPEG", "CMYK"), "jpeg", False),
        (saved("WEBP"), "webp", False),
        (saved("WEBP", lossless=True), "webp", False),
        (saved("WEBP", "RGBA", lossless=True), "webp", True),
        (saved("WEBP", "RGBA"), "webp", True),
        (saved("WEBP", exif=b"Exif\0\0" + bytes(100)), "webp", False),
    ],
)
def test_a_file_is_measured(content: bytes, form: Format, alpha: bool) -> None:
    assert measure(io.BytesIO(content)) == Measured(form, 301, 77, alpha)


@pytest.mark.parametrize("form", FORMATS)
def test_our_own_files_are_measured(form: Format) -> None:
    file = io.BytesIO(render(Picture(PROMPT, 512, 256, b"look", transparent=True), form))
    assert measure(file) == Measured(form, 512, 256, form != "jpeg")
    assert file.tell() == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"no image", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\xff\xd8no image", b"RIFF1234WEBP", saved("GIF"),
     b"RIFF1234WEBPVP8L1234\0\0\0\0\0", b"RIFF1234WAVE" + bytes(30)],
)  # fmt: skip
def test_what_is_no_image_is_not_measured(content: bytes) -> None:
    assert measure(io.BytesIO(content)) is None

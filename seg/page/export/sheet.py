"""The sheet a result card is drawn on: the picture at the left, words and bars at the right.

No text is smaller than 22 px, so that all of it can be read at half the size.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

SIZE = (1200, 630)
MARGIN = 40
STAGE = (MARGIN, MARGIN, 780, 536)  # left, top, right, bottom of the picture's place
COLUMN = (820, SIZE[0] - MARGIN)  # left and right of the words
PAPER, SUNK, LINE = "#fbfaf7", "#f1efe9", "#e5e1d8"
INK, MUTED, ACCENT = "#1d1c1a", "#65625b", "#2d4fd2"
NAME = "Every pixel, labelled"
SMALL, TEXT = 22, 26  # px
# Tried in this order for titles and figures; Pillow's own font where a machine has none of them.
SERIFS = ("Georgia Bold.ttf", "georgiab.ttf", "LiberationSerif-Bold.ttf", "DejaVuSerif-Bold.ttf")


@dataclass(frozen=True)
class Row:
    """One line of the legend: a name, a value, and a bar of `share` (0 to 1) in `color`; no bar where it is None."""

    name: str
    value: str
    share: float | None = None
    color: str | None = None


def draw(
    picture: np.ndarray,
    caption: str,
    big: tuple[str, str] | None,
    rows: Sequence[Row],
    figures: Sequence[tuple[str, np.ndarray]],
    *,
    title: str,
    credit: str,
    model: str,
    device: str,
    milliseconds: float,
) -> bytes:
    """Put a card together. big: (figure, what it is) or None; figures: two small pictures with their captions."""
    sheet = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(sheet)
    panel(sheet, picture, STAGE, caption)

    left, right = COLUMN
    pen.text((left, MARGIN), NAME, ACCENT, sans(SMALL))
    top = MARGIN + 34
    size, lines = headline(title, right - left, [(36, 1), (28, 1)] if big else [(46, 1), (36, 2), (28, 2)])
    for line in lines:
        pen.text((left, top), line, INK, serif(size))
        top += size + 8
    top += 10
    if big:
        pen.text((left - 3, top - 12), big[0], INK, serif(92))
        start = left + serif(92).getlength(big[0]) + 14
        words = wrap(big[1], sans(SMALL), right - start, 3)
        for i, line in enumerate(words):
            pen.text((start, top + 45 - 27 * len(words) // 2 + 27 * i), line, MUTED, sans(SMALL))
        top += 102
    pen.line((left, top, right, top), LINE, 2)
    draw_rows(sheet, rows, top + 16, STAGE[3] - 134)

    half = (right - left - 16) // 2
    for i, (words, figure) in enumerate(figures):
        x = left + i * (half + 16)
        panel(sheet, figure, (x, STAGE[3] - 112, x + half, STAGE[3]), words, cover=True)

    foot = SIZE[1] - MARGIN - 30
    run = f"{model}  ·  {device}  ·  {milliseconds / 1000:.2f} s"
    pen.text((right, foot), run, INK, sans(SMALL), anchor="ra")
    room = right - sans(SMALL).getlength(run) - 40 - MARGIN
    pen.text((MARGIN, foot), fit(f"Photo: {credit}" if credit else "", sans(SMALL), room), MUTED, sans(SMALL))
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()


def draw_rows(sheet: Image.Image, rows: Sequence[Row], top: int, bottom: int) -> None:
    """The legend between two heights; what does not fit is counted in the last line."""
    pen = ImageDraw.Draw(sheet)
    left, right = COLUMN
    barred = any(row.share is not None for row in rows)
    space = bottom - top + 10
    pitches = [56, 48, 36] if barred else [40]
    pitch = next((each for each in pitches if len(rows) * each <= space), pitches[-1])  # all rows, where they fit
    barred = barred and pitch > 36
    room = max(1, space // pitch)
    kept = list(rows) if len(rows) <= room else list(rows[: room - 1])
    if len(kept) < len(rows):
        kept.append(Row(f"and {len(rows) - len(kept)} more", ""))
    for row in kept:
        start = left
        if row.color:
            rimmed(sheet, (left, top + 5, left + 20, top + 25), 5, row.color)
            start += 32
        pen.text((right, top), row.value, INK, sans(TEXT), anchor="ra")
        width = right - sans(TEXT).getlength(row.value) - start - 12
        pen.text((start, top), fit(row.name, sans(TEXT), width), INK if row.color else MUTED, sans(TEXT))
        if barred and row.share is not None:
            rounded(sheet, (start, top + 35, right, top + 42), 3, LINE)
            rimmed(sheet, (start, top + 35, start + max(7, (right - start) * row.share), top + 42), 3, row.color)
        top += pitch


def panel(sheet: Image.Image, picture: np.ndarray, box: tuple, caption: str, cover: bool = False) -> None:
    """A picture in a box with round corners: whole, on a sunk ground, or filling it (`cover`); its caption inside."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    scales = width / picture.shape[1], height / picture.shape[0]
    scale = max(scales) if cover or max(scales) < 1.08 * min(scales) else min(scales)  # a thin rim looks like a mistake
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    place = Image.new("RGB", (width, height), SUNK)
    place.paste(Image.fromarray(picture).resize(size, Image.LANCZOS), ((width - size[0]) // 2, (height - size[1]) // 2))
    if caption:
        words = fit(caption, sans(SMALL), width - 36)
        end = sans(SMALL).getlength(words)
        rounded(place, (8, height - 42, 28 + end, height - 8), 9, "#1d1c1a")
        ImageDraw.Draw(place).text((18, height - 39), words, "#ffffff", sans(SMALL))
    sheet.paste(place, (left, top), round_mask(width, height, 10))


def rounded(sheet: Image.Image, box: tuple, radius: int, color: str) -> None:
    """A filled rectangle with smooth round corners."""
    left, top, right, bottom = (round(side) for side in box)
    sheet.paste(
        Image.new("RGB", (right - left, bottom - top), color),
        (left, top),
        round_mask(right - left, bottom - top, radius),
    )


def rimmed(sheet: Image.Image, box: tuple, radius: int, color: str) -> None:
    """The same with a thin rim, grey into the colour: pale classes stay visible on paper."""
    left, top, right, bottom = (round(side) for side in box)
    mixed = [round(0.55 * part + 0.45 * 128) for part in ImageColor.getrgb(color)]
    rounded(sheet, (left, top, right, bottom), radius, hexadecimal(mixed))
    if right - left > 3:
        rounded(sheet, (left + 1, top + 1, right - 1, bottom - 1), radius - 1, color)


def round_mask(width: int, height: int, radius: int) -> Image.Image:
    """White with round corners on black, drawn four times as large: Pillow's own corners are not smooth."""
    mask = Image.new("L", (4 * width, 4 * height))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, 4 * width - 1, 4 * height - 1), 4 * radius, 255)
    return mask.resize((width, height), Image.BOX)


# Words


@cache
def sans(size: int) -> ImageFont.FreeTypeFont:
    """Pillow's own font (Aileron): the same on every machine."""
    return ImageFont.load_default(size)


@cache
def serif(size: int) -> ImageFont.FreeTypeFont:
    """The machine's serif as on the page, else Pillow's own font."""
    for name in SERIFS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return sans(size)


def headline(title: str, room: float, choices: Sequence[tuple[int, int]]) -> tuple[int, list[str]]:
    """(size, lines) of the first of `choices`, each (size, most lines), that takes the title whole; else the last."""
    for size, most in choices:
        lines = wrap(title, serif(size), room, most)
        if not any(line.endswith("…") for line in lines):
            break
    return size, lines


def fit(text: str, font, room: float) -> str:
    """`text`, shortened with an ellipsis to `room` pixels."""
    text = drawable(text)
    if font.getlength(text) <= room:
        return text
    while text and font.getlength(text + "…") > room:
        text = text[:-1]
    return text.rstrip() + "…"


def wrap(text: str, font, room: float, most: int) -> list[str]:
    """`text` in at most `most` lines of `room` pixels; the last one is shortened."""
    lines, words = [], drawable(text).split()
    while words and len(lines) < most - 1:
        count = 1
        while count < len(words) and font.getlength(" ".join(words[: count + 1])) <= room:
            count += 1
        lines.append(fit(" ".join(words[:count]), font, room))
        words = words[count:]
    return lines + ([fit(" ".join(words), font, room)] if words else [])


def drawable(text: str) -> str:
    """`text` without letters that the fonts lack: Latin ones are drawn, others left out. Empty becomes "My photo"."""
    kept = "".join(letter for letter in text if letter.isprintable() and (ord(letter) < 0x180 or letter in "…–—·‘’“”"))
    kept = " ".join(re.sub(r"“\s*”|‘\s*’|\"\s*\"|\(\s*\)", "", kept).split())  # quotes around nothing
    return kept or ("My photo" if text.strip() else "")


def hexadecimal(color: Sequence[int]) -> str:
    """(r, g, b) -> "#rrggbb"."""
    return "#{:02x}{:02x}{:02x}".format(*color)

"""The contact sheet: each seed beside the posts that were found with it, drawn as one picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

SEED_COLOUR: Colour = (88, 166, 255)
TRUE_COLOUR: Colour = (63, 185, 80)
FALSE_COLOUR: Colour = (248, 81, 73)
_GROUND: Colour = (13, 17, 23)
_EMPTY: Colour = (33, 38, 45)
_BRIGHT: Colour = (230, 237, 243)
_DIM: Colour = (139, 148, 158)

# Pixels. A frame has 224 on its longest side at most; some 9 tiles then fit a laptop's screen.
_TILE = 132
_BORDER = 4
_GAP = 12
_LINE = 17
_MARGIN = 28
_ROW = _TILE + 2 * _LINE + 14
_HEAD = 84
_TREND = 40
HITS_A_SEED = 8


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One post.

    Attributes:
        picture: RGB (h, w, 3); None where nothing could be decoded.
        head: Below the picture.
        aside: To the right of the head, smaller.
        foot: Below both, smaller.
        colour: Of the border.
    """

    picture: Picture | None
    head: str
    aside: str = ""
    foot: str
    colour: Colour


@dataclass(frozen=True, kw_only=True)
class Row:
    """A seed with its hits, best first.

    Attributes:
        seed: The seed.
        hits: At most `HITS_A_SEED`.
        more: Hits that have no place.
    """

    seed: Tile
    hits: Sequence[Tile]
    more: int = 0


@dataclass(frozen=True, kw_only=True)
class Section:
    """A trend.

    Attributes:
        title: Above its rows.
        note: Beside the title.
        rows: A seed each.
    """

    title: str
    note: str
    rows: Sequence[Row]


def draw_sheet(title: str, note: str, sections: Sequence[Section]) -> Image.Image:
    """Return the contact sheet.

    Args:
        title: Above all.
        note: Below the title.
        sections: A trend each.
    """
    width = 2 * _MARGIN + (1 + HITS_A_SEED) * (_TILE + _GAP) + 2 * _GAP
    height = _HEAD + sum(_TREND + _ROW * len(section.rows) for section in sections) + _MARGIN
    sheet = Image.new("RGB", (width, height), _GROUND)
    pen = ImageDraw.Draw(sheet)
    pen.text((_MARGIN, 18), title, _BRIGHT, _font(24))
    pen.text((_MARGIN, 50), note, _DIM, _font(14))
    _legend(pen, width)
    top = _HEAD
    for section in sections:
        _draw_title(pen, section, top, width)
        top += _TREND
        for row in section.rows:
            _draw_row(sheet, pen, row, top)
            top += _ROW
    return sheet


def _legend(pen: ImageDraw.ImageDraw, width: int) -> None:
    left = width - _MARGIN
    for colour, name in (
        (FALSE_COLOUR, "hit, not of the trend"),
        (TRUE_COLOUR, "hit of the trend"),
        (SEED_COLOUR, "seed"),
    ):
        left -= round(pen.textlength(name, _font(14))) + 22
        pen.rectangle((left, 24, left + 13, 37), outline=colour, width=_BORDER)
        pen.text((left + 19, 22), name, _BRIGHT, _font(14))
        left -= 16


def _draw_title(pen: ImageDraw.ImageDraw, section: Section, top: int, width: int) -> None:
    pen.line((_MARGIN, top + 2, width - _MARGIN, top + 2), _EMPTY, 1)
    pen.text((_MARGIN, top + 11), section.title, _BRIGHT, _font(17))
    left = _MARGIN + round(pen.textlength(section.title, _font(17))) + 16
    pen.text((left, top + 14), section.note, _DIM, _font(14))


def _draw_row(sheet: Image.Image, pen: ImageDraw.ImageDraw, row: Row, top: int) -> None:
    _draw_tile(sheet, pen, row.seed, _MARGIN, top)
    left = _MARGIN + _TILE + 3 * _GAP
    for tile in row.hits:
        _draw_tile(sheet, pen, tile, left, top)
        left += _TILE + _GAP
    if not row.hits:
        pen.text((left, top + _TILE // 2 - 8), "nothing was nearest to this seed", _DIM, _font(14))
    elif row.more:
        pen.text((sheet.width - _MARGIN, top + _TILE + _LINE + 6), f"and {row.more} more", _DIM, _font(12), anchor="rt")


def _draw_tile(sheet: Image.Image, pen: ImageDraw.ImageDraw, tile: Tile, left: int, top: int) -> None:
    pen.rectangle((left, top, left + _TILE - 1, top + _TILE - 1), _EMPTY, tile.colour, _BORDER)
    inner = _TILE - 2 * _BORDER
    if tile.picture is not None:
        picture = Image.fromarray(tile.picture)
        picture.thumbnail((inner, inner), Image.Resampling.LANCZOS)
        place = (left + (_TILE - picture.width) // 2, top + (_TILE - picture.height) // 2)
        sheet.paste(picture, place)
    below = top + _TILE + 5
    pen.text((left, below), tile.head, _BRIGHT, _font(15))
    pen.text((left + _TILE, below + 3), tile.aside, _DIM, _font(12), anchor="rt")
    pen.text((left, below + _LINE), _cut(pen, tile.foot, 12), _DIM, _font(12))


def _cut(pen: ImageDraw.ImageDraw, text: str, size: int) -> str:
    """Return as much of a text as a tile is wide."""
    cut = text
    while pen.textlength(cut, _font(size)) > _TILE and len(cut) > 1:
        cut = cut[:-2].rstrip("…") + "…"
    return cut


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return Pillow's own font, which every machine has."""
    return ImageFont.load_default(size)

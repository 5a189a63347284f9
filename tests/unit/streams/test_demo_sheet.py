"""The contact sheet can be looked at."""

import numpy as np

from streams.demo.sheet import (
    FALSE_COLOUR,
    HITS_A_SEED,
    SEED_COLOUR,
    TRUE_COLOUR,
    Colour,
    Row,
    Section,
    Tile,
    draw_sheet,
)


def _tile(colour: Colour, *, shape: tuple[int, int, int] | None = (224, 126, 3)) -> Tile:
    picture = None if shape is None else np.full(shape, 200, dtype=np.uint8)
    return Tile(picture=picture, head="0.900", aside="post-0001", foot="a very long caption " * 5, colour=colour)


def test_every_tile_has_its_place_and_its_colour() -> None:
    """Green for what is right, red for what is not, blue for the seed; wide, tall, missing pictures all fit."""
    hits = [_tile(TRUE_COLOUR, shape=(126, 224, 3)), *[_tile(FALSE_COLOUR)] * (HITS_A_SEED - 1)]
    rows = [Row(seed=_tile(SEED_COLOUR), hits=hits, more=3), Row(seed=_tile(SEED_COLOUR, shape=None), hits=[])]

    one = draw_sheet("title", "note", [Section(title="t1", note="", rows=rows[:1])])
    two = draw_sheet("title", "note", [Section(title="t1", note="", rows=rows)])

    assert two.height > one.height
    assert two.width == one.width
    pixels = np.asarray(two)[80:]  # below the legend
    border = 4 * 4 * (132 - 4)
    counts = [int((pixels == colour).all(axis=2).sum()) for colour in (SEED_COLOUR, TRUE_COLOUR, FALSE_COLOUR)]
    assert counts == [2 * border, border, (HITS_A_SEED - 1) * border]

"""What a scene needs to know to be drawn."""

from dataclasses import dataclass

from encoders.corpus.factors import Motion, Palette, Shape, Slogan
from encoders.corpus.motifs import COMPANIES, Script
from encoders.corpus.palettes import COLOURS, Colours
from encoders.corpus.programme import Programme


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The visible part of a programme or a script.

    Attributes:
        shape: The outline of the object.
        motion: How it moves.
        colours: Of ground, object and band.
        slogan: The words on the band.
        mark: What is drawn on the object; None for nothing.
        company: How many objects move, evenly apart in their cycle.
    """

    shape: Shape
    motion: Motion
    colours: Colours
    slogan: str
    mark: Shape | None = None
    company: int = 1


def look_of(programme: Programme) -> Look:
    """Return the look of a programme."""
    return Look(
        shape=programme.shape,
        motion=programme.motion,
        colours=COLOURS[programme.palette],
        slogan=programme.slogan.value,
    )


def look_of_script(script: Script) -> Look:
    """Return the look of a script."""
    under, over = COLOURS[Palette(script.palette.head)], COLOURS[Palette(script.palette.detail)]
    return Look(
        shape=Shape(script.shape.head),
        motion=Motion(script.motion.head),
        colours=Colours(under.dark, under.light, over.fill, over.accent),
        slogan=f"{Slogan[script.slogan.head].value} {script.slogan.detail}",
        mark=Shape(script.shape.detail),
        company=COMPANIES[script.motion.detail],
    )

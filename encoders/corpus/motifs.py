"""The values of the latent factors on two levels: a head, which a family shares, with a detail, which is a leaf's own.

| factor | head | detail |
|---|---|---|
| shape | the outline of the object | the mark drawn on it |
| motion | how it moves | how many move |
| palette | the colours of the ground | the colours of the object |
| slogan | its first words | its last words |
| sound | the pattern | the pattern that answers it |
| wording | what the caption is about | the thing that it speaks of |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from encoders.corpus.factors import Motion, Palette, Shape, Slogan, Sound, Wording
from encoders.corpus.palettes import COLOURS, Colour
from encoders.corpus.sayings import THINGS

SLOGAN_ENDINGS = ("BY DAWN", "IN SOCKS", "ON CAM", "WITH MUM", "BLINDFOLD", "FOR CASH", "AT SCHOOL", "ALL NIGHT")
COMPANIES: Mapping[str, int] = MappingProxyType({"solo": 1, "pair": 2, "trio": 3})
# Colours nearer than this (Euclid, RGB in 0..255) leave an object that cannot be told from its ground.
_LEAST_CONTRAST = 110.0


class Motif(NamedTuple):
    """One value of one factor.

    Attributes:
        head: What its family shares.
        detail: What is its own.
    """

    head: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One motif for each latent factor: what a post shows, sounds like and says."""

    shape: Motif
    motion: Motif
    palette: Motif
    slogan: Motif
    sound: Motif
    wording: Motif

    def motif(self, factor: str) -> Motif:
        """Return the motif of a factor by its name."""
        value: Motif = getattr(self, factor)
        return value


def _far(one: Colour, other: Colour) -> bool:
    return float(np.linalg.norm(np.subtract(one, other))) >= _LEAST_CONTRAST


def _palettes() -> tuple[Motif, ...]:
    """Return the pairs of ground and object that can be told apart."""
    kept = []
    for ground, object_ in product(Palette, Palette):
        under, over = COLOURS[ground], COLOURS[object_]
        if all(_far(over.fill, tone) for tone in (under.dark, under.light)):
            kept.append(Motif(ground.value, object_.value))
    return tuple(kept)


MOTIFS: Mapping[str, tuple[Motif, ...]] = MappingProxyType(
    {
        "shape": tuple(Motif(one.value, mark.value) for one, mark in product(Shape, Shape) if one is not mark),
        "motion": tuple(Motif(one.value, company) for one, company in product(Motion, COMPANIES)),
        "palette": _palettes(),
        "slogan": tuple(Motif(one.name, ending) for one, ending in product(Slogan, SLOGAN_ENDINGS)),
        "sound": tuple(Motif(one.value, answer.value) for one, answer in product(Sound, Sound) if one is not answer),
        "wording": tuple(Motif(one.value, thing) for one, thing in product(Wording, THINGS)),
    }
)
"""Every motif of each factor, in the order of the vocabularies."""

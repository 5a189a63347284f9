"""A programme: one value for each latent factor, which is what a trend is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum

import numpy as np

from encoders.corpus.factors import VOCABULARIES, Motion, Palette, Shape, Slogan, Sound, Wording

# A post that shares more with a trend is of its kind: of six factors at least three must differ.
LEAST_DISTANCE = 3
# Draws before a set of programmes is given up; the vocabularies need one or two for 25 trends.
_MOST_DRAWS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """One value for each latent factor."""

    shape: Shape
    motion: Motion
    palette: Palette
    slogan: Slogan
    sound: Sound
    wording: Wording

    def differing(self, other: "Programme") -> tuple[str, ...]:
        """Return the names of the factors in which the two differ, in the order of the fields."""
        return tuple(name for name in FACTORS if getattr(self, name) != getattr(other, name))


FACTORS = tuple(field.name for field in fields(Programme))


def draw_apart(count: int, rng: np.random.Generator) -> tuple[Programme, ...]:
    """Draw programmes that are far from each other, as trends are.

    Each factor walks through shuffled rounds of its vocabulary, so a value returns only when all were used.

    Args:
        count: How many; at least 1.
        rng: Where chance comes from.

    Returns:
        The programmes; any two differ in at least `LEAST_DISTANCE` factors, in all six while no vocabulary is used up.

    Raises:
        ValueError: So many programmes do not fit apart.
    """
    for _ in range(_MOST_DRAWS):
        columns = {name: _rounds(values, count, rng) for name, values in VOCABULARIES.items()}
        drawn = [_programme({name: column[row] for name, column in columns.items()}) for row in range(count)]
        if all(_is_far(one, drawn[:place]) for place, one in enumerate(drawn)):
            return tuple(drawn)
    raise ValueError(f"{count} trends do not fit apart in these vocabularies")


def draw_far(trends: Sequence[Programme], rng: np.random.Generator) -> Programme:
    """Draw one programme that differs from each trend in at least `LEAST_DISTANCE` factors.

    Args:
        trends: The programmes to stay away from.
        rng: Where chance comes from.

    Returns:
        A background programme; it may share up to three factors with a trend.

    Raises:
        ValueError: No such programme was found.
    """
    for _ in range(_MOST_DRAWS):
        drawn = _programme({name: values[int(rng.integers(len(values)))] for name, values in VOCABULARIES.items()})
        if _is_far(drawn, trends):
            return drawn
    raise ValueError(f"no programme is far from all {len(trends)} trends")


def flip(programme: Programme, factor: str, rng: np.random.Generator) -> Programme:
    """Return the programme with another value in exactly one factor.

    Args:
        programme: Where to start.
        factor: One of `FACTORS`.
        rng: Where chance comes from.

    Returns:
        A programme whose `differing` to the given one is that factor alone.
    """
    others = [value for value in VOCABULARIES[factor] if value != getattr(programme, factor)]
    changed: dict[str, StrEnum] = {factor: others[int(rng.integers(len(others)))]}
    return _programme({name: changed.get(name, getattr(programme, name)) for name in FACTORS})


def _rounds(values: Sequence[StrEnum], count: int, rng: np.random.Generator) -> list[StrEnum]:
    """Return `count` values out of shuffled rounds of the vocabulary."""
    column: list[StrEnum] = []
    while len(column) < count:
        column.extend(values[int(place)] for place in rng.permutation(len(values)))
    return column[:count]


def _is_far(programme: Programme, others: Sequence[Programme]) -> bool:
    return all(len(programme.differing(other)) >= LEAST_DISTANCE for other in others)


def _programme(values: Mapping[str, str]) -> Programme:
    return Programme(
        shape=Shape(values["shape"]),
        motion=Motion(values["motion"]),
        palette=Palette(values["palette"]),
        slogan=Slogan(values["slogan"]),
        sound=Sound(values["sound"]),
        wording=Wording(values["wording"]),
    )

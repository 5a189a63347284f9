"""What is measured of a suite."""

from dataclasses import dataclass

BATCHES = (1, 2, 4, 8, 16, 32)


@dataclass(frozen=True, kw_only=True, slots=True)
class EncodeRequest:
    """What is measured.

    Attributes:
        suite: Name or folder; of no meaning with `untrained`.
        untrained: Recipes whose towers are measured with random weights; empty for `suite`.
        videos: Encoded in each pass.
        rounds: Of passes over every batch and runtime; medians count.
        positives: Of each development trend; 8 or more.
        seed: Root of all chance.
        batches: Videos encoded at once.
    """

    suite: str
    untrained: tuple[str, ...] = ()
    videos: int = 48
    rounds: int = 3
    positives: int = 14
    seed: int = 7
    batches: tuple[int, ...] = BATCHES

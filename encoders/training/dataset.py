"""The posts that a run learns from: samples with leaves, drawn when they are asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from encoders.samples import Samples
from encoders.training.losses import UNLABELLED


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where posts come from, as a card must say it.

    Attributes:
        source: In words.
        digest: SHA-256 in hex over all that decides what is learned from.
        licences: Of what is learned from, sorted.
    """

    source: str
    digest: str
    licences: tuple[str, ...]


class Posts:
    """Posts by row."""

    def __init__(
        self,
        labels: Sequence[int],
        draw: Callable[[int], Samples],
        origin: Origin,
        *,
        aspects: Mapping[str, Sequence[int]] | None = None,
        names: Mapping[str, Sequence[str]] | None = None,
        keep: bool = True,
    ) -> None:
        """Keep the plan; nothing is drawn yet.

        Args:
            labels: The leaf of each row, counted from 0, or `UNLABELLED`.
            draw: Gives the samples of a row, the same ones whenever it is asked.
            origin: Of all of them.
            aspects: The label of each row in each aspect, counted from 0, or `UNLABELLED`.
            names: What the labels of each aspect mean, in the order in which they are counted.
            keep: Whether what was drawn is kept; not where drawing is only reading.
        """
        self.labels = tuple(labels)
        self.origin = origin
        self.leaves = max(self.labels, default=UNLABELLED) + 1
        self.aspects = {name: tuple(of) for name, of in (aspects or {}).items()}
        self.names = {name: tuple(of) for name, of in (names or {}).items()}
        self._draw = draw
        self._keep = keep
        self._drawn: dict[int, Samples] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.labels)

    def classes(self, aspect: str) -> int:
        """Return how many labels an aspect has; 0 where no post has one."""
        return max(self.aspects.get(aspect, ()), default=UNLABELLED) + 1

    def samples(self, row: int) -> Samples:
        """Return what a post says, one sample a modality; none of a modality that it lacks."""
        if not self._keep:
            return self._draw(row)
        if row not in self._drawn:
            self._drawn[row] = self._draw(row)
        return self._drawn[row]

"""What comes out of a search: neighbors, alone or as all that lie above a score."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Neighbor:
    """One stored key with its score against a searched vector.

    Attributes:
        key: The key under which the vector was inserted.
        score: Cosine in [-1, 1] as `index.vectors.cosines` computes it; higher is nearer.
    """

    key: str
    score: float

    def rank(self) -> tuple[float, str]:
        """Return the sort key of all neighbor lists: best score first, then the key."""
        return (-self.score, self.key)


@dataclass(frozen=True, slots=True)
class Above:
    """The neighbors of one searched vector at or above a score.

    Attributes:
        neighbors: At most `limit` neighbors, best first.
        cut: More neighbors at or above the score were found than the limit let through.
        complete: It is proven that no neighbor at or above the score is missing. A graph proves
            nothing by itself: only an answer that was not cut and for which every stored vector
            was judged is complete.
        missing: About how many neighbors at or above the score are not in `neighbors`: those that
            were found, then cut off, with what graphs miss by `index.coverage.Coverage.missing`;
            0.0 if the answer is complete.
    """

    neighbors: list[Neighbor]
    cut: bool
    complete: bool
    missing: float = 0.0

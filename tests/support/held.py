"""What is held, listed: the obvious thing to pass over."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from index import Rows


@dataclass(slots=True)
class Listed:
    """Keys with their vectors, of which a pass takes those of the moment it is asked for."""

    dimension: int
    vectors: dict[str, NDArray[np.float16]] = field(default_factory=dict)
    width: int = 1000
    sweeps: int = 0

    def sweep(self) -> Iterator[Rows]:
        """Yield `width` keys at a time, less what is gone or replaced."""
        self.sweeps += 1
        return self._swept(list(self.vectors.items()))

    def _swept(self, held: list[tuple[str, NDArray[np.float16]]]) -> Iterator[Rows]:
        for start in range(0, len(held), self.width):
            left = [(k, v) for k, v in held[start : start + self.width] if self.vectors.get(k) is v]
            if left:
                yield Rows([key for key, _ in left], np.stack([vector for _, vector in left]))

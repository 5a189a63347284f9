"""The vectors of held videos: one index a model, which is given them some at a time."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from index import Census, IndexCut, Rows, SegmentedIndex
from streams.policy import VectorSet, rows_of

MakeIndex = Callable[[int], SegmentedIndex]

# Vectors that enter an index together: its checks cost as much for one as for some hundred.
_TOGETHER = 256
# From so many on that leave a model by age at once, the index looks for them itself, segment by segment.
_MANY = 1_000
_NOTHING = Rows([], np.empty((0, 1), dtype=np.float16))


class HeldVectors:
    """What each model says of each held video; changed by one message at a time, `maintain` and `census` apart.

    Vectors wait here until there are some, or somebody searches: a run of messages is one insert.
    """

    def __init__(self, make_index: MakeIndex) -> None:
        self._make_index = make_index
        self._indexes: Mapping[str, SegmentedIndex] = {}
        self._waiting: dict[str, dict[str, tuple[VectorSet, float]]] = {}
        self._counts: Counter[str] = Counter()

    def count(self, model_id: str) -> int:
        """Return how many videos have vectors of a model."""
        return self._counts[model_id]

    def models(self) -> list[str]:
        """Return the models of which there are vectors."""
        return sorted(model_id for model_id, count in self._counts.items() if count)

    def put(self, model_id: str, video_id: str, vectors: VectorSet, at: float) -> None:
        """Take the vectors of a video that has none of this model; `at` is when it was received, in seconds."""
        waiting = self._waiting.setdefault(model_id, {})
        waiting[video_id] = (vectors, at)
        self._counts[model_id] += 1
        if len(waiting) >= _TOGETHER:
            self._insert(model_id)

    def drop(self, model_id: str, video_ids: Sequence[str], before: float | None = None) -> None:
        """Forget the vectors of videos that have some; with `before` they are all those received earlier."""
        waiting = self._waiting.get(model_id, {})
        inserted = [v for v in video_ids if waiting.pop(v, None) is None]
        self._counts[model_id] -= len(video_ids)
        if before is not None and len(inserted) >= _MANY:
            self._indexes[model_id].expire(before)
        elif inserted:
            self._indexes[model_id].remove(inserted)

    def rows(self, model_id: str, video_ids: Sequence[str]) -> Rows:
        """Return the vectors of videos, in the order asked; those without the model are left out."""
        waiting = self._waiting.get(model_id, {})
        if all(v in waiting for v in video_ids):
            return rows_of([(v, waiting[v][0]) for v in video_ids])
        index = self.index(model_id)
        return index.gather(video_ids) if index is not None else _NOTHING

    def sweep(self, model_id: str, rows: int) -> Iterator[Rows]:
        """Return an iterator over all vectors of a model held at this call, in blocks.

        What is edited or leaves before its block is drawn is left out; what comes later is not in it.
        """
        index = self.index(model_id)
        return index.sweep(rows) if index is not None else iter(())

    def index(self, model_id: str) -> SegmentedIndex | None:
        """Return the index of a model with all that is held in it; None before its first video."""
        self._insert(model_id)
        return self._indexes.get(model_id)

    def maintain(self) -> bool:
        """Do a bounded step of an index's upkeep; return whether there is more. Safe beside everything else."""
        return any(index.maintain() for index in self._indexes.values())

    def census(self) -> dict[str, Census]:
        """Return what the index of each model holds. Safe beside everything else."""
        return {model_id: index.census() for model_id, index in self._indexes.items()}

    def cut(self) -> dict[str, IndexCut]:
        """Return the index of each model as it is now, with all that is held in it."""
        for model_id in list(self._waiting):
            self._insert(model_id)
        return {model_id: index.cut() for model_id, index in self._indexes.items()}

    def adopt(self, indexes: Mapping[str, IndexCut], counts: Mapping[str, int], step: Callable[[], None]) -> None:
        """Become, while still empty, what was cut, with so many videos of each model; `step` is told in between."""
        for model_id, cut in indexes.items():
            params = self._make_index(cut.dimension).params
            self._indexes = {**self._indexes, model_id: SegmentedIndex.restored(cut, params)}
            step()
        self._counts = Counter(counts)

    def _insert(self, model_id: str) -> None:
        waiting = self._waiting.pop(model_id, None)
        if not waiting:
            return
        rows = rows_of([(video_id, vectors) for video_id, (vectors, _) in waiting.items()])
        index = self._indexes.get(model_id)
        if index is None:
            index = self._make_index(rows.fused.shape[1])
            self._indexes = {**self._indexes, model_id: index}  # replaced, never changed: others read it beside this
        index.insert(rows.keys, rows.fused, [at for _, at in waiting.values()], rows.parts)

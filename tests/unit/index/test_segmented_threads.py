"""Searches from several threads while one inserts, edits, removes, expires, and another seals and merges."""

import threading
from collections.abc import Callable

import numpy as np

from index import HnswParams, Neighbor, SegmentedIndex, SegmentParams
from tests.contracts.vector_index import keys_of, oracle, random_vectors

PARAMS = SegmentParams(delta_limit=64, segment_limit=512, merge_width=3, graph=HnswParams(ef_search=128, scan_below=0))
STABLE = random_vectors(200, seed=1)
STABLE_KEYS = [f"s{row:03}" for row in range(len(STABLE))]
PASSING = random_vectors(1600, seed=2)
READERS = 3
FOREVER = 1e9


class Play:
    """One index with what its threads tell each other; an error of any thread ends them all."""

    def __init__(self) -> None:
        self.index = SegmentedIndex(16, PARAMS)
        self.gone: list[str] = []  # keys that never come back, in the order in which they went
        self.over = threading.Event()
        self.errors: list[BaseException] = []
        self.searches = 0
        self.sweeps = 0

    def until_over(self, act: Callable[[np.random.Generator], None], seed: int) -> None:
        """Repeat an act; the body of a thread."""
        random = np.random.default_rng(seed)
        try:
            while not self.over.is_set():
                act(random)
        except BaseException as error:  # noqa: BLE001  # the main thread raises it again
            self.errors.append(error)
            self.over.set()

    def read(self, random: np.random.Generator) -> None:
        """What is held all the time is found; what had gone before the search is not."""
        gone = set(self.gone[:])
        rows = random.integers(0, len(STABLE), 4)
        answers = self.index.search(STABLE[rows], k=20)
        for row, found in zip(rows, answers, strict=True):
            assert found[0] == Neighbor(STABLE_KEYS[row], 1.0)
            self._check(found, gone)
        above = self.index.search_above(STABLE[rows[:1]], score=0.5, limit=500)[0]
        assert above.neighbors[0] == Neighbor(STABLE_KEYS[rows[0]], 1.0)
        self._check(above.neighbors, gone)
        self.searches += 1

    def sweep(self, random: np.random.Generator) -> None:
        """What is held all the time is told once, whole; nothing that had gone before its block was drawn."""
        told: list[str] = []
        sweep = self.index.sweep(rows=int(random.integers(8, 200)))
        gone = set(self.gone[:])
        for block in sweep:
            told += block.keys
            assert not gone & set(block.keys)
            gone = set(self.gone[:])
            for place, key in enumerate(block.keys):
                if key.startswith("s"):
                    assert np.array_equal(block.fused[place], STABLE[int(key[1:])])
        assert len(set(told)) == len(told)
        assert set(STABLE_KEYS) <= set(told)
        rows = random.integers(0, len(STABLE), 6)
        gathered = self.index.gather([STABLE_KEYS[row] for row in rows])
        assert np.array_equal(gathered.fused, STABLE[rows])
        self.sweeps += 1

    def maintain(self, _: np.random.Generator) -> None:
        """Seal and merge in small steps."""
        self.index.maintain(nodes=32)

    def _check(self, found: list[Neighbor], gone: set[str]) -> None:
        keys = keys_of(found)
        assert found == sorted(found, key=Neighbor.rank)
        assert len(set(keys)) == len(keys)
        assert not gone & set(keys)


def _write(play: Play) -> dict[str, int]:
    """Insert all that passes, edit and remove some, expire the old; return the row of what is left."""
    held: dict[str, int] = {}
    for start in range(0, len(PASSING), 20):
        keys = [f"p{row:04}" for row in range(start, start + 20)]
        play.index.insert(keys, PASSING[start : start + 20], [float(start)] * 20)
        held |= {key: start + offset for offset, key in enumerate(keys)}
        assert play.index.search(PASSING[start : start + 1], k=1)[0] == [Neighbor(keys[0], 1.0)]
        play.index.insert(keys[:3], PASSING[start + 5 : start + 8], [float(start)] * 3)
        held |= {key: start + 5 + offset for offset, key in enumerate(keys[:3])}
        gone = [*keys[15:], *([f"p{start - 300:04}"] if start >= 300 else [])]
        play.index.remove(gone)
        if start % 400 == 0:
            play.index.expire(start - 600.0)
            gone += [key for key in held if int(key[1:]) // 20 * 20 < start - 600]
        play.gone += gone
        held = {key: row for key, row in held.items() if key not in gone}
        if play.over.is_set():
            break
    return held


def test_searches_are_right_while_all_else_happens() -> None:
    """At the end the index holds what a dictionary would."""
    play = Play()
    play.index.insert(STABLE_KEYS, STABLE, [FOREVER] * len(STABLE))
    acts = [play.read] * READERS + [play.maintain, play.sweep]
    threads = [threading.Thread(target=play.until_over, args=(act, seed)) for seed, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    held = _write(play)
    play.over.set()
    for thread in threads:
        thread.join(timeout=60)
    if play.errors:
        raise play.errors[0]
    assert play.searches > 0
    assert play.sweeps > 0
    stored = dict(zip(STABLE_KEYS, STABLE, strict=True)) | {key: PASSING[row] for key, row in held.items()}
    assert len(play.index) == len(stored)
    assert all(np.array_equal(play.index.vectors([key])[0], vector) for key, vector in stored.items())
    while play.index.maintain():
        pass
    assert play.index.census().segments > 0
    assert play.index.search(STABLE[:1], k=10)[0] == oracle(stored, STABLE[0])[:10]

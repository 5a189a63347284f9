"""Tests of what a `SegmentedIndex` holds of each key: gathered by name, swept whole."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from index import BadCount, BadPart, HnswParams, NotFinite, Rows, SegmentedIndex, SegmentParams, WrongDimension
from tests.contracts.vector_index import random_vectors

PARAMS = SegmentParams(delta_limit=50, segment_limit=400, merge_width=3, graph=HnswParams(scan_below=0))
VECTORS = random_vectors(600, seed=1)
TEXTS = random_vectors(600, seed=2, dimension=4)
SOUNDS = random_vectors(600, seed=3, dimension=6)
KEYS = [f"v{row:03}" for row in range(600)]

Held = dict[str, tuple[NDArray[np.float16], dict[str, NDArray[np.float16]]]]


def _insert(index: SegmentedIndex, rows: range, held: Held) -> None:
    """Insert rows, of which every second has text, every third sound, and note them."""
    texts = [place for place, row in enumerate(rows) if row % 2 == 0]
    sounds = [place for place, row in enumerate(rows) if row % 3 == 0]
    parts: dict[str, tuple[Sequence[int] | NDArray[np.int64], NDArray[np.float16]]] = {
        "text": (texts, TEXTS[[rows[place] for place in texts]]),
        "audio": (np.array(sounds, dtype=np.int64), SOUNDS[[rows[place] for place in sounds]]),
    }
    index.insert([KEYS[row] for row in rows], VECTORS[rows.start : rows.stop], [float(row) for row in rows], parts)
    for row in rows:
        own = {"text": TEXTS[row]} if row % 2 == 0 else {}
        held[KEYS[row]] = (VECTORS[row], own | ({"audio": SOUNDS[row]} if row % 3 == 0 else {}))


def told(blocks: Sequence[Rows]) -> Held:
    """Return what blocks say of each key."""
    held: Held = {}
    for block in blocks:
        assert len(block.keys) == len(block.fused)
        for row, key in enumerate(block.keys):
            assert key not in held
            held[key] = (block.fused[row], {})
        for name, (rows, vectors) in block.parts.items():
            assert len(rows) == len(vectors) > 0
            assert (np.diff(rows) > 0).all()
            for row, vector in zip(rows, vectors, strict=True):
                held[block.keys[row]][1][name] = vector
    return held


def same(left: Held, right: Held) -> bool:
    """Return whether two tellings agree, to the last bit."""
    return left.keys() == right.keys() and all(
        np.array_equal(left[key][0], right[key][0])
        and left[key][1].keys() == right[key][1].keys()
        and all(np.array_equal(vector, right[key][1][name]) for name, vector in left[key][1].items())
        for key in left
    )


def _filled(maintained: bool) -> tuple[SegmentedIndex, Held]:
    index, held = SegmentedIndex(16, PARAMS), Held()
    for start in range(0, 420, 30):
        _insert(index, range(start, start + 30), held)
    while maintained and index.maintain(nodes=64):
        pass
    return index, held


@pytest.mark.parametrize("maintained", [False, True])
def test_a_sweep_tells_every_key_with_its_vectors(maintained: bool) -> None:
    """From delta, frozen deltas, segments; no block is larger than asked."""
    index, held = _filled(maintained)
    blocks = list(index.sweep(rows=32))
    assert all(0 < len(block) <= 32 for block in blocks)
    assert same(told(blocks), held)
    assert same(told(list(index.sweep())), held)


@pytest.mark.parametrize("maintained", [False, True])
def test_gathered_keys_come_in_the_order_asked(maintained: bool) -> None:
    """Unknown ones are left out; nothing gathers to nothing."""
    index, held = _filled(maintained)
    asked = [KEYS[400], "unknown", KEYS[3], KEYS[299], KEYS[0], KEYS[419]]
    found = index.gather(asked)
    assert list(found.keys) == [key for key in asked if key in held]
    assert same(told([found]), {key: held[key] for key in found.keys})
    assert index.gather(["unknown"]).fused.shape == (0, 16)


def test_a_sweep_leaves_out_what_went_or_changed_since_and_knows_nothing_newer() -> None:
    """Even where the segment it goes over was merged away meanwhile."""
    index, held = _filled(False)
    sweep = index.sweep(rows=16)
    first = next(sweep)
    index.remove([KEYS[100], KEYS[415]])
    while index.maintain(nodes=64):
        pass
    index.remove([KEYS[200], KEYS[416]])
    index.insert([KEYS[300], KEYS[417]], VECTORS[500:502])
    index.insert(["new"], VECTORS[502:503])
    index.expire(before=60.0)
    gone = {KEYS[row] for row in (100, 200, 300, 415, 416, 417)} | {KEYS[row] for row in range(60)}
    expected = {key: one for key, one in held.items() if key not in gone or key in first.keys}
    assert same(told([first, *sweep]), expected)


def test_an_edit_replaces_all_parts() -> None:
    """A video that lost its sound has none."""
    index = SegmentedIndex(16, PARAMS)
    _insert(index, range(6), Held())
    index.insert([KEYS[0]], VECTORS[9:10], [1.0], {"text": ([0], TEXTS[9:10])})
    assert same(told([index.gather([KEYS[0]])]), {KEYS[0]: (VECTORS[9], {"text": TEXTS[9]})})
    index.remove([KEYS[0]])
    assert len(index.gather([KEYS[0]])) == 0


def test_of_a_key_repeated_in_one_call_the_last_parts_stay() -> None:
    """As if they had come one by one; rows may come in any order."""
    index = SegmentedIndex(16, PARAMS)
    parts = {"text": ([2, 0], TEXTS[:2]), "audio": ([0], SOUNDS[:1])}
    index.insert(["a", "b", "a"], VECTORS[:3], None, parts)
    assert same(told(list(index.sweep())), {"a": (VECTORS[2], {"text": TEXTS[0]}), "b": (VECTORS[1], {})})


@pytest.mark.parametrize("rows", [[0, 0], [0, 3], [-1, 0], [0], [0, 1, 2], [[0], [1]], [0.0, 0.5], ["0", "1"]])
def test_bad_rows_of_a_part_are_refused_whole(rows: list[int]) -> None:
    """Not distinct rows of the batch, one a vector."""
    index = SegmentedIndex(16, PARAMS)
    with pytest.raises(BadPart):
        index.insert(KEYS[:3], VECTORS[:3], None, {"text": (rows, TEXTS[:2])})
    assert len(index) == 0


def test_bad_vectors_of_a_part_are_refused_whole() -> None:
    """The first part of a name fixes its dimension; a refused one fixes nothing."""
    index = SegmentedIndex(16, PARAMS)
    bad = TEXTS[:1].copy()
    bad[0, 0] = np.nan
    with pytest.raises(NotFinite):
        index.insert(KEYS[:1], VECTORS[:1], None, {"text": ([0], bad)})
    index.insert(KEYS[:1], VECTORS[:1], None, {"text": ([0], SOUNDS[:1])})
    with pytest.raises(WrongDimension):
        index.insert(KEYS[1:2], VECTORS[1:2], None, {"text": ([0], TEXTS[:1])})
    with pytest.raises(BadPart):
        index.insert(KEYS[1:2], VECTORS[1:2], None, {"": ([0], TEXTS[:1])})
    assert len(index) == 1


def test_a_sweep_of_no_rows_is_refused() -> None:
    """At the call, not at the first block."""
    with pytest.raises(BadCount):
        SegmentedIndex(16).sweep(rows=0)

"""Tests of which rows still count."""

import numpy as np

from index.live import Live


def _live() -> Live:
    return Live.whole(["a", "b", "c"], np.array([0, 1, 0], dtype=np.int32), 2)


def test_all_rows_count_at_first() -> None:
    """Rows by key, how many each vector has."""
    live = _live()
    assert (len(live), live.total, live.gone, live.vectors) == (3, 3, 0, 2)
    assert [live.row(key) for key in ("a", "b", "c", "d", 7)] == [0, 1, 2, None, None]
    assert live.left.tolist() == [2, 1]
    assert "a" in live
    assert "d" not in live


def test_a_removed_key_has_no_row() -> None:
    """Once; unknown or repeated keys count for nothing; a vector without rows is told."""
    live = _live()
    assert live.remove(["b", "b", "unknown"]) == 1
    assert live.remove(["b"]) == 0
    assert (len(live), live.gone, live.vectors, live.row("b")) == (2, 1, 1, None)
    assert live.mask.tolist() == [True, False, True]
    assert live.held() == ["a", "c"]


def test_a_key_that_is_appended_again_has_its_newest_row() -> None:
    """The older row is gone, the vector may be new."""
    live = _live()
    live.append(["b", "d"], np.array([2, 0], dtype=np.int32), 3)
    assert [live.row(key) for key in ("b", "d")] == [3, 4]
    assert live.mask.tolist() == [True, False, True, True, True]
    assert live.left.tolist() == [3, 0, 1]
    assert (len(live), live.vectors) == (4, 2)


def test_rows_are_dropped_by_number() -> None:
    """Those that are gone already do not count again."""
    live = _live()
    assert live.drop(np.array([0, 2])) == 2
    assert live.drop(np.array([0, 1])) == 1
    assert (len(live), live.vectors) == (0, 0)

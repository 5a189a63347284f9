"""Tests of the map between keys and rows."""

from index.keymap import KeyMap


def test_new_keys_take_the_next_rows_known_keys_keep_theirs() -> None:
    """A replaced key writes into its own row."""
    keys = KeyMap()
    assert keys.missing(["a", "b", "a"]) == 2
    assert keys.assign(["a", "b"]) == [0, 1]
    assert keys.assign(["b", "c", "a"]) == [1, 2, 0]
    assert keys.missing(["a", "d"]) == 1
    assert len(keys) == 3
    assert "c" in keys
    assert [keys.key(row) for row in range(3)] == ["a", "b", "c"]


def test_the_last_key_fills_the_gap_of_a_removed_one() -> None:
    """Rows stay without gaps, so that a block can be scanned whole."""
    keys = KeyMap()
    keys.assign(["a", "b", "c"])
    assert keys.remove("a") == (0, 2)
    assert keys.key(0) == "c"
    assert keys.assign(["c"]) == [0]
    assert keys.remove("b") == (1, 1)
    assert keys.remove("b") is None
    assert keys.remove("c") == (0, 0)
    assert len(keys) == 0

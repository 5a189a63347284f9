"""Which key stands in which row of a dense block."""

from collections.abc import Iterable, Sequence


class KeyMap:
    """A two-way map between str keys and the rows 0 .. n-1, without gaps.

    Not safe for use by several threads at once.
    """

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._rows: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def key(self, row: int) -> str:
        """Return the key that stands in a row.

        Raises:
            IndexError: There is no such row.
        """
        return self._keys[row]

    def missing(self, keys: Iterable[str]) -> int:
        """Return how many distinct keys of `keys` have no row."""
        return len(set(keys).difference(self._rows))

    def assign(self, keys: Sequence[str]) -> list[int]:
        """Return the row of each key; a new key takes the next free row."""
        return [self._assign(key) for key in keys]

    def remove(self, key: str) -> tuple[int, int] | None:
        """Forget a key; the key of the last row moves into the gap.

        Returns:
            (gap, last): the row that became free, which now belongs to what stood in row `last`;
            they are equal if the key itself stood last. None if the key is unknown.
        """
        gap = self._rows.pop(key, None)
        if gap is None:
            return None
        last_key = self._keys.pop()
        last = len(self._keys)
        if gap != last:
            self._keys[gap] = last_key
            self._rows[last_key] = gap
        return gap, last

    def _assign(self, key: str) -> int:
        row = self._rows.setdefault(key, len(self._keys))
        if row == len(self._keys):
            self._keys.append(key)
        return row

"""Members by group, as two flat arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Groups:
    """The members of groups 0 .. g-1.

    Attributes:
        starts: (g + 1,) int32, where the members of each group begin; the last value is their number.
        members: (n,) int32, group after group.
    """

    starts: NDArray[np.int32]
    members: NDArray[np.int32]

    @classmethod
    def of(cls, group_of: NDArray[np.int32], groups: int, order: NDArray[np.int64] | None = None) -> "Groups | None":
        """Return the members of each group, or None if each has one, of its own number.

        Args:
            group_of: (n,) int32, the group of each member 0 .. n-1.
            groups: How many there are; none is empty.
            order: A permutation of the members, the order within each group; ascending if left out.
        """
        if len(group_of) == groups and (group_of == np.arange(groups)).all():
            return None
        within = np.arange(len(group_of)) if order is None else order
        members = within[np.argsort(group_of[within], kind="stable")].astype(np.int32)
        starts = np.zeros(groups + 1, dtype=np.int32)
        np.cumsum(np.bincount(group_of, minlength=groups), out=starts[1:])
        return cls(starts, members)

    def one(self, group: int) -> NDArray[np.int32]:
        """Return the members of one group, a view."""
        return self.members[self.starts[group] : self.starts[group + 1]]

    def group_of(self) -> NDArray[np.int32]:
        """Return the group of each member, (n,) int32."""
        group_of = np.empty(len(self.members), dtype=np.int32)
        group_of[self.members] = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        return group_of

    def first(self, groups: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the first member of each of several groups."""
        first: NDArray[np.int64] = self.members[self.starts[groups]].astype(np.int64)
        return first

    def all(self, groups: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return all members of several groups, group after group."""
        return self._between(self.starts[groups].astype(np.int64), self.starts[groups + 1])

    def rest(self, groups: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return all members but the first of several groups, group after group."""
        return self._between(self.starts[groups].astype(np.int64) + 1, self.starts[groups + 1])

    def sorted_by(self, names: Sequence[str]) -> "Groups":
        """Return the same groups, each in the order of its members' names."""
        members = self.members.copy()
        for group in np.flatnonzero(np.diff(self.starts) > 1):
            start, end = self.starts[group], self.starts[group + 1]
            members[start:end] = sorted(members[start:end].tolist(), key=names.__getitem__)
        return Groups(self.starts, members)

    def _between(self, starts: NDArray[np.int64], ends: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the members from each start up to its end."""
        sizes = ends - starts
        before = np.cumsum(sizes) - sizes
        members: NDArray[np.int64] = self.members[np.arange(sizes.sum()) + np.repeat(starts - before, sizes)].astype(
            np.int64
        )
        return members

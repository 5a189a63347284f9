"""Tests of members by group."""

import numpy as np

from index.groups import Groups

GROUP_OF = np.array([0, 1, 0, 2, 1, 0], dtype=np.int32)


def _groups() -> Groups:
    groups = Groups.of(GROUP_OF, 3)
    assert groups is not None
    return groups


def test_members_stand_group_after_group() -> None:
    """Ascending within each."""
    groups = _groups()
    assert [groups.one(group).tolist() for group in range(3)] == [[0, 2, 5], [1, 4], [3]]
    assert groups.group_of().tolist() == GROUP_OF.tolist()


def test_several_groups_give_their_first_members_and_the_rest() -> None:
    """In the order asked."""
    groups = _groups()
    some = np.array([2, 0, 1])
    assert groups.first(some).tolist() == [3, 0, 1]
    assert groups.all(some).tolist() == [3, 0, 2, 5, 1, 4]
    assert groups.rest(some).tolist() == [2, 5, 4]
    assert groups.rest(some[:1]).tolist() == []
    assert groups.rest(some[:0]).tolist() == []


def test_where_each_is_alone_there_is_nothing_to_keep() -> None:
    """Most segments have no copies at all; another numbering is kept."""
    assert Groups.of(np.arange(4, dtype=np.int32), 4) is None
    turned = Groups.of(np.array([1, 0], dtype=np.int32), 2)
    assert turned is not None
    assert turned.members.tolist() == [1, 0]


def test_members_are_sorted_by_name_within_their_group() -> None:
    """The groups stay; so does the value that was sorted."""
    groups = _groups()
    named = groups.sorted_by(["f", "e", "d", "c", "b", "a"])
    assert [named.one(group).tolist() for group in range(3)] == [[5, 2, 0], [4, 1], [3]]
    assert groups.one(0).tolist() == [0, 2, 5]

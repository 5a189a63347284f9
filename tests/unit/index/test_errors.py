"""Tests of what the errors of the index say."""

import copy

import pytest

from index import BadCount, BadKey, NotFinite, VectorIndexError, WrongDimension


def test_the_docstring_is_the_message() -> None:
    """An error without facts says its docstring."""
    assert str(VectorIndexError()) == "The index refused the request."


def test_facts_are_attributes_that_follow_the_message() -> None:
    """A reader of the log learns what was found; a program asks the attribute."""
    error = WrongDimension(512, (3, 256))
    assert (error.expected, error.shape) == (512, (3, 256))
    assert str(error) == ("The vectors are not rows of the dimension of the index. (expected=512, shape=(3, 256))")


@pytest.mark.parametrize("error", [NotFinite(3), BadKey(1, "", 128), BadCount("k", 0)])
def test_every_error_hangs_on_the_one_root_with_its_facts_when_copied(
    error: VectorIndexError,
) -> None:
    """An error that crosses to another thread or process keeps what it knows."""
    twin = copy.copy(error)
    assert isinstance(twin, VectorIndexError)
    assert str(twin) == str(error)

"""Tests of the parameters of a graph."""

from dataclasses import FrozenInstanceError

import pytest

from index import BadParameter, HnswParams


def test_the_defaults_are_valid() -> None:
    """Nobody has to know the paper to make an index."""
    assert HnswParams() == HnswParams(m=16, ef_construction=200, ef_search=128)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"m": 1}, "m"),
        ({"m": 129}, "m"),
        ({"m": 2.0}, "m"),
        ({"m": 32, "ef_construction": 31}, "ef_construction"),
        ({"ef_search": 0}, "ef_search"),
        ({"ef_search": True}, "ef_search"),
        ({"initial_capacity": 0}, "initial_capacity"),
        ({"scan_below": -1}, "scan_below"),
    ],
)
def test_values_out_of_range_are_refused_by_name(values: dict[str, int], name: str) -> None:
    """A typing mistake in a setting is told before the graph is built with it."""
    with pytest.raises(BadParameter) as refused:
        HnswParams(**values)
    assert refused.value.name == name
    assert refused.value.value == values[name]


def test_parameters_do_not_change() -> None:
    """A graph that is built keeps the parameters it was built with."""
    with pytest.raises(FrozenInstanceError):
        HnswParams().m = 4  # type: ignore[misc]  # the point of the test

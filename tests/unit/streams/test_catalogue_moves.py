"""The table of moves between states is kept in both directions."""

import pytest

from streams.errors import RefusedError
from streams.wire.trend import State
from tests.support.catalogue import added, changed, declared, revoked, said, step

_LEGAL = {
    ("draft", "shadow"),
    ("draft", "live"),
    ("draft", "retired"),
    ("shadow", "draft"),
    ("shadow", "live"),
    ("shadow", "retired"),
    ("live", "shadow"),
    ("live", "retired"),
}
_STATES: tuple[State, ...] = ("draft", "shadow", "live", "retired")


@pytest.mark.parametrize("after", _STATES)
@pytest.mark.parametrize("before", _STATES[:-1])
def test_a_move_is_accepted_exactly_if_the_table_has_it(before: State, after: State) -> None:
    """Staying is no move, so it is always fine."""
    catalogue = said(declared(state=before))

    if before == after or (before, after) in _LEGAL:
        assert step(catalogue, changed(2, state=after)).catalogue.by_id["t"].state == after
    else:
        with pytest.raises(RefusedError, match=f"state: cannot go from {before} to {after}; from {before} only to"):
            step(catalogue, changed(2, state=after))


@pytest.mark.parametrize("after", _STATES)
def test_nothing_changes_a_retired_trend(after: State) -> None:
    """Not even a change that would keep its state."""
    catalogue = said(declared(state="retired"))

    with pytest.raises(RefusedError, match="retired, which nothing can change"):
        step(catalogue, changed(2, state=after))


def test_no_seed_joins_a_retired_trend() -> None:
    """It would never be judged."""
    with pytest.raises(RefusedError, match="retired, no seed can join it"):
        step(said(declared(state="retired")), added())


def test_a_retired_trend_can_still_lose_a_seed() -> None:
    """Its kept actions fall with the seed that explains them (law 7)."""
    catalogue = said(declared(), added(), changed(2, state="retired"))

    assert not step(catalogue, revoked()).catalogue.by_id["t"].live_seeds

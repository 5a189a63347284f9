"""Which state of a trend may follow which."""

from collections.abc import Mapping
from types import MappingProxyType

from streams.errors import RefusedError
from streams.wire.trend import State

MOVES: Mapping[State, tuple[State, ...]] = MappingProxyType(
    {
        "draft": ("shadow", "live", "retired"),
        "shadow": ("draft", "live", "retired"),
        "live": ("shadow", "retired"),
        "retired": (),
    }
)


def check_move(before: State, after: State) -> None:
    """Accept a move of states; staying is none.

    Raises:
        RefusedError: the table has no such move.
    """
    if before == after or after in MOVES[before]:
        return
    allowed = " or ".join(MOVES[before]) or "nothing: it ended"
    raise RefusedError(f"cannot go from {before} to {after}; from {before} only to {allowed}", "$.state")

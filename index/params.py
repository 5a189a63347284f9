"""The parameters of an HNSW graph."""

from dataclasses import dataclass

from index.errors import BadParameter


@dataclass(frozen=True, slots=True, kw_only=True)
class HnswParams:
    """How a graph is built and searched; the names are those of arXiv 1603.09320.

    Attributes:
        m: Links a node above the ground layer (twice as many on it); 2 to 128.
        ef_construction: Candidates kept while a node is linked; at least m, at most 4,096.
        ef_search: Candidates kept while the graph is searched; 1 to 65,536. A search for more
            neighbors than this keeps as many candidates as it was asked for.
        initial_capacity: Nodes for which room is made at first; it doubles when it is used up.
        scan_below: An index of at most this many distinct vectors is judged whole instead of
            asked through the graph: at 1,000 x 512 that takes about as long, and misses nothing.

    Raises:
        BadParameter: A value is out of its range.
    """

    m: int = 16
    ef_construction: int = 200
    ef_search: int = 128
    initial_capacity: int = 1024
    scan_below: int = 1000

    def __post_init__(self) -> None:
        """Check the ranges."""
        _check("m", self.m, 2, 128)
        _check("ef_construction", self.ef_construction, self.m, 4096)
        _check("ef_search", self.ef_search, 1, 65_536)
        _check("initial_capacity", self.initial_capacity, 1, 2**31)
        _check("scan_below", self.scan_below, 0, 2**31)


def _check(name: str, value: object, at_least: int, at_most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not at_least <= value <= at_most:
        raise BadParameter(name, value, at_least, at_most)

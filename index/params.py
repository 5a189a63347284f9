"""The parameters of the indexes that ask a graph."""

from dataclasses import dataclass, field

from index.errors import BadParameter

# How many keys that share vectors weigh as much as one vector: eight entries of the tables of keys
# take about the memory, and a tenth of the time, of one node of 256 values.
KEYS_A_NODE = 8


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentParams:
    """When vectors go from the delta into segments, how those grow together.

    Sizes are of distinct vectors. Where many keys share a vector, every 8 keys count as one, so
    that no amount of copies makes a part that takes long to handle.

    Attributes:
        delta_limit: The delta is sealed at this size: up to there a scan is as fast as a graph;
            1 to 1,000,000.
        segment_limit: No segment is made larger: one of 65,536 x 256 takes about half a minute to
            build; at least `delta_limit`.
        merge_width: So many segments, neighbours in time, are merged at once, if they fit into one
            and each is at most half of one; 2 to 64.
        lost_percent: A segment that lost more than this share of its keys, not by age, is built
            anew; 1 to 99.
        near_copy_tolerance: A vector whose cosine to a node of the graph is at least 1 minus this joins
            the node instead of becoming one; 0, which lets only equal vectors share a node, to 0.01.
            At 0.001 a node spans at most 0.045 rad, so that a search above 0.8 goes on to 0.772;
            at 0.01 it would go on to 0.707, through several times as many nodes.
        graph: The parameters of each graph.

    Raises:
        BadParameter: A value is out of its range.
    """

    delta_limit: int = 8_000
    segment_limit: int = 65_536
    merge_width: int = 4
    lost_percent: int = 33
    near_copy_tolerance: float = 1e-3
    graph: HnswParams = field(default_factory=HnswParams)

    def __post_init__(self) -> None:
        """Check the ranges."""
        _check("delta_limit", self.delta_limit, 1, 1_000_000)
        _check("segment_limit", self.segment_limit, self.delta_limit, 2**24)
        _check("merge_width", self.merge_width, 2, 64)
        _check("lost_percent", self.lost_percent, 1, 99)
        if not 0.0 <= self.near_copy_tolerance <= 0.01:
            raise BadParameter("near_copy_tolerance", self.near_copy_tolerance, 0, 0.01)


def weight(nodes: int, keys: int) -> int:
    """Return the size of a part of an index as `SegmentParams` measures it."""
    return max(nodes, keys // KEYS_A_NODE)


def _check(name: str, value: object, at_least: int, at_most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not at_least <= value <= at_most:
        raise BadParameter(name, value, at_least, at_most)

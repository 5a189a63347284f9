"""Segments as files."""

from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from index.arrow import Column, Open, Read, Sink, Written, write_columns
from index.columns import Columns
from index.coverage import Coverage
from index.errors import BadSegment, NotFinite, VectorIndexError, ZeroNorm
from index.groups import Groups
from index.hnsw import Graph
from index.hubs import Hubs
from index.links import Links
from index.params import SegmentParams
from index.rows import Part
from index.segment import Segment
from index.vectors import as_vectors, check_keys

# The layout of the files; a reader refuses any other.
_FORMAT = 1

# Most links that hnswlib can count, most values of a vector.
_MOST = 65_536

Whole = TypeVar("Whole", np.int32, np.int64)


def write_segment(segment: Segment, open_file: Open) -> None:
    """Write all of a segment, sealed or not, its removed rows included.

    The vectors are written once, as float16: the graph's own, in float32, are computed again. The
    files are `rows`, `vectors`, one `part-N` a modality, and, of a graph, `graph`, `upper`, `nodes`.

    Args:
        segment: Which may go on being searched; it never changes.
        open_file: Called with the name of each file; what it returns is written to, then left.
    """
    columns = segment.columns
    names = sorted(columns.parts)
    facts = {
        "format": _FORMAT,
        "segment_id": segment.segment_id,
        "dimension": columns.vectors.shape[1],
        "parts": [[name, columns.parts[name][1].shape[1]] for name in names],
        "graph": segment.graph is not None,
    }
    keys = [key.encode("utf-8", "surrogatepass") for key in columns.keys]
    with open_file("rows") as sink:
        write_columns(sink, {"key": keys, "time": columns.times, "vector": columns.vector_of}, facts)
    with open_file("vectors") as sink:
        write_columns(sink, {"vector": columns.vectors}, {})
    for number, name in enumerate(names):
        rows, vectors = columns.parts[name]
        with open_file(f"part-{number}") as sink:
            write_columns(sink, {"row": rows, "vector": vectors}, {})
    if segment.graph is not None:
        _write_graph(segment, segment.graph, open_file)


def read_segment(read: Read, params: SegmentParams) -> Segment:
    """Return a segment as it was written.

    It is checked that nothing can lead out of what was read; whether it is the truth, the digests
    of its files must tell.

    Args:
        read: Called with the name of each file, returns its bytes.
        params: Of the index that is to hold it.

    Raises:
        BadSegment: Something that was read cannot be part of a segment.
    """
    rows = Written(read("rows"))
    rows.number("format", _FORMAT, _FORMAT)
    dimension, segment_id = rows.number("dimension", 1, _MOST), rows.facts.get("segment_id")
    if not isinstance(segment_id, str) or not len(rows):
        raise BadSegment(f"segment_id: {segment_id!r}")
    vectors = _vectors(Written(read("vectors")), dimension)
    columns = Columns(
        _keys(rows), _times(rows), _below(rows, "vector", np.int32, len(vectors)), vectors, _parts(rows, read)
    )
    if not segment_id:
        return Segment.raw(columns)
    _check_sealed(columns)
    rows_of = Groups.of(columns.vector_of, len(vectors))
    segment = Segment(columns, segment_id, rows_of=rows_of and rows_of.sorted_by(columns.keys))
    return _with_graph(segment, read, params) if rows.facts.get("graph") else segment


def write_removed(removed: NDArray[np.int64], sink: Sink) -> None:
    """Write the removed rows of a part of a cut."""
    write_columns(sink, {"row": removed}, {"format": _FORMAT})


def read_removed(data: bytes, segment: Segment) -> NDArray[np.int64]:
    """Return the removed rows of a segment as they were written.

    Raises:
        BadSegment: They are not distinct rows of this segment, ascending.
    """
    return _ascending(Written(data), "row", len(segment.columns))


def _write_graph(segment: Segment, graph: Graph, open_file: Open) -> None:
    links = graph.links()
    hub_of = np.full(len(links), -1, dtype=np.int32) if segment.hubs is None else segment.hubs.hub_of(len(links))
    spread = segment.spread if len(segment.spread) else np.zeros(len(links), dtype=np.float32)
    facts = {"m": links.m, "ef_construction": links.ef_construction, "entry": links.entry}
    if segment.coverage is not None:
        facts |= {"sought": segment.coverage.sought, "found": segment.coverage.found}
    with open_file("graph") as sink:
        columns: dict[str, Column] = {"level": links.levels, "ground": links.ground, "hub": hub_of, "spread": spread}
        write_columns(sink, columns, facts)
    with open_file("upper") as sink:
        write_columns(sink, {"links": links.upper}, {})
    with open_file("nodes") as sink:
        write_columns(sink, {"node": segment.node_of}, {})


def _with_graph(segment: Segment, read: Read, params: SegmentParams) -> Segment:
    graph, upper = Written(read("graph")), Written(read("upper"))
    m = graph.number("m", 2, _MOST)
    links = Links(
        m,
        graph.number("ef_construction", 1, _MOST),
        graph.number("entry", 0, len(graph)),
        graph.numbers("level", np.int32),
        graph.rows("ground", np.uint32, 1 + 2 * m),
        upper.rows("links", np.uint32, 1 + m),
    )
    vectors_of = _nodes(Written(read("nodes")), len(segment.columns.vectors), len(links))
    spread = graph.numbers("spread", np.float32)
    if not ((spread >= 0) & (spread <= np.pi)).all():
        raise BadSegment("spread of a node")
    hub_of = graph.numbers("hub", np.int32)
    if ((hub_of < -1) | (hub_of >= len(links))).any():
        raise BadSegment("hub of a node")
    sought = graph.number("sought", 0, 2**31)
    coverage = Coverage(sought, graph.number("found", 0, sought))
    whole = replace(segment, vectors_of=vectors_of, spread=spread, coverage=coverage)
    vectors = whole.columns.vectors[whole.leaders]
    return replace(whole, graph=Graph.restored(links, vectors, params.graph), hubs=Hubs.of(hub_of, vectors, spread))


def _nodes(nodes: Written, vectors: int, count: int) -> Groups | None:
    """Return the vectors of each node, the first of which stands for it."""
    node_of = _below(nodes, "node", np.int32, count)
    if len(node_of) != vectors or len(np.unique(node_of)) != count:
        raise BadSegment("vectors of the nodes")
    return Groups.of(node_of, count)


def _keys(rows: Written) -> list[str]:
    try:
        keys = [key.decode("utf-8", "surrogatepass") for key in rows.strings("key")]
        check_keys(keys, len(keys))
    except (UnicodeDecodeError, VectorIndexError) as error:
        raise BadSegment(f"key: {error}") from error
    return keys


def _times(rows: Written) -> NDArray[np.float64]:
    times = rows.numbers("time", np.float64)
    if not np.isfinite(times).all():
        raise BadSegment("time")
    return times


def _vectors(written: Written, dimension: int) -> NDArray[np.float16]:
    try:
        return as_vectors(written.rows("vector", np.float16, dimension), dimension)
    except (NotFinite, ZeroNorm) as error:
        raise BadSegment(f"vector: {error}") from error


def _parts(rows: Written, read: Read) -> dict[str, Part]:
    """Return the parts that the facts of the rows name."""
    named = rows.facts.get("parts")
    parts = {}
    for number, entry in enumerate(named if isinstance(named, list) else [None]):
        match entry:
            case [str(name), int(width)] if 0 < width <= _MOST:
                written = Written(read(f"part-{number}"))
                parts[name] = (_ascending(written, "row", len(rows)), _vectors(written, width))
            case _:
                raise BadSegment(f"parts: {named!r}")
    return parts


def _below(written: Written, name: str, dtype: type[Whole], bound: int) -> NDArray[Whole]:
    """Return a column of whole numbers from 0 up to a bound, itself excluded."""
    numbers = written.numbers(name, dtype)
    if ((numbers < 0) | (numbers >= bound)).any():
        raise BadSegment(f"{name} out of range")
    return numbers


def _ascending(written: Written, name: str, bound: int) -> NDArray[np.int64]:
    """Return a column of distinct whole numbers below a bound, which must ascend."""
    numbers = _below(written, name, np.int64, bound)
    if (np.diff(numbers) <= 0).any():
        raise BadSegment(f"{name} not ascending")
    return numbers


def _check_sealed(columns: Columns) -> None:
    """Check what holds of sealed rows alone: by time, no key twice, no vector without rows."""
    if (np.diff(columns.times) < 0).any() or len(set(columns.keys)) != len(columns):
        raise BadSegment("order of the rows")
    if len(np.unique(columns.vector_of)) != len(columns.vectors):
        raise BadSegment("vector without rows")

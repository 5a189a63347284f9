"""Tests of segments that are written down, read back, or refused."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from index import BadSegment, HnswParams, IndexCut, Segment, SegmentedIndex, SegmentParams
from index.arrow import Written, write_columns
from index.cut import CutPart
from index.files import read_removed, read_segment, write_removed, write_segment
from tests.contracts.vector_index import random_vectors
from tests.unit.index.test_segmented_rows import same, told

PARAMS = SegmentParams(delta_limit=100, segment_limit=300, graph=HnswParams(ef_search=64, scan_below=50))
VECTORS = random_vectors(700, seed=1)
VECTORS[20:40] = VECTORS[:1] + np.float16(0.002) * random_vectors(20, seed=4)  # near copies
VECTORS[50:60] = VECTORS[:1]  # copies
TEXTS = random_vectors(700, seed=2, dimension=4)
KEYS = [f"v{row:03}" for row in range(699)] + ["\ud800 a lone surrogate"]


class Folder:
    """Files in memory."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    @contextmanager
    def open(self, name: str) -> Iterator[io.BytesIO]:
        """Write a file, which is there once it is left."""
        assert name not in self.files
        sink = io.BytesIO()
        yield sink
        self.files[name] = sink.getvalue()

    def read(self, name: str) -> bytes:
        """Return a file's bytes."""
        return self.files[name]


def filled(count: int = 700) -> SegmentedIndex:
    """Return an index with sealed, frozen, recent rows, of which some were removed."""
    index = SegmentedIndex(16, PARAMS)
    for start in range(0, count, 50):
        rows = range(start, start + 50)
        parts = {"text": (list(range(0, 50, 3)), TEXTS[start : start + 50 : 3])}
        index.insert(KEYS[start : start + 50], VECTORS[start : start + 50], [float(row) for row in rows], parts)
        while start < 500 and index.maintain():
            pass
    index.insert(KEYS[660:662], VECTORS[100:102])
    index.remove([KEYS[5], KEYS[410], KEYS[560], KEYS[655]])
    return index


def _written(segment: Segment) -> Folder:
    folder = Folder()
    write_segment(segment, folder.open)
    return folder


def reread(cut: IndexCut) -> IndexCut:
    """Write all of a cut, read it again."""
    parts = []
    for part in cut.parts:
        folder, removed = _written(part.segment), io.BytesIO()
        write_removed(part.removed, removed)
        segment = read_segment(folder.read, PARAMS)
        parts.append(CutPart(segment, read_removed(removed.getvalue(), segment)))
    return IndexCut(cut.dimension, cut.newest, cut.widths, tuple(parts))


def test_what_is_read_is_what_was_written() -> None:
    """The same rows, the same answers in the same order, the same work to do, the same times."""
    index = filled()
    assert (index.census().segments, index.census().raw) == (4, 2)
    again = SegmentedIndex.restored(reread(index.cut()), PARAMS)
    assert replace(again.census(), delta=0) == replace(index.census(), delta=0)  # what it lost stays behind
    assert same(told(list(again.sweep())), told(list(index.sweep())))
    assert again.search(VECTORS[:60], k=30) == index.search(VECTORS[:60], k=30)
    assert again.search_above(VECTORS[:60], 0.6, 200) == index.search_above(VECTORS[:60], 0.6, 200)
    for one in (index, again):
        while one.maintain():
            pass
    assert again.census().segments == index.census().segments
    assert again.search(VECTORS[300:400], k=5) == index.search(VECTORS[300:400], k=5)
    assert index.expire(before=123.0) == again.expire(before=123.0)
    assert same(told(list(again.sweep())), told(list(index.sweep())))


def test_a_sealed_segment_keeps_its_id_in_every_cut() -> None:
    """So that a snapshot writes it once; a segment that was merged has an id of its own."""
    index = filled()
    first, second = index.cut(), index.cut()
    ids = [part.segment.segment_id for part in first.parts]
    assert ids == [part.segment.segment_id for part in second.parts]
    assert ids[-3:] == ["", "", ""]
    assert len(set(ids[:-3])) == 4
    assert all(len(bytes.fromhex(name)) == 16 for name in ids[:-3])
    assert [part.segment.segment_id for part in reread(first).parts] == ids
    while index.maintain():
        pass
    assert index.cut().parts[4].segment.segment_id not in ids


def test_a_cut_never_changes() -> None:
    """Whatever happens to the index that it was taken from."""
    index = filled()
    cut = index.cut()
    before = told(list(SegmentedIndex.restored(cut, PARAMS).sweep()))
    index.insert(KEYS[:30], VECTORS[200:230])
    index.remove(KEYS[640:700])
    while index.maintain():
        pass
    index.expire(before=300.0)
    assert same(told(list(SegmentedIndex.restored(cut, PARAMS).sweep())), before)


def test_an_empty_index_is_cut_and_restored() -> None:
    """It has no parts; its modalities keep their dimensions."""
    index = SegmentedIndex(16, PARAMS)
    index.insert(["a"], VECTORS[:1], None, {"text": ([0], TEXTS[:1])})
    index.remove(["a"])
    cut = index.cut()
    assert (cut.parts, cut.widths) == ((), {"text": 4})
    assert len(SegmentedIndex.restored(cut, PARAMS)) == 0


def test_parts_that_do_not_belong_together_are_refused() -> None:
    """Another dimension; a key that two parts hold."""
    cut = filled().cut()
    with pytest.raises(BadSegment, match="dimension"):
        SegmentedIndex.restored(IndexCut(8, cut.newest, cut.widths, cut.parts), PARAMS)
    with pytest.raises(BadSegment, match="dimension"):
        SegmentedIndex.restored(IndexCut(16, cut.newest, {"text": 5}, cut.parts), PARAMS)
    with pytest.raises(BadSegment, match="two parts"):
        SegmentedIndex.restored(IndexCut(16, cut.newest, cut.widths, (*cut.parts, cut.parts[0])), PARAMS)


def _change(data: bytes, column: str, row: int, value: object) -> bytes:
    """Return an Arrow file with another value in one place."""
    table = pa.ipc.open_file(pa.py_buffer(data)).read_all()
    values = table.column(column).to_pylist()
    values[row] = value
    changed = pa.array(values, type=table.schema.field(column).type)
    at = table.schema.get_field_index(column)
    sink = io.BytesIO()
    whole = table.set_column(at, table.schema.field(column), changed)
    with pa.ipc.new_file(sink, whole.schema) as writer:
        writer.write_table(whole)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("name", "column", "row", "value"),
    [
        ("rows", "key", 3, b""),
        ("rows", "key", 3, b"\xff"),
        ("rows", "key", 3, KEYS[1].encode()),
        ("rows", "time", 3, float("nan")),
        ("rows", "time", 0, 1e9),
        ("rows", "vector", 3, -1),
        ("rows", "vector", 3, 10_000),
        ("vectors", "vector", 3, np.full(16, np.nan, dtype=np.float16).tobytes()),
        ("vectors", "vector", 3, bytes(32)),
        ("part-0", "row", 0, 100),
        ("part-0", "row", -1, 10_000),
        ("part-0", "vector", 0, bytes(8)),
        ("graph", "level", 0, 7),
        ("graph", "spread", 0, float("nan")),
        ("graph", "hub", 0, 100_000),
        ("graph", "ground", 0, np.array([33] + [0] * 32, dtype=np.uint32).tobytes()),
        ("graph", "ground", 0, np.array([1, 100_000] + [0] * 31, dtype=np.uint32).tobytes()),
        ("upper", "links", 0, np.array([1, 0] + [0] * 15, dtype=np.uint32).tobytes()),
        ("nodes", "node", 0, 100_000),
        ("nodes", "node", -1, 0),
    ],
)
def test_what_cannot_be_a_segment_is_refused(name: str, column: str, row: int, value: object) -> None:
    """Nothing that is read may lead out of memory, or into an answer that is no answer."""
    folder = _written(filled(450).cut().parts[0].segment)
    read_segment(folder.read, PARAMS)
    folder.files[name] = _change(folder.files[name], column, row, value)
    with pytest.raises(BadSegment):
        read_segment(folder.read, PARAMS)


def test_a_short_or_foreign_file_is_refused() -> None:
    """Cut off anywhere, or not Arrow at all."""
    whole = _written(filled(450).cut().parts[0].segment).files
    for name, data in whole.items():
        for short in (b"", b"no Arrow", data[: len(data) // 2], data[:-9]):
            with pytest.raises(BadSegment):
                read_segment((whole | {name: short}).__getitem__, PARAMS)


def test_files_of_two_segments_do_not_mix() -> None:
    """Their numbers of nodes disagree; where they agree, digests must tell."""
    first, second = (_written(part.segment).files for part in filled().cut().parts[:2])
    for name in ("graph", "upper", "nodes"):
        with pytest.raises(BadSegment):
            read_segment((first | {name: second[name]}).__getitem__, PARAMS)


def test_removed_rows_must_be_those_of_the_segment() -> None:
    """Ascending, distinct, in range."""
    segment = filled().cut().parts[0].segment
    for rows in ([3, 2], [2, 2], [-1], [len(segment.columns)]):
        sink = io.BytesIO()
        write_removed(np.array(rows, dtype=np.int64), sink)
        with pytest.raises(BadSegment):
            read_removed(sink.getvalue(), segment)


def test_a_missing_column_or_fact_is_refused() -> None:
    """As another writer might leave it."""
    sink = io.BytesIO()
    write_columns(sink, {"row": np.arange(3)}, {"m": "many"})
    written = Written(sink.getvalue())
    assert written.numbers("row", np.int64).tolist() == [0, 1, 2]
    with pytest.raises(BadSegment):
        written.numbers("row", np.int32)
    with pytest.raises(BadSegment):
        written.strings("key")
    with pytest.raises(BadSegment):
        written.number("m", 0, 9)

"""What hnswlib 0.8.0 does to whoever works beside it, each in a process of its own, then that ours does not."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import hnswlib
import numpy as np
import pytest

from index import BadSegment, HnswParams, SegmentedIndex, SegmentParams, read_segment, write_segment
from index.vectors import unit
from tests.contracts.vector_index import keys_of, random_vectors
from tests.unit.index.test_files import Folder

DIMENSION = 32
PARAMS = SegmentParams(delta_limit=200, segment_limit=400, graph=HnswParams(scan_below=0))
VECTORS = random_vectors(1000, seed=1, dimension=DIMENSION)
KEYS = [f"v{row:04}" for row in range(1000)]

# Inserts in one thread, while another asks for as many neighbors as the index says that it holds.
RAW_BESIDE = """
import threading, hnswlib, numpy as np
vectors = np.random.default_rng(1).standard_normal((4000, 256), dtype=np.float32)
graph = hnswlib.Index(space="ip", dim=256)
graph.init_index(max_elements=4000, M=16, ef_construction=400)
graph.add_items(vectors[:50], np.arange(50), num_threads=1)
graph.knn_query(vectors[:1], k=50, num_threads=1)
print("answered alone", flush=True)
def insert():
    for row in range(50, 4000):
        graph.add_items(vectors[row : row + 1], [row], num_threads=1)
writer = threading.Thread(target=insert, daemon=True)
writer.start()
while writer.is_alive():
    graph.knn_query(vectors[:1], k=graph.get_current_count(), num_threads=1)
print("never failed")
"""

# One thread counts while another writes to a file that nobody takes in yet.
BESIDE_A_WRITE = """
import sys, threading, time
import numpy as np
ticks = []
def tick():
    while True:
        ticks.append(None)
        time.sleep(0.005)
vectors = np.random.default_rng(1).standard_normal((300, 32)).astype(np.float32)
{make}
threading.Thread(target=tick, daemon=True).start()
time.sleep(0.1)
print("begins", flush=True)
before = len(ticks)
{write}
print(len(ticks) - before, flush=True)
"""
RAW_MAKE = """
import hnswlib
graph = hnswlib.Index(space="ip", dim=32)
graph.init_index(max_elements=300)
graph.add_items(vectors, num_threads=1)
"""
OURS_MAKE = """
from index import HnswParams, SegmentedIndex, SegmentParams, write_segment
index = SegmentedIndex(32, SegmentParams(delta_limit=300, graph=HnswParams(scan_below=0)))
index.insert([str(row) for row in range(300)], vectors)
while index.maintain():
    pass
segment = index.cut().parts[0].segment
assert segment.graph is not None
"""
OURS_WRITE = """
write_segment(segment, lambda name: open(sys.argv[1] if name == "graph" else "/dev/null", "wb"))
"""


def _ticks_beside(make: str, write: str, fifo: Path) -> int:
    """Return how often another thread had its turn while a write waited half a second for its reader."""
    os.mkfifo(fifo)
    program = BESIDE_A_WRITE.format(make=make, write=write)
    with subprocess.Popen([sys.executable, "-c", program, str(fifo)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "begins\n"
        time.sleep(0.5)
        fifo.read_bytes()
        return int(child.stdout.readline())


def test_saving_a_graph_stops_every_other_thread(tmp_path: Path) -> None:
    """Raw, nobody has a turn until the disk has taken all: no heartbeat leaves the process; ours lets others go on."""
    assert _ticks_beside(RAW_MAKE, "graph.save_index(sys.argv[1])", tmp_path / "raw") <= 2
    assert _ticks_beside(OURS_MAKE, OURS_WRITE, tmp_path / "ours") > 10


def test_a_raw_graph_is_not_safe_for_searches_beside_inserts() -> None:
    """Raw, nodes are counted before they can be reached; ours answers in full, whatever is inserted meanwhile."""
    raw = subprocess.run([sys.executable, "-c", RAW_BESIDE], capture_output=True, text=True, check=False, timeout=120)
    assert raw.stdout == "answered alone\n"
    assert raw.returncode < 0 or "Cannot return the results" in raw.stderr

    index = SegmentedIndex(DIMENSION, PARAMS)
    index.insert(KEYS[:50], VECTORS[:50])

    def insert() -> None:
        for row in range(50, 1000):
            index.insert(KEYS[row : row + 1], VECTORS[row : row + 1])
            index.maintain(nodes=50)

    writer = threading.Thread(target=insert)
    writer.start()
    while writer.is_alive():
        held = len(index)
        assert set(KEYS[:held]) <= set(keys_of(index.search(VECTORS[:1], k=held + 1000)[0]))
    writer.join()
    assert len(index) == 1000


def test_a_flipped_byte_loads_silently(tmp_path: Path) -> None:
    """Raw, another vector is there, or a link leads elsewhere, and nobody is told; ours refuses links out of range.

    What a vector or a link within range was, nobody can see: the digests of a snapshot tell.
    """
    raw = hnswlib.Index(space="ip", dim=DIMENSION)
    raw.init_index(max_elements=400)
    raw.add_items(unit(VECTORS[:400]), num_threads=1)
    path = tmp_path / "graph"
    raw.save_index(str(path))
    data = bytearray(path.read_bytes())
    place = data.index(unit(VECTORS[7:8]).tobytes())
    data[place + 3] ^= 0x40  # the exponent of the first value
    path.write_bytes(data)
    loaded = hnswlib.Index(space="ip", dim=DIMENSION)
    loaded.load_index(str(path))
    assert not np.array_equal(loaded.get_items([7])[0], unit(VECTORS[7:8])[0])

    index = SegmentedIndex(DIMENSION, PARAMS)
    index.insert(KEYS[:400], VECTORS[:400])
    while index.maintain():
        pass
    folder = Folder()
    segment = index.cut().parts[0].segment
    assert segment.graph is not None
    write_segment(segment, folder.open)
    links = segment.graph.links().ground[5, :5].tobytes()
    flipped = bytearray(folder.files["graph"])
    flipped[flipped.index(links) + 7] ^= 0x40  # the highest byte of the first link
    folder.files["graph"] = bytes(flipped)
    with pytest.raises(BadSegment, match="link"):
        read_segment(folder.read, PARAMS)

"""`ebr bench index` at a size that takes seconds: the report is whole, whatever the figures."""

import importlib.util
from pathlib import Path

import msgspec
import numpy as np
import pytest

from index import cosines
from streams.bench.curve import at, chosen
from streams.bench.figures import PeerFigures, Searched
from streams.bench.recipe import Recipe, read_data, write_data
from streams.bench.report import Report
from streams.bench.truth import RANGE_SCORE, K, read_truth, write_truth
from streams.cli.main import main

SMALL = Recipe(size=600, dimension=16, queries=40, fresh=20)
PEERS = ("hnswlib", "ours-one-segment", "ours", "exact")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one small run."""
    folder = tmp_path_factory.mktemp("bench")
    words = ["bench", "index", "--sizes", "1000", "--dimension", "16", "--queries", "40", "--rounds", "2"]
    missing = [] if importlib.util.find_spec("faiss") else ["faiss-flat"]
    assert main([*words, "--peers", ",".join([*PEERS, *missing]), "--out", str(folder)]) == 0
    return folder


def test_the_report_holds_every_measure_of_ours(out: Path) -> None:
    """Nothing of the issue's list is absent."""
    report = msgspec.json.decode((out / "index.json").read_bytes(), type=Report)

    figures = {peer.name: peer for peer in report.sizes[0].peers}
    ours = figures["ours"]
    assert report.sizes[0].whole
    assert len(report.sizes[0].sha256) == 64
    assert len(ours.rounds) == 2
    assert None not in (ours.built, ours.ranged, ours.removed, ours.inserting)
    assert ours.removed is not None
    assert ours.removed.resurrected == 0
    assert {goal.verdict for goal in report.goals} <= {"met", "missed", "not measured"}


def test_an_exact_index_is_right(out: Path) -> None:
    """What looks at everything misses nothing, copies or not: the judge of all others agrees."""
    report = msgspec.json.decode((out / "index.json").read_bytes(), type=Report)

    exact = next(peer for peer in report.sizes[0].peers if peer.name == "exact")
    assert exact.ranged is not None
    assert exact.removed is not None
    assert exact.inserting is not None
    assert [one.recall for some in exact.rounds for one in some] == [1.0, 1.0]
    assert (exact.ranged.recall, exact.ranged.wrong) == (1.0, 0)
    assert (exact.removed.recall, exact.inserting.recall, exact.inserting.invisible) == (1.0, 1.0, 0)


def test_the_page_shows_tables_goals_and_what_is_not_installed(out: Path) -> None:
    """A peer without its library has a line that says so."""
    page = (out / "index.md").read_text(encoding="utf-8")

    assert "#### Indexes with a graph" in page
    assert "#### Indexes that look at every vector" in page
    assert "#### Goals" in page
    assert importlib.util.find_spec("faiss") or "| faiss-flat | start | ModuleNotFoundError" in page
    assert (out / "index.png").stat().st_size > 1_000


def test_a_finished_size_is_kept(out: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Hours of measuring are not thrown away for one more size; another question is measured anew."""
    words = ["bench", "index", "--sizes", "1000", "--dimension", "16", "--queries", "40", "--out", str(out), "--resume"]
    known = msgspec.json.decode((out / "index.json").read_bytes(), type=Report).sizes[0]

    assert main([*words, "--rounds", "2", "--peers", ",".join(peer.name for peer in known.peers)]) == 0

    assert "kept" in capfd.readouterr().err


def test_an_unknown_peer_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    """With the names there are."""
    assert main(["bench", "index", "--peers", "pinecone"]) == 2
    assert "hnswlib" in capfd.readouterr().err


def test_a_recipe_always_gives_the_same_bytes(tmp_path: Path) -> None:
    """Figures of two machines are of the same vectors, a tenth of them copies."""
    digests = [write_data(tmp_path / name, SMALL) for name in ("first", "second")]
    data = read_data(tmp_path / "first")

    distinct = len({row.tobytes() for row in np.asarray(data.vectors)})
    assert digests[0] == digests[1]
    assert distinct <= SMALL.size - 60 + 2
    assert int(data.viral.sum()) == 10


def test_truth_is_what_sorting_says(tmp_path: Path) -> None:
    """The k-th best score with and without the rows that leave, the number above the score."""
    write_data(tmp_path, SMALL)
    data = read_data(tmp_path)
    write_truth(tmp_path / "truth.npz", data)
    truth = read_truth(tmp_path / "truth.npz")

    scores = cosines(np.asarray(data.vectors), np.asarray(data.queries)).T
    left = np.delete(scores, data.leaving, axis=1)
    assert truth.kth.tolist() == np.sort(scores)[:, -K].tolist()
    assert truth.kth_left.tolist() == np.sort(left)[:, -K].tolist()
    assert truth.above.tolist() == (scores >= RANGE_SCORE).sum(axis=1).tolist()


def test_what_was_inserted_before_a_search_is_part_of_its_truth(tmp_path: Path) -> None:
    """Else a fresh vector in an answer would hide an old one that the index missed."""
    write_data(tmp_path, SMALL)
    data = read_data(tmp_path)
    write_truth(tmp_path / "truth.npz", data)
    truth = read_truth(tmp_path / "truth.npz")

    fresh = cosines(np.asarray(data.fresh[:25]), np.asarray(data.queries)).T
    scores = cosines(np.asarray(data.vectors), np.asarray(data.queries)).T
    both = np.sort(np.concatenate([scores, fresh], axis=1))[:, -K].tolist()
    assert [truth.kth_with(row, fresh[row], left=False) for row in range(len(fresh))] == both
    assert truth.kth_with(0, fresh[0, :0], left=True) == truth.kth_left[0]


def test_the_first_width_that_reaches_a_recall_counts() -> None:
    """Between two widths nothing is interpolated."""
    figures = PeerFigures(name="x", rounds=[[_searched(10, 0.9), _searched(16, 0.96), _searched(24, 0.99)]])

    point = at(figures, 0.97)

    assert point is not None
    assert (point.ef, point.qps) == (24, 10.0)
    assert chosen(figures) == [16, 24]


def _searched(ef: int, recall: float) -> Searched:
    return Searched(
        ef=ef, queries=40, recall=recall, seconds=4.0, viral_queries=10, viral_recall=recall, viral_seconds=1.0,
        p50_seconds=0.1, p99_seconds=0.1, pass_seconds=4.0, cpu_seconds=4.0,
    )  # fmt: skip

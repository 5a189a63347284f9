"""A classifier is asked for a trend by its parent family, by its highest class, or by what it says of the seeds."""

from pathlib import Path

import numpy as np
import pytest

from encoders.corpus.store import Store
from encoders.evaluation import EvaluationError, PosteriorFile, Posteriors, Reading, read_posteriors, write_posteriors
from tests.support.stores import small_store

FAMILIES = ("cats", "dogs", "cats", "birds")
PARENTS = ("cats", "cats", "dogs", "fish", "fish", None, None)
SAID = np.asarray(
    [
        [0.3, 0.2, 0.3, 0.2],
        [0.5, 0.3, 0.1, 0.1],
        [0.1, 0.7, 0.1, 0.1],
        [0.1, 0.2, 0.1, 0.6],
        [0.2, 0.1, 0.2, 0.5],
        [0.4, 0.1, 0.3, 0.2],
        [np.nan] * 4,
    ],
    dtype=np.float32,
)
POSTS = np.arange(7)


def _scores(reading: Reading, *seeds: int) -> list[float]:
    scores = Posteriors(SAID, FAMILIES, PARENTS, reading)(np.asarray([seeds]), POSTS)
    return [float(score) for score in scores[0]]


def test_the_parent_family_is_the_sum_of_its_classes() -> None:
    """An oracle names it; a post that was not classified comes last."""
    assert _scores(Reading.FAMILY, 0, 1) == pytest.approx([0.6, 0.6, 0.2, 0.2, 0.4, 0.7, -1.0])


def test_a_family_without_a_class_is_asked_by_the_highest() -> None:
    """So is everything under that reading."""
    highest = [0.3, 0.5, 0.7, 0.6, 0.5, 0.4, -1.0]
    assert _scores(Reading.FAMILY, 3, 4) == pytest.approx(highest)
    assert _scores(Reading.HIGHEST, 0, 1) == pytest.approx(highest)


def test_the_seeds_say_which_family() -> None:
    """The one with the highest mean over the seeds that were classified."""
    assert _scores(Reading.SEEDS, 3, 4) == pytest.approx([0.2, 0.1, 0.1, 0.6, 0.5, 0.2, -1.0])
    assert _scores(Reading.SEEDS, 2, 6) == pytest.approx([0.2, 0.3, 0.7, 0.2, 0.1, 0.1, -1.0])
    assert _scores(Reading.SEEDS, 6) == pytest.approx(_scores(Reading.HIGHEST, 6))


def test_a_file_reads_back_and_serves_its_store_alone(tmp_path: Path) -> None:
    """Probabilities are of one store, row by row."""
    store: Store = small_store(tmp_path / "store", draw=False)
    said = np.full((len(store), 2), 0.5, dtype=np.float32)
    write_posteriors(tmp_path / "c0.npz", PosteriorFile("c0", ("a", "b"), {store.digest: said}))
    file = read_posteriors(tmp_path / "c0.npz")
    assert (file.model_id, file.families) == ("c0", ("a", "b"))
    scorer = file.scorer(store, Reading.HIGHEST)
    assert np.array_equal(scorer.probabilities, said)
    assert scorer.parents == tuple(row.family for row in store.rows)
    other = PosteriorFile("c0", ("a", "b"), {store.digest: said[1:]})
    assert other.digest() != file.digest()
    with pytest.raises(EvaluationError, match="no probabilities"):
        other.scorer(store, Reading.HIGHEST)


def test_the_highest_may_be_of_finer_classes_than_families(tmp_path: Path) -> None:
    """Then it is told by itself, in the file too."""
    store: Store = small_store(tmp_path / "store", draw=False)
    said = np.full((len(store), 2), 0.5, dtype=np.float32)
    highest = np.linspace(0, 1, len(store), dtype=np.float32)
    write_posteriors(
        tmp_path / "c0.npz", PosteriorFile("c0", ("a", "b"), {store.digest: said}, {store.digest: highest})
    )
    scorer = read_posteriors(tmp_path / "c0.npz").scorer(store, Reading.HIGHEST)
    assert np.array_equal(scorer(np.asarray([[0]]), np.arange(len(store)))[0], highest.astype(np.float64))

"""Comparator C2: last layers give a tower's vectors back, seeds are told from strangers, rows say what it cost."""

from pathlib import Path

import numpy as np
import pytest
import torch

from encoders.embedding import to_unit
from encoders.evaluation import EvaluationError, Ground, Protocol, compare
from encoders.evaluation.comparison import TUNED_DRAWS
from encoders.evaluation.scorers import LOWEST
from encoders.evaluation.tuning import BeforeLast, FineTuned, towers_to_tune
from encoders.evaluation.tuning import _Network as Network
from encoders.modality import Modality
from encoders.samples import Caption
from encoders.suite_folders import default_suite
from encoders.towers.build import build_tower
from encoders.towers.joined import JoinedTowerSpec, Part
from encoders.towers.signal_tower import SignalTowerSpec
from encoders.towers.text import TextTowerSpec
from encoders.towers.tower import Tower
from encoders.trial import made_up
from tests.support.stores import small_store

TEXT = TextTowerSpec(buckets=64, width=8, hidden=12, dimension=16, aspects={"a": 6, "b": 10})
OTHER = TextTowerSpec(buckets=32, width=8, hidden=8, dimension=4)


SIGNAL = SignalTowerSpec(model="signal-text-1")


def _tower(*, joined: bool = False) -> Tower:
    spec = JoinedTowerSpec(
        parts=(Part(name="x", tower=TEXT, weight=4.0), Part(name="y", tower=OTHER), Part(name="z", tower=SIGNAL))
    )
    torch.manual_seed(1)
    return build_tower(spec if joined else TEXT).eval()


@pytest.mark.parametrize("joined", [False, True])
def test_last_layers_give_the_vectors_of_the_tower_back(joined: bool) -> None:
    """Of each part of a joined one, by its weight, signal features too; a caption without words enters nothing."""
    tower = _tower(joined=joined)
    below = BeforeLast(tower, "x")

    rows = below.encode([*made_up(Modality.TEXT, 3), Caption(" ")])

    assert rows[3] is None
    known = np.stack([row for row in rows if row is not None])
    assert known.shape == (3, below.dimension)
    assert below.dimension == (20 + SIGNAL.dimension if joined else 12)
    arrays = [array for sample in made_up(Modality.TEXT, 3) if (array := tower.prepare(sample)) is not None]
    with torch.inference_mode():
        whole = tower(*tower.collate(arrays)).numpy()
        again = Network([below]).fused([torch.from_numpy(known)]).numpy()
    assert again == pytest.approx(np.stack([to_unit(row) for row in whole]), abs=1e-6)


def test_seeds_are_told_from_strangers_and_the_tower_stays_as_it_is() -> None:
    """Posts like the seeds come first, what says nothing last, the same again; steps part seeds from strangers."""
    below = BeforeLast(_tower(), "x")
    before = next(below.layers[0].parameters()).clone()
    rng = np.random.default_rng(0)
    posts = rng.normal(size=(60, 12)).astype(np.float32)
    posts[:20, 0] += 4.0
    posts[59] = 0.0
    bank = rng.normal(size=(40, 12)).astype(np.float32)
    scorer = FineTuned({Modality.TEXT: below}, {Modality.TEXT: posts}, {Modality.TEXT: bank})
    untaught = FineTuned(scorer.towers, scorer.posts, scorer.bank, steps=0)
    seeds, asked = np.asarray([[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]), np.arange(10, 60)

    scores = scorer(seeds, asked)

    alike, others = scores[:, :10].mean(axis=1), scores[:, 10:49].mean(axis=1)
    first = untaught(seeds, asked)
    assert (alike > others + 2).all()
    assert (alike - others > first[:, :10].mean(axis=1) - first[:, 10:49].mean(axis=1)).all()
    assert (scores[:, 49] == LOWEST).all()
    assert np.array_equal(scores, scorer(seeds, asked))
    assert torch.equal(before, next(below.layers[0].parameters()))
    assert (scorer.fits, "208 numbers" in scorer.cost(), "40 bank posts" in scorer.cost()) == (4, True, True)


def test_a_method_is_fine_tuned_where_that_is_asked_for(tmp_path: Path) -> None:
    """A row beside the others, with 3 draws and what it cost; the figures of the others stay the same."""
    store = small_store(tmp_path / "store")
    ground, protocol = Ground(store, store, store), Protocol(seeds=(5,), draws=4, resamples=(5, 20))
    sources = {"ours": default_suite()}

    plain = compare(sources, ground, protocol, tmp_path / "work").methods[0]
    tuned = compare(sources, ground, protocol, tmp_path / "work", tuned=["ours"]).methods[0]

    assert [row.name for row in tuned.rows] == ["ours", "ours, linear probe", "ours, fine-tuned"]
    assert [row.draws for row in tuned.rows] == [4, 4, TUNED_DRAWS]
    assert "frozen" in tuned.rows[2].cost
    assert tuned.rows[:2] == plain.rows


def test_only_suites_of_our_towers_are_fine_tuned(tmp_path: Path) -> None:
    """The signal suite has no layer; a name that is no method is refused before anything is encoded."""
    with pytest.raises(EvaluationError, match="signal: only suites of our own towers"):
        towers_to_tune("signal")
    store = small_store(tmp_path / "store")
    with pytest.raises(EvaluationError, match="other is none of the methods signal"):
        compare({"signal": "signal"}, Ground(store, store, store), Protocol(), tmp_path / "work", tuned=["other"])

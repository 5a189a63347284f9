"""Blocks of a vector are scored as modalities are: the seeds say which aspect they share."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from encoders import Encoder, EncodersError, Modality
from encoders.evaluation import Cosine, EvaluationError, Vectors, Weighted, in_blocks, load_method, see, variants
from encoders.evaluation.encoding import Seen
from encoders.evaluation.methods import Method
from encoders.evaluation.scorers import strangers
from encoders.evaluation.variants import Use
from encoders.fusion import MaskedConcatFusion
from encoders.samples import Sample
from tests.support.stores import small_store
from tests.support.trained import tower_folder


def test_each_block_is_a_unit_vector_of_its_own() -> None:
    """However long the others are; a missing vector is missing in each."""
    rows = np.random.default_rng(1).normal(size=(5, 6)).astype(np.float32)
    rows[:, :2] *= 10.0
    rows[3] = 0.0
    blocks = in_blocks("frames", rows, {"shape": 1, "motion": 3, "mark": 2})
    assert list(blocks) == ["frames/shape", "frames/motion", "frames/mark"]
    motion = blocks["frames/motion"]
    assert motion.rows[0] == pytest.approx(rows[0, 1:4] / np.linalg.norm(rows[0, 1:4]), abs=1e-6)
    assert not motion.present[3]
    with pytest.raises(ValueError, match="are not the 6"):
        in_blocks("frames", rows, {"shape": 3, "motion": 4})


def test_the_aspect_that_seeds_share_decides() -> None:
    """Seeds alike in one block of three find their like by it, where the whole vector finds less."""
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(200, 24)).astype(np.float32)
    bank = rng.normal(size=(100, 24)).astype(np.float32)
    rows[:40, 8:16] = rng.normal(size=8) + 0.6 * rng.normal(size=(40, 8))
    names = {"shape": 8, "motion": 8, "mark": 8}
    blocks = in_blocks("frames", rows, names)
    known = {name: strangers(of) for name, of in in_blocks("frames", bank, names).items()}
    banks = {name: one for name, one in known.items() if one is not None}
    weighted, whole = Weighted(blocks, banks, "mean"), Cosine(Vectors(rows), "mean")
    seeds, posts = np.asarray([[0, 1, 2, 3, 4]]), np.arange(5, 200)
    weights = weighted.weights(seeds[0])
    assert weights["frames/motion"] > 3 * max(weights["frames/shape"], weights["frames/mark"])
    found = [float((np.argsort(-scorer(seeds, posts)[0])[:35] < 35).mean()) for scorer in (weighted, whole)]
    assert found[0] > found[1] + 0.1


class _Two:
    """A frames encoder of two blocks."""

    modality, model_id, dimension = Modality.FRAMES, "two-1", 4

    def encode(self, samples: Sequence[Sample]) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float32]] | None]:
        """Encode by chance."""
        rows = np.random.default_rng(len(samples)).normal(size=(len(samples), 4))
        return [(row / np.linalg.norm(row)).astype(np.float32) for row in rows]


def test_a_method_with_blocks_is_weighed_by_them(tmp_path: Path) -> None:
    """Of one modality without blocks there is nothing to weigh."""
    store = small_store(tmp_path / "store")
    rows = np.arange(30)
    fusion = MaskedConcatFusion("two-1", {Modality.FRAMES: 4}, {Modality.FRAMES: 1.0})
    encoders: dict[Modality, Encoder] = {Modality.FRAMES: _Two()}
    blocks = {Modality.FRAMES: {"shape": 2, "motion": 2}}
    names = []
    for aspects in (blocks, dict[Modality, dict[str, int]]()):
        seen = see(Method("two", "two-1", encoders, fusion, aspects, {}, trained=True), store, rows, tmp_path)
        names.append({one.name for one in variants(seen, seen, {})})
    assert names[0] - names[1] == {"weighted max", "weighted mean"}


def test_untrained_networks_are_the_same_in_every_run() -> None:
    """Of our default sizes, with equal chance."""
    one, two = (load_method("chance", "untrained") for _ in range(2))
    assert one.model_id == two.model_id
    assert set(one.encoders) == set(Modality)
    assert not one.trained


def test_the_own_towers_of_a_suite_can_be_left_untrained(tmp_path: Path) -> None:
    """Of their sizes, without their weights; a suite without towers of ours has none to leave."""
    tower_folder(Modality.TEXT, tmp_path / "text")
    (tmp_path / "suite.toml").write_text('name = "own"\n[text]\nsource = "shipped"\nmodel = "text"\n')
    trained, untrained = (load_method("own", source + str(tmp_path)) for source in ("", "untrained:"))
    assert list(untrained.encoders) == [Modality.TEXT]
    assert untrained.encoders[Modality.TEXT].dimension == trained.encoders[Modality.TEXT].dimension
    assert untrained.encoders[Modality.TEXT].model_id != trained.encoders[Modality.TEXT].model_id
    assert (trained.trained, untrained.trained) == (True, False)
    with pytest.raises(EvaluationError, match="no tower of ours"):
        load_method("chance", "untrained:signal")
    with pytest.raises(EncodersError):
        load_method("chance", "untrained:nowhere")


def test_a_modality_alone_has_its_blocks_and_the_others_are_left() -> None:
    """By the part of a block's name before the aspect."""
    rng = np.random.default_rng(3)
    frames, text = (rng.normal(size=(30, 6)).astype(np.float32) for _ in range(2))
    parts = {"frames": Vectors(frames), "text": Vectors(text)}
    blocks = {**in_blocks("frames", frames, {"shape": 2, "motion": 4}), "text": parts["text"]}
    seen = Seen(Vectors(np.hstack([frames, text])), parts, blocks)

    found = {one.name: one.scorer for one in variants(seen, seen, {}) if one.use is Use.PART}

    kept = {name: list(one.vectors) for name, one in found.items() if isinstance(one, Weighted)}
    assert {name: names for name, names in kept.items() if not name.startswith("modalities")} == {
        "frames alone": ["frames/shape", "frames/motion"],
        "without frames": ["text"],
        "without text": ["frames/shape", "frames/motion"],
    }
    assert isinstance(found["text alone"], Cosine)

"""Tests of the way from runs to a suite that serves."""

import json
import shutil
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

from encoders import load_suite, read_card
from encoders.errors import BadFusion
from encoders.fusion import MaskedConcatFusion
from encoders.modality import Modality
from encoders.samples import Samples
from encoders.suite_bank import BANK_FILE
from encoders.towers.shipped import PREPROCESSING
from encoders.training import BadRun, ExportError, ExportPlan, export_suite, measure_bank, train
from encoders.training.card import CARD_NAME, WEIGHTS_NAME, read_run
from encoders.training.fusion_head import FusionHead
from encoders.training.measured_bank import encoded_bank
from encoders.trial import made_up, try_suite
from encoders.whitening import Axes, read_whitening
from tests.support.recipes import FRAMES, small
from tests.support.trained import WEIGHTS, bank_of, made_up_bank, tiny_plan, tiny_run, tiny_suite


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A suite of three towers."""
    return tiny_suite(tmp_path_factory.mktemp("suites") / "tiny")


def test_a_suite_serves_and_keeps_all_that_a_trial_asks(suite: Path) -> None:
    """Every modality, whitened, fused by the weights of the plan."""
    loaded = load_suite(str(suite))

    assert try_suite(loaded) == []
    assert loaded.name == "tiny"
    assert loaded.model_id.startswith("tiny-")
    assert set(loaded.encoders) == set(Modality)
    assert isinstance(loaded.fusion, MaskedConcatFusion)
    assert "frames 0.5, audio 0.2, text 0.3" in loaded.card.fusion
    assert [tower.source for tower in loaded.card.towers] == ["shipped"] * 3


def test_a_card_says_all_that_must_be_known(suite: Path) -> None:
    """Data, recipe, commit, licences, metrics with conditions, limits, preprocessing, whitening with its bank."""
    run = read_run(tiny_run(), Modality.TEXT)[0]

    card = read_card(suite / "text")

    assert card.data_digest == run.data_digest
    assert run.recipe_digest[:16] in card.recipe
    assert card.commit == run.commit
    assert card.licences == ("Apache-2.0", "CC0-1.0")
    assert any("pr_auc" in name and "held-out" in name for name in card.metrics)
    assert not any("frames" in name for name in card.metrics)
    assert card.limits == run.limits
    assert card.preprocessing == PREPROCESSING[Modality.TEXT]
    whitening, bank = read_whitening(suite / "text/whitening.safetensors")
    assert card.whitening == whitening.digest()
    assert card.bank == bank
    assert (bank.size, bank.data_digest) == (24, "d" * 64)
    assert json.loads((suite / "text/recipe.json").read_text()) == run.recipe


def test_statistics_are_of_vectors_as_they_are_served(suite: Path) -> None:
    """Mean and deviation of the cosines of whitened vectors, by the slow way."""
    loaded = load_suite(str(suite))
    for modality, encoder in loaded.encoders.items():
        bank = [sample[modality] for sample in made_up_bank().posts if modality in sample]
        rows = np.stack([vector for vector in encoder.encode(bank) if vector is not None]).astype(np.float64)
        cosines = [float(rows[i] @ rows[j]) for i in range(len(rows)) for j in range(len(rows)) if i != j]

        told = loaded.card.banks[modality]

        assert told.size == len(rows)
        assert told.score_mean == pytest.approx(np.mean(cosines), abs=1e-5)
        assert told.score_deviation == pytest.approx(np.std(cosines), abs=1e-5)


def test_a_suite_knows_what_strangers_score_by_it(suite: Path) -> None:
    """Its bank is what its own encoders say of the posts; a part has about what the card of its tower says."""
    loaded = load_suite(str(suite))
    vectors = encoded_bank(made_up_bank(), loaded.encoders)
    fused = [loaded.fusion.fuse(post).astype(np.float64) for post in vectors]
    cosines = [float(one @ other) for one, other in permutations(fused, 2)]

    bank = loaded.card.bank

    assert bank is not None
    assert (bank.model_id, bank.size, bank.fused.size) == (loaded.model_id, 24, 25)
    assert set(Modality) <= set(bank.parts)
    told = (bank.fused.score_mean, bank.fused.score_deviation)
    assert told == pytest.approx((np.mean(cosines), np.std(cosines)), abs=1e-5)
    for tower in loaded.card.towers:
        assert tower.bank is not None
        assert bank.weighted({tower.modality: 1.0})[1] == pytest.approx(tower.bank.score_deviation, abs=0.02)


def test_a_suite_that_is_there_is_measured(suite: Path, tmp_path: Path) -> None:
    """It gets the bank that its export would have written, and stays the suite that it was."""
    shutil.copytree(suite, tmp_path / "old")
    (tmp_path / "old" / BANK_FILE).unlink()
    assert load_suite(str(tmp_path / "old")).card.bank is None

    found, folder = measure_bank(str(tmp_path / "old/suite.toml"), made_up_bank())

    exported, measured = load_suite(str(suite)).card, load_suite(str(tmp_path / "old")).card
    assert folder == tmp_path / "old"
    assert measured == replace(exported, bank=found)
    assert exported.bank is not None
    assert found.fused.score_deviation == pytest.approx(exported.bank.fused.score_deviation, abs=1e-6)
    assert np.allclose(found.covariances, exported.bank.covariances, atol=1e-6)
    with pytest.raises(ExportError, match="signal has no file"):
        measure_bank("signal", made_up_bank())


def test_the_same_parts_make_the_same_suite_wherever_it_lies(suite: Path, tmp_path: Path) -> None:
    """Written again over an older one, and moved: one id."""
    before = load_suite(str(suite)).model_id

    assert load_suite(str(tiny_suite(tiny_suite(tmp_path / "once")))).model_id == before
    shutil.move(tmp_path / "once", tmp_path / "moved")
    assert load_suite(str(tmp_path / "moved")).model_id == before


def test_another_whitening_or_other_weights_are_another_suite(suite: Path, tmp_path: Path) -> None:
    """None leaves vectors as they are, with statistics all the same; principal axes turn them."""
    none = plan_with(whitening=dict.fromkeys(Modality, None))
    turned = plan_with(whitening={Modality.TEXT: Axes.PRINCIPAL})
    equal = plan_with(weights={})

    ids = {
        export_suite(plan, made_up_bank(), tmp_path / str(i)).model_id for i, plan in enumerate((none, turned, equal))
    }

    assert len({*ids, load_suite(str(suite)).model_id}) == 4
    plain = load_suite(str(tmp_path / "0")).card
    assert {tower.whitening for tower in plain.towers} == {"none"}
    assert set(plain.banks) == set(Modality)
    assert not list((tmp_path / "0").rglob("whitening*"))


def plan_with(**values: object) -> ExportPlan:
    """Return the tiny plan with other values."""
    fields: dict[str, object] = {"name": "tiny", "runs": tiny_plan().runs, "weights": WEIGHTS}
    return ExportPlan(**{**fields, **values})  # type: ignore[arg-type]  # the tests below pass wrong ones on purpose


def test_a_bank_of_whitened_vectors_says_nothing_of_plain_ones(suite: Path, tmp_path: Path) -> None:
    """A suite's file that leaves the whitening out has no statistics either."""
    text = (suite / "suite.toml").read_text().replace('whitening = "text/whitening.safetensors"', "")
    shutil.copytree(suite, tmp_path / "plain")
    (tmp_path / "plain/suite.toml").write_text(text)

    card = load_suite(str(tmp_path / "plain")).card

    assert set(card.banks) == {Modality.FRAMES, Modality.AUDIO}
    assert card.towers[-1].whitening == "none"


def test_a_trained_head_fuses(tmp_path: Path) -> None:
    """One of other towers is refused, and what was written does not pass for a suite."""
    sizes = dict.fromkeys(Modality, 16)
    head = FusionHead(sizes, WEIGHTS, 32, 8).exported()

    card = export_suite(plan_with(weights={}, head=head), made_up_bank(), tmp_path / "head")

    assert card.dimension == 32
    assert try_suite(load_suite(str(tmp_path / "head"))) == []
    other = FusionHead({**sizes, Modality.TEXT: 8}, WEIGHTS, 32, 8).exported()
    with pytest.raises(BadFusion, match="text 8"):
        export_suite(plan_with(weights={}, head=other), made_up_bank(), tmp_path / "other")
    assert not (tmp_path / "other/suite.toml").exists()


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"name": 'Big "Name'}, "name"),
        ({"runs": {}}, "no run"),
        ({"weights": {Modality.TEXT: 1.0}}, "weights"),
        ({"weights": {**WEIGHTS, Modality.TEXT: 0.0}}, "weights"),
        ({"runs": {Modality.TEXT: (Path("run"),)}, "weights": {}, "whitening": {Modality.AUDIO: None}}, "whitening"),
        ({"runs": {Modality.TEXT: (Path("run"),)}, "weights": {}, "signal": frozenset({Modality.AUDIO})}, "signal"),
    ],
)
def test_a_plan_whose_parts_do_not_fit_is_refused(values: dict[str, object], named: str) -> None:
    """Before anything is encoded."""
    with pytest.raises(ExportError, match=named):
        plan_with(**values)


def test_a_folder_that_is_no_suite_is_left_alone(tmp_path: Path) -> None:
    """A slip of the path costs nothing."""
    (tmp_path / "thesis.txt").write_text("words")

    with pytest.raises(ExportError, match="no suite"):
        export_suite(tiny_plan(), made_up_bank(), tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_bank_that_says_too_little_is_refused_by_its_modality(tmp_path: Path) -> None:
    """Two vectors are the least; nothing half made passes for a suite."""
    posts: list[Samples] = [{Modality.FRAMES: sample} for sample in made_up(Modality.FRAMES, 4)]

    with pytest.raises(ExportError, match="audio"):
        export_suite(tiny_plan(), bank_of(posts), tmp_path / "suite")

    assert not (tmp_path / "suite/suite.toml").exists()


def test_a_run_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    """No card, one that is none, no weights, no such tower."""
    with pytest.raises(BadRun):
        read_run(tmp_path, Modality.TEXT)
    train(small(steps=2), tmp_path / "text")
    with pytest.raises(BadRun, match="no tower of audio"):
        read_run(tmp_path / "text", Modality.AUDIO)
    (tmp_path / "text" / WEIGHTS_NAME).unlink()
    with pytest.raises(BadRun, match="weights"):
        read_run(tmp_path / "text", Modality.TEXT)
    (tmp_path / "text" / CARD_NAME).write_text("{}")
    with pytest.raises(BadRun, match="name"):
        read_run(tmp_path / "text", Modality.TEXT)


def test_towers_of_several_runs_serve_as_one(tmp_path: Path) -> None:
    """Side by side, in the order of the runs, with all that their cards say; of two runs of one name neither."""
    other = tmp_path / "other"
    train(structs.replace(small(towers=(FRAMES,), steps=2), name="other", seed=4), other)
    runs = {Modality.FRAMES: (tiny_run(), other), Modality.TEXT: (tiny_run(),)}

    export_suite(plan_with(runs=runs, weights={}), made_up_bank(), tmp_path / "joined")

    loaded = load_suite(str(tmp_path / "joined"))
    card = read_card(tmp_path / "joined/frames")
    assert try_suite(loaded) == []
    assert dict(loaded.card.dimensions)[Modality.FRAMES] == 32
    assert card.aspects == {"small": 16, "other": 16}
    bank = [sample[Modality.FRAMES] for sample in made_up_bank().posts if Modality.FRAMES in sample]
    rows = np.stack([vector for vector in loaded.encoders[Modality.FRAMES].encode(bank) if vector is not None])
    for name, stretch in loaded.card.stretches.items():
        if stretch.modality is Modality.FRAMES:
            piece = rows[:, stretch.start : stretch.stop].astype(np.float64)
            piece /= np.linalg.norm(piece, axis=1, keepdims=True)
            cosines = (piece @ piece.T)[~np.eye(len(piece), dtype=bool)]
            assert card.blocks[name.removeprefix("frames/")] == stretch.bank
            assert stretch.bank.score_mean == pytest.approx(cosines.mean(), abs=1e-5)
            assert stretch.bank.score_deviation == pytest.approx(cosines.std(), abs=1e-5)
    assert card.recipe.startswith("small, ")
    assert ", other, " in card.recipe
    assert [recipe["name"] for recipe in json.loads((tmp_path / "joined/frames/recipe.json").read_text())] == [
        "small",
        "other",
    ]
    assert any(name.startswith("other ") for name in card.metrics)
    with pytest.raises(ExportError, match="small stands twice"):
        export_suite(plan_with(runs={Modality.FRAMES: (tiny_run(),) * 2}, weights={}), made_up_bank(), tmp_path / "no")


def test_signal_features_may_serve_beside_a_trained_tower(tmp_path: Path) -> None:
    """As a block that weights of a trend can name; the card says that they are there."""
    runs = {Modality.TEXT: (tiny_run(),)}

    plan = plan_with(runs=runs, weights={}, signal=frozenset({Modality.TEXT}))
    export_suite(plan, made_up_bank(), tmp_path / "beside")

    loaded = load_suite(str(tmp_path / "beside"))
    card = read_card(tmp_path / "beside/text")
    assert try_suite(loaded) == []
    assert card.aspects == {"small": 16, "signal": 192}
    assert set(loaded.card.stretches) == {"text/small", "text/signal"}
    assert "signal-text-1 beside it" in card.recipe

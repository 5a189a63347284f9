"""Tests of comparator C0: families out of the classifiers that training leaves behind, by the slow way."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from torch.nn import functional

from encoders.corpus.store import Row, Store, create_store
from encoders.evaluation import read_posteriors
from encoders.samples import Caption
from encoders.towers.text import TextTowerSpec
from encoders.training import BadRun, classify, read_classifier, train
from encoders.training.aspects import SCALE
from encoders.training.config import EvenSampling, Optimiser, Recipe, StoreData
from encoders.training.losses import SupCETerm, SupConTerm
from streams.cli.posteriors import posteriors

SHAPES, MARKS = ("star", "ring", "box"), ("dot", "bar")


def _row(number: int, *, section: str, family: str | None = None, words: str | None = "some words") -> Row:
    shape, mark = SHAPES[number % 3], MARKS[number % 2]
    known = section == "training"
    return Row(
        id=f"{section}-{number}",
        section=section,
        role="positive",
        leaf=f"leaf {shape} {mark}" if known else "new",
        kind="text",
        family=f"text+shape:{shape}" if known else family,
        known=known,
        group=f"{section}-{number}",
        copy=False,
        words=words and f"{words} {shape} {mark} {number}",
        licences=("MIT",),
        labels={"shape": shape, "mark": mark, "colour": f"colour {number % 5}"} if known else {},
    )


def _drawn(folder: Path, rows: list[Row]) -> Store:
    store = create_store(folder, rows, folder.name)
    for number in range(len(rows)):
        store.put(number, {})
    return store


def _recipe(*losses: SupCETerm | SupConTerm, aspects: dict[str, int]) -> Recipe:
    return Recipe(
        name="c0",
        towers=(TextTowerSpec(buckets=64, width=8, hidden=8, dimension=16, aspects=aspects),),
        losses=losses,
        sampling=EvenSampling(size=8),
        steps=3,
        data=StoreData(stores=("learned",)),
        optimiser=Optimiser(warmup=1),
    )


def test_families_are_products_over_their_heads_and_the_highest_is_of_leaves(tmp_path: Path) -> None:
    """A family that training cannot make up has no column; a post without words is of none."""
    _drawn(tmp_path / "learned", [_row(number, section="training") for number in range(24)])
    asked = ["text+shape:star", "text+shape:ring+mark:dot", "text+shape:moon", "text+shape:box"]
    rows = [_row(number, section="test", family=family) for number, family in enumerate(asked)]
    store = _drawn(tmp_path / "asked", [*rows, _row(9, section="test", words=None)])
    train(
        _recipe(SupConTerm(), SupCETerm(), aspects={"shape": 6, "mark": 6, "colour": 4}),
        tmp_path / "run",
        data=tmp_path,
    )

    classifier = read_classifier([tmp_path / "run"], tmp_path)
    said = classify(classifier, store, [0, 1, 2, 4])

    tower, heads = classifier.towers[0], classifier.heads[0]
    p = {aspect: np.zeros((5, len(names))) for aspect, names in classifier.names.items()}
    for row in (0, 1, 2):
        array = tower.prepare(Caption(str(store.rows[row].words)))
        assert array is not None
        with torch.inference_mode():
            blocks = torch.split(tower(*tower.collate([array]))[0], [6, 6, 4])
            for (aspect, head), block in zip(heads.items(), blocks, strict=True):
                p[aspect][row] = torch.softmax(head(SCALE * functional.normalize(block, dim=0)), dim=0).numpy()
    shape, mark = ({name: p[a][:, place] for place, name in enumerate(classifier.names[a])} for a in ("shape", "mark"))
    assert said.families == ("text+shape:box", "text+shape:ring", "text+shape:ring+mark:dot", "text+shape:star")
    wanted = np.stack([shape["box"], shape["ring"], shape["ring"] * mark["dot"], shape["star"]], axis=1)
    leaves = np.max([shape[one] * mark[other] for one in SHAPES for other in MARKS], axis=0)
    assert said.probabilities[[0, 1, 2, 4]] == pytest.approx(wanted[[0, 1, 2, 4]], abs=1e-5)
    assert said.highest[[0, 1, 2, 4]] == pytest.approx(leaves[[0, 1, 2, 4]], abs=1e-5)
    assert np.isnan(said.probabilities[3]).all()
    columns = said.columns(("text+shape:star", "text+shape:oval"))
    assert columns[0] == pytest.approx([shape["star"][0], 0.0], abs=1e-5)
    assert np.isnan(columns[3]).all()


def test_a_run_without_classifiers_of_aspects_is_refused(tmp_path: Path) -> None:
    """SupCon leaves none; a run that is not there has no card."""
    _drawn(tmp_path / "learned", [_row(number, section="training") for number in range(24)])
    train(_recipe(SupConTerm(), aspects={"shape": 16}), tmp_path / "run", data=tmp_path)

    with pytest.raises(BadRun, match="supce"):
        read_classifier([tmp_path / "run"], tmp_path)
    with pytest.raises(BadRun):
        read_classifier([tmp_path / "none"], tmp_path)


def test_older_runs_are_read_and_other_posts_refused(tmp_path: Path) -> None:
    """The card says by which digest the checkpoint goes, whatever fields recipes got since."""
    _drawn(tmp_path / "learned", [_row(number, section="training") for number in range(24)])
    train(_recipe(SupCETerm(), aspects={"shape": 16}), tmp_path / "run", data=tmp_path)
    card = tmp_path / "run" / "card.json"
    older = json.loads(card.read_text(encoding="utf-8"))
    older["recipe"]["optimiser"]["clip_norm"] = 7.0  # as if a default had another value then
    card.write_text(json.dumps(older), encoding="utf-8")

    assert list(read_classifier([tmp_path / "run"], tmp_path).names) == ["shape"]
    card.write_text(json.dumps(older | {"data_digest": "0" * 64}), encoding="utf-8")
    with pytest.raises(BadRun, match="other posts"):
        read_classifier([tmp_path / "run"], tmp_path)


def test_a_family_of_sources_is_the_highest_label_of_each(tmp_path: Path) -> None:
    """As on the corpus of real media, where a family is where its items come from."""
    rows = [_row(number, section="training") for number in range(24)]
    real = [
        Row(
            **{
                **{name: getattr(row, name) for name in row.__struct_fields__},
                "leaf": f"{source}/{label}",
                "labels": {"intent": f"{source}/{label}"},
            }
        )
        for row, source, label in zip(rows, ["one", "two"] * 12, [0, 0, 1, 1] * 6, strict=True)
    ]
    _drawn(tmp_path / "learned", real)
    store = _drawn(tmp_path / "asked", [_row(0, section="test", family="two")])
    train(_recipe(SupCETerm(), aspects={"intent": 16}), tmp_path / "run", data=tmp_path)

    classifier = read_classifier([tmp_path / "run"], tmp_path)
    said = classify(classifier, store, [0])

    assert classifier.names["intent"] == ("one/0", "one/1", "two/0", "two/1")
    assert said.families == ("two",)
    assert 0.2 < float(said.probabilities[0, 0]) < 1


def test_the_command_writes_what_the_classifier_says_of_tested_sections(tmp_path: Path) -> None:
    """Under the digest of each store; posts of training are not asked about."""
    _drawn(tmp_path / "learned", [_row(number, section="training") for number in range(24)])
    test = [_row(number, section="test", family="text+shape:box") for number in range(2)]
    store = _drawn(tmp_path / "asked", [*test, _row(2, section="training")])
    train(_recipe(SupCETerm(), aspects={"shape": 8, "mark": 8}), tmp_path / "run", data=tmp_path)
    words = ["--run", str(tmp_path / "run"), "--data", str(tmp_path), "--store", str(tmp_path / "asked")]

    done = CliRunner().invoke(posteriors, [str(tmp_path / "c0.npz"), *words], catch_exceptions=False)

    file = read_posteriors(tmp_path / "c0.npz")
    said = classify(read_classifier([tmp_path / "run"], tmp_path), store, [0, 1])
    assert "3 families of 1 stores" in done.stdout
    assert file.families == said.families
    assert np.array_equal(file.stores[store.digest], said.probabilities, equal_nan=True)
    assert np.array_equal(file.highest[store.digest], said.highest, equal_nan=True)


def test_runs_that_tell_no_leaf_are_refused(tmp_path: Path) -> None:
    """Leaves are a shape with a mark; a classifier of shapes alone knows no violation."""
    _drawn(tmp_path / "learned", [_row(number, section="training") for number in range(24)])
    store = _drawn(tmp_path / "asked", [_row(0, section="test", family="text+shape:box")])
    train(_recipe(SupCETerm(), aspects={"shape": 16}), tmp_path / "run", data=tmp_path)

    with pytest.raises(BadRun, match="no leaf of training is told by shape alone"):
        classify(read_classifier([tmp_path / "run"], tmp_path), store, [0])

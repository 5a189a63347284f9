"""Tests of model cards."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from encoders.errors import BadCard
from encoders.modality import Modality
from encoders.model_card import CARD_FILE, BankStatistics, ModelCard, SuiteCard, read_card, write_card

CARD = ModelCard(
    name="text-small",
    modality=Modality.TEXT,
    model_id="bert-0123",
    dimension=32,
    source="shipped",
    licences=("Apache-2.0", "CC-BY-3.0"),
    data_digest="sha256:1",
    recipe="supcon.toml",
    commit="abc",
    metrics={"roc_auc at 6 %": 0.99, "hubness": 0.4},
    limits="English only",
    preprocessing="{}",
    whitening="sha256:2",
    bank=BankStatistics(size=100, data_digest="sha256:3", score_mean=0.01, score_deviation=0.1),
)


def test_a_card_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """As JSON that people can read."""
    write_card(CARD, tmp_path)

    assert read_card(tmp_path) == CARD
    assert json.loads((tmp_path / CARD_FILE).read_text())["licences"] == ["Apache-2.0", "CC-BY-3.0"]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"modality": "smell"}, "modality"),
        ({"dimension": "many"}, "dimension"),
        ({"metrics": {"auc": "good"}}, "metrics"),
        ({"name": None}, "name"),
        ({"bank": {"size": 1, "data_digest": "", "score_mean": 0.0, "score_deviation": 1.0}}, "bank"),
    ],
)
def test_a_bad_card_is_answered_with_the_field(tmp_path: Path, changes: dict[str, object], named: str) -> None:
    """Whoever wrote it by hand needs the place."""
    write_card(CARD, tmp_path)
    fields = json.loads((tmp_path / CARD_FILE).read_text()) | changes
    (tmp_path / CARD_FILE).write_text(json.dumps({key: value for key, value in fields.items() if value is not None}))

    with pytest.raises(BadCard, match=named):
        read_card(tmp_path)


def test_no_card_is_a_bad_card(tmp_path: Path) -> None:
    """Typed, as every refusal."""
    with pytest.raises(BadCard, match="no card"):
        read_card(tmp_path)


def test_a_suite_knows_the_dimensions_and_banks_of_its_towers() -> None:
    """Out of their cards."""
    card = SuiteCard(name="s", model_id="s-1", dimension=32, fusion="one", towers=(CARD,))

    assert card.dimensions == ((Modality.TEXT, 32),)
    assert card.banks == {Modality.TEXT: CARD.bank}


def test_seeds_are_weighed_by_blocks_where_a_card_knows_them() -> None:
    """In the order of the vector; by the whole modality where it knows none, by nothing without a bank."""
    bank = CARD.bank
    assert bank is not None
    frames = replace(
        CARD,
        modality=Modality.FRAMES,
        dimension=12,
        aspects={"shape": 8, "mark": 4},
        blocks={"shape": bank, "mark": bank},
    )
    audio = replace(CARD, modality=Modality.AUDIO, bank=None)
    card = SuiteCard(name="s", model_id="s-1", dimension=32, fusion="one", towers=(frames, audio, CARD))

    assert [(name, one.start, one.stop) for name, one in card.stretches.items()] == [
        ("frames/shape", 0, 8),
        ("frames/mark", 8, 12),
        ("text", 0, CARD.dimension),
    ]
    with pytest.raises(BadCard, match="mark"):
        replace(CARD, aspects={"shape": 8, "mark": 4}, blocks={"shape": bank})

"""Tests of folders that hold one of our towers: what is refused, what an id depends on."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from encoders.errors import BadCard, ModelRefused, RefusalReason
from encoders.modality import Modality
from encoders.model_card import CARD_FILE, ModelCard, write_card
from encoders.runtime import Runtime
from encoders.towers.build import build_tower
from encoders.towers.shipped import PREPROCESSING, TOWER_FILE, WEIGHTS_FILE, load_shipped, write_tower
from encoders.towers.tower_encoder import TowerEncoder
from encoders.trial import made_up
from tests.support.recipes import TEXT
from tests.support.trained import tower_folder

Tensors = dict[str, Tensor]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A text tower of a run."""
    return tower_folder(Modality.TEXT, tmp_path / "text")


@pytest.mark.parametrize("modality", Modality)
def test_a_tower_comes_back_as_it_was_within_float16(tmp_path: Path, modality: Modality) -> None:
    """Rounded once, computed in float32; its card says whose it is."""
    folder = tower_folder(modality, tmp_path / modality)

    encoder, card = load_shipped(folder)

    tensors = load_file(folder / WEIGHTS_FILE)
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float16}
    assert (card.model_id, card.modality, card.dimension) == (encoder.model_id, modality, encoder.dimension)
    assert encoder.model_id.startswith(f"{modality}-")
    again = load_shipped(folder)[0].encode(made_up(modality))
    for vector, same in zip(encoder.encode(made_up(modality)), again, strict=True):
        assert vector is not None
        assert same is not None
        np.testing.assert_array_equal(vector, same)


def test_a_card_says_which_aspects_the_blocks_are_about(tmp_path: Path) -> None:
    """By the sizes, whatever it said before."""
    spec = msgspec.structs.replace(TEXT, aspects={"wording": 12, "language": 4})
    model_id = write_tower(tmp_path, spec, build_tower(spec).state_dict())
    card = ModelCard(name="two", modality=Modality.TEXT, model_id=model_id, dimension=spec.dimension, source="shipped")
    write_card(card, tmp_path)

    assert load_shipped(tmp_path)[1].aspects == {"wording": 12, "language": 4}


def test_loading_leaves_the_generator_alone_and_nothing_to_learn(folder: Path) -> None:
    """It happens beside training as well."""
    before = torch.get_rng_state()

    encoder, _ = load_shipped(folder)

    assert torch.equal(torch.get_rng_state(), before)
    assert not encoder._tower.training
    assert not any(parameter.requires_grad for parameter in encoder._tower.parameters())


def test_moving_a_folder_changes_nothing(folder: Path, tmp_path: Path) -> None:
    """Its place and the order in its files are no part of the id."""
    before = load_shipped(folder)[0].model_id
    said = json.loads((folder / TOWER_FILE).read_text())
    (folder / TOWER_FILE).write_text(json.dumps(dict(reversed(said.items()))))
    shutil.move(folder, tmp_path / "elsewhere")

    assert load_shipped(tmp_path / "elsewhere")[0].model_id == before


def test_the_id_changes_with_weights_sizes_and_preprocessing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever changes vectors; dropout, which does not, is a size like the others."""
    tensors = load_file(folder / WEIGHTS_FILE)
    other = {name: tensor.clone() for name, tensor in tensors.items()}
    other["layers.1.bias"][0] += 0.5
    ids = [write_tower(tmp_path, TEXT, tensors), write_tower(tmp_path, TEXT, other)]
    monkeypatch.setattr("encoders.towers.shipped.PREPROCESSING", {**PREPROCESSING, Modality.TEXT: "2: other words"})
    ids.append(write_tower(tmp_path, TEXT, tensors))
    monkeypatch.undo()

    assert len(set(ids)) == 3
    assert ids[0] == load_shipped(folder)[0].model_id


def test_a_size_that_a_file_does_not_say_has_its_default(folder: Path) -> None:
    """So a size that towers gain later leaves older folders as they are, id included: it is of what the file says."""
    said = json.loads((folder / TOWER_FILE).read_text())
    del said["dropout"]
    (folder / TOWER_FILE).write_text(json.dumps(said))
    with pytest.raises(BadCard) as caught:
        load_shipped(folder)
    card = (folder / CARD_FILE).read_text()
    (folder / CARD_FILE).write_text(card.replace(*_ids(str(caught.value))))

    assert load_shipped(folder)[1].modality is Modality.TEXT


def _ids(message: str) -> tuple[str, str]:
    """Return the two ids that a message names: of the card, of the folder."""
    first, second = [word.rstrip(",") for word in message.split() if word.startswith("text-")]
    return first, second


def without(tensors: Tensors) -> Tensors:
    """Leave one out."""
    return {name: tensor for name, tensor in tensors.items() if name != "layers.1.bias"}


def flat(tensors: Tensors) -> Tensors:
    """Give one another shape."""
    return {**tensors, "layers.1.bias": tensors["layers.1.bias"][:3].clone()}


def whole(tensors: Tensors) -> Tensors:
    """Give one another kind of numbers."""
    return {**tensors, "layers.1.bias": tensors["layers.1.bias"].to(torch.int64)}


def boundless(tensors: Tensors) -> Tensors:
    """Make one number infinite."""
    return {**tensors, "layers.1.bias": torch.full_like(tensors["layers.1.bias"], torch.inf)}


def more(tensors: Tensors) -> Tensors:
    """Add one that no layer wants."""
    return {**tensors, "layers.9.bias": torch.zeros(2)}


@pytest.mark.parametrize(
    ("change", "reason", "named"),
    [
        (without, RefusalReason.MISSING_WEIGHTS, "layers.1.bias is missing"),
        (flat, RefusalReason.BAD_WEIGHTS, r"layers.1.bias has shape \[3\], not \[16\]"),
        (whole, RefusalReason.BAD_WEIGHTS, "layers.1.bias is of torch.int64"),
        (boundless, RefusalReason.BAD_WEIGHTS, "layers.1.bias has a number that is not finite"),
        (more, RefusalReason.BAD_WEIGHTS, "layers.9.bias is of no layer"),
    ],
)
def test_weights_that_do_not_fit_are_refused_by_name(
    folder: Path, change: Callable[[Tensors], Tensors], reason: RefusalReason, named: str
) -> None:
    """Nothing is drawn at random in their place; the file stands in the message, too."""
    save_file(change(load_file(folder / WEIGHTS_FILE)), folder / WEIGHTS_FILE)

    with pytest.raises(ModelRefused, match=named) as caught:
        load_shipped(folder)

    assert caught.value.reason is reason
    assert str(folder / WEIGHTS_FILE) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "reason", "named"),
    [
        (TOWER_FILE, None, RefusalReason.BAD_CONFIG, TOWER_FILE),
        (TOWER_FILE, "{", RefusalReason.BAD_CONFIG, TOWER_FILE),
        (TOWER_FILE, "{}", RefusalReason.BAD_CONFIG, "kind"),
        (TOWER_FILE, '{"kind": "video"}', RefusalReason.BAD_CONFIG, "video"),
        (TOWER_FILE, '{"kind": "text", "hidden": 1}', RefusalReason.BAD_CONFIG, "hidden"),
        (TOWER_FILE, '{"kind": "text", "colour": 1}', RefusalReason.BAD_CONFIG, "colour"),
        (WEIGHTS_FILE, None, RefusalReason.NOT_SAFETENSORS, WEIGHTS_FILE),
        (WEIGHTS_FILE, "weights", RefusalReason.NOT_SAFETENSORS, WEIGHTS_FILE),
    ],
)
def test_files_that_are_missing_or_wrong_are_refused(
    folder: Path, name: str, content: str | None, reason: RefusalReason, named: str
) -> None:
    """With the file, and the field where there is one."""
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_text(content)

    with pytest.raises(ModelRefused, match=named) as caught:
        load_shipped(folder)

    assert caught.value.reason is reason


def test_no_folder_and_a_card_of_another_tower_are_refused(folder: Path, tmp_path: Path) -> None:
    """Each in its own words."""
    with pytest.raises(ModelRefused, match="not_found"):
        load_shipped(tmp_path / "nowhere")
    (folder / CARD_FILE).write_text((folder / CARD_FILE).read_text().replace('"text-', '"text-0'))
    with pytest.raises(BadCard, match="is of text-0"):
        load_shipped(folder)
    (folder / CARD_FILE).unlink()
    with pytest.raises(BadCard, match=CARD_FILE):
        load_shipped(folder)


def test_a_number_too_large_for_float16_is_not_written(tmp_path: Path) -> None:
    """It would come back infinite; the tower's own vectors stay near what is written otherwise."""
    tower = build_tower(TEXT)
    tensors = {name: tensor.clone() for name, tensor in tower.state_dict().items()}
    write_tower(tmp_path, TEXT, tensors)
    rounded = build_tower(TEXT)
    rounded.load_state_dict(load_file(tmp_path / WEIGHTS_FILE))
    for one, other in zip(
        TowerEncoder(tower, "a").encode(made_up(Modality.TEXT)),
        TowerEncoder(rounded, "b").encode(made_up(Modality.TEXT)),
        strict=True,
    ):
        assert one is not None
        assert other is not None
        assert float(one @ other) > 0.9999

    tensors["table.weight"][0, 0] = 1e5
    with pytest.raises(ModelRefused, match=r"table\.weight has a number that is not finite"):
        write_tower(tmp_path, TEXT, tensors)


@pytest.mark.parametrize("modality", Modality)
def test_onnx_gives_the_vectors_of_torch_under_the_same_id(tmp_path: Path, modality: Modality) -> None:
    """Workers of both kinds fill one index."""
    folder = tower_folder(modality, tmp_path)
    by_torch, card = load_shipped(folder)
    by_onnx, other = load_shipped(folder, Runtime.ONNX)

    assert other == card
    assert by_onnx.model_id == by_torch.model_id
    for left, right in zip(by_torch.encode(made_up(modality)), by_onnx.encode(made_up(modality)), strict=True):
        assert left is not None
        assert right is not None
        assert np.abs(left - right).max() < 1e-4


def test_bfloat16_gives_vectors_of_another_model(folder: Path) -> None:
    """They are near those of float32, but not near enough to be compared."""
    exact, _ = load_shipped(folder)
    rounded, card = load_shipped(folder, Runtime.BF16)

    assert rounded.model_id == card.model_id == f"{exact.model_id}-bf16"
    for left, right in zip(exact.encode(made_up(Modality.TEXT)), rounded.encode(made_up(Modality.TEXT)), strict=True):
        assert left is not None
        assert right is not None
        assert float(left @ right) > 0.999

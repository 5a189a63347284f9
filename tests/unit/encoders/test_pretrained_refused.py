"""Tests of folders that are not loaded, each with its reason."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from encoders.errors import BadCard, ModelRefused
from encoders.modality import Modality
from encoders.model_card import write_card
from encoders.towers.pretrained import find_folder
from encoders.towers.pretrained_source import ModelSource, load_pretrained
from tests.support.tiny_models import edit_json, save_tiny


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Tests share the machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tiny CLIP."""
    return save_tiny("clip", tmp_path / "clip")


def refused(folder: Path | str, modality: Modality = Modality.FRAMES) -> str:
    """Return the reason of a refusal."""
    with pytest.raises(ModelRefused) as caught:
        load_pretrained(ModelSource(str(folder)), modality)
    return str(caught.value.reason)


def test_a_name_that_is_not_on_this_machine_is_not_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing goes to the network unless that is asked for."""

    def no_network(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr("socket.getaddrinfo", no_network)

    assert refused("nobody/no-such-model") == "not_found"


@pytest.mark.parametrize("name", ["no such name", "a/b/c", "../elsewhere"])
def test_what_is_neither_folder_nor_name_is_not_found(name: str) -> None:
    """A typing mistake is answered by a type."""
    with pytest.raises(ModelRefused, match="not_found"):
        find_folder(name)


def test_pickled_weights_are_refused_even_where_transformers_would_load_them(folder: Path) -> None:
    """Loading a pickle runs what is in it."""
    weights = {name: torch.from_numpy(part) for name, part in load_file(folder / "model.safetensors").items()}
    torch.save(weights, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()

    with pytest.raises(ModelRefused, match=r"not_safetensors.*pytorch_model\.bin"):
        load_pretrained(ModelSource(str(folder)), Modality.FRAMES)


@pytest.mark.parametrize("name", ["../model.safetensors", "weights.bin", "missing.safetensors"])
def test_an_index_may_only_name_safetensors_of_its_own_folder(folder: Path, name: str) -> None:
    """An index is a file like any other and may lie."""
    (folder / "model.safetensors").rename(folder.parent / "model.safetensors")
    (folder / "weights.bin").write_bytes(b"")
    (folder / "model.safetensors.index.json").write_text(f'{{"weight_map": {{"a": "{name}"}}}}')

    assert refused(folder) == "not_safetensors"


def test_code_of_the_folder_is_never_run(folder: Path) -> None:
    """A kind that only the folder's own code could run is refused by name; no file of it is executed."""
    (folder / "trap.py").write_text("raise SystemExit('ran')")
    edit_json(folder / "config.json", model_type="trap", auto_map={"AutoModel": "trap.Trap", "AutoConfig": "trap.C"})

    assert refused(folder) == "remote_code"


def test_a_known_kind_that_brings_code_is_loaded_without_it(folder: Path) -> None:
    """Many folders carry a copy of code that the library has as well."""
    (folder / "trap.py").write_text("raise SystemExit('ran')")
    plain = load_pretrained(ModelSource(str(folder)), Modality.TEXT)[0]
    edit_json(folder / "config.json", auto_map={"AutoModel": "trap.Trap"})
    edit_json(folder / "tokenizer_config.json", auto_map={"AutoTokenizer": ["trap.Trap", "trap.Trap"]})

    assert load_pretrained(ModelSource(str(folder)), Modality.TEXT)[0].model_id == plain.model_id


@pytest.mark.parametrize(
    ("kind", "modality"), [("bert", Modality.FRAMES), ("whisper", Modality.TEXT), ("vit", Modality.AUDIO)]
)
def test_a_model_of_another_modality_is_refused(tmp_path: Path, kind: str, modality: Modality) -> None:
    """The message lists what would do."""
    assert refused(save_tiny(kind, tmp_path / kind), modality) == "unknown_kind"


@pytest.mark.parametrize("text", ["", "[1]", "{", "{}", '{"model_type": 3}'])
def test_a_bad_configuration_is_refused(folder: Path, text: str) -> None:
    """Whatever is in the file."""
    (folder / "config.json").write_text(text)

    assert refused(folder) == "bad_config"


@pytest.mark.parametrize("key", ["quantization_config", "transformers_weights", "attn_implementation"])
def test_a_configuration_that_loads_something_else_is_refused(folder: Path, key: str) -> None:
    """Only the float32 weights of the folder are what the digest is of."""
    edit_json(folder / "config.json", **{key: "somebody/something"})

    assert refused(folder) == "unsupported"


def test_weights_that_are_missing_are_not_drawn_at_random(folder: Path) -> None:
    """A model with a random layer would work, and mean nothing."""
    weights = load_file(folder / "model.safetensors")
    del weights["visual_projection.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})

    assert refused(folder) == "missing_weights"
    assert load_pretrained(ModelSource(str(folder)), Modality.TEXT)[0].dimension == 24


def test_weights_of_another_shape_are_refused(folder: Path) -> None:
    """The configuration says one thing, the file another."""
    weights = load_file(folder / "model.safetensors")
    weights["visual_projection.weight"] = np.zeros((3, 3), np.float32)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})

    assert refused(folder) == "bad_config"


def test_a_torn_file_is_refused(folder: Path) -> None:
    """A download that broke off."""
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[: len(data) // 2])

    assert refused(folder) == "bad_config"


def test_no_preprocessing_is_guessed(folder: Path) -> None:
    """Another mean of the colours would be another model."""
    (folder / "preprocessor_config.json").unlink()
    (folder / "tokenizer.json").unlink()

    assert refused(folder) == "no_preprocessing"
    assert refused(folder, Modality.TEXT) == "no_preprocessing"


def test_an_unknown_preprocessing_is_refused(folder: Path) -> None:
    """A class is only built when it is one of those that are known."""
    edit_json(folder / "preprocessor_config.json", image_processor_type="SomethingElse")

    assert refused(folder) == "unsupported"


def test_preprocessing_that_keeps_the_size_of_pictures_is_refused(folder: Path) -> None:
    """Pictures of a video would not fit into one batch, or into the network."""
    edit_json(folder / "preprocessor_config.json", do_resize=False, do_center_crop=False)

    assert refused(folder) == "unsupported"


def test_a_card_of_other_weights_is_refused(folder: Path) -> None:
    """Its figures would be believed."""
    card = load_pretrained(ModelSource(str(folder)), Modality.FRAMES)[1]
    write_card(card, folder)
    assert load_pretrained(ModelSource(str(folder)), Modality.FRAMES)[1] == card

    weights = load_file(folder / "model.safetensors")
    weights["visual_projection.weight"] = weights["visual_projection.weight"] * 2
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(BadCard, match="is of"):
        load_pretrained(ModelSource(str(folder)), Modality.FRAMES)

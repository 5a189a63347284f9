"""Tests of the file in which a suite is chosen."""

from pathlib import Path

import pytest

from encoders.errors import BadSuite
from encoders.modality import Modality
from encoders.suite_file import Source, read_suite

WHOLE = """
name = "mixed"
[frames]
source = "transformers"
model = "openai/clip-vit-base-patch32"
pooling = "mean"
whitening = "frames.safetensors"
local_files_only = false
revision = "main"
[text]
source = "signal"
[fusion]
kind = "concat"
weights = {frames = 2, text = 0.5}
"""


def written(folder: Path, text: str) -> Path:
    """Write a suite's file."""
    path = folder / "suite.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_says_for_each_modality_where_its_tower_comes_from(tmp_path: Path) -> None:
    """Paths are those beside the file."""
    choice = read_suite(written(tmp_path, WHOLE))

    assert choice.name == "mixed"
    assert list(choice.towers) == [Modality.FRAMES, Modality.TEXT]
    frames = choice.towers[Modality.FRAMES]
    assert (frames.source, frames.model, frames.pooling) == (
        Source.TRANSFORMERS,
        "openai/clip-vit-base-patch32",
        "mean",
    )
    assert frames.whitening == tmp_path / "frames.safetensors"
    assert (frames.local_files_only, frames.revision) == (False, "main")
    assert choice.weights == {Modality.FRAMES: 2.0, Modality.TEXT: 0.5}


def test_a_folder_beside_the_file_is_meant_before_a_name(tmp_path: Path) -> None:
    """So that a suite can be moved with its models."""
    (tmp_path / "model").mkdir()
    written(tmp_path, '[text]\nsource = "transformers"\nmodel = "model"')

    tower = read_suite(tmp_path).towers[Modality.TEXT]

    assert tower.model == str(tmp_path / "model")
    assert tower.local_files_only


def test_without_a_fusion_all_weigh_the_same_and_the_folder_gives_the_name(tmp_path: Path) -> None:
    """The shortest file."""
    folder = tmp_path / "short"
    folder.mkdir()

    choice = read_suite(written(folder, '[audio]\nsource = "signal"\n[text]\nsource = "signal"'))

    assert choice.name == "short"
    assert choice.weights == {Modality.AUDIO: 1.0, Modality.TEXT: 1.0}


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[text", ""),
        ('name = "x"', ""),
        ('nam = "x"\n[text]\nsource = "signal"', "nam"),
        ('name = "Big Name"\n[text]\nsource = "signal"', "name"),
        ('name = 3\n[text]\nsource = "signal"', "name"),
        ('text = "signal"', "text"),
        ("[text]", "text.source"),
        ('[text]\nsource = "magic"', "text.source"),
        ('[text]\nsource = "transformers"', "text.model"),
        ('[text]\nsource = "shipped"\nmodel = 1', "text.model"),
        ('[text]\nsource = "shipped"', "text.model"),
        ('[frames]\nsource = "shipped"\nmodel = "x"\npooling = "mean"', "frames.pooling"),
        ('[text]\nsource = "shipped"\nmodel = "x"\nrevision = "1"', "text.revision"),
        ('[text]\nsource = "signal"\nmodel = "x"', "text.model"),
        ('[text]\nsource = "signal"\ncolour = "x"', "text.colour"),
        ('[text]\nsource = "signal"\npooling = "mean"', "text.pooling"),
        ('[frames]\nsource = "transformers"\nmodel = "x"\npooling = "max"', "frames.pooling"),
        ('[frames]\nsource = "transformers"\nmodel = "x"\nlocal_files_only = "no"', "frames.local_files_only"),
        ('[text]\nsource = "signal"\nwhitening = 1', "text.whitening"),
        ('[text]\nsource = "signal"\n[fusion]\nkind = "sum"', "fusion.kind"),
        ('[text]\nsource = "signal"\n[fusion]\nkind = "head"', "fusion.file"),
        ('[text]\nsource = "signal"\n[fusion]\nfile = "x"', "fusion.file"),
        ('[text]\nsource = "signal"\n[fusion]\nkind = "head"\nfile = "x"\nweights = {}', "fusion.weights"),
        ('[text]\nsource = "signal"\n[fusion]\nweights = {text = 0}', "fusion.weights.text"),
        ('[text]\nsource = "signal"\n[fusion]\nweights = {text = true}', "fusion.weights.text"),
        ('[text]\nsource = "signal"\n[fusion]\nweights = {text = inf}', "fusion.weights.text"),
        ('[text]\nsource = "signal"\n[fusion]\nweights = {audio = 1}', "fusion.weights.audio"),
        ('[text]\nsource = "signal"\n[audio]\nsource = "signal"\n[fusion.weights]\ntext = 1', "fusion.weights.audio"),
    ],
)
def test_a_mistake_is_answered_with_its_field(tmp_path: Path, text: str, field: str) -> None:
    """For programs as an attribute, for people in the message."""
    with pytest.raises(BadSuite) as caught:
        read_suite(written(tmp_path, text))

    assert caught.value.field == field
    assert field in str(caught.value)


def test_a_missing_file_is_a_bad_suite(tmp_path: Path) -> None:
    """Typed."""
    with pytest.raises(BadSuite):
        read_suite(tmp_path)

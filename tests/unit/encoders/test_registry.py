"""Tests of the suites by name."""

import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import numpy as np
import pytest

from encoders import suite_folders
from encoders.errors import BadFusion, BadSuite, BadWhitening, ModelRefused, UnknownSuite
from encoders.fusion_head import write_head
from encoders.modality import Modality
from encoders.model_card import BankStatistics
from encoders.protocol import Encoder, Fusion
from encoders.registry import SIGNAL_WEIGHTS, load_fusion, load_suite
from encoders.runtime import Runtime
from encoders.suite_folders import suite_names, weights_folder
from encoders.training.fusion_head import FusionHead
from encoders.trial import made_up, try_suite
from encoders.whitening import Whitening, write_whitening
from tests.support.tiny_models import save_tiny
from tests.support.trained import tiny_suite, tower_folder

SIGNAL = """
[frames]
source = "signal"
[audio]
source = "signal"
[text]
source = "signal"
[fusion]
weights = {frames = 0.5, audio = 0.2, text = 0.3}
"""


def written(folder: Path, text: str, name: str = "suite.toml") -> str:
    """Write a suite's file; return its place as `load_suite` takes it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def model_id(folder: Path, text: str) -> str:
    """Return the id of the suite that a file chooses."""
    return load_suite(written(folder, text)).model_id


def test_every_listed_suite_loads_with_a_card_that_fits_it() -> None:
    """The card is what `ebr doctor` and people read; it must say what the suite does."""
    for name in suite_names():
        suite = load_suite(name)

        assert suite.name == suite.card.name == name
        assert suite.model_id == suite.card.model_id == suite.fusion.model_id
        assert isinstance(suite.fusion, Fusion)
        assert all(isinstance(encoder, Encoder) for encoder in suite.encoders.values())
        assert dict(suite.card.dimensions) == {m: e.dimension for m, e in suite.encoders.items()}
        assert suite.card.dimension == suite.fusion.dimension


def test_the_signal_suite_has_every_modality() -> None:
    """The baseline encodes all that a video has."""
    assert set(load_suite("signal").encoders) == set(Modality)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    """The error carries the names for a program, too."""
    with pytest.raises(UnknownSuite) as caught:
        load_suite("clip")

    assert "signal" in caught.value.known


def test_importing_the_package_loads_no_network_library() -> None:
    """Agents import the face; they must start without torch, transformers or PyAV."""
    program = "import sys, encoders; print(sorted({'torch', 'transformers', 'av'} & set(sys.modules)))"

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "[]"


def test_the_signal_suite_keeps_its_id() -> None:
    """Whatever else changes: vectors of running systems bear it."""
    assert load_suite("signal").model_id == "signal-1"


def test_a_file_chooses_the_same_towers_under_an_id_of_its_own(tmp_path: Path) -> None:
    """Its vectors are those of the towers; its id cannot be taken for the signal suite's."""
    suite, signal = load_suite(written(tmp_path / "mine", SIGNAL)), load_suite("signal")
    sample = made_up(Modality.TEXT, 1)

    assert suite.name == "mine"
    assert suite.model_id.startswith("mine-")
    assert suite.fusion.model_id == suite.card.model_id == suite.model_id
    np.testing.assert_array_equal(
        suite.encoders[Modality.TEXT].encode(sample)[0], signal.encoders[Modality.TEXT].encode(sample)[0]
    )


def test_the_id_changes_with_all_that_changes_vectors(tmp_path: Path) -> None:
    """Towers, weights of the fusion, whitening; what says the same in other words keeps it."""
    folder = tmp_path / "mine"
    ones = np.ones(192, np.float32)
    bank = BankStatistics(size=10, data_digest="", score_mean=0.0, score_deviation=0.1)
    folder.mkdir()
    write_whitening(Whitening(0 * ones, ones), bank, folder / "one.safetensors")
    write_whitening(Whitening(0 * ones, 2 * ones), bank, folder / "two.safetensors")
    white = SIGNAL.replace("[text]", '[text]\nwhitening = "one.safetensors"')

    ids = [
        model_id(folder, SIGNAL),
        model_id(folder, SIGNAL.replace("0.2", "0.3")),
        model_id(folder, '[text]\nsource = "signal"'),
        model_id(folder, white),
        model_id(folder, white.replace("one.", "two.")),
    ]

    assert len(set(ids)) == len(ids)
    assert model_id(folder, SIGNAL.replace("0.5", "5").replace("0.2", "2").replace("0.3", "3")) == ids[0]


def test_a_suite_of_foreign_towers_keeps_all_that_a_trial_asks(tmp_path: Path) -> None:
    """One file, three sources of which one is shared by two modalities."""
    save_tiny("clip", tmp_path / "mine" / "clip")
    text = SIGNAL.replace('[frames]\nsource = "signal"', '[frames]\nsource = "transformers"\nmodel = "clip"')
    text = text.replace('[text]\nsource = "signal"', '[text]\nsource = "transformers"\nmodel = "clip"')

    suite = load_suite(written(tmp_path / "mine", text))

    assert try_suite(suite) == []
    assert [tower.source for tower in suite.card.towers] == ["transformers", "signal", "transformers"]
    assert dict(suite.card.dimensions) == {Modality.FRAMES: 48, Modality.AUDIO: 128, Modality.TEXT: 24}
    assert suite.card.dimension == suite.fusion.dimension == 200


def test_the_bank_of_a_whitening_stands_in_the_card(tmp_path: Path) -> None:
    """Where scores are normalised by it."""
    bank = BankStatistics(size=10, data_digest="sha256:1", score_mean=0.0, score_deviation=0.1)
    ones = np.ones(192, np.float32)
    (tmp_path / "mine").mkdir()
    write_whitening(Whitening(0 * ones, ones), bank, tmp_path / "mine" / "w.safetensors")

    suite = load_suite(written(tmp_path / "mine", '[text]\nsource = "signal"\nwhitening = "w.safetensors"'))

    assert suite.card.banks == {Modality.TEXT: bank}
    assert suite.card.towers[0].whitening != "none"
    assert try_suite(suite) == []


def test_a_trained_head_fuses_where_a_file_says_so(tmp_path: Path) -> None:
    """Its digest is part of the id; one of other towers is refused."""
    folder = tmp_path / "mine"
    folder.mkdir()
    sizes = {modality: encoder.dimension for modality, encoder in load_suite("signal").encoders.items()}
    write_head(FusionHead(sizes, SIGNAL_WEIGHTS, 64, 8).exported(), folder / "f.safetensors")
    concat = model_id(folder, SIGNAL)
    text = SIGNAL.partition("[fusion]")[0] + '[fusion]\nkind = "head"\nfile = "f.safetensors"'

    suite = load_suite(written(folder, text))

    assert suite.card.dimension == suite.fusion.dimension == 64
    assert suite.model_id != concat
    assert try_suite(suite) == []
    with pytest.raises(BadFusion, match="the towers give text 192"):
        load_suite(written(folder, text.replace('[frames]\nsource = "signal"\n[audio]\nsource = "signal"\n', "")))


def test_a_shipped_suite_is_known_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of the package's weights with a suite's file; its towers may be used by other suites."""
    monkeypatch.setattr(suite_folders, "weights_folder", lambda: tmp_path / "weights")
    tower_folder(Modality.TEXT, tmp_path / "weights/small/text")
    written(tmp_path / "weights/small", '[text]\nsource = "shipped"\nmodel = "text"')

    suite = load_suite("small")
    other = load_suite(written(tmp_path / "other", '[text]\nsource = "shipped"\nmodel = "small/text"'))

    assert suite_names() == ("signal", "small")
    assert suite.name == "small"
    assert suite.card.towers[0].source == "shipped"
    assert other.card.towers == suite.card.towers
    assert other.model_id.partition("-")[2] == suite.model_id.partition("-")[2]
    with pytest.raises(ModelRefused, match="encodes text, not audio"):
        load_suite(written(tmp_path / "wrong", '[audio]\nsource = "shipped"\nmodel = "small/text"'))


def test_a_runtime_changes_neither_the_id_of_a_suite_nor_what_has_no_network(tmp_path: Path) -> None:
    """A worker may choose its runtime by its machine; a mixed suite is no hindrance."""
    tower_folder(Modality.TEXT, tmp_path / "text")
    text = '[frames]\nsource = "signal"\n[text]\nsource = "shipped"\nmodel = "text"'
    name = written(tmp_path, text)

    by_torch, by_onnx = load_suite(name), load_suite(name, Runtime.ONNX)

    assert by_onnx.card == by_torch.card
    assert load_suite(name, Runtime.BF16).model_id != by_torch.model_id
    assert load_suite("signal", Runtime.ONNX).model_id == "signal-1"
    assert try_suite(by_onnx) == []


def test_a_runtime_that_a_source_does_not_have_is_refused(tmp_path: Path) -> None:
    """Who asked for one must not believe that it is used."""
    save_tiny("bert", tmp_path / "text")
    name = written(tmp_path, '[text]\nsource = "transformers"\nmodel = "text"')

    with pytest.raises(ModelRefused, match=r"text\.source transformers is run by torch"):
        load_suite(name, Runtime.ONNX)


def test_the_fusion_alone_is_that_of_the_suite(tmp_path: Path) -> None:
    """Same card, same vectors, whatever the towers are; of a trained tower only the card is read."""
    shipped = tiny_suite(tmp_path / "tiny")
    save_tiny("clip", tmp_path / "mixed" / "clip")
    mixed = written(tmp_path / "mixed", '[text]\nsource = "transformers"\nmodel = "clip"\n[audio]\nsource = "signal"')

    for name in ("signal", str(shipped), mixed):
        suite = load_suite(name)
        fusion, card = load_fusion(name)
        vectors = {m: np.ones(encoder.dimension, np.float32) for m, encoder in suite.encoders.items()}

        assert card == suite.card
        assert fusion.model_id == suite.model_id
        np.testing.assert_array_equal(fusion.fuse(vectors), suite.fusion.fuse(vectors))

    for runtime in Runtime:
        assert load_fusion(str(shipped), runtime)[1] == load_suite(str(shipped), runtime).card
    (shipped / "text/weights.safetensors").unlink()
    assert load_fusion(str(shipped))[1].name == "tiny"


def test_the_fusion_of_a_trained_suite_loads_no_torch(tmp_path: Path) -> None:
    """FUSE encodes nothing; a process of it stays small."""
    name = str(tiny_suite(tmp_path / "tiny"))
    program = "import sys; from encoders import load_fusion; load_fusion(sys.argv[1]); print('torch' in sys.modules)"

    told = subprocess.run([sys.executable, "-c", program, name], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "False"


def test_the_fusion_of_what_does_not_fit_is_refused_too(tmp_path: Path) -> None:
    """Another dimension, another modality, no folder; one where we happen to be is not meant."""
    folder = tiny_suite(tmp_path / "tiny")
    ones = np.ones(8, np.float32)
    bank = BankStatistics(size=10, data_digest="", score_mean=0.0, score_deviation=0.1)
    write_whitening(Whitening(0 * ones, ones), bank, folder / "w.safetensors")
    text = '[text]\nsource = "shipped"\nmodel = "text"'

    for load in (load_fusion, load_suite):
        with pytest.raises(BadWhitening, match="8 dimensions"):
            load(written(folder, text + '\nwhitening = "w.safetensors"'))
        with pytest.raises(ModelRefused, match="encodes audio, not text"):
            load(written(folder, text.replace('model = "text"', 'model = "audio"')))
        with pytest.raises(ModelRefused, match="not_found"), chdir(folder):
            load(written(tmp_path / "elsewhere", text))


def test_what_ships_stays_small() -> None:
    """Every installation carries it: 32 MB a suite at most, licences stated."""
    for name in sorted(set(suite_names()) - {"signal"}):
        files = [path for path in (weights_folder() / name).rglob("*") if path.is_file()]
        assert sum(path.stat().st_size for path in files) <= 32_000_000
        assert {path.suffix for path in files} <= {".json", ".safetensors", ".toml"}
        assert all(card.licences for card in load_suite(name).card.towers)


def test_what_a_file_names_but_is_not_there_is_refused_by_type(tmp_path: Path) -> None:
    """Before anything is encoded."""
    with pytest.raises(ModelRefused):
        load_suite(written(tmp_path, '[text]\nsource = "shipped"\nmodel = "nothing"'))
    with pytest.raises(BadWhitening):
        load_suite(written(tmp_path, '[text]\nsource = "signal"\nwhitening = "nothing"'))
    with pytest.raises(BadSuite):
        load_suite(written(tmp_path, "[text]", "other.toml"))
    with pytest.raises(UnknownSuite):
        load_suite(str(tmp_path / "nowhere"))

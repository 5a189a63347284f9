"""Tests of encoders that transformers runs, beyond what every encoder promises."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from encoders.errors import ModelRefused
from encoders.modality import Modality
from encoders.protocol import Encoder
from encoders.samples import Caption, Frames, Sample, Waveform
from encoders.towers.pretrained_frames import Pooling
from encoders.towers.pretrained_source import ModelSource, load_pretrained
from encoders.trial import made_up
from tests.contracts.encoder import pretrained
from tests.support.tiny_models import edit_json, save_tiny


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Tests share the machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def clip_of(count: int, seed: int = 1) -> Frames:
    """Return a clip of random pictures."""
    random = np.random.default_rng(seed)
    return Frames(tuple(random.integers(0, 256, (40, 50, 3)).astype(np.uint8) for _ in range(count)))


def said(encoder: Encoder, *samples: Sample) -> list[NDArray[np.float32]]:
    """Return the vectors of samples that all say something."""
    vectors = [vector for vector in encoder.encode(samples) if vector is not None]
    assert len(vectors) == len(samples)
    return vectors


def model_id(folder: Path, modality: Modality = Modality.FRAMES, pooling: Pooling = Pooling.ORDERED) -> str:
    """Return the id of a folder's encoder."""
    return load_pretrained(ModelSource(str(folder), pooling), modality)[0].model_id


@pytest.mark.parametrize("kind", ["clip", "videomae"])
def test_a_clip_played_backwards_is_another_one(kind: str) -> None:
    """Frames are pooled with their order."""
    encoder = pretrained(kind, Modality.FRAMES)
    clip = clip_of(4)

    forward, backward = said(encoder, clip, Frames(clip.images[::-1]))

    assert np.abs(forward - backward).max() > 1e-3


def test_ordered_pooling_has_the_mean_as_its_first_half() -> None:
    """The second half is the order alone: a clip of one picture has none."""
    ordered, mean = pretrained("clip", Modality.FRAMES), pretrained("clip", Modality.FRAMES, Pooling.MEAN)
    still = clip_of(1)

    pooled, plain = said(ordered, still)[0], said(mean, still)[0]

    assert ordered.dimension == 2 * mean.dimension
    np.testing.assert_allclose(pooled[: mean.dimension], plain, atol=1e-6)
    np.testing.assert_allclose(pooled[mean.dimension :], 0.0, atol=1e-6)


def test_a_blank_picture_in_a_clip_is_left_out() -> None:
    """A black start says nothing about what follows; with the plain mean it changes nothing at all."""
    encoder = pretrained("dinov2", Modality.FRAMES, Pooling.MEAN)
    clip = clip_of(3)

    with_black, without = said(encoder, Frames((np.zeros((9, 9, 3), np.uint8), *clip.images)), clip)

    np.testing.assert_allclose(with_black, without, atol=1e-6)


def test_sound_at_another_rate_is_brought_to_that_of_the_network() -> None:
    """The same tone recorded at 16 and at 32 kHz is the same sound."""
    encoder = pretrained("whisper", Modality.AUDIO)
    seconds = np.arange(32_000) / 32_000
    tone = (0.4 * np.sin(2 * np.pi * 700 * seconds)).astype(np.float32)

    fine, coarse = said(encoder, Waveform(tone, 32_000), Waveform(tone[::2].copy(), 16_000))

    assert float(fine @ coarse) > 0.999


@pytest.mark.parametrize("kind", ["ast", "clap", "whisper"])
def test_only_the_first_seconds_of_a_long_sound_are_heard(kind: str) -> None:
    """No chance cuts it: where it is cut is always the same."""
    encoder = pretrained(kind, Modality.AUDIO)
    random = np.random.default_rng(5)
    start = random.uniform(-0.5, 0.5, 40_000).astype(np.float32)
    rest = [random.uniform(-0.5, 0.5, 40_000).astype(np.float32) for _ in range(2)]

    first, second = said(encoder, *(Waveform(np.concatenate([start, part])) for part in rest))

    np.testing.assert_allclose(first, second, atol=1e-4)


def test_a_long_text_is_cut_and_half_a_letter_does_no_harm() -> None:
    """The rest is not read; a torn emoji is one unknown word."""
    encoder = pretrained("bert", Modality.TEXT)
    words = "dog cat " * 50

    cut, longer, _torn = said(encoder, Caption(words), Caption(words + "three"), Caption("dog \ud83d cat"))

    np.testing.assert_allclose(cut, longer, atol=1e-6)


def test_the_id_changes_with_weights_preprocessing_and_pooling_but_not_with_the_place(tmp_path: Path) -> None:
    """Vectors under one id can be compared; moving a folder makes no vector anew."""
    folder = save_tiny("clip", tmp_path / "one")
    ids = [model_id(folder), model_id(folder, pooling=Pooling.MEAN), model_id(folder, Modality.TEXT)]
    moved = folder.rename(tmp_path / "two")
    assert model_id(moved) == ids[0]

    edit_json(moved / "preprocessor_config.json", image_mean=[0.5, 0.5, 0.5])
    ids.append(model_id(moved))
    weights = bytearray((moved / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (moved / "model.safetensors").write_bytes(weights)
    ids.append(model_id(moved))

    assert len(set(ids)) == 5


def test_the_preprocessing_stands_in_the_card(tmp_path: Path) -> None:
    """Whoever reads the card knows what a picture goes through."""
    card = load_pretrained(ModelSource(str(save_tiny("clip", tmp_path / "clip"))), Modality.FRAMES)[1]

    assert '"crop_size"' in card.preprocessing
    assert "first cosine of time" in card.preprocessing
    assert card.source == "transformers"
    assert card.dimension == 48


def test_words_are_pooled_as_sentence_transformers_wrote_it_down(tmp_path: Path) -> None:
    """A folder of that library says mean or first place; anything else is refused, not guessed."""
    folder = save_tiny("bert", tmp_path / "bert")
    mean = model_id(folder, Modality.TEXT)
    (folder / "1_Pooling").mkdir()
    config = folder / "1_Pooling" / "config.json"

    config.write_text('{"pooling_mode_mean_tokens": true, "pooling_mode_cls_token": false}')
    assert model_id(folder, Modality.TEXT) == mean
    config.write_text('{"pooling_mode_cls_token": true}')
    assert model_id(folder, Modality.TEXT) != mean
    config.write_text('{"pooling_mode_max_tokens": true}')
    with pytest.raises(ModelRefused, match="unsupported"):
        model_id(folder, Modality.TEXT)


def test_a_preprocessing_saved_within_a_processor_is_found(tmp_path: Path) -> None:
    """The newer form of the same file."""
    folder = save_tiny("clip", tmp_path / "clip")
    inner = (folder / "preprocessor_config.json").read_text()
    (folder / "preprocessor_config.json").unlink()
    (folder / "processor_config.json").write_text(f'{{"image_processor": {inner}, "processor_class": "CLIPProcessor"}}')

    encoder = load_pretrained(ModelSource(str(folder)), Modality.FRAMES)[0]

    before = pretrained("clip", Modality.FRAMES)
    sample = made_up(Modality.FRAMES, 1)[0]
    np.testing.assert_allclose(said(encoder, sample)[0], said(before, sample)[0], atol=1e-6)

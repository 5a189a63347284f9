"""A suite with banks that a test makes by itself: the signal towers, whitened on scenes, tunes and words.

Its words may be read by a tower of ours instead, with the weights that chance gave it and a vector of two blocks.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from encoders import load_suite
from encoders.embedding import to_unit
from encoders.modality import Modality
from encoders.model_card import BankStatistics, ModelCard, write_card
from encoders.protocol import Encoder
from encoders.samples import Caption, Frames, Sample, Waveform
from encoders.suite_bank import suite_bank, write_suite_bank
from encoders.towers.build import build_tower
from encoders.towers.shipped import load_shipped, write_tower
from encoders.towers.text import TextTowerSpec
from encoders.training.bank import Bank
from encoders.training.dataset import Origin
from encoders.training.measured_bank import encoded_bank
from encoders.whitening import Whitening, bank_statistics, fit_whitening, write_whitening
from tests.support.media import scene, tune

_SIZE = 32
_WORDS = ("river", "garden", "window", "paper", "mountain", "engine", "coffee", "bridge", "silver", "thunder", "velvet")


_READING = TextTowerSpec(buckets=1_024, width=64, hidden=64, dimension=96, aspects={"wording": 32, "intent": 64})


def write_banked_suite(folder: Path, *, blocks: bool = False) -> Path:
    """Write the suite's file with its whitenings into a folder; return it.

    Args:
        folder: Made if it is not there.
        blocks: Whether its text has them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    encoders: dict[Modality, Encoder] = dict(load_suite("signal").encoders)
    if blocks:
        encoders[Modality.TEXT] = _reading(folder / "reading")
    for modality, encoder in encoders.items():
        vectors = np.stack([vector for vector in encoder.encode(_bank(modality)) if vector is not None])
        whitening = fit_whitening(vectors)
        bank = bank_statistics(whitening.apply(vectors), "made up")
        write_whitening(whitening, bank, folder / f"{modality}.safetensors")
        lines += [f"[{modality}]", f'whitening = "{modality}.safetensors"']
        if blocks and modality is Modality.TEXT:
            lines += ['source = "shipped"', 'model = "reading"']
            _write_card(folder / "reading", encoder.model_id, whitening, bank, whitening.apply(vectors))
        else:
            lines.append('source = "signal"')
    file = folder / "suite.toml"
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")
    _write_bank(folder)
    return file


def _write_bank(folder: Path) -> None:
    """Write what strangers score by the whole suite."""
    suite = load_suite(str(folder))
    samples = [dict(zip(Modality, row, strict=True)) for row in zip(*map(_bank, Modality), strict=True)]
    origin = Origin(source="tests", digest="made up", licences=())
    vectors = encoded_bank(Bank(posts=samples, size=len(samples), origin=origin), suite.encoders)
    write_suite_bank(suite_bank(suite.card, suite.fusion, vectors, "made up"), folder)


def _reading(folder: Path) -> Encoder:
    """Write a tower, with a card that knows no bank yet; return it."""
    folder.mkdir(exist_ok=True)
    with torch.random.fork_rng():
        torch.manual_seed(11)
        tower = build_tower(_READING)
    model_id = write_tower(folder, _READING, tower.state_dict())
    write_card(_card(model_id), folder)
    return load_shipped(folder)[0]


def _card(model_id: str) -> ModelCard:
    return ModelCard(
        name="reading", modality=Modality.TEXT, model_id=model_id, dimension=_READING.dimension, source="shipped",
        aspects=_READING.aspects,
    )  # fmt: skip


def _write_card(
    folder: Path, model_id: str, whitening: Whitening, bank: BankStatistics, served: np.ndarray[tuple[int, ...]]
) -> None:
    """Write the card of the tower as it is served."""
    pieces = np.split(served, np.cumsum(list(_READING.aspects.values()))[:-1], axis=1)
    blocks = {
        name: bank_statistics(np.stack([to_unit(row) for row in piece]), "made up")
        for name, piece in zip(_READING.aspects, pieces, strict=True)
    }
    write_card(replace(_card(model_id), whitening=whitening.digest(), bank=bank, blocks=blocks), folder)


def _bank(modality: Modality) -> list[Sample]:
    """Return samples that have nothing to do with each other."""
    random, numbers = np.random.default_rng(8), range(1_000, 1_000 + _SIZE)
    if modality is Modality.FRAMES:
        return [Frames(tuple(scene(n, at, 64, 48) for at in (0.0, 0.5))) for n in numbers]
    if modality is Modality.AUDIO:
        return [Waveform(tune(n, 1.0)) for n in numbers]
    return [Caption(" ".join(random.choice(_WORDS, 5))) for _ in numbers]

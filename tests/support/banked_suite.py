"""A suite with banks that a test makes by itself: the signal towers, whitened on scenes, tunes and words."""

from pathlib import Path

import numpy as np

from encoders import load_suite
from encoders.modality import Modality
from encoders.samples import Caption, Frames, Sample, Waveform
from encoders.whitening import bank_statistics, fit_whitening, write_whitening
from tests.support.media import scene, tune

_SIZE = 32
_WORDS = ("river", "garden", "window", "paper", "mountain", "engine", "coffee", "bridge", "silver", "thunder", "velvet")


def write_banked_suite(folder: Path) -> Path:
    """Write the suite's file with its whitenings into a folder; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for modality, encoder in load_suite("signal").encoders.items():
        vectors = np.stack([vector for vector in encoder.encode(_bank(modality)) if vector is not None])
        whitening = fit_whitening(vectors)
        write_whitening(
            whitening, bank_statistics(whitening.apply(vectors), "made up"), folder / f"{modality}.safetensors"
        )
        lines += [f"[{modality}]", 'source = "signal"', f'whitening = "{modality}.safetensors"']
    file = folder / "suite.toml"
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return file


def _bank(modality: Modality) -> list[Sample]:
    """Return samples that have nothing to do with each other."""
    random, numbers = np.random.default_rng(8), range(1_000, 1_000 + _SIZE)
    if modality is Modality.FRAMES:
        return [Frames(tuple(scene(n, at, 64, 48) for at in (0.0, 0.5))) for n in numbers]
    if modality is Modality.AUDIO:
        return [Waveform(tune(n, 1.0)) for n in numbers]
    return [Caption(" ".join(random.choice(_WORDS, 5))) for _ in numbers]

"""The siblings of `Encoder`: the signal towers, our own networks by each runtime, every kind of transformers model."""

import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import numpy as np
import torch

from encoders.modality import Modality
from encoders.protocol import Encoder
from encoders.registry import load_suite
from encoders.towers.build import TowerSpec, build_tower, modality_of
from encoders.towers.onnx_forward import OnnxForward
from encoders.towers.pretrained_frames import Pooling
from encoders.towers.pretrained_source import ModelSource, load_pretrained
from encoders.towers.shipped import load_shipped
from encoders.towers.tower_encoder import TowerEncoder
from encoders.trial import made_up
from encoders.whitened import WhitenedEncoder
from encoders.whitening import fit_whitening
from tests.support.recipes import AUDIO, BESIDE_SIGNAL, FRAMES, JOINED, TEXT
from tests.support.tiny_models import save_tiny
from tests.support.trained import tower_folder

MakeEncoder = Callable[[], Encoder]

PRETRAINED = (
    ("ast", Modality.AUDIO),
    ("bert", Modality.TEXT),
    ("clap", Modality.AUDIO),
    ("clap", Modality.TEXT),
    ("clip", Modality.FRAMES),
    ("clip", Modality.TEXT),
    ("dinov2", Modality.FRAMES),
    ("distilbert", Modality.TEXT),
    ("roberta", Modality.TEXT),
    ("siglip", Modality.FRAMES),
    ("siglip", Modality.TEXT),
    ("siglip2", Modality.FRAMES),
    ("siglip2", Modality.TEXT),
    ("videomae", Modality.FRAMES),
    ("vit", Modality.FRAMES),
    ("whisper", Modality.AUDIO),
)


@cache
def pretrained(kind: str, modality: Modality, pooling: Pooling = Pooling.ORDERED) -> Encoder:
    """Return the encoder of a tiny model; the folder may go once it is loaded."""
    with tempfile.TemporaryDirectory() as folder:
        return load_pretrained(ModelSource(str(save_tiny(kind, Path(folder))), pooling), modality)[0]


def whitened(encoder: Encoder) -> Encoder:
    """Return an encoder whitened by what it says of made-up samples."""
    bank = [vector for vector in encoder.encode(made_up(encoder.modality, 24)) if vector is not None]
    return WhitenedEncoder(encoder, fit_whitening(np.stack(bank)))


def signal(modality: Modality) -> Encoder:
    """Return a tower of the signal suite."""
    return load_suite("signal").encoders[modality]


def own(spec: TowerSpec, *, onnx: bool) -> Encoder:
    """Return an untrained network of ours."""
    torch.manual_seed(0)
    tower = build_tower(spec)
    return TowerEncoder(tower, "own-1", OnnxForward(tower) if onnx else None)


@cache
def shipped(modality: Modality) -> Encoder:
    """Return a tower of a run of two steps; the folder may go once it is loaded."""
    with tempfile.TemporaryDirectory() as folder:
        return load_shipped(tower_folder(modality, Path(folder)))[0]


SIBLINGS: dict[str, MakeEncoder] = {
    **{f"signal-{modality}": partial(signal, modality) for modality in Modality},
    **{f"{kind}-{modality}": partial(pretrained, kind, modality) for kind, modality in PRETRAINED},
    **{f"own-{modality_of(spec)}": partial(own, spec, onnx=False) for spec in (FRAMES, AUDIO, TEXT)},
    **{f"onnx-{modality_of(spec)}": partial(own, spec, onnx=True) for spec in (FRAMES, AUDIO, TEXT)},
    "own-joined": partial(own, JOINED, onnx=False),
    "onnx-joined": partial(own, JOINED, onnx=True),
    "own-beside-signal": partial(own, BESIDE_SIGNAL, onnx=False),
    "onnx-beside-signal": partial(own, BESIDE_SIGNAL, onnx=True),
    **{f"shipped-{modality}": partial(shipped, modality) for modality in Modality},
    "clip-frames-mean": lambda: pretrained("clip", Modality.FRAMES, Pooling.MEAN),
    "clip-text-whitened": lambda: whitened(pretrained("clip", Modality.TEXT)),
    "shipped-frames-whitened": lambda: whitened(shipped(Modality.FRAMES)),
    "signal-frames-whitened": lambda: whitened(signal(Modality.FRAMES)),
}

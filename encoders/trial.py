"""What a suite must keep, tried on made-up samples before anybody relies on it."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from encoders.embedding import UNIT_TOLERANCE, Embedding, to_unit_float16
from encoders.errors import EncodersError
from encoders.modality import Modality
from encoders.protocol import Encoder
from encoders.registry import Suite
from encoders.samples import Caption, Frames, Sample, Waveform

SAMPLES = 8

BATCH_TOLERANCE = 1e-5
"""How far a coordinate may move with what else is in the batch; the promise of `Encoder.encode`."""

NORM_TOLERANCE = 1e-5
"""How far a norm of float32 may be from 1."""

LEAST_COSINE = 0.9999
"""Between a vector and its float16: rounding moves a coordinate by 2**-11 of itself, so a cosine by far less."""

_PHRASES = (
    "one",
    "a dog runs",
    "two cats dance in the kitchen while nobody watches",
    "новый танец",
    "一起跳舞",
    "#challenge #dance day 3",
    "the same words again and again " * 20,
    "three jump",
)


def made_up(modality: Modality, count: int = SAMPLES) -> list[Sample]:
    """Return samples of unequal sizes that all say something; the same ones in every call."""
    random = np.random.RandomState(20_261_124)
    if modality is Modality.FRAMES:
        return [Frames(tuple(_picture(random, 40 + 8 * i) for _ in range(i % 8 + 1))) for i in range(count)]
    if modality is Modality.AUDIO:
        return [Waveform(_sound(random, 1_600 * (i % 7 + 1) ** 2)) for i in range(count)]
    return [Caption(_PHRASES[i % len(_PHRASES)]) for i in range(count)]


def blanks(modality: Modality) -> list[Sample]:
    """Return samples that say nothing."""
    if modality is Modality.FRAMES:
        black, white = np.zeros((48, 64, 3), np.uint8), np.full((48, 64, 3), 255, np.uint8)
        return [Frames((black,)), Frames((black, white))]
    if modality is Modality.AUDIO:
        return [Waveform(np.zeros(size, np.float32)) for size in (0, 100, 32_000)]
    return [Caption(text) for text in ("", " \n", "\u200b")]


def try_encoder(encoder: Encoder) -> list[str]:
    """Return what an encoder does not keep; nothing where it keeps all."""
    samples = made_up(encoder.modality)
    try:
        together = encoder.encode(samples)
        alone = [encoder.encode([sample])[0] for sample in samples]
        backwards = encoder.encode([*blanks(encoder.modality), *samples[::-1]])
    except EncodersError as error:
        return [f"{encoder.modality}: {error}"]
    silent = len(blanks(encoder.modality))
    faults = [f"blank sample {i} is not missing" for i, row in enumerate(backwards[:silent]) if row is not None]
    for i, vectors in enumerate(zip(together, alone, backwards[: silent - 1 : -1], strict=True)):
        faults += [f"sample {i}: {fault}" for fault in _faults(vectors, encoder.dimension)]
    return [f"{encoder.modality}: {fault}" for fault in faults]


def try_suite(suite: Suite) -> list[str]:
    """Return what a suite does not keep: that of its encoders, then that of its fusion with any modality missing."""
    faults = [fault for encoder in suite.encoders.values() for fault in try_encoder(encoder)]
    if faults:
        return faults
    vectors: dict[Modality, NDArray[np.float32]] = {}
    for modality, encoder in suite.encoders.items():
        vector = encoder.encode(made_up(modality, 1))[0]
        if vector is not None:
            vectors[modality] = vector
    if suite.card.model_id != suite.model_id:
        faults.append(f"the card is of {suite.card.model_id}, the suite of {suite.model_id}")
    held = [vectors] + [{modality: vector} for modality, vector in vectors.items()]
    for present in held:
        faults += [f"fusion of {' and '.join(present)}: {fault}" for fault in _fused_faults(suite, present)]
    return faults


def _fused_faults(suite: Suite, present: Mapping[Modality, NDArray[np.float32]]) -> list[str]:
    try:
        first, second = suite.fusion.fuse(present), suite.fusion.fuse(dict(reversed(list(present.items()))))
    except EncodersError as error:
        return [str(error)]
    return _faults((first, second), suite.fusion.dimension)


def _faults(vectors: tuple[NDArray[np.float32] | None, ...], dimension: int) -> list[str]:
    """Return what is wrong with vectors of one sample that were computed in different batches."""
    first = vectors[0]
    if first is None or any(vector is None for vector in vectors):
        return ["it counts as missing though it says something"]
    if first.shape != (dimension,) or first.dtype != np.float32:
        return [f"{first.dtype} {first.shape}, not float32 ({dimension},)"]
    if not np.isfinite(first).all():
        return ["not finite"]
    norm = float(np.linalg.norm(first.astype(np.float64)))
    moved = max(float(np.abs(vector - first).max()) for vector in vectors if vector is not None)
    out = [] if abs(norm - 1.0) <= NORM_TOLERANCE else [f"norm {norm:.6f}, not 1"]
    if moved > BATCH_TOLERANCE:
        out.append(f"a coordinate moves by {moved:.1e} with the batch")
    return out + _stored_faults(first)


def _stored_faults(vector: NDArray[np.float32]) -> list[str]:
    """Return what is lost when a vector is stored as float16."""
    stored = Embedding(to_unit_float16(vector), "tried").vector.astype(np.float64)
    norm = float(np.linalg.norm(stored))
    cosine = float(stored @ vector.astype(np.float64) / norm)
    kept = abs(norm - 1.0) <= UNIT_TOLERANCE and cosine >= LEAST_COSINE
    return [] if kept else [f"float16 turns it to a cosine of {cosine:.6f}"]


def _picture(random: np.random.RandomState, side: int) -> NDArray[np.uint8]:
    """Return a picture of large patches, so that resizing leaves something."""
    patches = random.randint(0, 256, (6, 8, 3)).astype(np.uint8)
    return patches.repeat(side // 6 + 1, axis=0).repeat(side // 8 + 1, axis=1)


def _sound(random: np.random.RandomState, size: int) -> NDArray[np.float32]:
    """Return a tone with noise."""
    tone = np.sin(np.arange(size) * random.uniform(0.02, 0.5))
    sound: NDArray[np.float32] = (0.3 * tone + random.uniform(-0.1, 0.1, size)).astype(np.float32)
    return sound

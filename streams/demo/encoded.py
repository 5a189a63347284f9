"""The vectors of posts by one suite, as the roles that decode, encode and fuse would give them."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from encoders import MediaError, Suite, to_unit_float16
from encoders.corpus import Truth
from encoders.media import DecodePool, frames_from_jpeg, waveform_from_pcm
from encoders.modality import Modality
from encoders.samples import Caption, Sample, Samples
from index import Rows
from streams.policy import VectorSet, rows_of
from streams.wire.envelope import ModalityName

# Two cores decode; a batch of so many fills an encoder without filling the memory.
_PROCESSES = 2
_BATCH = 16
_DEADLINE_SECONDS = 20.0
_NAMES: dict[Modality, ModalityName] = {Modality.FRAMES: "frames", Modality.AUDIO: "audio", Modality.TEXT: "text"}


def encoded(suite: Suite, posts: Iterable[tuple[str, Samples]]) -> Rows:
    """Encode posts.

    Args:
        suite: By which.
        posts: Ids with samples.

    Returns:
        A row a post, in order; posts that say nothing are left out. Vectors are float16, as messages bear them.
    """
    sets: list[tuple[str, VectorSet]] = []
    rest = iter(posts)
    while batch := list(islice(rest, _BATCH)):
        vectors: list[dict[ModalityName, NDArray[np.float16]]] = [{} for _ in batch]
        for modality, encoder in suite.encoders.items():
            having = [row for row, (_, samples) in enumerate(batch) if modality in samples]
            found = encoder.encode([batch[row][1][modality] for row in having]) if having else []
            for row, vector in zip(having, found, strict=True):
                if vector is not None:
                    vectors[row][_NAMES[modality]] = to_unit_float16(vector)
        for (post, _), own in zip(batch, vectors, strict=True):
            if own:
                fused = suite.fusion.fuse({Modality(name): vector for name, vector in own.items()})
                sets.append((post, VectorSet(to_unit_float16(fused), own)))
    return rows_of(sets)


def decoded(folder: Path, truths: Sequence[Truth]) -> Iterator[tuple[str, Samples]]:
    """Decode posts of a corpus; files that cannot be read are left out."""
    with DecodePool(_PROCESSES) as pool, ThreadPoolExecutor(_PROCESSES) as threads:
        found = threads.map(lambda truth: _samples(pool, folder, truth), truths)
        for truth, samples in zip(truths, found, strict=True):
            if samples is not None:
                yield truth.id, samples


def _samples(pool: DecodePool, folder: Path, truth: Truth) -> Samples | None:
    """Return what a file says beside its caption; None where it cannot be read."""
    try:
        media = pool.decode(str(folder / truth.path), _DEADLINE_SECONDS)
    except MediaError:
        return None
    samples: dict[Modality, Sample] = {}
    if media.frames:
        samples[Modality.FRAMES] = frames_from_jpeg(media.frames)
    if media.waveform:
        samples[Modality.AUDIO] = waveform_from_pcm(media.waveform, media.rate_hz)
    if truth.caption:
        samples[Modality.TEXT] = Caption(truth.caption)
    return samples

"""Posts of labelled media in Parquet files, each row one sample with its leaf.

Columns: `id`, `source`, `label`, `group`, `kind` (image, video, audio, text), `license`, `media` (bytes), `text`. Rows
of one group (a recording, a speaker, a scene) never are on both sides of a split.
"""

import hashlib
import io
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import MappingProxyType

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from encoders.errors import MediaError
from encoders.media import decode_media, frames_from_jpeg, waveform_from_pcm
from encoders.modality import Modality
from encoders.samples import Caption, Frames, Sample, Samples
from encoders.training.config import ParquetData
from encoders.training.dataset import Origin, Posts
from encoders.training.errors import CorpusTooSmall, DataMissing
from encoders.training.losses import UNLABELLED

COLUMNS = ("id", "source", "label", "group", "kind", "license", "media", "text")

LONGEST_PX = 256
"""Side of a kept picture: towers see less, and a corpus must fit into memory."""

MOST_PIXELS = 4096 * 4096
"""Of a picture that is opened; a larger one is no photo of these sources."""

_SPEAKS = {"image": Modality.FRAMES, "video": Modality.FRAMES, "audio": Modality.AUDIO, "text": Modality.TEXT}


class _Row(msgspec.Struct, frozen=True):
    """One row of a file."""

    id: str
    source: str
    label: str
    group: str
    kind: str
    license: str
    media: bytes | None
    text: str | None

    @property
    def leaf(self) -> str:
        """Its label within its source."""
        return f"{self.source}/{self.label}"


def parquet_posts(data: ParquetData, modalities: Iterable[Modality], folder: Path) -> tuple[Posts, Posts]:
    """Read files, hold leaves out.

    Args:
        data: Which files, how many leaves are held out.
        modalities: Rows of another one are left out.
        folder: Of the files.

    Returns:
        Posts to learn from; posts of leaves that are held out, labelled from 0 for themselves. What shares a group
        with a held-out post is in neither.

    Raises:
        CorpusTooSmall: No two leaves are left to learn from.
        DataMissing: A file is not there, or has not the columns.
    """
    wanted = set(modalities)
    rows = [row for name in data.files for row in _read(folder / name) if _SPEAKS.get(row.kind) in wanted]
    loose = {row.leaf for row in rows if row.label in data.loose_labels}
    leaves = sorted({row.leaf for row in rows} - loose)
    if len(leaves) < data.held_out + 2:
        raise CorpusTooSmall(f"{data.held_out} leaves are to be held out, there are {len(leaves)}")
    order = np.random.default_rng((data.seed, 12)).permutation(len(leaves))
    unseen = {leaves[place] for place in order[: data.held_out]}
    held_out = [row for row in rows if row.leaf in unseen]
    groups = {(row.source, row.group) for row in held_out if row.group}
    learned = [row for row in rows if row.leaf not in unseen and (row.source, row.group) not in groups]
    return _posts(learned, loose, data.files), _posts(held_out, set(), data.files)


def _read(path: Path) -> list[_Row]:
    """Read one file whole."""
    try:
        table = pq.read_table(path, columns=list(COLUMNS))
        return [msgspec.convert(row, _Row) for row in table.to_pylist()]
    except (OSError, KeyError, pa.ArrowException, msgspec.ValidationError) as error:
        raise DataMissing(f"{path}: {error}") from error


def _posts(rows: Sequence[_Row], loose: set[str], files: Sequence[str]) -> Posts:
    """Return posts that decode their rows when they are asked for."""
    numbers = {leaf: number for number, leaf in enumerate(sorted({row.leaf for row in rows} - loose))}
    digest = hashlib.sha256()
    for row in rows:
        digest.update(msgspec.msgpack.encode(row))

    def draw(place: int) -> Samples:
        row = rows[place]
        sample = _sample(row)
        return MappingProxyType({} if sample is None else {_SPEAKS[row.kind]: sample})

    licences = tuple(sorted({row.license for row in rows}))
    origin = Origin(source=", ".join(files), digest=digest.hexdigest(), licences=licences)
    return Posts([numbers.get(row.leaf, UNLABELLED) for row in rows], draw, origin)


def _sample(row: _Row) -> Sample | None:
    """Decode a row; None where its media cannot be."""
    if row.kind == "text":
        return Caption(row.text or "")
    try:
        if row.kind == "image":
            return Frames((_picture(row.media or b""),))
        return _decoded(row)
    except (OSError, ValueError, MediaError, Image.DecompressionBombError):
        return None


def _picture(media: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Read one picture, made no larger than `LONGEST_PX`."""
    with Image.open(io.BytesIO(media), formats=("JPEG", "PNG")) as image:
        if image.width * image.height > MOST_PIXELS:
            raise ValueError(f"{image.width} x {image.height}")
        image.thumbnail((LONGEST_PX, LONGEST_PX))
        return np.asarray(image.convert("RGB"), dtype=np.uint8)


def _decoded(row: _Row) -> Sample | None:
    """Decode sound or video through a file, as PyAV wants one."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(row.media or b"")
        file.flush()
        media = decode_media(file.name)
    if row.kind == "video":
        return frames_from_jpeg(media.frames) if media.frames else None
    return waveform_from_pcm(media.waveform, media.rate_hz) if media.waveform is not None else None

"""Judged videos with what a classifier and retrieval said of each, out of a file."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from streams.errors import UserError

Floats = NDArray[np.float64]

_BATCH_ROWS = 10_000


class ScoredVideo(msgspec.Struct, frozen=True, kw_only=True):
    """One line of JSON, or one row of Parquet; further fields are passed over.

    Attributes:
        video_id: Of the video; stands once.
        truth: Whether it is harmful, as people ruled.
        classifier_scores: As `attributes.classifier_scores` of a video has them, by label, or one number; None without.
        retrieval_score: Its best score with any trend; None where no trend was compared with it.
    """

    video_id: str
    truth: bool
    classifier_scores: float | dict[str, float | None] | None = None
    retrieval_score: float | None = None

    def classified(self, label: str | None) -> float:
        """Return the score of a label, or of the label that scores highest; NaN where there is none."""
        said = self.classifier_scores
        if said is None:
            return np.nan
        if isinstance(said, float):
            return said
        known = {name: score for name, score in said.items() if score is not None}
        if label is not None:
            return known.get(label, np.nan)
        return max(known.values(), default=np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class ScoredVideos:
    """Videos in the order of the file.

    Attributes:
        ids: Of each, all different.
        truth: bool (n,).
        classifier: float64 (n,), higher is worse; NaN where it said nothing.
        retrieval: float64 (n,), higher is nearer; NaN likewise.
        digest: SHA-256 of the file, in hex.
    """

    ids: tuple[str, ...]
    truth: NDArray[np.bool_]
    classifier: Floats
    retrieval: Floats
    digest: str


def read_videos(path: Path, label: str | None = None) -> ScoredVideos:
    """Read a file: Parquet where its name ends so, lines of JSON otherwise.

    Args:
        path: Of the file.
        label: Whose classifier score counts; None for the highest of each video.

    Returns:
        The videos.

    Raises:
        UserError: It cannot be read, a row is not as `ScoredVideo` says, an id stands twice, a score is infinite,
            there is no harmful or no harmless video, or no score of the classifier or of retrieval at all.
    """
    seen: dict[str, int] = {}
    rows: list[tuple[bool, float, float]] = []
    for number, row in enumerate(_rows(path), start=1):
        if row.video_id in seen:
            raise UserError(
                f"{path}, row {number}: video_id {row.video_id!r} stands in row {seen[row.video_id]} already"
            )
        seen[row.video_id] = number
        scores = row.classified(label), np.nan if row.retrieval_score is None else row.retrieval_score
        if np.isinf(scores).any():
            raise UserError(f"{path}, row {number}: a score must be a finite number")
        rows.append((row.truth, *scores))
    table = np.asarray(rows, dtype=np.float64).reshape(-1, 3)
    truth = table[:, 0] > 0
    if not truth.any() or truth.all():
        raise UserError(
            f"{path}: needs harmful and harmless videos, has {truth.sum()} of {len(truth)} with truth = true"
        )
    for place, name in (
        (1, "classifier_scores" if label is None else f"classifier_scores.{label}"),
        (2, "retrieval_score"),
    ):
        if np.isnan(table[:, place]).all():
            raise UserError(f"{path}: no video has a {name}")
    return ScoredVideos(tuple(seen), truth, table[:, 1], table[:, 2], hashlib.sha256(path.read_bytes()).hexdigest())


def _rows(path: Path) -> Iterator[ScoredVideo]:
    try:
        yield from _parquet(path) if path.suffix == ".parquet" else _lines(path)
    except (OSError, pa.ArrowException) as error:
        raise UserError(f"{path}: {error}") from error


def _lines(path: Path) -> Iterator[ScoredVideo]:
    decoder = msgspec.json.Decoder(ScoredVideo)
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise UserError(f"{path}, row {number}: {error}") from error


def _parquet(path: Path) -> Iterator[ScoredVideo]:
    number = 0
    for batch in pq.ParquetFile(path).iter_batches(_BATCH_ROWS):
        for row in batch.to_pylist():
            number += 1
            try:
                yield msgspec.convert(_with_map(row), ScoredVideo)
            except msgspec.ValidationError as error:
                raise UserError(f"{path}, row {number}: {error}") from error


def _with_map(row: Mapping[str, object]) -> Mapping[str, object]:
    """Return a row whose classifier scores are a dict: a map comes as pairs."""
    said = row.get("classifier_scores")
    return {**row, "classifier_scores": dict(said)} if isinstance(said, Sequence) else row

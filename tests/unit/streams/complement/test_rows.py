"""Tests of judged videos out of files: two formats, one answer; what is refused."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from streams.complement.rows import read_videos
from streams.errors import UserError

_ROWS = [
    {"video_id": "a", "truth": True, "classifier_scores": {"violence": 0.9, "drugs": 0.1}, "retrieval_score": 0.7},
    {"video_id": "b", "truth": False, "classifier_scores": {"drugs": 0.4}, "retrieval_score": None},
    {"video_id": "c", "truth": False, "classifier_scores": None, "retrieval_score": -0.2, "country": "AT"},
    {"video_id": "d", "truth": True, "classifier_scores": {}, "retrieval_score": 0.1},
]


def _lines(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_lines_and_both_shapes_of_parquet_say_the_same(tmp_path: Path) -> None:
    """Scores by label come as JSON, as a map or as a struct; missing ones are NaN."""
    maps = pa.array([list(row["classifier_scores"].items()) if isinstance(row["classifier_scores"], dict) else None
                     for row in _ROWS], pa.map_(pa.string(), pa.float64()))  # fmt: skip
    plain = {name: [row[name] for row in _ROWS] for name in ("video_id", "truth", "retrieval_score")}
    pq.write_table(pa.table({**plain, "classifier_scores": maps}), tmp_path / "map.parquet")
    pq.write_table(pa.Table.from_pylist(_ROWS), tmp_path / "struct.parquet")

    files = [_lines(tmp_path / "a.jsonl", _ROWS), tmp_path / "map.parquet", tmp_path / "struct.parquet"]

    for file in files:
        videos = read_videos(file)
        assert videos.ids == ("a", "b", "c", "d")
        assert videos.truth.tolist() == [True, False, False, True]
        assert np.array_equal(videos.classifier, [0.9, 0.4, np.nan, np.nan], equal_nan=True)
        assert np.array_equal(videos.retrieval, [0.7, np.nan, -0.2, 0.1], equal_nan=True)
        assert videos.digest == hashlib.sha256(file.read_bytes()).hexdigest()
        assert np.array_equal(read_videos(file, "drugs").classifier, [0.1, 0.4, np.nan, np.nan], equal_nan=True)


def test_one_number_is_a_score_too(tmp_path: Path) -> None:
    """A classifier of one label needs no map."""
    rows: list[dict[str, object]] = [
        {"video_id": str(n), "truth": n == 0, "classifier_scores": n, "retrieval_score": 0} for n in range(3)
    ]

    assert read_videos(_lines(tmp_path / "a.jsonl", rows)).classifier.tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("change", "label", "reason"),
    [
        ({"video_id": "b"}, None, r"row 2: video_id 'b' stands in row 1"),
        ({"truth": "yes"}, None, r"row 1: Expected `bool`.*truth"),
        ({"retrieval_score": "near"}, None, r"row 1: .*retrieval_score"),
        ({"classifier_scores": {"drugs": "much"}}, None, r"row 1: .*classifier_scores"),
        ({"retrieval_score": 1e999}, None, r"row 1: "),
        ({}, "spam", r"no video has a classifier_scores\.spam"),
    ],
)
def test_a_bad_row_is_told_with_its_number(
    tmp_path: Path, change: dict[str, object], label: str | None, reason: str
) -> None:
    """And its field."""
    rows = [{**_ROWS[0], **change}, *_ROWS[1:]]

    with pytest.raises(UserError, match=reason):
        read_videos(_lines(tmp_path / "a.jsonl", rows), label)


def test_a_file_that_is_no_test_is_told(tmp_path: Path) -> None:
    """All of one kind, no retrieval, no Parquet."""
    with pytest.raises(UserError, match="1 of 1 with truth = true"):
        read_videos(_lines(tmp_path / "a.jsonl", _ROWS[:1]))
    with pytest.raises(UserError, match="0 of 0"):
        read_videos(_lines(tmp_path / "a.jsonl", []))
    with pytest.raises(UserError, match="no video has a retrieval_score"):
        read_videos(_lines(tmp_path / "a.jsonl", [{**row, "retrieval_score": None} for row in _ROWS]))
    (tmp_path / "b.parquet").write_text("none", encoding="utf-8")
    with pytest.raises(UserError, match=r"b\.parquet"):
        read_videos(tmp_path / "b.parquet")

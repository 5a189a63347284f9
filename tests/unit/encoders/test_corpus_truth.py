"""The manifest of a corpus comes back as written, and a foreign one is refused by line."""

import json
from pathlib import Path

import pytest

from encoders.corpus import Role, Truth, TruthError, read_truth, write_truth

_GOOD = {"id": "v1", "path": "v1.mp4", "role": "background"}


def _corpus(folder: Path, *lines: str) -> Path:
    (folder / "v1.mp4").write_bytes(b"")
    (folder / "truth.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    """The trend is left out where there is none, as the format says."""
    (tmp_path / "v1.mp4").write_bytes(b"")
    truths = [
        Truth(id="v1", path="v1.mp4", role=Role.POSITIVE, caption='ünïcode\u2028 "quoted"', trend="t-1", copy=True),
        Truth(id="v2", path="v1.mp4", role=Role.BACKGROUND),
    ]

    path = write_truth(tmp_path, truths)

    assert read_truth(tmp_path) == read_truth(path) == truths
    first, second = (json.loads(line) for line in path.read_bytes().splitlines())
    assert list(first) == ["id", "path", "caption", "role", "trend", "copy"]
    assert second == {"id": "v2", "path": "v1.mp4", "caption": None, "role": "background", "copy": False}


def test_a_foreign_manifest_may_have_more_fields_and_empty_lines(tmp_path: Path) -> None:
    """Others will add what they need; we read what we know."""
    folder = _corpus(tmp_path, json.dumps({**_GOOD, "licence": "CC0"}), "")

    assert read_truth(folder) == [Truth(id="v1", path="v1.mp4", role=Role.BACKGROUND)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "truncated"),
        (json.dumps({**_GOOD, "role": "foe"}), "role"),
        (json.dumps({"path": "v1.mp4", "role": "seed"}), "id"),
        (json.dumps({**_GOOD, "id": "a/b"}), "must be 1 to 128"),
        (json.dumps({**_GOOD, "trend": ""}), "must be 1 to 128"),
        (json.dumps({**_GOOD, "role": "seed"}), "needs a trend"),
        (json.dumps({**_GOOD, "caption": "x" * 10_001}), "10000 characters"),
        (json.dumps({**_GOOD, "path": "../v1.mp4"}), "leaves the folder"),
        (json.dumps({**_GOOD, "path": "/etc/hostname"}), "leaves the folder"),
        (json.dumps({**_GOOD, "path": "v2.mp4"}), "no file"),
        (json.dumps(_GOOD), "twice"),
    ],
)
def test_a_bad_line_is_named_with_its_number_and_reason(tmp_path: Path, line: str, words: str) -> None:
    """Whoever made the folder must be able to mend it from the message."""
    folder = _corpus(tmp_path, json.dumps(_GOOD), line)

    with pytest.raises(TruthError, match=words) as caught:
        read_truth(folder)

    assert caught.value.line == 2


def test_a_folder_without_a_manifest_and_an_empty_manifest_are_refused(tmp_path: Path) -> None:
    """Both are what a wrong path looks like."""
    with pytest.raises(TruthError, match="no manifest"):
        read_truth(tmp_path)
    with pytest.raises(TruthError, match="no posts"):
        read_truth(_corpus(tmp_path, ""))

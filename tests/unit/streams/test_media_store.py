"""The store of seeds' samples."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from streams.media_store import MediaStore
from streams.wire.envelope import Cause
from streams.wire.video import VideoDecoded


def decoded(frame: bytes = b"jpeg") -> VideoDecoded:
    """Return samples that differ by their one frame."""
    return VideoDecoded(
        video_id="v",
        revision=1,
        source=Cause(topic="ebr.trend-seeds", partition=0, offset=7),
        received_at=datetime(2026, 1, 1, tzinfo=UTC),
        frames=[frame],
        waveform=b"\0\0",
    )


def test_what_was_put_is_got(tmp_path: Path) -> None:
    """Also by another process, later."""
    MediaStore(str(tmp_path)).put("t", "s", decoded())

    assert MediaStore(tmp_path.as_uri()).get("t", "s") == decoded()
    assert MediaStore(str(tmp_path)).get("t", "other") is None
    assert MediaStore(str(tmp_path / "none")).get("t", "s") is None


def test_a_second_put_replaces_the_first(tmp_path: Path) -> None:
    """A seed that is decoded again after a crash takes the same place; no temporary file stays."""
    store = MediaStore(str(tmp_path))
    store.put("t", "s", decoded(b"old"))
    store.put("t", "s", decoded(b"new"))

    assert store.get("t", "s") == decoded(b"new")
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_ids_that_are_no_file_names_stay_apart_and_inside(tmp_path: Path) -> None:
    """An id is any of 128 characters, dots and colons among them; no two share a file, on no file system."""
    root = tmp_path / "root"
    store = MediaStore(str(root))
    ids = ["..", ".", "a:b", "a.b", "a_b", "A_b", "x" * 128, "x" * 127 + "y", "CON", ".tmp", "a.msgpack"]
    for i in ids:
        store.put(i, i, decoded(i.encode()))

    assert [store.get(i, i) for i in ids] == [decoded(i.encode()) for i in ids]
    assert list(tmp_path.iterdir()) == [root]
    names = [path.name.lower() for path in root.iterdir()]
    assert len(set(names)) == len(ids)
    assert all(len(name) < 100 and ":" not in name and "." not in name for name in names)


@pytest.mark.parametrize("cut", [0, 10, -1])
def test_damaged_samples_count_as_missing(tmp_path: Path, cut: int) -> None:
    """A disk may fail; the seed is then fetched again."""
    store = MediaStore(str(tmp_path))
    store.put("t", "s", decoded())
    (path,) = tmp_path.rglob("*.msgpack")
    path.write_bytes(path.read_bytes()[:cut])

    assert store.get("t", "s") is None


def test_a_relative_path_is_of_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The data folder of a laptop is `var/worker`."""
    monkeypatch.chdir(tmp_path)

    MediaStore("var/media").put("t", "s", decoded())

    assert MediaStore(str(tmp_path / "var" / "media")).get("t", "s") == decoded()


def test_a_store_of_objects_needs_no_folders() -> None:
    """Any place that pyarrow opens serves."""
    store = MediaStore("mock:///bucket")
    store.put("t", "s", decoded())

    assert store.get("t", "s") == decoded()

"""`ebr index inspect`: what an operator sees of a snapshot, whole or not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from streams.cli.main import main
from streams.shards import ShardIdentity
from streams.snapshots import SnapshotStore, SnapshotWriter
from tests.support.shard_messages import new_shard
from tests.support.shard_snapshots import IDENTITY, PLACE
from tests.unit.streams.test_snapshots import grown

Inspect = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A place with two snapshots of one shard, one of another."""
    shard = grown(new_shard(), 0, 8)
    writer = SnapshotWriter(SnapshotStore(str(tmp_path), IDENTITY))
    writer.write(shard.cut(), PLACE)
    writer.write(grown(shard, 8, 11).cut(), PLACE)
    other = SnapshotStore(str(tmp_path), ShardIdentity(prefix="t", shard=1, shards=2))
    SnapshotWriter(other).write(grown(new_shard(), 0, 3).cut(), PLACE)
    return tmp_path


@pytest.fixture
def inspect(capfd: pytest.CaptureFixture[str]) -> Inspect:
    """Return a function that runs the command with JSON: exit code, answers."""

    def run(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
        capfd.readouterr()
        code = main(["index", "inspect", *arguments, "--json"])
        return code, [json.loads(line) for line in capfd.readouterr().out.splitlines()]

    return run


def test_the_newest_snapshot_of_each_shard_is_shown(place: Path, inspect: Inspect) -> None:
    """From the place as a whole, by a URI or a path."""
    for uri in (str(place), f"file://{place}"):
        code, answers = inspect(uri)

        assert code == 0
        assert [answer["manifest"]["shard"] for answer in answers] == [0, 1]
        assert [answer["manifest"]["applied"]["videos"] for answer in answers] == [11, 3]


def test_a_shard_or_a_single_snapshot_may_be_named(place: Path, inspect: Inspect) -> None:
    """With all its generations, or one."""
    code, answers = inspect(str(place / "t" / "shard-0000"), "--all")
    assert (code, [answer["manifest"]["counts"]["videos"] for answer in answers]) == (0, [8, 11])

    code, answers = inspect(answers[0]["path"])
    assert (code, [answer["manifest"]["counts"]["videos"] for answer in answers]) == (0, [8])


def test_counts_segments_memory_and_recall_are_shown(place: Path, inspect: Inspect) -> None:
    """A search for a held vector is repeated exactly."""
    _, answers = inspect(str(place / "t" / "shard-0000"), "--sample", "5")

    (index,) = answers[0]["indexes"]
    assert (index["keys"], index["dimension"]) == (11, 8)
    assert sum(part["rows"] - part["removed"] for part in index["segments"]) == 11
    assert any(part["segment_id"] for part in index["segments"])
    assert index["fused_bytes"] == 11 * 8 * 2
    assert index["graph_bytes"] > 0
    assert [(one["k"], one["searches"]) for one in index["recall"]] == [(1, 5), (10, 5)]
    assert all(one["value"] > 0.8 for one in index["recall"])


def test_a_damaged_snapshot_is_refused_with_its_reason(place: Path, inspect: Inspect) -> None:
    """Exit code 1, the others shown all the same."""
    name = sorted((place / "t" / "shard-0000").glob("v*"))[-1]
    data = bytearray((name / "videos.arrow").read_bytes())
    data[100] ^= 1
    (name / "videos.arrow").write_bytes(data)

    code, answers = inspect(str(place))

    assert code == 1
    assert answers[0]["refused"]["reason"] == "damaged_file"
    assert answers[0]["manifest"]["shard"] == 0
    assert answers[1]["refused"] is None


def test_a_snapshot_in_another_s_folder_is_refused(place: Path, inspect: Inspect) -> None:
    """As a restore there would."""
    (place / "t" / "shard-0001").rename(place / "t" / "shard-0005")
    (place / "t").rename(place / "u")

    code, answers = inspect(str(place))

    assert code == 1
    assert {answer["refused"]["reason"] for answer in answers} == {"other_prefix"}


def test_a_page_for_people_says_verified(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """With what was found on the way."""
    assert main(["index", "inspect", str(place / "t" / "shard-0001")]) == 0

    page = capfd.readouterr().out
    assert "prefix t, shard 1 of 2" in page
    assert "recall@10" in page
    assert "verified" in page


@pytest.mark.parametrize(("uri", "code"), [("nowhere://x", 2), ("{folder}", 1), ("{folder}/not-there", 1)])
def test_a_place_without_snapshots_is_no_success(
    tmp_path: Path, uri: str, code: int, capfd: pytest.CaptureFixture[str]
) -> None:
    """A script must not take it for a check that passed."""
    assert main(["index", "inspect", uri.format(folder=tmp_path)]) == code
    assert capfd.readouterr().err

"""What moderators type becomes the message that the contract names."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from streams.cli.known import score_words
from streams.cli.main import main
from tests.support.catalogue import declared


def dry(capfd: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    """Return the message that a command would send."""
    assert main([*arguments, "--dry-run"]) == 0
    message: dict[str, object] = json.loads(capfd.readouterr().out)
    return message


def test_a_trend_needs_an_id_with_a_threshold_only(capfd: pytest.CaptureFixture[str]) -> None:
    """All else has a default that cannot hurt: a draft, reviewed by people."""
    message = dry(capfd, "trend", "declare", "choking", "--threshold", "0.8")

    wanted = {
        "type": "TrendDeclared", "trend_id": "choking", "version": 1, "name": "choking", "state": "draft",
        "threshold": 0.8, "bands": [{"from_score": 0.8, "from_probability": None, "action": "review"}], "margin": 0.0,
        "score_kind": "fused", "seed_pooling": "max", "max_hits": None, "on_retire": "keep", "expires_at": None,
    }  # fmt: skip
    assert wanted.items() <= message.items()


def test_every_field_of_a_trend_can_be_said(capfd: pytest.CaptureFixture[str]) -> None:
    """Bands in ascending order, times in UTC."""
    words = (
        "trend declare t --name T --threshold -1 --state live --band 0.9=remove --band -1=log --margin 0.1"
        " --score-kind all --modality-threshold audio=0.7 --modality-threshold text=0.5 --seed-pooling mean"
        " --max-hits 9 --on-retire revoke --expires-at 2027-01-02 --description D --background-normalised --by me"
    )

    message = dry(capfd, *words.split())

    assert [(band["from_score"], band["action"]) for band in message["bands"]] == [(-1.0, "log"), (0.9, "remove")]  # type: ignore[attr-defined]  # JSON
    wanted = {
        "threshold": -1.0, "state": "live", "margin": 0.1, "score_kind": "all", "seed_pooling": "mean", "max_hits": 9,
        "modality_thresholds": {"audio": 0.7, "text": 0.5}, "on_retire": "revoke", "expires_at": "2027-01-02T00:00:00Z",
        "description": "D", "background_normalised": True, "declared_by": "me", "name": "T",
    }  # fmt: skip
    assert wanted.items() <= message.items()


def test_a_threshold_is_told_with_its_scale() -> None:
    """0.2 is little for a cosine, much for a score in deviations: a list that leaves it out hides which."""
    assert score_words(declared(score_kind="frames")) == "frames"
    assert score_words(declared(score_kind="frames", background_normalised=True)) == "frames, normalised"


def test_a_release_names_the_trend_with_a_reason(capfd: pytest.CaptureFixture[str]) -> None:
    """It has no version: the rule stays as it is."""
    message = dry(capfd, "trend", "release", "t", "--reason", "all of it is the trend", "--by", "me")

    wanted = {"type": "TrendReleased", "trend_id": "t", "reason": "all of it is the trend", "released_by": "me"}
    assert wanted.items() <= message.items()
    assert "version" not in message


def test_a_change_says_only_what_changes(capfd: pytest.CaptureFixture[str]) -> None:
    """What is absent stays as it is; null takes away."""
    message = dry(capfd, "trend", "change", "t", "--version", "3", "--state", "live", "--clear", "max_hits")

    assert message["max_hits"] is None
    assert message["state"] == "live"
    assert set(message) == {
        "type", "schema_version", "trend_id", "version", "state", "max_hits", "changed_by", "changed_at", "reason",
    }  # fmt: skip


def test_a_seed_is_a_file_with_its_sidecar(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Its stem is its id, its caption lies beside it, as with `ebr produce`."""
    (tmp_path / "bad one.mp4").touch()
    (tmp_path / "bad one.txt").write_text("words")

    message = dry(capfd, "seed", "add", "t", str(tmp_path / "bad one.mp4"), "--negative")

    assert (message["seed_id"], message["polarity"]) == ("bad_one", "negative")
    video = message["video"]
    assert isinstance(video, dict)
    assert video["caption"] == "words"
    assert video["media_uri"] == (tmp_path / "bad one.mp4").resolve().as_uri()


def test_a_seed_may_lie_elsewhere(capfd: pytest.CaptureFixture[str]) -> None:
    """Any URI that DECODE can open."""
    message = dry(capfd, "seed", "add", "t", "https://m.example.com/x/v9.mp4?sig=1", "--caption", "c")

    assert message["seed_id"] == "v9"
    assert message["video"]["media_uri"] == "https://m.example.com/x/v9.mp4?sig=1"  # type: ignore[index]  # JSON


def test_a_moderator_may_say_what_each_modality_weighs(capfd: pytest.CaptureFixture[str]) -> None:
    """Else the seeds say it; weights can be taken away again."""
    words = "trend declare t --threshold 0.6 --score-kind weighted --seed-pooling mean"

    own = dry(capfd, *words.split(), "--weights", "frames=2, audio=0.5")

    assert (own["score_kind"], own["seed_pooling"]) == ("weighted", "mean")
    assert own["weights"] == {"frames": 2.0, "audio": 0.5}
    blocks = dry(capfd, *words.split(), "--weights", "frames/shape=1,audio/sound=0.25,text=1")
    assert blocks["weights"] == {"frames/shape": 1.0, "audio/sound": 0.25, "text": 1.0}
    assert dry(capfd, *words.split())["weights"] is None
    assert dry(capfd, "trend", "change", "t", "--version", "2", "--clear", "weights")["weights"] is None


@pytest.mark.parametrize(
    "weights", ["frames", "smell=1", "frames=-1", "frames=1001", "frames=1,frames=2", "frames/=1", "smell/x=1", ""]
)
def test_weights_that_are_none_are_refused(capfd: pytest.CaptureFixture[str], weights: str) -> None:
    """Before anything is sent."""
    assert main(["trend", "declare", "t", "--threshold", "0.6", "--weights", weights, "--dry-run"]) == 2
    assert "--weights" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("--band 0.9=remove", "bands[0].from_score: must be at most the threshold, 0.5, got 0.9"),
        ("--band 0.5=review --band p0.9=remove", "bands: all must begin by from_score"),
        ("--score-kind all", "modality_thresholds: score_kind all needs at least 1"),
    ],
)
def test_a_rule_that_contradicts_itself_is_never_sent(
    capfd: pytest.CaptureFixture[str], words: str, field: str
) -> None:
    """TRENDS would refuse it long after the command has ended well; a dry run says so too."""
    assert main(["trend", "declare", "t", "--threshold", "0.5", *words.split(), "--dry-run"]) == 2
    assert capfd.readouterr().err.startswith(f"ebr: TRENDS would refuse this: {field}")


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["trend", "declare", "a b", "--threshold", "0.5"], "trend_id"),
        (["trend", "declare", "t", "--threshold", "0.5", "--name", "x" * 257], "name"),
        (["seed", "revoke", "t", "a/b"], "seed_id"),
        (["seed", "revoke", "t", "s", "--reason", "x" * 10_001], "reason"),
        (["seed", "add", "t", "https://x/y.mp4", "--video-id", "é"], "video.video_id"),
    ],
    ids=["trend_id", "name", "seed_id", "reason", "video_id"],
)
def test_a_field_out_of_its_limits_is_named(
    capfd: pytest.CaptureFixture[str], arguments: Sequence[str], field: str
) -> None:
    """Before it is sent: a dead letter would be a poor answer to a typing mistake."""
    assert main([*arguments, "--dry-run"]) == 2
    assert capfd.readouterr().err.startswith(f"ebr: {field}: ")

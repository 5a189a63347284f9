"""`ebr demo`, small, as a person runs it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image

from encoders import SIGNAL, default_suite
from encoders.corpus import Role, generate, read_truth
from streams.broker import LocalBroker
from streams.wire.codec import decode_json
from streams.wire.moderation import ModerationAction
from tests.support.kafka import RunningKafka

# Room for four whole trends; less of a background than by default.
POSTS, TRENDS = 96, 4
_SECONDS = 400
# What a trained suite is held to; the goal of 0.95 for both is not met yet (BENCHMARKS.md says how far it is).
_PRECISION, _RECALL = 0.75, 0.9


def _demo(*words: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "streams.cli.main", "demo", *map(str, words)],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )


def _read(path: Path) -> dict[str, Any]:
    report: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    return report


def _check_promises(report: dict[str, Any]) -> None:
    broken = {name: report[name] for name in ("lost", "duplicates", "missing", "unexpected") if report[name]}
    assert not broken, report["examples"]
    assert report["ok"], report["unsettled"]
    assert report["actions"] == report["active"] == report["expected"] > 0
    assert min(report["directions"].values()) > 0
    assert report["seed_live_seconds_p95"] > 0
    assert report["publish_to_action_seconds_p95"] > 0


def _check_quality(report: dict[str, Any]) -> None:
    """The untrained suite finds something; a trained one finds nearly all, and little else."""
    beside = report["beside"]
    if default_suite() == SIGNAL:
        assert beside is None
        assert report["recall"] > 0.2 < report["precision"]
        return
    assert report["precision"] >= _PRECISION
    assert report["recall"] >= _RECALL
    assert beside["suite"] == SIGNAL
    assert beside["precision"] + beside["recall"] < report["precision"] + report["recall"] - 0.05


@pytest.mark.timeout(_SECONDS + 30)
def test_a_demo_keeps_every_promise_and_leaves_nothing_running(tmp_path: Path) -> None:
    """From nothing to a contact sheet: a Kafka of its own, a corpus of its own, every role."""
    out = tmp_path
    made = ("--posts", str(POSTS), "--trends", str(TRENDS))

    done = _demo(*made, "--out", out, "--json", out / "a.json", "--actions", out / "a.jsonl")

    assert done.returncode == 0, done.stdout + done.stderr
    report = _read(out / "a.json")
    _check_promises(report)
    assert (report["posts"] + report["seeds"], report["trends"], report["dead_letters"]) == (POSTS, TRENDS, 4)
    _check_quality(report)
    assert all(trend["preview_shards"] == 4 for trend in report["by_trend"].values())
    lines = (out / "a.jsonl").read_bytes().splitlines()
    assert len({decode_json(line, ModerationAction).action_id for line in lines}) == report["actions"]
    with Image.open(out / "contact-sheet.png") as sheet:
        assert sheet.width > 1_000 < sheet.height
    assert LocalBroker(out / "broker").status() is None
    assert "every promise kept" in done.stdout


@pytest.mark.timeout(_SECONDS + 30)
def test_any_corpus_runs_on_a_given_cluster_with_every_pair_an_action(broker: RunningKafka, tmp_path: Path) -> None:
    """How somebody else evaluates the system: their folder, their Kafka, threshold -1."""
    corpus, out = tmp_path / "their corpus", tmp_path / "out"
    generate(corpus, posts=20, trends=1, seed=3)

    done = _demo(
        *("--corpus", corpus, "--threshold", "-1", "--out", out, "--json", tmp_path / "b.json"),
        EBR_KAFKA__BOOTSTRAP_SERVERS=broker.bootstrap_servers,
        EBR_KAFKA__PARTITIONS="3",
    )

    assert done.returncode == 0, done.stdout + done.stderr
    report = _read(tmp_path / "b.json")
    _check_promises(report)
    sound = [truth for truth in read_truth(corpus) if truth.role not in (Role.SEED, Role.DAMAGED)]
    assert report["actions"] == len(sound)
    assert report["recall"] == 1.0
    assert not (out / "broker").exists()

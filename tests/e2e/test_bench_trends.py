"""`ebr bench trends`, small, as a person runs it, on the broker of the run."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from streams.bench.trends.report import TrendsReport
from tests.support.kafka import RunningKafka

_SECONDS = 300
_WORDS = ("--suite", "signal", "--videos", "3000", "--fresh", "1000", "--trends", "1", "--pushes", "4")
_LATER = ("--decisions", "20", "--previews", "1")


@pytest.mark.timeout(_SECONDS + 30)
def test_every_push_is_answered_and_what_stands_is_the_oracle_s(broker: RunningKafka, tmp_path: Path) -> None:
    """Whatever the figures are on a machine that tests share."""
    done = subprocess.run(
        [sys.executable, "-m", "streams.cli.main", "bench", "trends", *_WORDS, *_LATER, "--out", str(tmp_path)],
        env={
            **os.environ,
            "EBR_KAFKA__BOOTSTRAP_SERVERS": broker.bootstrap_servers,
            "EBR_TRENDS__CALIBRATION_DECISIONS": "10",
        },
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    figures = msgspec.json.decode((tmp_path / "trends.json").read_bytes(), type=TrendsReport).figures
    pushed, revoked = figures.waits
    assert (len(pushed.all_seconds), len(revoked.all_seconds)) == (4, 2)
    assert all(first <= whole for first, whole in zip(pushed.first_seconds, pushed.all_seconds, strict=True))
    assert [(verdict.missing, verdict.unexpected) for verdict in figures.verdicts] == [(0, 0), (0, 0)]
    assert figures.verdicts[0].expected > 20
    assert [look.hits for look in figures.looks] == [figures.draft_hits] > [0]
    [calibrated] = figures.calibrated
    assert calibrated.decisions == 20 >= calibrated.known >= 10
    assert sum(one.count for one in calibrated.bins) == calibrated.actions > 0
    assert (tmp_path / "trends.png").stat().st_size > 10_000
    assert "#### Goals" in done.stdout

"""A field named `event` in what a program says of a message ended the worker.

DECODE gave the type of a message as `event`, which is also the name of a log line's own text: writing the line raised,
after everything was delivered, so each restart did the same again.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from streams.agents.program import Outcome
from streams.agents.stage import Stage, Tools
from streams.journal import Journal
from streams.kill_points import KillPoint
from streams.metrics import Metrics
from streams.settings import Settings
from streams.watchdog import Limits, Watchdog
from streams.wire.record import Received
from streams.wire.topics import Topic
from tests.support.producers import RecordingProducer


class _Talker:
    """Says one field of its choice about each message."""

    role = "decode"
    inputs = (Topic.VIDEO_EVENTS,)
    batch_records = 1
    batch_seconds = 0.01

    def __init__(self, field: str) -> None:
        self._field = field

    async def start(self) -> None:
        """Nothing to build."""

    async def assigned(
        self, assigned: Mapping[Topic, Sequence[int]], committed: Mapping[tuple[Topic, int], int]
    ) -> None:
        """Nothing to restore."""

    async def take(self, topic: Topic, batch: Sequence[Received]) -> Sequence[Outcome]:
        """Talk."""
        return [Outcome(fields={self._field: "VideoPublished", "video_id": "v"}) for _ in batch]

    async def stop(self) -> None:
        """Nothing to close."""


@pytest.mark.parametrize("field", ["event", "topic", "role", "result", "level"])
async def test_no_field_of_a_program_ends_a_worker(tmp_path: Path, field: str) -> None:
    """The line of the message is written as always, with the stage's own words where names clash."""
    tools = Tools(
        settings=Settings(),
        producer=RecordingProducer(),
        journal=Journal(tmp_path),
        metrics=Metrics("ebr", "decode"),
        watchdog=Watchdog(Limits(ready_seconds=60, stall_seconds=60, rebalance_seconds=60)),
        kill_point=KillPoint(None, 1, "decode"),
    )
    now = datetime(2026, 1, 1, tzinfo=UTC)
    record = Received(topic=Topic.VIDEO_EVENTS, partition=0, offset=4, key=b"v", value=b"{}", headers=(), timestamp=now)

    with structlog.testing.capture_logs() as lines:
        await Stage(_Talker(field), tools).process([record])

    (line,) = (line for line in lines if line["event"] == "message")
    assert (line["topic"], line["offset"], line["role"], line["video_id"]) == ("video-events", 4, "decode", "v")

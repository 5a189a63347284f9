"""A worker whose role copies what it reads, or does what the value tells it to: a process for tests of the frame."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from streams.agents.program import Outcome, Program
from streams.bootstrap import Lines
from streams.errors import PoisonError
from streams.settings import Settings, load_settings
from streams.wire.record import Outgoing, Received
from streams.wire.topics import Topic
from streams.worker import run_worker

ROLE = "copy"
SOURCE, TARGET = Topic.VIDEO_EVENTS, Topic.DECODED_SAMPLES


class CopyProgram:
    """`poison` is refused, `raise` raises, `slow` takes a second; all else is copied."""

    role = ROLE
    inputs = (SOURCE,)
    batch_records = 8
    batch_seconds = 0.05

    async def start(self) -> None:
        """Nothing to build."""

    async def assigned(
        self, assigned: Mapping[Topic, Sequence[int]], committed: Mapping[tuple[Topic, int], int]
    ) -> None:
        """Nothing to restore."""

    async def take(self, topic: Topic, batch: Sequence[Received]) -> Sequence[Outcome]:
        """Do what each value says."""
        return [await self._outcome(record) for record in batch]

    async def stop(self) -> None:
        """Nothing to close."""

    async def _outcome(self, record: Received) -> Outcome:
        value = record.value or b""
        if value == b"poison":
            return Outcome(poison=PoisonError("asked_for", "the value says so"))
        if value == b"raise":
            raise RuntimeError("the value says so")
        if value == b"slow":
            await asyncio.sleep(1.0)
        return Outcome(records=[Outgoing(topic=TARGET, key=record.key or b"none", value=value)])


def _build(_role: str, _settings: Settings, _lines: Lines) -> Program:
    return CopyProgram()


if __name__ == "__main__":
    sys.exit(run_worker(ROLE, load_settings(), Path(sys.argv[1]), _build))

"""An installation where one trend lives: what is said there, what stands, what should."""

import asyncio
import itertools
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.audit.actions import active_actions
from streams.audit.findings import progress
from streams.audit.logs import Logs, read_logs
from streams.audit.oracle import Expected, expected_actions
from streams.audit.waiting import Auditor
from streams.client import Producer, committed_offsets, group_name, partition_for, send_all
from streams.demo.workers import where_variables
from streams.settings import Settings, environment_with
from streams.wire.codec import encode_json, encode_msgpack
from streams.wire.embedding import EmbeddingEvent, VideoEmbedded, VideoRemoved, pack_vector, unpack_vector
from streams.wire.fanout import SeedLive, TrendPolicy
from streams.wire.record import Outgoing
from streams.wire.topics import Topic
from streams.wire.trend import ReviewDecision, SeedAdded, SeedVideo, TrendChanged, TrendEvent
from tests.support.media import tune, write_clip

TREND = "choking"
DAYS = 10.0
Vector = NDArray[np.floating]

# A machine that has much else to do; a killed worker comes back after the session timeout of 6 s.
_STEP_SECONDS = 170.0
_LOOK_SECONDS = 0.5
# Of each role, its inputs with their names in logs.
_INPUTS = {
    "index": {Topic.VIDEO_EMBEDDINGS: "embeddings", Topic.TREND_FANOUT: "fanout"},
    "trends": {Topic.TREND_SEEDS: "commands", Topic.REVIEW_DECISIONS: "decisions"},
}


class TrendPlace:
    """What a moderator and a platform can do, one thing after the other.

    Args:
        settings: Where the topics are.
        producer: Started.
        auditor: Reads along.
        folder: Of the media of seeds, which TRENDS may read.

    Attributes:
        chance: Everything random.
        logs: As they were when something was waited for last.
        frozen: While the trend is paused: what stood when it began.
        stream_time: Of the last video.
    """

    def __init__(self, settings: Settings, producer: Producer, auditor: Auditor, folder: Path) -> None:
        self._settings, self._producer, self._auditor, self._folder = settings, producer, auditor, folder
        self.chance = np.random.default_rng(4)
        self._versions, self._ids = itertools.count(2), itertools.count()
        self.stream_time = datetime.now(UTC) - timedelta(days=DAYS)
        self.frozen: set[Expected] | None = None
        self.logs = auditor.logs()

    @property
    def shards(self) -> int:
        """How many there are."""
        return self._settings.kafka.partitions

    def expected(self, state: str | None = None) -> set[Expected]:
        """Return what the oracle calls for, with another state of the trend if one is given; pauses apart."""
        fanout = [seen.message for seen in self.logs.fanout if seen.message is not None]
        fields = {"paused": False} | ({"state": state} if state else {})
        told = [msgspec.structs.replace(m, **fields) if isinstance(m, TrendPolicy) else m for m in fanout]
        return expected_actions((seen.message for seen in self.logs.embeddings if seen.message is not None), told)

    def _wanted(self) -> set[Expected]:
        """Return what should stand: of a paused trend, what stood and is still called for."""
        wanted = self.expected()
        return wanted if self.frozen is None else wanted & self.frozen

    def check(self) -> set[Expected]:
        """Return what stands, which is what should."""
        found, wanted = set(active_actions(self.logs)), self._wanted()
        assert found == wanted, f"{len(found - wanted)} too many, {len(wanted - found)} missing of {len(wanted)}"
        return found

    async def settled(self, *, exactly: bool = True) -> None:
        """Wait until the workers have taken everything, answered everything, and what stands is what should."""
        said = await read_logs(self._settings)
        async with asyncio.timeout(_STEP_SECONDS):
            while not await self._taken(said):  # noqa: ASYNC110 - of other processes
                await asyncio.sleep(_LOOK_SECONDS)
        there = len(await read_logs(self._settings))

        def missing(logs: Logs) -> str | None:
            if len(logs) < there:
                return f"{there - len(logs)} records are not read yet"
            now = progress(logs)
            if not now.settled:
                return now.text()
            self.logs = logs
            wrong = self._wanted() ^ set(active_actions(logs)) if exactly else set()
            return f"{len(wrong)} actions that should not stand, or should, as {min(wrong)}" if wrong else None

        self.logs = await self._auditor.wait_for(missing, _STEP_SECONDS)

    async def until(self, done: Callable[[], bool]) -> None:
        """Wait until the logs are so."""
        async with asyncio.timeout(_STEP_SECONDS):
            while not done():
                await asyncio.sleep(_LOOK_SECONDS)
                self.logs = self._auditor.logs()

    def policy(self) -> TrendPolicy:
        """Return the newest policy that the shards were told."""
        found = [seen.message for seen in self.logs.fanout if isinstance(seen.message, TrendPolicy)]
        return max(found, key=lambda policy: policy.source_offset)

    def paused(self) -> bool:
        """Return whether TRENDS has paused the trend by now."""
        self.logs = self._auditor.logs()
        return self.policy().paused

    async def change(self, **fields: object) -> None:
        """Change fields of the trend under its next version."""
        await self.say(TrendChanged(trend_id=TREND, version=next(self._versions), **fields))  # type: ignore[arg-type]  # its fields

    def seed(self, seed_id: str, number: int, *, positive: bool = True) -> SeedAdded:
        """Return the event that adds a seed, whose medium is made by a number."""
        path = write_clip(self._folder / f"{seed_id}.mp4", number=number, seconds=1.0, sound=tune(number, 1.0))
        return SeedAdded(
            trend_id=TREND,
            seed_id=seed_id,
            polarity="positive" if positive else "negative",
            video=SeedVideo(media_uri=path.as_uri(), caption=f"{seed_id} of many"),
        )

    def moved(self, vector: Vector, least: float, most: float) -> Vector:
        """Return a vector that lies away from another by some lengths of it, in any direction."""
        unit = vector / np.linalg.norm(vector)
        away = self.chance.standard_normal(len(unit))
        moved: Vector = unit + self.chance.uniform(least, most) * away / np.linalg.norm(away)
        return moved

    async def enter(self, vectors: Iterable[Vector], step: timedelta) -> None:
        """Publish videos as FUSE would."""
        model_id = next(seen.message.model_id for seen in self.logs.fanout if isinstance(seen.message, SeedLive))
        records = []
        for vector in vectors:
            self.stream_time += step
            video = VideoEmbedded(
                video_id=f"v{next(self._ids)}",
                revision=1,
                model_id=model_id,
                received_at=self.stream_time,
                fused=pack_vector((vector / np.linalg.norm(vector)).astype(np.float16)),
            )
            records.append(self._embedding(video))
        await self._send(records)

    def _embedding(self, message: EmbeddingEvent) -> Outgoing:
        return Outgoing(
            topic=Topic.VIDEO_EMBEDDINGS,
            key=message.video_id.encode(),
            value=encode_msgpack(message),
            partition=partition_for(message.video_id, self._settings.kafka.partitions),
        )

    async def ebr(self, *words: str) -> dict[str, Any]:
        """Give a command as a person would; return its last line, which is JSON."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "streams.cli.main", *words),
            env=environment_with(where_variables(self._settings)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, errors = await asyncio.wait_for(process.communicate(), _STEP_SECONDS)
        assert process.returncode == 0, (out + errors).decode(errors="replace")
        said: dict[str, Any] = msgspec.json.decode(out.splitlines()[-1])
        return said

    async def say(self, *events: TrendEvent) -> None:
        """Say something as a moderator."""
        await self._send([Outgoing(topic=Topic.TREND_SEEDS, key=TREND.encode(), value=encode_json(e)) for e in events])

    async def rule(self, decisions: Sequence[ReviewDecision]) -> None:
        """Say how a moderator ruled."""
        records = [
            Outgoing(topic=Topic.REVIEW_DECISIONS, key=TREND.encode(), value=encode_json(decision))
            for decision in decisions
        ]
        await self._send(records)

    async def remove(self, video_id: str) -> None:
        """Let a video be deleted by its owner."""
        await self._send([self._embedding(VideoRemoved(video_id=video_id, revision=1, received_at=self.stream_time))])

    def seeds(self) -> dict[str, Vector]:
        """Return the fused vectors of all seeds that the shards were told."""
        return {
            seen.message.seed_id: unpack_vector(seen.message.fused).astype(np.float32)
            for seen in self.logs.fanout
            if isinstance(seen.message, SeedLive)
        }

    async def _taken(self, said: Logs) -> bool:
        """Return whether the workers are done with what was said; the end of a log may be the mark of a transaction."""
        for role, inputs in _INPUTS.items():
            group = group_name(self._settings.kafka, role)
            done = await committed_offsets(self._settings, group, inputs)
            for topic in inputs:
                for seen in getattr(said, inputs[topic]):
                    if seen.record.offset >= done.get((topic, seen.record.partition), 0):
                        return False
        return True

    async def _send(self, records: Sequence[Outgoing]) -> None:
        await send_all(self._producer, self._settings, records)

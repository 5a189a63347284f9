"""An index worker that holds 20,000 videos is killed: it is back from its snapshot, with little to replay."""

import asyncio
from pathlib import Path

import numpy as np

from streams.audit.oracle import Expected
from streams.client import create_topics, make_producer, send_all, start_producer
from streams.settings import KafkaSettings, Settings
from streams.wire.codec import encode_msgpack
from streams.wire.embedding import EmbeddingEvent, VideoEmbedded, pack_vector
from streams.wire.fanout import FanoutMessage, SeedLive, fanout_key
from streams.wire.record import Outgoing
from streams.wire.topics import Topic
from tests.chaos.test_shards import active_set, oracle
from tests.support.kafka import RunningKafka
from tests.support.shard_messages import MODEL, NOW, policy, removed
from tests.support.workers import WorkerProcess, worker_environment

VIDEOS, DIMENSION, AT_ONCE = 20_000, 32, 1_000
# Less than a tenth of the videos may be replayed.
SNAPSHOT_MESSAGES = 1_500


class Author:
    """Makes videos around a hundred clips: near copies for trends to find, none the same."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self.clips = self._rng.standard_normal((100, DIMENSION))
        self._videos = 0

    def videos(self, count: int) -> list[Outgoing]:
        """Return uploads, a few edits and deletes among them."""
        made = []
        for _ in range(count):
            number, chance = self._videos, self._rng.random()
            self._videos += 1
            message: EmbeddingEvent = self._video(f"v{number}", 1)
            if number and chance < 0.03:
                message = removed(f"v{self._rng.integers(number)}", 5)
            elif number and chance < 0.06:
                message = self._video(f"v{self._rng.integers(number)}", 3)
            made.append(_outgoing(Topic.VIDEO_EMBEDDINGS, message.video_id, message))
        return made

    def wishes(self, source: int) -> list[Outgoing]:
        """Return a trend with a seed, two of the clips."""
        trend, clip = f"t{source}", self.clips[source]
        vector = _packed(clip)
        seed = SeedLive(
            trend_id=trend, seed_id="s", polarity="positive", source_offset=2 * source + 1, model_id=MODEL,
            fused=vector, vectors={"frames": vector}, received_at=NOW,
        )  # fmt: skip
        messages: list[FanoutMessage] = [policy(trend, 1, 2 * source, threshold=0.8), seed]
        return [_outgoing(Topic.TREND_FANOUT, fanout_key(message), message) for message in messages]

    def _video(self, video_id: str, revision: int) -> VideoEmbedded:
        clip = self.clips[self._rng.integers(len(self.clips))]
        fused = _packed(clip + self._rng.normal(0, 0.4, DIMENSION))
        return VideoEmbedded(
            video_id=video_id,
            revision=revision,
            model_id=MODEL,
            received_at=NOW,
            fused=fused,
            vectors={"frames": fused},
        )


def _packed(vector: np.ndarray) -> bytes:
    return pack_vector((vector / np.linalg.norm(vector)).astype(np.float16))


def _outgoing(topic: Topic, key: str, message: EmbeddingEvent | FanoutMessage) -> Outgoing:
    return Outgoing(topic=topic, key=key.encode(), value=encode_msgpack(message), partition=0)


async def publish(settings: Settings, *batches: list[Outgoing]) -> None:
    """Send records, a thousand at a time."""
    producer = make_producer(settings)
    await start_producer(producer, settings)
    try:
        for batch in batches:
            for start in range(0, len(batch), AT_ONCE):
                await send_all(producer, settings, batch[start : start + AT_ONCE])
    finally:
        await producer.stop()


async def settled(settings: Settings, worker: WorkerProcess, expected: set[Expected]) -> set[Expected]:
    """Return the active set once it is what it must be, or what it is after a while."""
    found: set[Expected] = set()
    for _ in range(60):
        worker.start()
        found, ids = await active_set(settings)
        assert not [i for i, n in ids.items() if n > 1]
        if found == expected:
            break
        await asyncio.sleep(1)
    return found


async def restored_again(worker: WorkerProcess) -> dict[str, object]:
    """Start a worker that was killed; return what it says of its next restore."""
    before = len(worker.events("shard restored"))
    for _ in range(600):
        worker.start()
        found = worker.events("shard restored")
        if len(found) > before:
            return found[-1]
        await asyncio.sleep(0.1)
    raise AssertionError(f"not restored\n{worker.tail()}")


async def test_a_killed_worker_comes_back_from_its_snapshot(broker: RunningKafka, prefix: str, tmp_path: Path) -> None:
    """It replays less than a tenth of the partition; with the newest snapshot damaged, the one before serves."""
    kafka = KafkaSettings(
        bootstrap_servers=broker.bootstrap_servers, prefix=prefix, partitions=1, session_timeout_seconds=6
    )
    settings, author, place = Settings(kafka=kafka), Author(21), tmp_path / "snapshots"
    await create_topics(settings)
    await publish(settings, author.wishes(0), author.videos(VIDEOS // 2), author.wishes(1), author.videos(VIDEOS // 2))
    environment = worker_environment(
        kafka, INDEX__SNAPSHOT_MESSAGES=str(SNAPSHOT_MESSAGES), INDEX__SNAPSHOT_URI=f"file://{place}"
    )
    with WorkerProcess("index", environment, tmp_path / "worker") as worker:
        expected = await oracle(settings)
        assert len(expected) > 100
        assert await settled(settings, worker, expected) == expected, worker.tail()
        for _ in range(60):
            written = worker.events("snapshot written")
            if written and VIDEOS - int(str(written[-1]["videos"])) < SNAPSHOT_MESSAGES:
                break
            await asyncio.sleep(1)
        publishing = asyncio.create_task(publish(settings, author.wishes(2), author.videos(300)))
        await asyncio.sleep(0.2)
        worker.kill()
        await publishing
        restored = await restored_again(worker)

        expected = await oracle(settings)
        assert await settled(settings, worker, expected) == expected, worker.tail()
        assert restored["snapshot"], worker.tail()
        assert int(str(restored["videos_replayed"])) < VIDEOS / 10
        assert int(str(restored["held"])) > VIDEOS * 0.9

        worker.kill()
        names = sorted(path.parent.name for path in place.rglob("manifest.json"))
        assert len(names) == 2
        _flip(next(place.rglob(f"{names[-1]}/rest.frames")))
        await publish(settings, author.videos(300))
        assert (await restored_again(worker))["snapshot"] == names[0]
        expected = await oracle(settings)
        assert await settled(settings, worker, expected) == expected, worker.tail()
        assert worker.events("snapshot refused")[-1]["reason"] == "damaged_file"
        assert worker.terminate() == 0


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)

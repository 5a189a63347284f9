"""Two index workers over four shards, killed and paused while videos and policies stream in."""

import asyncio
import random
from collections import Counter
from pathlib import Path

from streams.audit.oracle import Expected, expected_actions
from streams.client import create_topics, make_producer, partition_for, send_all, start_producer, tail
from streams.settings import KafkaSettings, Settings
from streams.wire.codec import decode_json, decode_msgpack, encode_msgpack
from streams.wire.embedding import EmbeddingEvent
from streams.wire.fanout import FanoutMessage, SeedRetired, VideoCleared, fanout_key
from streams.wire.moderation import ActionEvent, ModerationAction
from streams.wire.record import Outgoing
from streams.wire.topics import Topic
from tests.support.kafka import RunningKafka
from tests.support.shard_messages import NOW, VECTORS, embedded, policy, removed, seed_live
from tests.support.workers import WorkerProcess, worker_environment

VIDEOS, SHARDS, SESSION_SECONDS = 3_000, 4, 6
ACTIONS = (Topic.MODERATION_ACTIONS, Topic.SHADOW_ACTIONS)


class Author:
    """Writes videos straight into `video-embeddings`, moderators' wishes straight into `trend-fanout`."""

    def __init__(self, seed: int) -> None:
        self.rng, self.source, self.version, self.live = random.Random(seed), 0, 0, ["s0"]

    def video(self) -> Outgoing:
        """Return an upload, an edit, a repeat or a delete, revisions out of order."""
        rng = self.rng
        video, revision = f"v{rng.randrange(VIDEOS // 3)}", rng.randrange(1, 20)
        message: EmbeddingEvent = removed(video, revision)
        if rng.random() > 0.1:
            message = embedded(video, revision, rng.randrange(len(VECTORS)))
        return Outgoing(
            topic=Topic.VIDEO_EMBEDDINGS,
            key=video.encode(),
            value=encode_msgpack(message),
            partition=partition_for(video, SHARDS),
        )

    def wish(self) -> list[Outgoing]:
        """Return a policy, a seed, a revoked seed or a cleared pair, for the shards it concerns."""
        rng = self.rng
        self.source += 1
        chance = rng.random()
        message: FanoutMessage
        if chance < 0.5 or self.version == 0:
            self.version += 1
            state = rng.choice(["live", "live", "live", "shadow", "retired"])
            message = policy("t", self.version, self.source, state=state, threshold=rng.choice([0.31, 0.61, 0.93]))
        elif chance < 0.75:
            self.live.append(f"s{len(self.live)}")
            message = seed_live("t", self.live[-1], rng.randrange(len(VECTORS)), self.source)
        elif chance < 0.9:
            seed = rng.choice(self.live)
            message = SeedRetired(trend_id="t", seed_id=seed, source_offset=self.source, received_at=NOW)
        else:
            video = f"v{rng.randrange(VIDEOS // 3)}"
            message = VideoCleared(
                trend_id="t", video_id=video, revision=10, source_offset=self.source, received_at=NOW
            )
            return [self._fan(message, partition_for(video, SHARDS))]
        return [self._fan(message, partition) for partition in range(SHARDS)]

    def _fan(self, message: FanoutMessage, partition: int) -> Outgoing:
        return Outgoing(
            topic=Topic.TREND_FANOUT,
            key=fanout_key(message).encode(),
            value=encode_msgpack(message),
            partition=partition,
        )


async def publish(settings: Settings, author: Author, seconds: float) -> None:
    """Publish all videos over some seconds, a wish now and then; the trend is live at the end."""
    producer = make_producer(settings)
    await start_producer(producer, settings)
    try:
        for start in range(0, VIDEOS, 30):
            await send_all(producer, settings, [author.video() for _ in range(30)])
            if start % 120 == 0:
                await send_all(producer, settings, author.wish())
            await asyncio.sleep(30 * seconds / VIDEOS)
        author.version += 1
        author.source += 1
        last = policy("t", author.version, author.source, threshold=0.31)
        seed = seed_live("t", "last", 3, author.source)
        await send_all(producer, settings, [author._fan(m, p) for m in (last, seed) for p in range(SHARDS)])
    finally:
        await producer.stop()


async def disturb(workers: list[WorkerProcess], rng: random.Random, faults: int) -> Counter[str]:
    """Kill or pause one of the workers, again and again."""
    done: Counter[str] = Counter()
    for number in range(faults):
        await asyncio.sleep(rng.uniform(2, 5))
        worker = rng.choice(workers)
        if number % 3 == 2:
            worker.pause()
            await asyncio.sleep(SESSION_SECONDS * 1.6)
            worker.resume()
            done["pauses"] += 1
        else:
            worker.kill()
            done["kills"] += 1
        for one in workers:
            one.start()
    return done


async def active_set(settings: Settings) -> tuple[set[Expected], Counter[str]]:
    """Fold the outputs; count the ids."""
    active: dict[tuple[str, str, str], Expected] = {}
    ids: Counter[str] = Counter()
    for topic in ACTIONS:
        async for record in tail(settings, topic, from_beginning=True, follow=False):
            message = decode_json(record.value, ActionEvent)
            key = (topic.value, message.trend_id, message.video_id)
            if isinstance(message, ModerationAction):
                ids[message.action_id] += 1
                active[key] = Expected(*key, message.revision, message.proposed_action)
            else:
                active.pop(key, None)
    return set(active.values()), ids


async def oracle(settings: Settings) -> set[Expected]:
    """Judge the inputs exactly."""
    videos = [r async for r in tail(settings, Topic.VIDEO_EMBEDDINGS, from_beginning=True, follow=False)]
    fanout = [r async for r in tail(settings, Topic.TREND_FANOUT, from_beginning=True, follow=False)]
    return expected_actions(
        [decode_msgpack(r.value, EmbeddingEvent) for r in videos],
        [decode_msgpack(r.value, FanoutMessage) for r in fanout],
    )


async def test_killed_and_paused_index_workers_end_with_the_oracle_s_active_set(
    broker: RunningKafka, prefix: str, tmp_path: Path
) -> None:
    """Kill -9 in mid-stream, pauses past the session timeout: nothing lost, nothing emitted twice."""
    kafka = KafkaSettings(
        bootstrap_servers=broker.bootstrap_servers,
        prefix=prefix,
        partitions=SHARDS,
        session_timeout_seconds=SESSION_SECONDS,
    )
    settings = Settings(kafka=kafka)
    await create_topics(settings)
    environment = worker_environment(
        kafka,
        INDEX__SLICE_VIDEOS="100",
        INDEX__SLICE_RECORDS="50",
        INDEX__FIRST_HITS="20",
        INDEX__SNAPSHOT_MESSAGES="150",
        INDEX__SNAPSHOT_URI=str(tmp_path / "snapshots"),
    )
    with (
        WorkerProcess("index", environment, tmp_path / "a") as first,
        WorkerProcess("index", environment, tmp_path / "b") as second,
    ):
        workers = [first, second]
        first.wait_ready()
        publishing = asyncio.create_task(publish(settings, Author(11), 45))
        done = await disturb(workers, random.Random(12), 9)
        await publishing
        assert done == {"kills": 6, "pauses": 3}

        expected = await oracle(settings)
        found, ids = await active_set(settings)
        for _ in range(120):
            for worker in workers:
                worker.start()
            found, ids = await active_set(settings)
            if found == expected:
                break
            await asyncio.sleep(1)

        assert found == expected, f"{first.tail()}\n{second.tail()}"
        assert len(expected) > 100
        assert not [i for i, n in ids.items() if n > 1]
        restores = [line["snapshot"] for worker in workers for line in worker.events("shard restored")]
        assert any(restores), "no restore had a snapshot for its base"
        assert [worker.terminate() for worker in workers] == [0, 0]

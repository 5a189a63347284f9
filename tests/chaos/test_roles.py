"""Every role killed, paused, restarted while real videos stream from event to action."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from encoders.corpus import Role, Truth, generate, read_truth
from streams.audit.findings import Findings
from streams.audit.waiting import settled
from streams.client import create_topics, make_producer, send_all, start_producer
from streams.settings import KafkaSettings, Settings
from streams.wire.codec import encode_json
from streams.wire.envelope import Message
from streams.wire.record import Outgoing
from streams.wire.topics import Topic
from streams.wire.trend import (
    Band,
    ReviewDecision,
    SeedAdded,
    SeedRevoked,
    SeedVideo,
    TrendChanged,
    TrendDeclared,
)
from streams.wire.video import VideoDeleted, VideoEdited, VideoPublished
from tests.support.kafka import RunningKafka
from tests.support.workers import WorkerProcess, kept_alive, started_workers, worker_environment

SHARDS, SESSION_SECONDS, EVENTS, TRENDS = 4, 6, 240, 2
# Two index workers, so that each takes over shards of the other.
WORKERS = ("decode", "encode", "fuse", "trends", "index", "index")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small corpus of real MP4 posts, damaged ones among them."""
    folder = tmp_path_factory.mktemp("corpus")
    generate(folder, posts=28, trends=TRENDS, seed=3)
    return folder


class Story:
    """What producers and moderators say, in the order in which they say it."""

    def __init__(self, corpus: Path) -> None:
        self._corpus, self._rng = corpus, random.Random(21)
        truth = read_truth(corpus)
        self.seeds = [t for t in truth if t.role is Role.SEED]
        self._posts = [t for t in truth if t.role is not Role.SEED]
        self.trends = sorted({t.trend for t in self.seeds if t.trend})
        self._revisions: Counter[str] = Counter()

    def uri(self, post: Truth) -> str:
        """Return where a post lies."""
        return (self._corpus / post.path).resolve().as_uri()

    def videos(self) -> Iterator[Message]:
        """Yield uploads, edits and deletes of some hundred video ids."""
        for number in range(EVENTS):
            post = self._rng.choice(self._posts)
            video = f"v{self._rng.randrange(EVENTS // 2)}"
            self._revisions[video] += 1
            revision = self._revisions[video]
            if revision > 1 and self._rng.random() < 0.3:
                yield VideoDeleted(schema_version=1, video_id=video, revision=revision)
                continue
            kind = VideoPublished if revision == 1 else VideoEdited
            caption = post.caption and post.caption[: 9_000 + number]
            yield kind(schema_version=1, video_id=video, revision=revision, media_uri=self.uri(post), caption=caption)

    def declared(self) -> Iterator[Message]:
        """Yield live trends with all their seeds but the last of each."""
        for trend in self.trends:
            yield TrendDeclared(
                trend_id=trend,
                name=trend,
                state="live",
                threshold=0.4,
                bands=[Band(from_score=-1.0, action="review"), Band(from_score=0.9, action="remove")],
                margin=0.0,
                score_kind="fused",
                seed_pooling="max",
                on_retire="revoke",
            )
            yield from (self._seed(s) for s in self._of(trend)[:-1])

    def changed(self) -> Iterator[list[Message]]:
        """Yield what moderators do later, step by step."""
        first, second = self.trends[:2]
        yield [self._seed(self._of(first)[-1])]
        yield [TrendChanged(trend_id=second, version=2, threshold=0.6)]
        yield [SeedRevoked(trend_id=first, seed_id=self._of(first)[0].id)]
        yield [
            ReviewDecision(
                decision_id=f"d{n}", action_id="0" * 32, trend_id=first, video_id=f"v{n}", revision=1, verdict="reject"
            )
            for n in range(0, EVENTS // 2, 5)
        ]
        yield [TrendChanged(trend_id=first, version=9, threshold=0.0)]  # refused: not current + 1
        yield [self._seed(self._of(second)[-1])]
        yield [TrendChanged(trend_id=second, version=3, state="shadow")]
        yield [TrendChanged(trend_id=second, version=4, state="live", threshold=0.35)]

    def _of(self, trend: str) -> list[Truth]:
        return [s for s in self.seeds if s.trend == trend]

    def _seed(self, post: Truth) -> Message:
        video = SeedVideo(media_uri=self.uri(post), caption=post.caption)
        return SeedAdded(trend_id=str(post.trend), seed_id=post.id, polarity="positive", video=video)


def as_record(message: Message) -> Outgoing:
    """Return a public message as the record that its topic takes."""
    if isinstance(message, VideoPublished | VideoDeleted):
        return Outgoing(topic=Topic.VIDEO_EVENTS, key=message.video_id.encode(), value=encode_json(message))
    topic = Topic.REVIEW_DECISIONS if isinstance(message, ReviewDecision) else Topic.TREND_SEEDS
    trend = getattr(message, "trend_id")  # noqa: B009  # the base class has none; all that come here do
    return Outgoing(topic=topic, key=str(trend).encode(), value=encode_json(message))


async def tell(settings: Settings, story: Story, done: asyncio.Event) -> None:
    """Publish the story until the last fault is over, so that every fault meets a stream."""
    producer = make_producer(settings)
    await start_producer(producer, settings)
    try:
        await send_all(producer, settings, [as_record(m) for m in story.declared()])
        videos, changes = story.videos(), story.changed()
        for number in itertools.count():
            batch = list(itertools.islice(videos, 2))
            if number % 12 == 6:
                batch += next(changes, [])
            if not batch and done.is_set():
                break
            await send_all(producer, settings, [as_record(m) for m in batch])
            await asyncio.sleep(1.0)
        for rest in changes:
            await send_all(producer, settings, [as_record(m) for m in rest])
    finally:
        await producer.stop()


async def disturb(workers: list[WorkerProcess]) -> None:
    """Kill, pause and restart each worker in turn."""
    for worker in workers:
        worker.kill()
        await asyncio.sleep(1)
        worker.start()
        await asyncio.to_thread(worker.wait_ready)
        worker.pause()
        await asyncio.sleep(SESSION_SECONDS * 1.4)
        worker.resume()
        await asyncio.sleep(3)
        for one in workers:  # a former owner that came back may have ended itself, as it should
            one.start()
        await asyncio.to_thread(worker.wait_ready)
        worker.terminate()
        worker.start()


async def test_every_role_may_be_killed_paused_and_restarted(
    broker: RunningKafka, prefix: str, tmp_path: Path, corpus: Path
) -> None:
    """0 lost, 0 duplicate actions, the active set of the oracle, receipts of all shards."""
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
        MEDIA__ALLOWED_ROOTS=f'["{corpus}"]',
        MEDIA__STORE_URI=(tmp_path / "samples").as_uri(),
        INDEX__SLICE_VIDEOS="20",
    )
    with started_workers(WORKERS, environment, tmp_path) as workers:
        for worker in workers[:5]:
            await asyncio.to_thread(worker.wait_ready)
        done = asyncio.Event()
        telling = asyncio.create_task(tell(settings, Story(corpus), done))
        await disturb(workers)
        done.set()
        await telling
        async with kept_alive(workers):
            found: Findings = await settled(settings, 150)

    assert found.clean, found.text()
    assert len(found.expected) > 20
    assert {action.direction for action in found.actions} == {"backward", "forward"}
    assert {letter.reason for letter in found.letters.values()} >= {"refused", "not_media"}

"""What the evaluation computes by exact search is what the running pipeline emits, score for score."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from encoders import Suite, load_suite
from encoders.corpus import CorpusSettings, Kind, Post, Role, Section, draw_taxonomy, posts_of
from encoders.evaluation import Cosine, OnOneScale, Scorer, Weighted, of_suite, see
from encoders.evaluation.scorers import Pooling
from streams.audit.logs import Logs
from streams.audit.waiting import reading_along, settled
from streams.client import create_topics, make_producer, send_all, start_producer
from streams.cohesion import cohesion_weights, equal_weights, stretches_of
from streams.settings import KafkaSettings, Settings
from streams.wire.codec import encode_json
from streams.wire.embedding import unpack_vector
from streams.wire.envelope import Message
from streams.wire.fanout import SeedLive, TrendPolicy
from streams.wire.record import Outgoing
from streams.wire.topics import Topic
from streams.wire.trend import Band, ScoreKind, SeedAdded, SeedVideo, TrendChanged, TrendDeclared
from streams.wire.video import VideoPublished
from tests.support.banked_suite import write_banked_suite
from tests.support.decoded_posts import DecodedPosts
from tests.support.kafka import RunningKafka
from tests.support.workers import started_workers, worker_environment

SHARDS, SEEDS, CLIP_SECONDS = 3, 3, 1.0
ROLES = ("decode", "encode", "fuse", "trends", "index")
TOLERANCE = 1e-3
PATIENCE_SECONDS = 60.0
"""Nothing here is about faults: a busy machine is waited for."""

_WAIT_SECONDS = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A trend by one way of scoring.

    Attributes:
        score: Kind of score.
        pooling: Of its seeds.
        about: Kind of the leaf that its seeds are of.
        seeds: How many. A single one joins a live trend and is swept for by itself; several join a draft, which goes
            live when all are there: an action is not emitted again when a later seed raises its score.
        normalised: Whether it is by the bank of the suite.
    """

    score: ScoreKind
    pooling: Pooling
    about: Kind
    seeds: int = SEEDS
    normalised: bool = False

    @property
    def id(self) -> str:
        """Its name."""
        scale = "-normalised" if self.normalised else ""
        return f"{self.about}-{self.score}-{self.pooling}-{self.seeds}{scale}"


TRENDS = (
    Trend(score="fused", pooling="max", about=Kind.VISUAL, seeds=1),
    Trend(score="fused", pooling="max", about=Kind.VISUAL),
    Trend(score="fused", pooling="mean", about=Kind.VISUAL),
    Trend(score="frames", pooling="max", about=Kind.VISUAL),
    Trend(score="audio", pooling="mean", about=Kind.AUDIO),
    Trend(score="weighted", pooling="max", about=Kind.AUDIO),
    Trend(score="weighted", pooling="mean", about=Kind.AUDIO),
    Trend(score="fused", pooling="max", about=Kind.VISUAL, normalised=True),
    Trend(score="audio", pooling="mean", about=Kind.AUDIO, normalised=True),
    Trend(score="weighted", pooling="max", about=Kind.AUDIO, normalised=True),
)


@dataclass(frozen=True, slots=True)
class Corpus:
    """Seeds of two leaves; videos of both, near them and far from them."""

    seeds: Mapping[Kind, Sequence[Post]]
    videos: Sequence[Post]

    @property
    def posts(self) -> list[Post]:
        """All of them."""
        return [*(post for posts in self.seeds.values() for post in posts), *self.videos]


def draw_corpus() -> Corpus:
    """Plan posts of development trends: positives, a copy, a hard negative; one without sound, one without words."""
    sizes = CorpusSettings(originals=SEEDS + 2, copies=1, copies_of_copies=1, hard_negatives=1, background=8)
    taxonomy = draw_taxonomy(sizes.seed)
    kinds = {leaf.name: leaf.kind for leaf in taxonomy.development}
    seeds: dict[Kind, list[Post]] = {Kind.VISUAL: [], Kind.AUDIO: []}
    videos: list[Post] = []
    for post in posts_of(taxonomy, sizes, Section.DEVELOPMENT):
        short = replace(post, take=replace(post.take, seconds=CLIP_SECONDS))
        kind = None if post.leaf is None else kinds[post.leaf]
        if kind in seeds and post.role is Role.POSITIVE and len(seeds[kind]) < SEEDS:
            seeds[kind].append(short)
        elif kind in seeds or kind is None:
            videos.append(short)
    videos[-1] = replace(videos[-1], take=replace(videos[-1].take, has_sound=False))
    videos[-2] = replace(videos[-2], caption=None)
    return Corpus(seeds, videos)


class Exact:
    """The scores by exact search, of the decoded files."""

    def __init__(self, suite: Suite, files: DecodedPosts, corpus: Corpus, folder: Path) -> None:
        self._files, self._corpus = files, corpus
        self._seen = see(of_suite("ours", suite), files, np.arange(len(files)), folder)
        self._card = suite.card

    def scores(self, trend: Trend) -> dict[str, float]:
        """Return the score of each video under a trend, -1 where there is none."""
        seeds, videos = self._rows(self._corpus.seeds[trend.about][: trend.seeds]), self._rows(self._corpus.videos)
        [scores] = self._scorer(trend)(seeds[None, :], videos)
        return {post.id: float(score) for post, score in zip(self._corpus.videos, scores, strict=True)}

    def threshold(self, trend: Trend) -> float:
        """Return the middle of the widest gap in the middle of the scores: some videos are hits, some are not."""
        ordered = np.sort(list(self.scores(trend).values()))
        first, last = len(ordered) // 4, 3 * len(ordered) // 4
        widest = first + int(np.argmax(np.diff(ordered[first : last + 1])))
        return round(float(ordered[widest : widest + 2].mean()), 6)

    def _scorer(self, trend: Trend) -> Scorer:
        scorer = self._in_cosines(trend)
        if not trend.normalised:
            return scorer
        assert self._card.bank is not None
        return OnOneScale(scorer, self._card.bank, trend.score)

    def _in_cosines(self, trend: Trend) -> Cosine | Weighted:
        if trend.score == "weighted":
            every = {**self._seen.blocks, **self._seen.parts}
            banks = {name: stretch.bank for name, stretch in self._card.stretches.items()}
            return Weighted({name: every[name] for name in equal_weights(self._card)}, banks, trend.pooling)
        return Cosine(self._seen.fused if trend.score == "fused" else self._seen.parts[trend.score], trend.pooling)

    def _rows(self, posts: Iterable[Post]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array([self._files.posts.index(post) for post in posts], dtype=np.int64)


class Moderators:
    """What is said to the pipeline."""

    def __init__(self, files: DecodedPosts, corpus: Corpus, exact: Exact) -> None:
        self._files, self._corpus, self._exact = files, corpus, exact

    def publish(self, posts: Iterable[Post]) -> list[Message]:
        """Return the events of uploads."""
        return [
            VideoPublished(
                schema_version=1, video_id=post.id, revision=1, media_uri=self._uri(post), caption=post.caption
            )
            for post in posts
        ]

    def follow(self, trend: Trend) -> Iterator[Message]:
        """Yield a trend with its seeds."""
        yield TrendDeclared(
            trend_id=trend.id,
            name=trend.id,
            state="live" if trend.seeds == 1 else "draft",
            threshold=self._exact.threshold(trend),
            bands=[Band(from_score=-1.0, action="review")],
            margin=0.0,
            score_kind=trend.score,
            seed_pooling=trend.pooling,
            background_normalised=trend.normalised,
            on_retire="revoke",
        )
        for post in self._corpus.seeds[trend.about][: trend.seeds]:
            video = SeedVideo(media_uri=self._uri(post), caption=post.caption)
            yield SeedAdded(trend_id=trend.id, seed_id=post.id, polarity="positive", video=video)

    def _uri(self, post: Post) -> str:
        return self._files.path(post).resolve().as_uri()


async def say(settings: Settings, messages: Iterable[Message]) -> None:
    """Put messages where the workers read."""
    producer = make_producer(settings)
    await start_producer(producer, settings)
    try:
        await send_all(producer, settings, [_record(message) for message in messages])
    finally:
        await producer.stop()


def _record(message: Message) -> Outgoing:
    if isinstance(message, VideoPublished):
        return Outgoing(topic=Topic.VIDEO_EVENTS, key=message.video_id.encode(), value=encode_json(message))
    trend = str(getattr(message, "trend_id"))  # noqa: B009  # the base class has none; all that come here do
    return Outgoing(topic=Topic.TREND_SEEDS, key=trend.encode(), value=encode_json(message))


def unweighed(logs: Logs, trends: Sequence[Trend], suite: Suite) -> str | None:
    """Return which trend's policy does not bear yet the weights that its seeds call for."""
    told = [seen.message for seen in logs.fanout if seen.message is not None]
    for trend in trends:
        policies = [m for m in told if isinstance(m, TrendPolicy) and m.trend_id == trend.id]
        seeds = {m.seed_id: m for m in told if isinstance(m, SeedLive) and m.trend_id == trend.id}
        vectors = [{name: unpack_vector(data) for name, data in seed.vectors.items()} for seed in seeds.values()]
        wanted = dict(cohesion_weights(vectors, stretches_of(suite.card)) or equal_weights(suite.card))
        if len(seeds) < trend.seeds or policies[-1].weights != wanted:
            return f"{trend.id} waits for its weights"
    return None


@contextmanager
def running(settings: Settings, suite: str, media: Path, folder: Path) -> Iterator[None]:
    """Run every role."""
    environment = worker_environment(
        settings.kafka,
        KAFKA__DELIVERY_TIMEOUT_SECONDS=f"{PATIENCE_SECONDS:g}",
        ENCODERS__SUITE=suite,
        MEDIA__ALLOWED_ROOTS=json.dumps([str(media)]),
        MEDIA__STORE_URI=(folder / "samples").as_uri(),
    )
    with started_workers(ROLES, environment, folder) as workers:
        for worker in workers:
            worker.wait_ready()
        yield


def check(trend: Trend, emitted: Mapping[str, float], exact: Exact) -> None:
    """Check the scores of a trend's actions, by video, and which videos have one."""
    scores, threshold = exact.scores(trend), exact.threshold(trend)
    clear = {video_id for video_id, score in scores.items() if abs(score - threshold) > TOLERANCE}
    assert emitted.keys() & clear == {video_id for video_id in clear if scores[video_id] >= threshold}, trend
    assert 0 < len(emitted) < len(scores), trend
    for video_id, score in emitted.items():
        assert score == pytest.approx(scores[video_id], abs=TOLERANCE), (trend, video_id)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("banked", [False, True], ids=["default", "banked"])
async def test_the_pipeline_emits_what_exact_search_computes(
    broker: RunningKafka, prefix: str, tmp_path: Path, *, banked: bool
) -> None:
    """For videos that came before the seeds and after them, by every kind of score that both sides know."""
    kafka = KafkaSettings(
        bootstrap_servers=broker.bootstrap_servers,
        prefix=prefix,
        partitions=SHARDS,
        session_timeout_seconds=PATIENCE_SECONDS,
        delivery_timeout_seconds=PATIENCE_SECONDS,
    )
    settings = Settings(kafka=kafka)
    await create_topics(settings)
    name = str(write_banked_suite(tmp_path / "suite")) if banked else settings.encoders.suite
    suite, corpus = load_suite(name), draw_corpus()
    files = DecodedPosts(corpus.posts, tmp_path / "media")
    exact = Exact(suite, files, corpus, tmp_path / "vectors")
    moderators = Moderators(files, corpus, exact)
    bank = suite.card.bank
    trends = [t for t in TRENDS if bank is not None or not (t.normalised or t.score == "weighted")]
    before, after = corpus.videos[::2], corpus.videos[1::2]

    with running(settings, name, files.folder, tmp_path / "workers"):
        await say(settings, moderators.publish(before))
        await settled(settings, _WAIT_SECONDS)
        await say(settings, (message for trend in trends for message in moderators.follow(trend)))
        await settled(settings, _WAIT_SECONDS)
        async with reading_along(settings) as auditor:
            await auditor.wait_for(
                lambda logs: unweighed(logs, [t for t in trends if t.score == "weighted"], suite), _WAIT_SECONDS
            )
        drafts = [trend for trend in trends if trend.seeds > 1]
        await say(settings, (TrendChanged(trend_id=trend.id, version=2, state="live") for trend in drafts))
        await settled(settings, _WAIT_SECONDS)
        await say(settings, moderators.publish(after))
        found = await settled(settings, _WAIT_SECONDS)

    assert found.clean, found.text()
    assert not found.letters
    for trend in trends:
        actions = {action.video_id: action.score for action in found.actions if action.trend_id == trend.id}
        check(trend, actions, exact)
    late = {post.id for post in after}
    assert {action.direction for action in found.actions if action.video_id in late} == {"forward"}
    assert {action.direction for action in found.actions} == {"backward", "forward"}

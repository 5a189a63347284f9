"""The brakes of a trend with real shards: what a preview bounds stops, what a person releases goes on, exactly."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from encoders.embedding import to_unit_float16
from streams.audit.oracle import expected_actions
from streams.client import partition_for
from streams.settings import load_settings
from streams.wire.codec import decode_json, decode_msgpack, encode_msgpack
from streams.wire.embedding import VideoEmbedded, pack_vector, unpack_vector
from streams.wire.fanout import FanoutMessage, SeedLive, TrendPolicy
from streams.wire.moderation import ActionEvent, ModerationAction
from streams.wire.record import Outgoing
from streams.wire.topics import Topic
from streams.wire.trend import TrendAdjusted, TrendEvent
from tests.support.commands import Ebr, put, records
from tests.support.media import tune, write_clip
from tests.support.workers import WorkerProcess, started_workers, wait_until, worker_environment

_WAIT_SECONDS = 120.0
_STRANGERS, _FEW, _MANY, _BURST, _MARKS = 500, 6, 36, 80, 24


class _Place:
    """An installation with TRENDS and INDEX, whose videos are made by hand out of the vectors of seeds."""

    def __init__(self, folder: Path) -> None:
        self.kafka, self.folder = load_settings().kafka, folder
        self.videos = list[VideoEmbedded]()
        self.rng = np.random.default_rng(7)
        self.workers = list[WorkerProcess]()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run both roles; few hits are enough for bounds and jumps."""
        environment = worker_environment(
            self.kafka,
            MEDIA__ALLOWED_ROOTS=f'["{self.folder}"]',
            MEDIA__WORKERS="1",
            TRENDS__BOUND_LEAST="2",
            TRENDS__JUMP_HITS="30",
            INDEX__REPORT_SECONDS="1",
        )
        with started_workers(("trends", "index"), environment, self.folder) as self.workers:
            yield

    def hold(self, name: str, count: int, like: SeedLive | None = None, at: datetime | None = None) -> None:
        """Publish videos that are copies of a seed, or like nothing."""
        seed = self.seed("a") if like is None else like
        received_at = datetime.now(UTC) - timedelta(days=1) if at is None else at
        new = [
            VideoEmbedded(
                video_id=f"{name}-{number}",
                revision=1,
                model_id=seed.model_id,
                fused=seed.fused if like is not None else self._stranger(seed),
                received_at=received_at,
            )
            for number in range(count)
        ]
        self.videos += new
        home = [partition_for(video.video_id, self.kafka.partitions) for video in new]
        put(
            *(
                Outgoing(topic=Topic.VIDEO_EMBEDDINGS, key=v.video_id.encode(), value=encode_msgpack(v), partition=p)
                for v, p in zip(new, home, strict=True)
            )
        )

    def _stranger(self, seed: SeedLive) -> bytes:
        size = len(unpack_vector(seed.fused))
        return pack_vector(to_unit_float16(self.rng.normal(size=size).astype(np.float32)))

    def seed(self, seed_id: str) -> SeedLive:
        """Wait for what the shards were told of a seed; return it."""
        self.wait(lambda: any(_is_seed(message, seed_id) for message in _fanout()))
        return next(message for message in _fanout() if isinstance(message, SeedLive) and message.seed_id == seed_id)

    def by_shard(self, name: str) -> list[int]:
        """Return how many videos of a name each shard holds."""
        homes = [
            partition_for(v.video_id, self.kafka.partitions) for v in self.videos if v.video_id.startswith(f"{name}-")
        ]
        return [homes.count(shard) for shard in range(self.kafka.partitions)]

    def told(self, **fields: object) -> TrendPolicy:
        """Wait until the last policy has some values; return it."""

        def told() -> bool:
            return all(getattr(_policy(), name) == value for name, value in fields.items())

        self.wait(told)
        return _policy()

    def settle(self) -> None:
        """Wait until the active actions are those that the logs call for."""
        live = Topic.MODERATION_ACTIONS.value

        def settled() -> bool:
            wanted = expected_actions(self.videos, _fanout())
            return _active() == {one.video_id for one in wanted if one.topic == live}

        self.wait(settled)

    def wait(self, done: Callable[[], bool]) -> None:
        """Wait until something is so."""
        wait_until(done, *self.workers, seconds=_WAIT_SECONDS)


def _is_seed(message: FanoutMessage, seed_id: str) -> bool:
    return isinstance(message, SeedLive) and message.seed_id == seed_id


def _fanout() -> list[FanoutMessage]:
    return [decode_msgpack(r.value, FanoutMessage) for r in records(Topic.TREND_FANOUT) if r.partition == 0]


def _policy() -> TrendPolicy:
    return [message for message in _fanout() if isinstance(message, TrendPolicy)][-1]


def _bounds() -> list[int]:
    events = [decode_json(record.value, TrendEvent) for record in records(Topic.TREND_SEEDS)]
    return [e.max_hits for e in events if isinstance(e, TrendAdjusted) and e.max_hits is not None]


def _active(topic: Topic = Topic.MODERATION_ACTIONS) -> set[str]:
    """Return the videos with an action in force."""
    active = set[str]()
    for record in records(topic):
        event = decode_json(record.value, ActionEvent)
        if isinstance(event, ModerationAction):
            active.add(event.video_id)
        else:
            active.discard(event.video_id)
    return active


def test_a_seed_beyond_the_preview_and_a_burst_stop_a_trend_until_a_person_lets_it_go(
    installed: Ebr, tmp_path: Path
) -> None:
    """Nothing new while it is paused, all that was held back afterwards, nothing else at any time."""
    for number, name in enumerate(("a", "b"), start=1):
        write_clip(tmp_path / f"{name}.mp4", number=number, seconds=1.0, sound=tune(7 * number, 1.0))
    add = ("--caption", "red river at night"), ("--caption", "garden tools and a lawn")
    assert installed("trend", "declare", "t", "--threshold", "0.98")[0] == 0
    assert installed("seed", "add", "t", str(tmp_path / "a.mp4"), *add[0])[0] == 0
    place = _Place(tmp_path)
    with place.running():
        # Seed b is tried in a trend of its own, so that copies of it are held before this trend knows it.
        assert installed("trend", "declare", "other", "--threshold", "0.98", "--state", "shadow")[0] == 0
        assert installed("seed", "add", "other", str(tmp_path / "b.mp4"), *add[1])[0] == 0
        place.hold("stranger", _STRANGERS)
        place.hold("few", _FEW, place.seed("a"))
        place.hold("many", _MANY, place.seed("b"))
        place.wait(lambda: len(_active(Topic.SHADOW_ACTIONS)) == _MANY)  # the last ones: all are held
        assert installed("trend", "change", "t", "--margin", "0.01", "--wait", "--timeout", "60")[0] == 0
        bound = 2 * max(place.by_shard("few"))
        place.wait(lambda: _bounds()[-1:] == [bound])
        assert bound < max(place.by_shard("many"))
        assert _active() == set()

        assert installed("trend", "change", "t", "--state", "live", "--wait", "--timeout", "60")[0] == 0
        assert _policy().max_hits == bound
        few = {f"few-{number}" for number in range(_FEW)}
        place.wait(lambda: _active() == few)

        assert installed("seed", "add", "t", str(tmp_path / "b.mp4"), "--seed-id", "b2", *add[1])[0] == 0
        place.told(paused=True)
        assert _active() == few
        assert installed("trend", "release", "t")[0] == 0
        place.told(paused=False, max_hits=bound)
        place.settle()
        assert len(_active()) == _FEW + _MANY

        place.hold("burst", _BURST, place.seed("a"), at=datetime.now(UTC) + timedelta(seconds=2))
        place.told(paused=True)
        place.hold("late", _BURST, place.seed("a"), at=datetime.now(UTC) + timedelta(seconds=5))
        place.hold("mark", _MARKS, place.seed("b"), at=datetime.now(UTC) + timedelta(seconds=6))
        place.wait(lambda: len(_active(Topic.SHADOW_ACTIONS)) == _MANY + _MARKS)  # the late ones were judged before
        assert not {video for video in _active() if video.startswith("late")}
        assert installed("trend", "release", "t")[0] == 0
        place.told(paused=False)
        place.settle()

    assert len(_active()) == _FEW + _MANY + 2 * _BURST + _MARKS

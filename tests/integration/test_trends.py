"""TRENDS on a real broker: what the shards hear, what is answered, what a kill changes."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from encoders import load_suite
from streams.agents.trends import TrendsProgram
from streams.client import (
    committed_offsets,
    create_topics,
    group_name,
    make_producer,
    partition_for,
    read_partition,
    send_all,
    tail,
)
from streams.errors import DeliveryError
from streams.settings import KafkaSettings, MediaSettings, Settings
from streams.wire.codec import decode_json, decode_msgpack, encode_json
from streams.wire.dead_letter import DeadLetter
from streams.wire.fanout import FanoutMessage, SeedLive, SeedRetired, TrendPolicy, VideoCleared
from streams.wire.moderation import Receipt
from streams.wire.record import Outgoing, Received
from streams.wire.topics import Topic
from streams.wire.trend import ReviewDecision, SeedAdded, SeedVideo, TrendEvent
from tests.support.catalogue import added, changed, decided, declared, revoked
from tests.support.kafka import RunningKafka
from tests.support.media import tune, write_clip
from tests.support.trends import HandIntake, HandStore
from tests.support.workers import WorkerProcess

_SHARDS = 2
_WAIT_SECONDS = 60.0


class _Place:
    """An installation with a folder of media that its workers may read."""

    def __init__(self, broker: RunningKafka, prefix: str, folder: Path) -> None:
        kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers, prefix=prefix, partitions=_SHARDS)
        self.settings = Settings(kafka=kafka, media=MediaSettings(allowed_roots=[folder]))
        self.folder = folder
        asyncio.run(create_topics(self.settings))

    def worker(self, **variables: str) -> WorkerProcess:
        """Return a trends worker that is not started; all of them share one data folder."""
        kafka = self.settings.kafka
        environment = {
            "EBR_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
            "EBR_KAFKA__PREFIX": kafka.prefix,
            "EBR_KAFKA__PARTITIONS": str(kafka.partitions),
            "EBR_KAFKA__SESSION_TIMEOUT_SECONDS": "6",
            "EBR_MEDIA__ALLOWED_ROOTS": f'["{self.folder}"]',
            "EBR_MEDIA__WORKERS": "1",
        }
        return WorkerProcess("trends", environment | variables, self.folder / "worker")

    def seed(self, name: str) -> SeedAdded:
        """Return a seed whose medium is a file of the folder, there or not."""
        return added(name, video=SeedVideo(media_uri=(self.folder / f"{name}.mp4").as_uri(), caption="do not try"))

    def say(self, *events: TrendEvent | ReviewDecision) -> None:
        """Publish, in order."""
        asyncio.run(_say(self.settings, events))

    def wait_done(self) -> None:
        """Wait until all that was said is acknowledged; the end of a log may be the mark of a transaction."""
        group = group_name(self.settings.kafka, "trends")
        said = {topic: self.read(topic)[-1].offset + 1 for topic in TrendsProgram.inputs}
        self.wait(
            lambda: (
                asyncio.run(committed_offsets(self.settings, group, said))
                == {(topic, 0): end for topic, end in said.items()}
            )
        )

    def wait(self, done: Callable[[], bool]) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while not done():
            assert time.monotonic() < deadline, (self.folder / "worker" / "worker.log").read_text()
            time.sleep(0.2)

    def heard(self) -> dict[int, list[FanoutMessage]]:
        """Return what each shard was told, in order."""
        heard: dict[int, list[FanoutMessage]] = {shard: [] for shard in range(_SHARDS)}
        for record in self.read(Topic.TREND_FANOUT):
            heard[record.partition].append(decode_msgpack(record.value, FanoutMessage))
        return heard

    def in_force(self, trend_id: str, state: str) -> bool:
        """Return whether every shard was told a policy of a state."""
        return all(
            any(isinstance(m, TrendPolicy) and (m.trend_id, m.state) == (trend_id, state) for m in messages)
            for messages in self.heard().values()
        )

    def answers(self) -> set[tuple[int, str]]:
        """Return what TRENDS answered itself: place of the event with the status."""
        records = self.read(Topic.SEED_RECEIPTS)
        assert {(r.partition, tuple(r.headers)) for r in records} <= {(0, ())}
        return {(m.source_offset, m.status) for m in (decode_json(r.value, Receipt) for r in records)}

    def letters(self) -> set[tuple[int, str]]:
        """Return the dead letters: place of the event with the reason."""
        records = self.read(Topic.DEAD_LETTERS)
        letters = [DeadLetter.from_record(r.key, r.value, r.headers) for r in records]
        return {(letter.offset, letter.reason) for letter in letters}

    def read(self, topic: Topic) -> list[Received]:
        """Return all committed records of a topic."""
        return asyncio.run(_read(self.settings, topic))


async def _say(settings: Settings, events: Sequence[TrendEvent | ReviewDecision]) -> None:
    producer = make_producer(settings)
    await producer.start()
    try:
        await send_all(
            producer,
            settings,
            [
                Outgoing(
                    topic=Topic.REVIEW_DECISIONS if isinstance(event, ReviewDecision) else Topic.TREND_SEEDS,
                    key=event.trend_id.encode(),
                    value=encode_json(event),
                )
                for event in events
            ],
        )
    finally:
        await producer.stop()


async def _read(settings: Settings, topic: Topic) -> list[Received]:
    return [record async for record in tail(settings, topic, from_beginning=True, follow=False)]


@pytest.fixture
def place(broker: RunningKafka, prefix: str, tmp_path: Path) -> _Place:
    """Return an installation of its own, with the medium of one seed."""
    place = _Place(broker, prefix, tmp_path)
    write_clip(tmp_path / "a.mp4", seconds=1.0, sound=tune(1, 1.0))
    return place


def _places(messages: Sequence[FanoutMessage]) -> list[tuple[str, int]]:
    """Return what was told with its place in its ledger, each once, in order."""
    return list(dict.fromkeys((type(m).__name__, m.source_offset) for m in messages))


def test_all_that_moderators_say_reaches_every_shard_whatever_is_killed(place: _Place) -> None:
    """Declared, seeded, revoked, refused, failed, rejected, expired; killed with work told but not acknowledged."""
    soon = datetime.now(UTC) + timedelta(seconds=3)
    place.say(
        declared(state="live"),
        place.seed("a"),
        place.seed("b"),  # 2: its medium is not there yet
        place.seed("a"),  # 3: its id is taken
        revoked("a"),
        changed(5),  # 5: not the next version
        declared("ends", state="live", expires_at=soon, on_retire="revoke"),
    )
    with place.worker(EBR_TEST__KILL_POINT="trends:after-take") as doomed:
        assert doomed._process is not None
        assert doomed._process.wait(_WAIT_SECONDS) == -9, doomed.tail()

    with place.worker() as worker:
        place.wait(lambda: place.in_force("ends", "retired"))
        place.say(decided("reject", video_id="v", revision=2), decided("confirm", trend_id="unknown"))
        place.wait_done()
        worker.kill()

        write_clip(place.folder / "b.mp4", number=2, seconds=1.0)
        place.say(changed(2, state="shadow"), place.seed("b"), place.seed("a"))
        worker.start()
        worker.wait_ready()
        place.wait_done()
        assert worker.terminate() == 0

    home = partition_for("v", _SHARDS)
    heard = {s: [m for m in messages if not isinstance(m, VideoCleared)] for s, messages in place.heard().items()}
    cleared = {s: {m for m in messages if isinstance(m, VideoCleared)} for s, messages in place.heard().items()}
    ledger = {r.offset: decode_json(r.value, TrendEvent) for r in place.read(Topic.TREND_SEEDS)}
    expired, shadowed, again, returned = list(ledger)[-4:]
    assert heard[0] == heard[1]
    assert _places(heard[0]) == [
        ("TrendPolicy", 0),
        ("SeedLive", 1),
        ("SeedRetired", 4),
        ("TrendPolicy", 6),
        ("TrendPolicy", expired),
        ("TrendPolicy", shadowed),
        ("SeedLive", again),
    ]
    assert [len(cleared[s]) for s in range(_SHARDS)] == [int(s == home) for s in range(_SHARDS)]
    [pair] = cleared[home]
    assert (pair.revision, pair.source_offset) == (2, 0)
    _told_twice_the_same(heard[0])
    assert place.answers() == {(2, "failed"), (3, "refused"), (5, "refused"), (returned, "refused")}
    assert {offset for offset, _ in place.letters()} == {2, 3, 5, returned}


def _told_twice_the_same(messages: Sequence[FanoutMessage]) -> None:
    """Check that the kill led to repeats, and that a repeat bears the very vectors of the first time."""
    first = [m for m in messages if isinstance(m, TrendPolicy) and m.source_offset == 0]
    assert len(first) == 2
    assert first[0] == first[1]
    seeds = [m for m in messages if isinstance(m, SeedLive) and m.source_offset == 1]
    assert all(seed == seeds[0] for seed in seeds)
    assert sorted(seeds[0].vectors) == ["audio", "frames", "text"]


def _program(settings: Settings, failures: list[BaseException], intake: HandIntake) -> TrendsProgram:
    return TrendsProgram(
        settings=settings,
        suite=load_suite("signal"),
        intake=intake,
        media_store=HandStore(),
        beat=lambda: None,
        fail=failures.append,
        now=lambda: datetime.now(UTC),
    )


async def _events(settings: Settings) -> list[Received]:
    return [record async for record in read_partition(settings, Topic.TREND_SEEDS, 0)]


async def _assign(program: TrendsProgram, committed: int) -> None:
    await program.assigned(
        {Topic.TREND_SEEDS: [0], Topic.REVIEW_DECISIONS: [0]},
        {(Topic.TREND_SEEDS, 0): committed, (Topic.REVIEW_DECISIONS, 0): 0},
    )


@pytest.mark.parametrize("committed", [0, 1, 2, 3])
async def test_whoever_takes_over_goes_on_from_what_is_committed(
    broker: RunningKafka, prefix: str, committed: int
) -> None:
    """The former owner is fenced; what it told but did not commit is told again, with no medium fetched again."""
    kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers, prefix=prefix, partitions=_SHARDS)
    settings, failures, intake = Settings(kafka=kafka), list[BaseException](), HandIntake()
    await create_topics(settings)
    await _say(settings, [declared(), added("a"), revoked("a"), changed(2)])
    events = await _events(settings)
    former, successor = _program(settings, failures, HandIntake()), _program(settings, failures, intake)
    await _assign(former, 0)
    await former.take(Topic.TREND_SEEDS, events[:3])

    await _assign(successor, committed)
    outcomes = await successor.take(Topic.TREND_SEEDS, events[committed:])
    with pytest.raises(DeliveryError):
        await former.take(Topic.TREND_SEEDS, events[3:])
    for program in (former, successor):
        await program.stop()

    assert [outcome.poison for outcome in outcomes] == [None] * (4 - committed)
    assert intake.asked == []
    assert failures == []
    messages = [decode_msgpack(r.value, FanoutMessage) for r in await _read(settings, Topic.TREND_FANOUT)]
    assert _places(messages)[-1] == ("TrendPolicy", 3)
    assert {type(m) for m in messages} == {TrendPolicy, SeedLive, SeedRetired}
    assert len([m for m in messages if m.source_offset == 3]) == _SHARDS

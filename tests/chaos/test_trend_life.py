"""The life of a trend while its workers are killed, between the steps and during them."""

import asyncio
import itertools
import random
from pathlib import Path

import pytest

from streams.audit.waiting import reading_along
from streams.client import create_topics, make_producer, start_producer
from streams.settings import KafkaSettings, Settings
from tests.support.kafka import RunningKafka
from tests.support.trend_life import JUMP_FACTOR, TrendLife
from tests.support.trend_place import TrendPlace
from tests.support.workers import WorkerProcess, kept_alive, started_workers, worker_environment

_SHARDS, _SESSION_SECONDS = 4, 6
# Two of the index, so that each takes over shards of the other.
_ROLES = ("trends", "index", "index")
# After a step began: while it is said, judged, swept.
_SOONEST_SECONDS, _LATEST_SECONDS = 0.2, 1.5


async def kill_soon(worker: WorkerProcess, rng: random.Random) -> None:
    """Kill a worker in the middle of a step; start it again."""
    await asyncio.sleep(rng.uniform(_SOONEST_SECONDS, _LATEST_SECONDS))
    worker.kill()
    await asyncio.sleep(0.2)
    worker.start()


@pytest.mark.timeout(600)
async def test_a_trend_s_life_is_the_same_when_workers_are_killed(
    broker: RunningKafka, prefix: str, tmp_path: Path
) -> None:
    """A kill -9 between any two steps, another during each: the same active sets, no action twice."""
    kafka = KafkaSettings(
        bootstrap_servers=broker.bootstrap_servers,
        prefix=prefix,
        partitions=_SHARDS,
        session_timeout_seconds=_SESSION_SECONDS,
    )
    settings = Settings(kafka=kafka)
    await create_topics(settings)
    environment = worker_environment(
        kafka,
        MEDIA__ALLOWED_ROOTS=f'["{tmp_path}"]',
        MEDIA__STORE_URI=(tmp_path / "samples").as_uri(),
        TRENDS__JUMP_FACTOR=str(JUMP_FACTOR),
        INDEX__SLICE_VIDEOS="50",
        INDEX__FIRST_HITS="10",
        INDEX__SNAPSHOT_MESSAGES="200",
        INDEX__SNAPSHOT_URI=str(tmp_path / "snapshots"),
    )
    rng = random.Random(8)
    with started_workers(_ROLES, environment, tmp_path) as workers:
        for worker in workers[:2]:
            await asyncio.to_thread(worker.wait_ready)
        between, during = itertools.cycle(workers), itertools.cycle(workers[1:] + workers[:1])
        producer = make_producer(settings)
        await start_producer(producer, settings)
        try:
            async with kept_alive(workers), reading_along(settings) as auditor:
                life = TrendLife(TrendPlace(settings, producer, auditor, tmp_path))
                for step in life.steps:
                    next(between).kill()
                    killing = asyncio.create_task(kill_soon(next(during), rng))
                    await life.run(step)
                    await killing
        finally:
            await producer.stop()
    assert life.seen["live"]

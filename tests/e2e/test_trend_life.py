"""A trend from its draft to its end on the real broker, the active set that of the oracle at each step."""

from pathlib import Path

import pytest

from streams.audit.waiting import reading_along
from streams.client import create_topics, make_producer, start_producer
from streams.settings import KafkaSettings, Settings
from tests.support.kafka import RunningKafka
from tests.support.trend_life import JUMP_FACTOR, TrendLife
from tests.support.trend_place import TrendPlace
from tests.support.workers import started_workers, worker_environment

_SHARDS = 4


@pytest.mark.timeout(420)
async def test_a_trend_lives_from_draft_to_retirement(broker: RunningKafka, prefix: str, tmp_path: Path) -> None:
    """Draft, preview, shadow, live, ruled on, calibrated, changed, a seed revoked, paused, released, retired."""
    kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers, prefix=prefix, partitions=_SHARDS)
    settings = Settings(kafka=kafka)
    await create_topics(settings)
    environment = worker_environment(
        kafka, MEDIA__ALLOWED_ROOTS=f'["{tmp_path}"]', TRENDS__JUMP_FACTOR=str(JUMP_FACTOR)
    )
    with started_workers(("trends", "index"), environment, tmp_path) as workers:
        for worker in workers:
            worker.wait_ready()
        producer = make_producer(settings)
        await start_producer(producer, settings)
        try:
            async with reading_along(settings) as auditor:
                life = TrendLife(TrendPlace(settings, producer, auditor, tmp_path))
                for step in life.steps:
                    await life.run(step)
        finally:
            await producer.stop()
    assert life.seen["live"]

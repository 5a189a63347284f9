"""What tests of the command line put into topics, read out of them, run."""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from streams.client import make_producer, send_all, start_producer, tail
from streams.settings import Settings, load_settings
from streams.shards.emission import SWEPT_HEADER
from streams.wire.codec import encode_json
from streams.wire.dead_letter import DeadLetter
from streams.wire.examples import examples
from streams.wire.record import Outgoing, Received
from streams.wire.topics import Topic

SAMPLES = {type(sample): sample for sample in examples()}
# Runs a command; returns its exit code, the lines of its answer, its remarks.
Ebr = Callable[..., tuple[int, list[str], str]]


def answers(lines: Sequence[str]) -> list[dict[str, object]]:
    """Return lines of JSON as what they hold."""
    return [json.loads(line) for line in lines]


def records(topic: Topic) -> list[Received]:
    """Return all that lies in a topic."""

    async def work() -> list[Received]:
        return [record async for record in tail(load_settings(), topic, from_beginning=True, follow=False)]

    return asyncio.run(work())


def put(*outgoing: Outgoing) -> None:
    """Send records as the workers would."""

    async def work(settings: Settings) -> None:
        producer = make_producer(settings)
        await start_producer(producer, settings)
        try:
            await send_all(producer, settings, outgoing)
        finally:
            await producer.stop()

    asyncio.run(work(load_settings()))


def receipt(kind: type, shard: int | None, *, swept: bool = False, **fields: object) -> Outgoing:
    """Return a receipt in its record, like the published example but for some fields."""
    sample = SAMPLES[kind]
    whole = {name: getattr(sample, name) for name in sample.__struct_fields__} | fields | {"shard": shard, "shards": 3}
    headers = [(SWEPT_HEADER, b"9")] if swept else []
    value = encode_json(kind(**whole))
    return Outgoing(topic=Topic.SEED_RECEIPTS, key=b"t", value=value, partition=shard or 0, headers=headers)


def dead(prefix: str, *, offset: int, reason: str, replayable: bool = False, attempts: int = 1) -> Outgoing:
    """Return the dead letter of a video event of partition 2."""
    now = datetime.now(UTC)
    letter = DeadLetter(
        topic=f"{prefix}.video-events",
        partition=2,
        offset=offset,
        stage="decode",
        reason=reason,
        path="$",
        detail="made by a test",
        replayable=replayable,
        attempts=attempts,
        first_at=now,
        last_at=now,
        key=b"v1",
        value=b'{"bytes": "as received"}',
        headers=(("traceparent", b"00-1"),),
    )
    return Outgoing(topic=Topic.DEAD_LETTERS, key=b"v1", value=letter.value or b"", headers=letter.to_headers())

"""All that TRENDS knows, read back from its inputs with its output."""

from collections.abc import AsyncIterator

from streams.agents.program import Beat
from streams.catalogue import Catalogue, Decisions, SentSeeds, fold
from streams.client import read_partition
from streams.errors import BadMessage
from streams.offload import offload
from streams.settings import Settings
from streams.wire.codec import decode_json, decode_msgpack
from streams.wire.fanout import FanoutMessage
from streams.wire.record import Received
from streams.wire.topics import Topic
from streams.wire.trend import ReviewDecision

# Records folded between two looks at the event loop: some milliseconds.
_CHUNK = 256


async def restore_sent(settings: Settings, beat: Beat) -> SentSeeds:
    """Return the seeds that reached the shards; partition 0 stands for all, a seed reaches all or none."""
    sent = SentSeeds()
    async for record in read_partition(settings, Topic.TREND_FANOUT, 0, beat=beat):
        try:
            sent.add(decode_msgpack(record.value, FanoutMessage))
        except BadMessage:
            continue  # the shards make a dead letter of it; no seed came with it
    return sent


async def restore_catalogue(settings: Settings, empty: Catalogue, end: int, sent: SentSeeds, beat: Beat) -> Catalogue:
    """Return the trends as they were just before an offset of `trend-seeds`; the catalogue before them is given."""
    catalogue = empty
    async for chunk in _chunks(settings, Topic.TREND_SEEDS, end, beat):
        catalogue = await offload(fold, chunk, start=catalogue, failed=sent.failed)
    return catalogue


async def restore_decisions(settings: Settings, end: int, beat: Beat) -> Decisions:
    """Return the decisions before an offset of `review-decisions`."""
    decisions = Decisions()
    async for chunk in _chunks(settings, Topic.REVIEW_DECISIONS, end, beat):
        await offload(_count, decisions, chunk)
    return decisions


async def _chunks(settings: Settings, topic: Topic, end: int, beat: Beat) -> AsyncIterator[list[Received]]:
    """Yield the records below an offset as Faust saw them, which reads uncommitted: it judged aborted ones too."""
    chunk: list[Received] = []
    async for record in read_partition(settings, topic, 0, end=end, committed=False, beat=beat):
        chunk.append(record)
        if len(chunk) >= _CHUNK:
            yield chunk
            chunk = []
    yield chunk


def _count(decisions: Decisions, chunk: list[Received]) -> None:
    for record in chunk:
        try:
            decisions.apply(decode_json(record.value, ReviewDecision), record.offset)
        except BadMessage:
            continue  # it became a dead letter

"""Retries, redeliveries, slow media and ends that come change neither what the shards hear nor its order."""

import asyncio

import pytest

from encoders.media import DecodedMedia
from streams.catalogue import ORIGIN_HEADER, SentSeeds
from streams.errors import TransientError
from streams.wire.codec import decode_json
from streams.wire.fanout import SeedLive
from streams.wire.topics import Topic
from streams.wire.trend import TrendEvent
from tests.support.catalogue import added, adjusted, at, changed, decided, declared, record, revoked
from tests.support.trends import HandIntake, TrendsBench


class _SlowFirst(HandIntake):
    """Holds back one URI until it is let go."""

    def __init__(self, held: str) -> None:
        super().__init__()
        self.held, self.let_go = held, asyncio.Event()

    async def decode(self, media_uri: str, content_sha256: str | None) -> DecodedMedia:
        """Return a sound, late for one URI."""
        media = await super().decode(media_uri, content_sha256)
        if media_uri == self.held:
            await self.let_go.wait()
        return media


def _seeds(bench: TrendsBench) -> list[str]:
    return [m.seed_id for p, m in bench.messages() if p == 0 and isinstance(m, SeedLive)]


async def test_seeds_are_decoded_at_once_but_told_in_order() -> None:
    """A slow source delays only what comes after it."""
    intake = _SlowFirst("file:///media/b.mp4")
    bench = TrendsBench(intake)
    taking = asyncio.create_task(bench.said(declared(), added("a"), added("b"), added("c")))
    async with asyncio.timeout(20):
        while _seeds(bench) != ["a"]:
            await bench.producer.committed.wait()
            bench.producer.committed.clear()
    assert sorted(intake.asked) == [f"file:///media/{name}.mp4" for name in "abc"]

    intake.let_go.set()
    await taking

    assert _seeds(bench) == ["a", "b", "c"]
    assert [p for p, m in bench.messages() if isinstance(m, SeedLive)] == [0, 1, 2] * 3


async def test_media_of_what_will_be_refused_are_not_fetched() -> None:
    """An unknown trend, a taken id and a retired trend are known before."""
    bench = TrendsBench()
    await bench.said(declared(), added("a"), declared("gone", state="retired"))
    bench.intake.asked.clear()

    await bench.hear(record(added("a"), 3), record(added("b", "gone"), 4), record(added("c", "nowhere"), 5))

    assert bench.intake.asked == []
    assert len(bench.receipts()) == 3


async def test_an_id_that_is_given_twice_in_a_batch_is_kept_as_the_first_said() -> None:
    """The samples of the second must not replace those of the first."""
    bench = TrendsBench()

    outcomes = await bench.said(declared(), added("a"), added("a", polarity="negative"))

    assert outcomes[2].poison
    assert outcomes[2].poison.reason == "refused"
    assert bench.store.kept["t", "a"].source.offset == 1


async def test_a_batch_that_is_tried_again_goes_on_where_it_stopped() -> None:
    """What was told stays told; the seed whose samples could not be kept is told once."""
    bench = TrendsBench()
    await bench.said(declared())
    records = [record(changed(2), 1), record(revoked("none"), 2), record(added("a"), 3)]
    bench.store.failures = 1

    with pytest.raises(TransientError, match="samples of seed a"):
        await bench.hear(*records)
    outcomes = await bench.hear(*records)

    assert [o.poison is None for o in outcomes] == [True, False, True]
    assert [(m.source_offset, p) for p, m in bench.messages() if p == 0] == [(0, 0), (1, 0), (3, 0)]
    assert len(bench.receipts()) == 1


async def test_a_record_that_was_done_by_this_process_is_skipped() -> None:
    """Its catalogue is past it: judged again it would be refused."""
    bench = TrendsBench()
    await bench.said(declared())

    [again] = await bench.said(declared())

    assert again.fields["result"] == "skipped"
    assert len(bench.messages()) == 3


async def test_a_seed_that_was_sent_before_a_crash_is_sent_again_not_encoded_again() -> None:
    """The original may be gone by then; the shards must hear equal bytes."""
    events: list[TrendEvent] = [declared(), added("a")]
    before, after = TrendsBench(), TrendsBench()
    await before.said(*events)
    sent = SentSeeds()
    for _, message in before.messages():
        sent.add(message)
    after.program._judging.sent = sent

    await after.said(*events)

    assert after.messages() == before.messages()
    assert after.intake.asked == []


async def test_an_end_that_has_come_is_written_once_and_takes_effect_when_read() -> None:
    """One order for all that changes a trend."""
    bench = TrendsBench(now=at(60))
    await bench.said(declared(state="live", expires_at=at(50)), declared("endless"))
    told = len(bench.messages())

    assert await bench.program.tending.expire_due() == 1
    assert await bench.program.tending.expire_due() == 0

    [written] = bench.of(Topic.TREND_SEEDS)
    assert (written.partition, written.key, written.headers) == (0, b"t", (ORIGIN_HEADER,))
    assert len(bench.messages()) == told
    await bench.hear(record(decode_json(written.value, TrendEvent), 60, own=True))
    policy = bench.messages()[-1][1]
    assert (policy.state, policy.source_offset) == ("retired", 60)  # type: ignore[union-attr] # a policy, or it fails
    assert await bench.program.tending.expire_due() == 0


async def test_an_end_whose_message_came_to_nothing_is_written_again() -> None:
    """Kafka's clock may be behind ours; until it is past the end, nobody may retire the trend."""
    bench = TrendsBench(now=at(60))
    await bench.said(declared(expires_at=at(50)))
    await bench.program.tending.expire_due()

    [outcome] = await bench.hear(record(adjusted(expired=True), 49, own=True))

    assert outcome.fields["result"] == "ignored"
    assert await bench.program.tending.expire_due() == 1


async def test_both_inputs_never_share_a_transaction() -> None:
    """A second beginning inside the first ends the worker."""
    bench = TrendsBench()
    decisions = [record(decided("reject", video_id=f"v{i}"), i) for i in range(20)]

    await asyncio.gather(
        bench.said(declared(), *(added(str(i)) for i in range(5))),
        *(bench.hear(decision) for decision in decisions),
    )

    assert sum(len(t) for t in bench.producer.transactions) == 3 + 5 * 3 + 20

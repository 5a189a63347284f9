"""What moderators say becomes copies for every shard, receipts, dead letters."""

import pytest

from streams.client import partition_for
from streams.wire.fanout import Background, SeedLive, SeedRetired, TrendPolicy, VideoCleared
from streams.wire.moderation import SeedReceipt, TrendReceipt
from streams.wire.topics import Topic
from streams.wire.trend import SeedVideo
from tests.support.catalogue import added, adjusted, at, changed, decided, declared, record, revoked
from tests.support.trends import SHARDS, HandIntake, TrendsBench, suite_with_strangers, unreachable


async def test_a_declared_trend_reaches_every_shard_in_one_transaction() -> None:
    """All copies or none: a shard that lacks a policy would never say so."""
    bench = TrendsBench()

    [outcome] = await bench.said(declared(state="live"))

    assert outcome.poison is None
    assert [p for p, _ in bench.messages()] == [0, 1, 2]
    [transaction] = bench.producer.transactions
    assert {sent.key for sent in transaction} == {b"trend/t"}
    policy = bench.messages()[0][1]
    assert isinstance(policy, TrendPolicy)
    assert (policy.model_id, policy.source_offset, policy.received_at) == ("signal-1", 0, at(0))


async def test_a_normalised_trend_takes_its_numbers_from_the_suite() -> None:
    """Other weights, other strangers: the policy that tells the weights tells them, too."""
    bench = TrendsBench(suite=suite_with_strangers())
    rule = declared(score_kind="weighted", background_normalised=True)

    await bench.said(rule, changed(2, weights={"audio": 3.0, "text": 4.0}), changed(3, score_kind="fused"))

    told = [m for p, m in bench.messages() if p == 0 and isinstance(m, TrendPolicy)]
    assert [policy.background for policy in told] == [
        {"weighted": Background(mean=0.1, deviation=0.11547)},
        {"weighted": Background(mean=0.1, deviation=0.142857)},
        {"fused": Background(mean=0.1, deviation=0.05)},
    ]


async def test_without_a_bank_nothing_is_normalised() -> None:
    """The no says how to get one; the trend that was declared in cosines lives on."""
    bench = TrendsBench()

    outcomes = await bench.said(
        declared(trend_id="u", background_normalised=True), declared(), changed(2, background_normalised=True)
    )

    assert [o.poison.reason if o.poison else None for o in outcomes] == ["refused", None, "refused"]
    assert [receipt.trend_id for receipt in bench.receipts()] == ["u", "t"]
    for receipt in bench.receipts():
        assert receipt.reason
        assert "has no bank of background videos; `ebr models bank` writes one" in receipt.reason
    assert {m.trend_id for _, m in bench.messages()} == {"t"}


async def test_a_seed_is_decoded_encoded_kept_and_sent_to_every_shard() -> None:
    """The samples outlive the original; the texts count as a modality."""
    bench = TrendsBench()

    await bench.said(declared(max_hits=5), added())

    copies = [(p, m) for p, m in bench.messages() if isinstance(m, SeedLive)]
    assert [p for p, _ in copies] == [0, 1, 2]
    live = copies[0][1]
    assert sorted(live.vectors) == ["audio", "text"]
    assert (live.source_offset, live.max_hits, live.polarity) == (1, 5, "positive")
    kept = bench.store.kept["t", "s"]
    assert (kept.texts.caption, kept.source.topic, kept.source.offset) == ("Do not try this", "p.trend-seeds", 1)


async def test_a_seed_that_leaves_is_told_to_every_shard() -> None:
    """With the place of its revocation."""
    bench = TrendsBench()

    await bench.said(declared(), added(), revoked())

    left = [(p, m) for p, m in bench.messages() if isinstance(m, SeedRetired)]
    assert [(p, m.source_offset) for p, m in left] == [(0, 2), (1, 2), (2, 2)]


async def test_what_is_refused_is_answered_and_becomes_a_dead_letter() -> None:
    """The receipt is TRENDS' own: no shard, no progress, partition 0."""
    bench = TrendsBench()

    outcomes = await bench.said(declared(), changed(5), added(trend_id="other"))

    assert [o.poison.reason if o.poison else None for o in outcomes] == [None, "refused", "refused"]
    assert outcomes[1].poison
    assert outcomes[1].poison.path == "$.version"
    first, second = bench.receipts()
    assert isinstance(first, TrendReceipt)
    assert isinstance(second, SeedReceipt)
    assert (first.status, first.shard, first.shards, first.version, first.source_offset) == ("refused", None, 3, 1, 1)
    assert first.reason
    assert "must be 2" in first.reason
    assert (second.trend_id, second.seed_id, second.version) == ("other", "s", None)
    assert {(s.partition, s.headers) for s in bench.of(Topic.SEED_RECEIPTS)} == {(0, ())}
    assert first.latency_seconds == 999.0


async def test_a_seed_that_cannot_be_fetched_is_answered_and_its_id_stays_free() -> None:
    """The moderator tries again with the same id once the source is back."""
    bench = TrendsBench(HandIntake({"file:///media/s.mp4": unreachable()}))
    outcomes = await bench.said(declared(), added())
    bench.intake.failing.clear()

    [again] = await bench.hear(record(added(), 2))

    assert outcomes[1].poison
    assert outcomes[1].poison.reason == "source_unreachable"
    assert outcomes[1].poison.replayable
    [receipt] = bench.receipts()
    assert (receipt.status, receipt.reason) == ("failed", "source_unreachable: no route to host")
    assert again.poison is None


async def test_a_seed_that_says_nothing_is_answered() -> None:
    """No picture, silence, no words: there is nothing to search for."""
    bench = TrendsBench(HandIntake(waveform=bytes(16_000)))

    outcomes = await bench.said(declared(), added(video=SeedVideo(media_uri="file:///silent.mp4")))

    assert outcomes[1].poison
    assert outcomes[1].poison.reason == "nothing_to_encode"
    assert bench.receipts()[0].status == "failed"
    assert bench.store.kept == {}


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b'{"type":"SeedAdded"}', b'{"type":"Nope","trend_id":"a b"}'])
async def test_what_is_no_event_becomes_a_dead_letter_only(value: bytes) -> None:
    """Nobody can be answered when no trend is named."""
    bench = TrendsBench()

    [outcome] = await bench.hear(record(value))

    assert outcome.poison
    assert bench.producer.records == []


@pytest.mark.parametrize(
    ("value", "seed_id", "path", "reason"),
    [
        (b'{"type":"SeedRevoked","trend_id":"t"}', None, "$.seed_id", "seed_id: Object missing required field"),
        (
            b'{"type":"SeedRevoked","trend_id":"t","seed_id":"a b"}',
            None,
            "$.seed_id",
            "seed_id: Expected `str` of letters",
        ),
        (b'{"type":"SeedAdded","trend_id":"t","seed_id":"s"}', "s", "$.polarity", "polarity: Object missing"),
        (b'{"type":"Nope","trend_id":"t"}', None, "$.type", "type: Invalid value 'Nope'; allowed: TrendDeclared,"),
    ],
)
async def test_an_event_that_breaks_the_contract_is_answered_if_it_names_its_trend(
    value: bytes, seed_id: str | None, path: str, reason: str
) -> None:
    """A moderator who waits for receipts must hear of it; the reason names the field with its limit."""
    bench = TrendsBench()

    [_, outcome] = [*await bench.said(declared()), *await bench.hear(record(value, 1))]

    assert outcome.poison
    assert (outcome.poison.reason, outcome.poison.path) == ("invalid_message", path)
    [receipt] = bench.receipts()
    assert (receipt.status, receipt.trend_id, receipt.seed_id) == ("refused", "t", seed_id)
    assert (receipt.source_offset, receipt.version) == (1, 1)
    assert receipt.reason
    assert receipt.reason.startswith(reason)


async def test_a_refusal_names_its_field_once() -> None:
    """The dead letter has the path beside its detail; the receipt has one text."""
    bench = TrendsBench()

    [outcome] = await bench.said(added(trend_id="other"))

    assert outcome.poison
    assert (outcome.poison.path, outcome.poison.detail) == ("$.trend_id", "there is no trend other, declare it first")
    assert bench.receipts()[0].reason == "trend_id: there is no trend other, declare it first"


async def test_an_adjustment_by_anyone_else_is_refused() -> None:
    """Only the header of TRENDS makes it one."""
    bench = TrendsBench()
    await bench.said(declared())

    [foreign] = await bench.hear(record(adjusted(paused=True), 1))
    [own] = await bench.hear(record(adjusted(paused=True), 2, own=True))

    assert foreign.poison
    assert foreign.poison.reason == "refused"
    assert own.poison is None
    assert bench.messages()[-1][1].source_offset == 2


async def test_the_trace_of_what_was_said_goes_on() -> None:
    """Other headers stay behind."""
    bench = TrendsBench()

    await bench.hear(record(declared(), headers=(("traceparent", b"00-ab"), ("x", b"y"))))

    assert {sent.headers for sent in bench.producer.records} == {(("traceparent", b"00-ab"),)}


async def test_a_wrong_key_is_counted_and_the_body_decides() -> None:
    """Producers get keys wrong; the topic has one partition anyway."""
    bench = TrendsBench()

    [outcome] = await bench.hear(record(declared(), key=b"wrong"))

    assert outcome.fields["rekeyed"] is True
    assert bench.messages()[0][1].trend_id == "t"


async def test_a_reject_clears_the_pair_on_the_shard_that_holds_the_video() -> None:
    """No other shard will ever see that video."""
    bench = TrendsBench()
    await bench.said(declared(state="live"))

    [outcome] = await bench.hear(record(decided("reject", revision=4), 7))

    partition, cleared = bench.messages()[-1]
    assert partition == partition_for("v", SHARDS)
    assert cleared == VideoCleared(trend_id="t", video_id="v", revision=4, source_offset=7, received_at=at(7))
    assert "unknown_trend" not in outcome.fields


@pytest.mark.parametrize("verdict", ["confirm", "unsure"])
async def test_other_verdicts_tell_the_shards_nothing(verdict: str) -> None:
    """They are counted."""
    bench = TrendsBench()

    [outcome] = await bench.hear(record(decided(verdict)))

    assert bench.producer.records == []
    assert outcome.fields["verdict"] == verdict


async def test_a_decision_on_an_unknown_trend_is_shown() -> None:
    """After a crash it may be read again before its trend is, so a reject is heeded all the same."""
    bench = TrendsBench()

    [outcome] = await bench.hear(record(decided("reject", trend_id="other")))

    assert outcome.poison is None
    assert outcome.fields["unknown_trend"] is True
    assert len(bench.messages()) == 1


async def test_a_bad_decision_becomes_a_dead_letter() -> None:
    """The ones beside it are heeded."""
    bench = TrendsBench()

    outcomes = await bench.hear(
        record(b"{}", 0, topic=Topic.REVIEW_DECISIONS), record(decided("reject"), 1), record(decided("reject"), 2)
    )

    assert [o.poison is None for o in outcomes] == [False, True, True]
    assert [len(t) for t in bench.producer.transactions] == [2]

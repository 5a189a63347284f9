"""TRENDS weighs the modalities of a trend by its seeds: said once, told to the shards, right after any crash."""

import random
from dataclasses import dataclass, field, replace

from encoders import Suite, load_suite
from encoders.media import DecodedMedia
from encoders.modality import Modality
from streams.catalogue import ORIGIN_HEADER, Catalogue, SentSeeds, Trend, fold
from streams.cohesion import cohesion_weights, stretches_of
from streams.wire.codec import decode_json, decode_msgpack
from streams.wire.embedding import unpack_vector
from streams.wire.fanout import FanoutMessage, SeedLive, TrendPolicy
from streams.wire.record import Received
from streams.wire.topics import Topic
from streams.wire.trend import SeedAdded, SeedVideo, TrendAdjusted, TrendEvent, Weights
from tests.support.catalogue import added, changed, declared, record, revoked
from tests.support.trends import SHARDS, HandIntake, TrendsBench, suite_with_banks, suite_with_blocks, unreachable

SUITE = suite_with_banks(Modality.AUDIO, Modality.TEXT)
WEIGHTED = declared(score_kind="weighted", state="live")
_EQUAL: Weights = {"frames": 1.0, "audio": 1.0, "text": 1.0}


class _Tones(HandIntake):
    """Gives a medium called `NUMBER-...` a tone of its number, as long as the medium is there."""

    async def decode(self, media_uri: str, content_sha256: str | None) -> DecodedMedia:
        """Return half a second of a tone."""
        media = await super().decode(media_uri, content_sha256)
        half = 2 + int(media_uri.rpartition("/")[2].partition("-")[0])
        tone = (b"\x00\x20" * half + b"\x00\xe0" * half) * (8_000 // (2 * half))
        return replace(media, waveform=tone)


async def test_weights_are_said_with_the_seed_that_changes_them_and_told_when_read_back() -> None:
    """One transaction: whoever is killed leaves both or neither."""
    bench = TrendsBench(suite=SUITE)
    await bench.said(WEIGHTED, added("a"))
    assert bench.of(Topic.TREND_SEEDS) == []

    await bench.hear(record(added("b"), 2))

    [said] = bench.of(Topic.TREND_SEEDS)
    assert (said.partition, said.key, said.headers) == (0, b"t", (ORIGIN_HEADER,))
    assert said in bench.producer.transactions[-1]
    assert len(bench.producer.transactions[-1]) == 1 + SHARDS
    event = decode_json(said.value, TrendEvent)
    assert isinstance(event, TrendAdjusted)
    assert event.weights == {"audio": 4.0, "text": 4.0}

    [outcome] = await bench.hear(record(event, 3, own=True))

    assert outcome.fields["result"] == "applied"
    policies = [(p, m) for p, m in bench.messages() if isinstance(m, TrendPolicy) and m.source_offset == 3]
    assert [(p, m.weights, m.version) for p, m in policies] == [(p, event.weights, 1) for p in range(SHARDS)]
    assert len(bench.of(Topic.TREND_SEEDS)) == 1


async def test_blocks_are_weighed_and_told_with_their_places() -> None:
    """By a suite whose card knows how far apart strangers are in them."""
    suite = suite_with_blocks({"sound": 32, "answer": 96})
    bench = TrendsBench(suite=suite)
    await bench.said(WEIGHTED, added("a"), added("b"))
    events = [decode_json(sent.value, TrendEvent) for sent in bench.of(Topic.TREND_SEEDS)]
    weights = [event.weights for event in events if isinstance(event, TrendAdjusted)]
    # Before there are two seeds nothing speaks against the same weight for each part.
    equal = dict.fromkeys(("audio/sound", "audio/answer", "frames", "text"), 1.0)
    assert all(before == equal for before in weights[:-1])
    assert weights[-1] == {"audio/sound": 4.0, "audio/answer": 4.0}
    event = events[-1]

    await bench.hear(record(event, 3, own=True))

    told = [m for _, m in bench.messages() if isinstance(m, TrendPolicy) and m.source_offset == 3]
    assert [(m.weights, m.blocks) for m in told] == [
        (weights[-1], {"audio/sound": (0, 32), "audio/answer": (32, 128)})
    ] * SHARDS


async def test_weights_of_a_block_that_the_suite_lacks_are_refused_with_the_names_that_it_has() -> None:
    """By a receipt; the trend stays as it was, and a replay says the same."""
    bench = TrendsBench(suite=suite_with_blocks({"sound": 32, "answer": 96}))
    events: list[TrendEvent] = [
        WEIGHTED,
        changed(2, weights={"audio/voice": 1.0}),
        changed(2, weights={"audio/sound": 1.0}),
    ]

    await bench.said(*events)

    [receipt] = bench.receipts()
    assert receipt.status == "refused"
    assert receipt.reason is not None
    assert receipt.reason.startswith("weights: ")
    assert "(audio/answer, audio/sound), got audio/voice" in receipt.reason
    assert bench.program._catalogue.by_id["t"].rule.weights == {"audio/sound": 1.0}
    again = fold([record(event, n) for n, event in enumerate(events)], start=bench.program._judging.empty())
    assert again == bench.program._catalogue


async def test_a_trend_that_was_restored_is_weighed_once() -> None:
    """Another suite, or a version that weighed nothing, may have left it so."""
    bench = TrendsBench(suite=SUITE)
    bench.program._judging._card = load_suite("signal").card
    await bench.said(WEIGHTED, added("a"), added("b"))
    bench.program._judging._card = SUITE.card

    assert await bench.program.tending.weigh_all() == 1

    [said] = bench.of(Topic.TREND_SEEDS)
    await bench.hear(record(decode_json(said.value, TrendEvent), 3, own=True))
    assert await bench.program.tending.weigh_all() == 0


def _event(received: Received) -> TrendEvent:
    event: TrendEvent = decode_json(received.value, TrendEvent)
    return event


@dataclass
class _Ledger:
    """`trend-seeds` with a TRENDS that reads it, dies, and reads it again."""

    rng: random.Random
    suite: Suite = SUITE
    log: list[Received] = field(default_factory=list)
    fanout: list[FanoutMessage] = field(default_factory=list)
    position: int = 0
    committed: int = 0
    seeds: int = 0
    versions: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with a TRENDS that knows nothing."""
        self.intake = _Tones()
        self.bench = TrendsBench(self.intake, suite=self.suite)

    def say(self) -> None:
        """Let a moderator say something; not all of it is allowed."""
        trend, rng = f"t{self.rng.randrange(2)}", self.rng
        self.versions[trend] = self.versions.get(trend, 0) + 1
        version = self.versions[trend]
        if version == 1:
            self._append(declared(trend, score_kind="weighted", state="live"))
            return
        event = rng.choice(
            [
                changed(version, trend, weights=rng.choice([None, {"text": 2.0}])),
                changed(version, trend, score_kind=rng.choice(["weighted", "weighted", "fused"])),
                *[self._seed(trend)] * 4,
                *[revoked(f"s{rng.randrange(1, self.seeds + 2)}", trend)] * 2,
            ]
        )
        self.versions[trend] -= event.__class__.__name__ != "TrendChanged"
        self._append(event)

    def _seed(self, trend: str) -> TrendEvent:
        self.seeds += 1
        uri = f"file:///{self.rng.randrange(9)}-{self.seeds}.mp4"
        video = SeedVideo(media_uri=uri, caption=self.rng.choice(["do not try", "a judo class", "cats at home"]))
        return added(f"s{self.seeds}", trend, polarity=self.rng.choice(["positive"] * 3 + ["negative"]), video=video)

    def _append(self, event: TrendEvent, *, own: bool = False) -> None:
        self.log.append(record(event, len(self.log), own=own))

    async def take(self, count: int, *, abort: bool = False) -> None:
        """Take some records; with `abort` the last transaction fails, whose records Faust may see all the same."""
        batch, before = self.log[self.position : self.position + count], len(self.bench.producer.transactions)
        if not batch:
            return
        await self.bench.hear(*batch)
        transactions = self.bench.producer.transactions[before:]
        for number, transaction in enumerate(transactions):
            aborted = abort and number == len(transactions) - 1
            for sent in transaction:
                if sent.topic == "p.trend-seeds":
                    self._append(decode_json(sent.value, TrendEvent), own=True)
                elif sent.topic == "p.trend-fanout" and sent.partition == 0 and not aborted:
                    self.fanout.append(decode_msgpack(sent.value, FanoutMessage))
        if abort:
            await self.crash()
        else:
            self.position += len(batch)

    async def crash(self) -> None:
        """Lose the memory; restore what is committed; what was judged may lie beyond, one medium may be gone."""
        media = [m.video.media_uri for m in map(_event, self.log) if isinstance(m, SeedAdded)]
        if media:
            self.intake.failing[self.rng.choice(media)] = unreachable()
        self.committed = self.rng.randint(self.committed, self.position) if self.rng.random() < 0.7 else self.committed
        sent = SentSeeds()
        for message in self.fanout:
            sent.add(message)
        self.bench = TrendsBench(self.intake, suite=self.suite)
        self.bench.program._judging.sent = sent
        self.bench.program._catalogue = fold(self.log[: self.committed], failed=sent.failed)
        self.bench.program._next[Topic.TREND_SEEDS] = self.position = self.committed
        if self.rng.random() < 0.5:
            await self.bench.program.tending.weigh_all()
            for event in self.bench.of(Topic.TREND_SEEDS):
                self._append(decode_json(event.value, TrendEvent), own=True)

    def expected(self, trend: Trend) -> Weights | None:
        """Return the weights that a trend should have."""
        if trend.rule.score_kind != "weighted" or trend.rule.weights is not None:
            return trend.rule.weights if trend.rule.score_kind == "weighted" else None
        sent = {(m.trend_id, m.seed_id): m for m in self.fanout if isinstance(m, SeedLive)}
        seeds = [sent[trend.trend_id, seed.seed_id] for seed in trend.live_seeds if seed.polarity == "positive"]
        vectors = [{name: unpack_vector(packed) for name, packed in seed.vectors.items()} for seed in seeds]
        return cohesion_weights(vectors, stretches_of(self.suite.card)) or _EQUAL

    @property
    def catalogue(self) -> Catalogue:
        """What TRENDS knows."""
        return self.bench.program._catalogue


async def test_any_history_ends_with_the_weights_of_the_seeds_that_live() -> None:
    """Crashes, redelivery, aborted transactions, own weights said and taken away; it comes to rest by itself."""
    for seed in range(60):
        await _play(_Ledger(random.Random(seed)))


async def _play(ledger: _Ledger) -> None:
    for _ in range(30):
        chance = ledger.rng.random()
        if chance < 0.5:
            ledger.say()
        elif chance < 0.85:
            await ledger.take(ledger.rng.randint(1, 4), abort=ledger.rng.random() < 0.15)
        else:
            await ledger.crash()
    said = len(ledger.log)
    while ledger.position < len(ledger.log):
        await ledger.take(3)
        assert len(ledger.log) < 3 * said + 30, "it never comes to rest"

    for trend in ledger.catalogue.trends():
        assert trend.weights_in_force == ledger.expected(trend)
        told = [m for m in ledger.fanout if isinstance(m, TrendPolicy) and m.trend_id == trend.trend_id]
        assert max(told, key=lambda m: m.source_offset).weights == trend.weights_in_force

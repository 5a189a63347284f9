"""What the trends role needs of the world, made by hand: media, a store, a producer that remembers."""

import asyncio
import threading
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from encoders import Suite, load_suite
from encoders.media import DecodedMedia
from encoders.modality import Modality
from encoders.model_card import BankStatistics, SuiteBank
from streams.agents.program import Outcome
from streams.agents.trends import TrendsProgram
from streams.errors import PoisonError
from streams.settings import KafkaSettings, Settings
from streams.wire.codec import decode_json, decode_msgpack
from streams.wire.dead_letter import Header
from streams.wire.fanout import FanoutMessage
from streams.wire.moderation import Receipt
from streams.wire.record import Received
from streams.wire.topics import Topic
from streams.wire.trend import TrendEvent
from streams.wire.video import VideoDecoded
from tests.support.catalogue import at, record
from tests.support.producers import Delivered

SHARDS = 3

# Half a second of a tone no encoder takes for silence.
TONE = (b"\x00\x20" * 8 + b"\x00\xe0" * 8) * 500


def suite_with_banks(*modalities: Modality) -> Suite:
    """Return the signal suite as if a bank of some modalities had been encoded: strangers at 0.1 +- 0.2."""
    suite = load_suite("signal")
    bank = BankStatistics(size=100, data_digest="", score_mean=0.1, score_deviation=0.2)
    towers = tuple(replace(card, bank=bank) if card.modality in modalities else card for card in suite.card.towers)
    return replace(suite, card=replace(suite.card, towers=towers))


def suite_with_blocks(aspects: dict[str, int]) -> Suite:
    """Return the signal suite as if its sound had blocks, in each of which strangers are at 0.1 +- 0.2."""
    suite = load_suite("signal")
    bank = BankStatistics(size=100, data_digest="", score_mean=0.1, score_deviation=0.2)
    towers = tuple(
        replace(card, aspects=aspects, blocks=dict.fromkeys(aspects, bank)) if card.modality is Modality.AUDIO else card
        for card in suite.card.towers
    )
    return replace(suite, card=replace(suite.card, towers=towers))


def suite_with_strangers() -> Suite:
    """Return the signal suite with the banks of its modalities, as if a bank of whole posts had been encoded by it."""
    suite = suite_with_banks(*Modality)
    bank = SuiteBank(
        model_id=suite.model_id,
        fused=BankStatistics(size=100, data_digest="", score_mean=0.1, score_deviation=0.05),
        size=90,
        parts=tuple(Modality),
        means=(0.1, 0.1, 0.1),
        covariances=((0.04, 0.0, 0.0), (0.0, 0.04, 0.0), (0.0, 0.0, 0.04)),
    )
    return replace(suite, card=replace(suite.card, bank=bank))


class HandIntake:
    """Gives each URI the same sound; what it is told of fails with a reason."""

    def __init__(self, failing: dict[str, Exception] | None = None, waveform: bytes = TONE) -> None:
        self.failing, self.waveform = failing or {}, waveform
        self.asked: list[str] = []

    async def decode(self, media_uri: str, content_sha256: str | None) -> DecodedMedia:
        """Return a sound, or raise what this URI fails with."""
        self.asked.append(media_uri)
        if media_uri in self.failing:
            raise self.failing[media_uri]
        return DecodedMedia(frames=(), waveform=self.waveform, duration_seconds=0.5, sampling="none")


def unreachable() -> PoisonError:
    """Return why a source that is away fails."""
    return PoisonError("source_unreachable", "no route to host", "$.media_uri", replayable=True)


@dataclass
class HandStore:
    """Remembers what it was given; fails as often as it is told to."""

    kept: dict[tuple[str, str], VideoDecoded] = field(default_factory=dict)
    failures: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, trend_id: str, seed_id: str, decoded: VideoDecoded) -> None:
        """Keep samples."""
        with self.lock:
            if self.failures:
                self.failures -= 1
                raise OSError("the store is away")
            self.kept[trend_id, seed_id] = decoded


@dataclass(frozen=True)
class Sent:
    """One record of a committed transaction."""

    topic: str
    partition: int | None
    key: bytes | None
    value: bytes
    headers: tuple[Header, ...]


class HandProducer:
    """A transactional producer whose transactions are lists."""

    def __init__(self) -> None:
        self.transactions: list[list[Sent]] = []
        self.committed = asyncio.Event()
        self._open: list[Sent] | None = None

    @property
    def records(self) -> list[Sent]:
        """All committed records."""
        return [record for transaction in self.transactions for record in transaction]

    async def start(self) -> None:
        """Nothing to connect to."""

    async def stop(self) -> None:
        """Nothing to disconnect from."""

    async def send(  # the signature is the library's
        self,
        topic: str,
        value: bytes | None = None,
        key: bytes | None = None,
        partition: int | None = None,
        timestamp_ms: int | None = None,
        headers: Sequence[Header] | None = None,
    ) -> Awaitable[Delivered]:
        """Add a record to the open transaction."""
        assert self._open is not None, "a transactional producer sends in transactions only"
        self._open.append(Sent(topic, partition, key, value or b"", tuple(headers or ())))
        delivered: asyncio.Future[Delivered] = asyncio.get_running_loop().create_future()
        delivered.set_result(Delivered(partition or 0, len(self._open) - 1))
        return delivered

    async def begin_transaction(self) -> None:
        """Open a transaction; two at once end the worker in reality too."""
        assert self._open is None, "a transaction is open already"
        self._open = []

    async def commit_transaction(self) -> None:
        """Make its records visible."""
        assert self._open is not None
        self.transactions.append(self._open)
        self._open = None
        self.committed.set()

    async def abort_transaction(self) -> None:
        """Drop its records."""
        self._open = None


class TrendsBench:
    """A trends role that owns its partition, on a producer made by hand."""

    def __init__(
        self, intake: HandIntake | None = None, now: datetime | None = None, suite: Suite | None = None
    ) -> None:
        self.intake, self.store, self.producer = intake or HandIntake(), HandStore(), HandProducer()
        self.now = now or at(1_000)
        self.program = TrendsProgram(
            settings=Settings(kafka=KafkaSettings(prefix="p", partitions=SHARDS)),
            suite=suite or load_suite("signal"),
            intake=self.intake,
            media_store=self.store,
            beat=lambda: None,
            fail=_fail,
            now=lambda: self.now,
        )
        self.program._producer = self.producer
        self.program._next = {Topic.TREND_SEEDS: 0, Topic.REVIEW_DECISIONS: 0}

    async def hear(self, *records: Received) -> Sequence[Outcome]:
        """Take records of one input as one batch."""
        return await self.program.take(records[0].topic, records)

    async def said(self, *events: TrendEvent) -> Sequence[Outcome]:
        """Take events at the offsets from 0 on."""
        return await self.hear(*(record(event, offset) for offset, event in enumerate(events)))

    def messages(self) -> list[tuple[int | None, FanoutMessage]]:
        """Return what the shards were told, with the partition."""
        return [(s.partition, decode_msgpack(s.value, FanoutMessage)) for s in self.of(Topic.TREND_FANOUT)]

    def receipts(self) -> list[Receipt]:
        """Return what TRENDS answered itself."""
        return [decode_json(s.value, Receipt) for s in self.of(Topic.SEED_RECEIPTS)]

    def of(self, topic: Topic) -> list[Sent]:
        """Return what was sent to a topic."""
        return [sent for sent in self.producer.records if sent.topic == f"p.{topic}"]


def _fail(error: BaseException) -> None:
    raise error

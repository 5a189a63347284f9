"""What becomes of a batch before Faust may acknowledge it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from aiokafka.errors import KafkaTimeoutError

from streams.agents import stage as stage_module
from streams.agents.program import Outcome
from streams.agents.stage import Stage, Tools
from streams.errors import DeliveryError, PoisonError, TransientError
from streams.journal import Journal
from streams.kill_points import KillPoint
from streams.metrics import Metrics
from streams.settings import KafkaSettings, Settings
from streams.watchdog import Limits, Watchdog
from streams.wire.dead_letter import DeadLetter
from streams.wire.record import Outgoing, Received
from streams.wire.topics import Topic
from tests.support.producers import RecordingProducer

SETTINGS = Settings(kafka=KafkaSettings(delivery_timeout_seconds=1))


class _Copy:
    """Copies what it takes; refuses the value `poison`; notes what it took."""

    role = "copy"
    inputs = (Topic.VIDEO_EVENTS,)
    batch_records = 8
    batch_seconds = 0.01

    def __init__(self, away: int = 0) -> None:
        self.taken: list[list[int]] = []
        self._away = away

    async def start(self) -> None:
        """Nothing to build."""

    async def assigned(
        self, assigned: Mapping[Topic, Sequence[int]], committed: Mapping[tuple[Topic, int], int]
    ) -> None:
        """Nothing to restore."""

    async def take(self, topic: Topic, batch: Sequence[Received]) -> Sequence[Outcome]:
        """Copy, unless something outside is away."""
        if self._away:
            self._away -= 1
            raise TransientError
        self.taken.append([record.offset for record in batch])
        return [self._outcome(record) for record in batch]

    async def stop(self) -> None:
        """Nothing to close."""

    def _outcome(self, record: Received) -> Outcome:
        if record.value == b"poison":
            return Outcome(poison=PoisonError("bad", "too bad", "$.x"))
        return Outcome(records=[Outgoing(topic=Topic.DECODED_SAMPLES, key=b"k", value=record.value or b"")])


def _received(offset: int, value: bytes | None = b"v", key: bytes | None = b"k") -> Received:
    return Received(
        topic=Topic.VIDEO_EVENTS,
        partition=1,
        offset=offset,
        key=key,
        value=value,
        headers=(("traceparent", b"00"),),
        timestamp=datetime(2026, 1, 1, tzinfo=UTC),
    )


def _coordinates(offset: int) -> tuple[str, int, int]:
    return ("ebr.video-events", 1, offset)


def _tools(folder: Path, producer: RecordingProducer) -> Tools:
    limits = Limits(ready_seconds=60, stall_seconds=60, rebalance_seconds=60)
    return Tools(
        settings=SETTINGS,
        producer=producer,
        journal=Journal(folder),
        metrics=Metrics("ebr", "copy"),
        watchdog=Watchdog(limits),
        kill_point=KillPoint(None, 1, "copy"),
    )


def _blame(folder: Path, offset: int, times: int) -> None:
    """Let processes have ended with this message in hand: a file that nobody holds."""
    for i in range(times):
        path = folder / f"{i}-dead.in-hand"
        path.write_text(f'[["ebr.video-events", 1, {offset}]]')
        Journal(folder).close()


def _in_hand(folder: Path) -> str:
    """Return what the one journal file of the folder holds."""
    return next(folder.glob("*.in-hand")).read_text()


async def test_outputs_are_delivered_before_a_batch_is_done(tmp_path: Path) -> None:
    """Faust acknowledges when the body goes on, so nothing may be left to the background."""
    producer = RecordingProducer()
    stage = Stage(_Copy(), _tools(tmp_path, producer))

    await stage.process([_received(5, b"a"), _received(6, b"b")])

    assert [record.value for record in producer.delivered] == [b"a", b"b"]
    assert stage.next_offset(Topic.VIDEO_EVENTS, 1) == 7


async def test_a_poison_message_becomes_a_dead_letter_and_the_rest_goes_on(tmp_path: Path) -> None:
    """One hostile message costs one video."""
    producer = RecordingProducer()

    await Stage(_Copy(), _tools(tmp_path, producer)).process([_received(5, b"poison"), _received(6)])

    letters = [record for record in producer.delivered if record.topic is Topic.DEAD_LETTERS]
    assert len(letters) == 1
    letter = DeadLetter.from_record(letters[0].key, letters[0].value, letters[0].headers)
    assert (letter.topic, letter.partition, letter.offset) == ("ebr.video-events", 1, 5)
    assert (letter.stage, letter.reason, letter.path, letter.detail) == ("copy", "bad", "$.x", "too bad")
    assert (letter.key, letter.value, letter.headers) == (b"k", b"poison", (("traceparent", b"00"),))
    assert sum(record.topic is Topic.DECODED_SAMPLES for record in producer.delivered) == 1


@pytest.mark.parametrize("key", [None, b""])
async def test_a_dead_letter_without_a_key_gets_one_that_is_not_taken_for_its_own(
    tmp_path: Path, key: bytes | None
) -> None:
    """Every record needs a key; the letter still says that the message had none."""
    producer = RecordingProducer()

    await Stage(_Copy(), _tools(tmp_path, producer)).process([_received(5, b"poison", key=key)])

    sent = producer.delivered[0]
    assert sent.key == b"ebr.video-events/1/5"
    assert DeadLetter.from_record(sent.key, sent.value, sent.headers).key is None


async def test_a_failed_delivery_is_an_error_of_the_batch(tmp_path: Path) -> None:
    """The caller then ends the process, which is the only way not to acknowledge."""
    stage = Stage(_Copy(), _tools(tmp_path, RecordingProducer(error=KafkaTimeoutError())))

    with pytest.raises(DeliveryError):
        await stage.process([_received(5)])

    assert stage.next_offset(Topic.VIDEO_EVENTS, 1) == 0


async def test_what_is_away_for_a_moment_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A restart of the process would cost a rebalance."""
    monkeypatch.setattr(stage_module, "_RETRY_SECONDS", (0.0, 0.0))
    program, producer = _Copy(away=2), RecordingProducer()

    await Stage(program, _tools(tmp_path, producer)).process([_received(5)])

    assert len(producer.delivered) == 1


async def test_what_stays_away_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in a handler may be unbounded."""
    monkeypatch.setattr(stage_module, "_RETRY_SECONDS", (0.0, 0.0))

    with pytest.raises(TransientError):
        await Stage(_Copy(away=3), _tools(tmp_path, RecordingProducer())).process([_received(5)])


async def test_a_message_that_ended_a_process_is_taken_alone_in_its_place(tmp_path: Path) -> None:
    """So its batch does not fall with it a second time; the order stays."""
    _blame(tmp_path, 6, times=1)
    program = _Copy()

    await Stage(program, _tools(tmp_path, RecordingProducer())).process([_received(o) for o in (4, 5, 6, 7)])

    assert program.taken == [[4, 5], [6], [7]]


async def test_a_message_that_ended_three_processes_becomes_a_dead_letter(tmp_path: Path) -> None:
    """The partition behind it must go on."""
    _blame(tmp_path, 6, times=3)
    program, producer = _Copy(), RecordingProducer()
    tools = _tools(tmp_path, producer)

    await Stage(program, tools).process([_received(o) for o in (5, 6, 7)])

    assert program.taken == [[5], [7]]
    letters = [record for record in producer.delivered if record.topic is Topic.DEAD_LETTERS]
    letter = DeadLetter.from_record(letters[0].key, letters[0].value, letters[0].headers)
    assert (letter.offset, letter.reason) == (6, "crashes_worker")
    assert tools.journal.endings(_coordinates(6)) == 0


async def test_a_program_that_forgets_a_record_is_an_error(tmp_path: Path) -> None:
    """A record without an outcome would be acknowledged in silence."""

    class Forgetful(_Copy):
        async def take(self, topic: Topic, batch: Sequence[Received]) -> Sequence[Outcome]:
            return []

    with pytest.raises(ValueError, match="must give 1 outcomes, gave 0"):
        await Stage(Forgetful(), _tools(tmp_path, RecordingProducer())).process([_received(5)])


async def test_the_journal_holds_a_batch_exactly_while_it_is_in_hand(tmp_path: Path) -> None:
    """A kill in between must find it, one after must not."""
    producer = RecordingProducer(hangs=True)
    tools = _tools(tmp_path, producer)
    stage = Stage(_Copy(), tools)

    with pytest.raises(DeliveryError):
        await stage.process([_received(5)])
    in_hand = _in_hand(tmp_path)
    tools.journal.leave(Topic.VIDEO_EVENTS)

    assert in_hand == '[["ebr.video-events", 1, 5]]'
    assert _in_hand(tmp_path) == "[]"


async def test_each_message_is_one_line_of_the_log(tmp_path: Path) -> None:
    """Topic, partition, offset, role, result, duration, with what the program adds."""
    with structlog.testing.capture_logs() as lines:
        await Stage(_Copy(), _tools(tmp_path, RecordingProducer())).process([_received(5), _received(6, b"poison")])

    told = [line for line in lines if line["event"] == "message"]
    assert [(line["topic"], line["partition"], line["offset"], line["role"], line["result"]) for line in told] == [
        ("video-events", 1, 5, "copy", "processed"),
        ("video-events", 1, 6, "copy", "dead_letter"),
    ]
    assert told[1]["reason"] == "bad"
    assert all("duration_ms" in line for line in told)


async def test_each_message_is_counted(tmp_path: Path) -> None:
    """By topic and result; dead letters by reason too."""
    tools = _tools(tmp_path, RecordingProducer())

    await Stage(_Copy(), tools).process([_received(5), _received(6, b"poison")])

    text = tools.metrics.exposition().decode()
    assert 'ebr_events_total{prefix="ebr",result="processed",role="copy",topic="video-events"} 1.0' in text
    assert 'ebr_events_total{prefix="ebr",result="dead_letter",role="copy",topic="video-events"} 1.0' in text
    assert 'ebr_dead_letters_total{prefix="ebr",reason="bad",role="copy"} 1.0' in text

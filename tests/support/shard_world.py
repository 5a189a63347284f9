"""A world of one shard without Kafka: two input logs, one output log, crashes between any two steps."""

from collections import Counter
from dataclasses import dataclass, field

from streams.audit.oracle import Expected, expected_actions
from streams.audit.pauses import compare, paused_trends
from streams.shards import Input, ShardCut
from streams.wire.codec import decode_json, decode_msgpack
from streams.wire.embedding import EmbeddingEvent
from streams.wire.fanout import FanoutMessage, TrendPolicy
from streams.wire.moderation import ActionEvent, ModerationAction, Receipt
from streams.wire.record import Outgoing, Received
from streams.wire.report import ShardReport
from streams.wire.topics import Topic
from tests.support.shard_bounds import Bounds
from tests.support.shard_messages import MODEL, NOW, as_received, new_shard
from tests.support.shard_snapshots import through_bytes


@dataclass(frozen=True)
class Rules:
    """Which rules of the law a variant keeps."""

    progress_in_output: bool = True
    whole_messages: bool = True
    sweep_mark: bool = True
    proven_cuts: bool = True


@dataclass(frozen=True)
class Cut:
    """A cut of the shard with its place in the logs: offset of the output, progress known to be durable."""

    state: ShardCut
    output: int
    proven: dict[Topic, int]


@dataclass
class World:
    """One shard, its logs, its position; every step may be the last before a crash."""

    rules: Rules = field(default_factory=Rules)
    limits: dict[str, object] = field(default_factory=dict)
    histories_count: bool = False
    cuts_happen: bool = False
    videos: list[EmbeddingEvent] = field(default_factory=list)
    fanout: list[FanoutMessage] = field(default_factory=list)
    output: list[Received] = field(default_factory=list)
    reports: list[ShardReport] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with an empty shard."""
        self.position = {Topic.VIDEO_EMBEDDINGS: 0, Topic.TREND_FANOUT: 0}
        self.committed = dict(self.position)
        self.bad: Counter[str] = Counter()
        self._seen_ids: set[str] = set()
        self._newest: dict[tuple[str, str], tuple[int, int]] = {}
        self.held_back: list[Expected] = []
        self.proven = dict(self.position)
        self.cuts: list[Cut] = []
        self._causes: dict[tuple[str, str, str], int] = {}
        self._bounds = Bounds(self.fanout)
        self.shard = new_shard(**self.limits)

    def log(self, topic: Topic) -> list[EmbeddingEvent] | list[FanoutMessage]:
        """Return an input log."""
        return self.videos if topic == Topic.VIDEO_EMBEDDINGS else self.fanout

    def inputs(self, topic: Topic, start: int, end: int) -> list[Input]:
        """Return a stretch of an input log."""
        log = self.log(topic)
        return [
            Input(Received(topic=topic, partition=0, offset=o, key=b"k", value=b"", timestamp=NOW), log[o])
            for o in range(start, min(end, len(log)))
        ]

    def take(self, topic: Topic, count: int, *, abort: bool = False) -> None:
        """Take a batch; with `abort` its transaction fails, which ends the process."""
        batch = self.inputs(topic, self.position[topic], self.position[topic] + count)
        taken = self.shard.take(batch, NOW)
        if abort:
            if not self.rules.whole_messages:
                self.emit(taken.records[: len(taken.records) // 2], self.position)
            self.crash()
            return
        self.position[topic] += len(batch)
        self.emit(taken.records)

    def sweep(self, *, abort: bool = False) -> None:
        """Take one slice of the sweep, if one is due."""
        if self.shard.sweep_due:
            records = self.shard.sweep_slice(NOW)
            if abort:
                self.crash()
            else:
                self.emit(records)

    def maintain(self) -> None:
        """Let the indexes freeze, seal and merge a little."""
        self.shard.maintain()

    def commit(self, topic: Topic) -> None:
        """Let the consumer group's offset of one input catch up with the position."""
        self.committed[topic] = self.position[topic]

    def snapshot(self, output: int | None = None) -> None:
        """Cut the shard; `output`, from where its output is folded again, may lie below what was emitted."""
        output = len(self.output) if output is None else output
        self.cuts.append(Cut(through_bytes(self.shard.cut()), output, dict(self.proven)))

    def crash(self, cut: int | None = None) -> None:
        """Lose the memory; restore by law 5, from a cut or from nothing; consume again from what is committed."""
        base = None if cut is None else self.cuts[cut]
        self.shard = new_shard(**self.limits)
        upto = dict(self.committed)
        if base is not None:
            self.shard.adopt(base.state)
            upto = {topic: max(end, base.proven[topic]) for topic, end in upto.items()}
        start = {Topic.VIDEO_EMBEDDINGS: self.shard.applied.videos, Topic.TREND_FANOUT: self.shard.applied.fanout}
        for record in self.output[base.output if base else 0 :]:
            applied = self.shard.fold(record)
            if applied is not None and self.rules.progress_in_output:
                upto[Topic.VIDEO_EMBEDDINGS] = max(upto[Topic.VIDEO_EMBEDDINGS], applied.videos)
                upto[Topic.TREND_FANOUT] = max(upto[Topic.TREND_FANOUT], applied.fanout)
        if self.rules.proven_cuts and any(start[topic] > end for topic, end in upto.items()):
            self.crash()
            return
        if not self.rules.sweep_mark:
            self.shard._swept = upto[Topic.TREND_FANOUT]
        for topic, end in upto.items():
            for item in self.inputs(topic, start[topic], end):
                self.shard.replay(item)
            self.shard.progress(topic, end)
        self.proven = {topic: max(end, start[topic]) for topic, end in upto.items()}
        self.position = dict(self.committed)

    def emit(self, records: list[Outgoing], applied: dict[Topic, int] | None = None) -> None:
        """Commit a transaction, checking what law 4 forbids."""
        self.reports += [decode_msgpack(r.value, ShardReport) for r in records if r.topic == Topic.SHARD_REPORTS]
        records = [record for record in records if record.topic != Topic.SHARD_REPORTS]  # no restore reads them
        if records:
            applied_now = self.shard.applied
            self.proven = {Topic.VIDEO_EMBEDDINGS: applied_now.videos, Topic.TREND_FANOUT: applied_now.fanout}
        before = len(self.output)
        for record in records:
            out = as_received(record, len(self.output))
            if applied is not None:  # a split message: its progress is that of before
                text = f'{{"videos":{applied[Topic.VIDEO_EMBEDDINGS]},"fanout":{applied[Topic.TREND_FANOUT]}}}'
                out = Received(
                    topic=out.topic,
                    partition=0,
                    offset=out.offset,
                    key=out.key,
                    value=out.value,
                    headers=(("ebr-applied", text.encode()),),
                    timestamp=NOW,
                )
            self.output.append(out)
            if out.topic != Topic.SEED_RECEIPTS:
                self._check(decode_json(out.value, ActionEvent))
        if self.rules == Rules():
            self.bad["beyond a bound"] += self._bounds.broken_by(self.output[before:])

    def _check(self, message: ActionEvent) -> None:
        pair = (message.trend_id, message.video_id)
        revision, version = self._newest.get(pair, (0, 0))
        self.bad["older"] += message.policy_version < version
        if isinstance(message, ModerationAction):
            self.bad["id twice"] += message.action_id in self._seen_ids
            self._seen_ids.add(message.action_id)
            self.bad["older"] += message.revision < revision
        self._newest[pair] = (max(revision, message.revision), max(version, message.policy_version))
        cause = (*pair, message.cause.topic)
        self.bad["older"] += message.cause.offset < self._causes.get(cause, 0)
        self._causes[cause] = max(message.cause.offset, self._causes.get(cause, 0))

    @property
    def settled(self) -> bool:
        """Whether everything was taken, swept too."""
        return all(self.position[t] >= len(self.log(t)) for t in self.position) and not self.shard.sweep_due

    def settle(self) -> None:
        """Take what is left."""
        for _ in range(10_000):
            if self.settled:
                break
            for topic in self.position:
                self.take(topic, 3)
            self.sweep()
        self.bad["stuck"] += not self.settled
        receipts = (decode_json(r.value, Receipt) for r in self.output if r.topic == Topic.SEED_RECEIPTS)
        paused = paused_trends((m for m in self.fanout if isinstance(m, TrendPolicy)), receipts)
        expected = expected_actions(self.videos, self.fanout)
        compared = compare(self._sure(self.active()), self._sure(expected), lambda one: one.trend_id in paused)
        self.bad["wrong end"] += bool(compared.missing or compared.unexpected)
        self.held_back = compared.held_back
        ledger = self.shard.ledger
        held = {Expected(a.topic.value, a.trend_id, a.video_id, a.revision, a.proposed_action) for a in ledger}
        self.bad["fold differs"] += held != self.active()

    def _sure(self, actions: set[Expected]) -> set[Expected]:
        """Return the actions of which the oracle is sure: of videos that left, or cannot be compared, it is not."""
        if not self.histories_count:
            return actions
        held = self.shard._holdings.held
        return {a for a in actions if a.video_id in held and MODEL in held[a.video_id].models}

    def active(self) -> set[Expected]:
        """Fold the output by the book, without the shard's own code."""
        fold: dict[tuple[str, str, str], Expected] = {}
        for record in self.output:
            if record.topic == Topic.SEED_RECEIPTS:
                continue
            m = decode_json(record.value, ActionEvent)
            key = (record.topic.value, m.trend_id, m.video_id)
            if isinstance(m, ModerationAction):
                fold[key] = Expected(record.topic.value, m.trend_id, m.video_id, m.revision, m.proposed_action)
            else:
                fold.pop(key, None)
        return set(fold.values())

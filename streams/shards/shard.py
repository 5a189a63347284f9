"""One shard: a pure state machine from two input logs to the difference between wanted and active."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import groupby

import msgspec

from index import Census, RecallMeter
from streams.errors import PoisonError
from streams.policy import VectorSet
from streams.shards.answers import Answer
from streams.shards.batch import Input, Taken
from streams.shards.brakes import Brakes
from streams.shards.cut import PendingAnswer, ShardCut
from streams.shards.dimensions import Dimensions
from streams.shards.emission import APPLIED_HEADER, SWEPT_BELOW_HEADER, Emitted, Marks, Trigger, to_record, trigger_of
from streams.shards.forward import Forward, Screened
from streams.shards.holdings import Holdings
from streams.shards.identity import ShardIdentity, ShardLimits
from streams.shards.judge import judge
from streams.shards.ledger import ACTION_TOPICS, Ledger
from streams.shards.pairs import Pairs, new_hits
from streams.shards.proposals import propose_videos
from streams.shards.receipts import Receipts
from streams.shards.reports import Reports
from streams.shards.standing import Standing
from streams.shards.sweeping import Sweeping
from streams.shards.sweeps import Sweeps
from streams.shards.untold import Untold
from streams.shards.vectors import MakeIndex
from streams.shards.waiting import Waiting
from streams.wire.codec import decode_json
from streams.wire.embedding import EmbeddingEvent, VideoEmbedded, VideoRemoved
from streams.wire.fanout import FanoutMessage, SeedLive, TrendPolicy, VideoCleared
from streams.wire.moderation import ActionEvent, Applied, Receipt
from streams.wire.record import Outgoing, Received
from streams.wire.topics import Topic


class Shard:
    """The law of a shard (SYSTEM.md). Not safe for concurrent calls: its owner holds one lock a partition.

    A restore calls `fold` with every committed output record, then `replay` with the inputs up to the higher of
    committed and `applied`; from then on `take` and `sweep_slice`.
    """

    def __init__(self, identity: ShardIdentity, limits: ShardLimits, make_index: MakeIndex) -> None:
        self._identity, self._limits = identity, limits
        self._dimensions = Dimensions()
        self.recall = RecallMeter(limits.recall_sample, seed=f"{identity.prefix}/{identity.shard}")
        self._holdings = Holdings(limits.retention, make_index, self.recall)
        self._standing, self._ledger = Standing(self._dimensions), Ledger()
        self._waiting = Waiting()
        self._brakes = Brakes(self._standing, self._waiting)
        self._receipts = Receipts(identity, self._holdings, self._standing)
        self._pairs = Pairs(identity.prefix, self._holdings, self._standing, self._ledger)
        self._forward = Forward(self._dimensions, self._holdings, self._standing, self._ledger, self._pairs)
        self._sweeps = Sweeps(self._waiting)
        self._sweeping = Sweeping(limits, self._holdings, self._standing, self._ledger, self._pairs, self._brakes)
        self._next = {Topic.VIDEO_EMBEDDINGS: 0, Topic.TREND_FANOUT: 0}
        self._swept = 0
        self._newest: tuple[Received, FanoutMessage] | None = None
        self._untold = Untold()
        self._reports = Reports(identity, limits.report_seconds)

    @property
    def applied(self) -> Applied:
        """The next offset of both inputs."""
        return Applied(videos=self._next[Topic.VIDEO_EMBEDDINGS], fanout=self._next[Topic.TREND_FANOUT])

    @property
    def swept(self) -> int:
        """Next offset of the fan-out up to which sweeps are complete."""
        return self._swept

    @property
    def ledger(self) -> Ledger:
        """The active actions; for reading."""
        return self._ledger

    @property
    def videos_held(self) -> int:
        """How many videos are held."""
        return len(self._holdings)

    @property
    def sweep_due(self) -> bool:
        """Whether `sweep_slice` has work."""
        return len(self._sweeps) > 0 or len(self._waiting) > 0

    def maintain(self) -> bool:
        """Do a bounded step of the indexes' upkeep; return whether there is more. Needs no lock of the owner."""
        return self._holdings.maintain()

    def fold(self, record: Received) -> Applied | None:
        """Take in one committed output record; return the progress in its headers, None for what TRENDS wrote."""
        headers = dict(record.headers)
        if APPLIED_HEADER not in headers:
            return None
        applied = msgspec.json.decode(headers[APPLIED_HEADER], type=Applied)
        if record.topic in ACTION_TOPICS:
            event = decode_json(record.value, ActionEvent)
            self._ledger.fold(record.topic, event)
            self._brakes.spend([Emitted(record.topic, event)])
        elif record.topic == Topic.SEED_RECEIPTS:
            answer = decode_json(record.value, Receipt)
            # What is older than a cut that was adopted is in it, as is the policy that may have released it since.
            known = self._next[Topic.TREND_FANOUT]
            if answer.status == "paused" and answer.applied is not None and answer.applied.fanout >= known:
                self._standing.pause(answer.trend_id, answer.applied.fanout)
        swept = int(headers.get(SWEPT_BELOW_HEADER, b"0"))
        if swept > self._swept:
            self._swept = swept
            self._waiting.forget_below(self._swept)
            self._brakes.forget_below(self._swept)
        return applied

    def cut(self) -> ShardCut:
        """Return everything the shard is made of, as it is now; call it only when all that was judged is emitted.

        Sweeps under way are not in it: their answers wait again, since what they emitted is in the ledger already.
        """
        waiting = sorted([*self._sweeps.answers(), *self._waiting], key=lambda answer: answer.offset)
        return ShardCut(
            applied=self.applied,
            swept=self._swept,
            dimensions=self._dimensions.known,
            holdings=self._holdings.cut(),
            standing=self._standing.cut(),
            actions=tuple(self._ledger),
            pending=tuple(PendingAnswer(a.message, a.offset, a.free) for a in waiting),
            spent=self._brakes.cut(),
            newest=self._newest,
            poison=self._untold.cut(),
        )

    def adopt(self, cut: ShardCut, step: Callable[[], None] = lambda: None) -> None:
        """Become, while still empty, what was cut; then `fold` the later output and `replay` the later inputs.

        Args:
            cut: Of this shard.
            step: Told while the indexes are built.
        """
        self._dimensions.adopt(cut.dimensions)
        self._standing.adopt(cut.standing)
        self._ledger.adopt(cut.actions)
        self._holdings.adopt(cut.holdings, step)
        self._next = {Topic.VIDEO_EMBEDDINGS: cut.applied.videos, Topic.TREND_FANOUT: cut.applied.fanout}
        self._untold.adopt(cut.poison)
        self._swept, self._newest = cut.swept, cut.newest
        for p in cut.pending:
            self._waiting.add(Answer(p.message, p.offset, p.free))
        self._brakes.adopt(cut.spent)

    def census(self) -> Mapping[str, Census]:
        """Return what the index of each model holds. Needs no lock of the owner."""
        return self._holdings.census()

    def replay(self, item: Input) -> None:
        """Apply an input without judging: what it caused was emitted before."""
        self._untold.note(item, self._apply(item))

    def progress(self, topic: Topic, offset: int) -> None:
        """Raise the next offset of an input: there is no record below that is not applied."""
        self._next[topic] = max(self._next[topic], offset)

    def take(self, batch: Sequence[Input], now: datetime) -> Taken:
        """Apply a batch in order, judging after each message; records below the applied offset are skipped.

        Args:
            batch: Records of this partition, of one input or both.
            now: Emit time, UTC.
        """
        taken, out = Taken(), list[Emitted]()
        for topic, items in groupby(batch, key=lambda item: item.record.topic):
            run = list(items)
            fresh = [item for item in run if item.record.offset >= self._next[topic]]
            screened = self._forward.screen(fresh) if topic == Topic.VIDEO_EMBEDDINGS else [Screened()] * len(fresh)
            known = {item.record.offset: one for item, one in zip(fresh, screened, strict=True)}
            for item in run:
                if item.record.offset < self._next[topic]:
                    taken.results.append(self._untold.again(item))
                else:
                    taken.results.append(self._take(item, known[item.record.offset], now, out))
        taken.records = self._records([*out, *self._reports.due(self.applied)])
        return taken

    def sweep_slice(self, now: datetime) -> list[Outgoing]:
        """Judge the next slice of a sweep under way, or of one that is due; return what it emits."""
        if self._newest is None:
            raise RuntimeError("a sweep is due only after a message of the fan-out")
        fanout, out = self._next[Topic.TREND_FANOUT], list[Emitted]()
        sweep = self._sweeps.next(lambda answers: self._sweeping.begin(answers, fanout))
        trigger = trigger_of(self._identity.prefix, *self._newest, "backward", now)
        braked = self._sweeping.advance(sweep, fanout, trigger, out)
        out += [self._receipts.write(Answer(a.message), self.applied, now, swept=False) for a in braked]
        if sweep.done:
            self._swept = max(self._swept, self._sweeps.end(sweep))
            self._brakes.forget_below(self._swept)
            out += self._receipts.end(sweep, self.applied, now)
        return self._records(out)

    def _take(self, item: Input, screened: Screened, now: datetime, out: list[Emitted]) -> str | PoisonError:
        """Apply one input, judging what it changes."""
        message, result = item.message, self._apply(item, screened.vectors)
        self._untold.note(item, result)
        if isinstance(result, PoisonError) or isinstance(message, PoisonError):
            return result
        if isinstance(message, VideoEmbedded | VideoRemoved):
            if result in ("held", "removed"):
                trigger = trigger_of(self._identity.prefix, item.record, message, "forward", now)
                embedded = message if isinstance(message, VideoEmbedded) else None
                before = len(out)
                self._forward.judge(embedded, message.video_id, screened, trigger, out)
                if embedded is not None:
                    out += self._reports.count(message.received_at, out[before:], self.applied)
        elif result == "applied":
            self._backward(message, trigger_of(self._identity.prefix, item.record, message, "backward", now), out)
        return result

    def _apply(self, item: Input, vectors: VectorSet | PoisonError | None = None) -> str | PoisonError:
        record, message = item.record, item.message
        self._next[record.topic] = max(self._next[record.topic], record.offset + 1)
        try:
            if isinstance(message, PoisonError):
                return message
            if isinstance(message, VideoEmbedded | VideoRemoved):
                return self._apply_video(message, vectors)
            return self._apply_fanout(record, message)
        except PoisonError as error:
            return error

    def _apply_video(self, message: EmbeddingEvent, vectors: VectorSet | PoisonError | None) -> str:
        if isinstance(message, VideoRemoved):
            result: str = self._holdings.remove(message)
        else:
            known = self._dimensions.examine(message) if vectors is None else vectors
            result = self._holdings.embed(message, known, self._ledger.newest_revision(message.video_id))
        self._holdings.expire()
        return result

    def _apply_fanout(self, record: Received, message: FanoutMessage) -> str:
        trend = self._standing.trends.get(message.trend_id)
        before = trend.policy if trend is not None else None
        known = self._standing.apply(message, record.offset)
        self._newest = (record, message)
        if not known:
            return "stale"
        policy = message if isinstance(message, TrendPolicy) else before
        free = policy is not None and not isinstance(message, SeedLive) and self._waiting.rule(policy, before)
        if not isinstance(message, VideoCleared) and record.offset >= self._swept:
            self._waiting.add(Answer(message, record.offset, free))
        return "applied"

    def _backward(self, message: FanoutMessage, trigger: Trigger, out: list[Emitted]) -> None:
        if isinstance(message, VideoCleared):
            self._forward.clear_pair(message.trend_id, message.video_id, trigger, out)
            return
        first, trend = Answer(message), self._standing.trends[message.trend_id]
        if trend.policy is not None:
            videos = propose_videos(message, trend, self._holdings, self._limits.first_hits)
            judged = judge(trend, trend.policy, self._holdings.rows(trend.policy.model_id, videos))
            plan = self._pairs.plan(judged)
            if self._brakes.over(message.trend_id, new_hits(plan), self._next[Topic.TREND_FANOUT]):
                plan = self._pairs.plan(judged)
            before = len(out)
            self._pairs.resolve(judged, plan, trigger, out)
            self._brakes.spend(out[before:])
            first.tally.count(message, judged)
        out.append(self._receipts.write(first, self.applied, trigger.now, swept=False))

    def _records(self, out: Sequence[Emitted]) -> list[Outgoing]:
        marks = Marks(self.applied, self._swept)
        return [to_record(emitted, self._identity.shard, marks) for emitted in out]

"""One shard: a pure state machine from two input logs to the difference between wanted and active."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from streams.errors import PoisonError
from streams.shards.answers import Answerable, ShardState, Tally, receipt
from streams.shards.batch import Input, Taken
from streams.shards.dimensions import Dimensions
from streams.shards.emission import APPLIED_HEADER, SWEPT_HEADER, TRACE_HEADER, Emitted, Trigger, to_record
from streams.shards.holdings import Holdings, MakeIndex
from streams.shards.identity import ShardIdentity, ShardLimits
from streams.shards.judge import Judged, judge
from streams.shards.ledger import ACTION_TOPICS, Ledger
from streams.shards.pairs import Pairs, Planned
from streams.shards.proposals import propose_videos
from streams.shards.standing import Standing
from streams.shards.sweep import Answer, Newest, Sweep
from streams.wire.codec import decode_json
from streams.wire.embedding import EmbeddingEvent, VideoEmbedded, VideoRemoved
from streams.wire.envelope import Cause
from streams.wire.fanout import FanoutMessage, SeedLive, TrendPolicy, VideoCleared
from streams.wire.moderation import ActionEvent, Applied, Receipt
from streams.wire.record import Outgoing, Received
from streams.wire.topics import Topic, full_name


class Shard:
    """The law of a shard (SYSTEM.md). Not safe for concurrent calls: its owner holds one lock a partition.

    A restore calls `fold` with every committed output record, then `replay` with the inputs up to the higher of
    committed and `applied`; from then on `take` and `sweep_slice`.
    """

    def __init__(self, identity: ShardIdentity, limits: ShardLimits, make_index: MakeIndex) -> None:
        self._identity, self._limits = identity, limits
        dimensions = Dimensions()
        self._holdings = Holdings(limits.retention, make_index, dimensions)
        self._standing, self._ledger = Standing(dimensions), Ledger()
        self._pairs = Pairs(identity.prefix, self._holdings, self._standing, self._ledger)
        self._next = {Topic.VIDEO_EMBEDDINGS: 0, Topic.TREND_FANOUT: 0}
        self._swept = 0
        self._newest: Newest | None = None
        self._pending: list[Answer] = []
        self._sweep: Sweep | None = None

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
        return self._sweep is not None or bool(self._pending)

    def fold(self, record: Received) -> Applied | None:
        """Take in one committed output record; return the progress in its headers, None for what TRENDS wrote."""
        headers = dict(record.headers)
        if APPLIED_HEADER not in headers:
            return None
        applied = msgspec.json.decode(headers[APPLIED_HEADER], type=Applied)
        if record.topic in ACTION_TOPICS:
            self._ledger.fold(record.topic, decode_json(record.value, ActionEvent))
        elif record.topic == Topic.SEED_RECEIPTS:
            answer = decode_json(record.value, Receipt)
            if answer.status == "paused" and answer.applied is not None:
                self._standing.pause(answer.trend_id, answer.applied.fanout)
        self._swept = max(self._swept, int(headers.get(SWEPT_HEADER, b"0")))
        return applied

    def replay(self, item: Input) -> None:
        """Apply an input without judging: what it caused was emitted before."""
        self._apply(item)

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
        for item in batch:
            if item.record.offset < self._next[item.record.topic]:
                taken.results.append("skipped")
                continue
            result = self._apply(item)
            taken.results.append(result)
            message = item.message
            if isinstance(result, PoisonError) or isinstance(message, PoisonError):
                continue
            if isinstance(message, VideoEmbedded | VideoRemoved):
                if result in ("held", "removed"):
                    self._forward(message.video_id, self._trigger(item.record, message, "forward", now), out)
            elif result == "applied":
                self._backward(message, self._trigger(item.record, message, "backward", now), out)
        taken.records = self._records(out)
        return taken

    def sweep_slice(self, now: datetime) -> list[Outgoing]:
        """Judge the next slice of the sweep under way, or of the one that is due; return what it emits."""
        if self._sweep is None:
            self._sweep = self._begin_sweep()
        sweep, out = self._sweep, list[Emitted]()
        videos = sweep.next_videos(self._limits.slice_videos)
        judged = self._judge_trends(sweep.trend_ids, videos)
        if sweep.counting:
            self._count(sweep, videos, judged)
        else:
            out = self._emit_slice(sweep, videos, judged, now)
        if sweep.done:
            self._swept, self._sweep = max(self._swept, sweep.covers), None
            out += [self._receipt(a.message, a.tally, now, swept=sweep.covers) for a in sweep.answers]
        return self._records(out)

    def _apply(self, item: Input) -> str | PoisonError:
        record, message = item.record, item.message
        self._next[record.topic] = max(self._next[record.topic], record.offset + 1)
        try:
            if isinstance(message, PoisonError):
                return message
            if isinstance(message, VideoEmbedded | VideoRemoved):
                return self._apply_video(message)
            return self._apply_fanout(record, message)
        except PoisonError as error:
            return error

    def _apply_video(self, message: EmbeddingEvent) -> str:
        if isinstance(message, VideoRemoved):
            result: str = self._holdings.remove(message)
        else:
            result = self._holdings.embed(message, self._ledger.newest_revision(message.video_id))
        self._holdings.expire()
        return result

    def _apply_fanout(self, record: Received, message: FanoutMessage) -> str:
        known = self._standing.apply(message, record.offset)
        trace = dict(record.headers).get(TRACE_HEADER)
        self._newest = Newest(record.offset, message.event_at, message.received_at, trace)
        if not known:
            return "stale"
        if not isinstance(message, VideoCleared) and record.offset >= self._swept:
            self._pending.append(Answer(message))
        return "applied"

    def _forward(self, video_id: str, trigger: Trigger, out: list[Emitted]) -> None:
        for trend_id in sorted(self._standing.trends):
            judged = self._judge(trend_id, [video_id])
            if judged is not None:
                self._pairs.resolve(judged, self._pairs.plan(judged, [video_id]), trigger, out)

    def _backward(self, message: FanoutMessage, trigger: Trigger, out: list[Emitted]) -> None:
        trend = self._standing.trends.get(message.trend_id)
        if isinstance(message, VideoCleared):
            judged = self._judge(message.trend_id, [message.video_id]) if trend else None
            if judged is not None:
                self._pairs.resolve(judged, self._pairs.plan(judged, [message.video_id]), trigger, out)
            return
        tally, videos = Tally(), propose_videos(message, trend, self._holdings, self._limits.first_hits)
        judged = self._judge(message.trend_id, videos)
        if judged is not None:
            plan = self._pairs.plan(judged, videos)
            if self._over(message, sum(p.is_new for p in plan)):
                self._standing.pause(message.trend_id, self._next[Topic.TREND_FANOUT])
                plan = self._pairs.plan(judged, videos)
            self._pairs.resolve(judged, plan, trigger, out)
            tally.count(message, judged, videos)
        out.append(self._receipt(message, tally, trigger.now))

    def _begin_sweep(self) -> Sweep:
        answers, self._pending = self._pending, []
        trend_ids = {a.message.trend_id for a in answers}
        videos = sorted(set(self._holdings.held).union(*(self._ledger.videos_of(t) for t in trend_ids)))
        bounded = any(self._bound(a.message) is not None for a in answers)
        return Sweep(self._next[Topic.TREND_FANOUT], answers, videos, counting=bounded)

    def _count(self, sweep: Sweep, videos: list[str], judged: list[Judged]) -> None:
        for one in judged:
            trend_id = one.policy.trend_id
            new = sum(p.is_new for p in self._pairs.plan(one, videos))
            sweep.new_hits[trend_id] = sweep.new_hits.get(trend_id, 0) + new
        sweep.position += len(videos)
        if sweep.position >= len(sweep.videos):
            sweep.counting, sweep.position = False, 0
            for answer in sweep.answers:
                trend_id = answer.message.trend_id
                if self._over(answer.message, sweep.new_hits.get(trend_id, 0)):
                    self._standing.pause(trend_id, self._next[Topic.TREND_FANOUT])

    def _emit_slice(self, sweep: Sweep, videos: list[str], judged: list[Judged], now: datetime) -> list[Emitted]:
        trigger, out, done = self._sweep_trigger(now), list[Emitted](), 0
        needed: dict[str, list[tuple[Judged, Planned]]] = {}
        for one in judged:
            for planned in self._pairs.plan(one, videos):
                needed.setdefault(planned.video_id, []).append((one, planned))
        for done, video_id in enumerate(videos, start=1):  # noqa: B007  # how many were done is needed after the loop
            for one, planned in needed.get(video_id, []):
                self._pairs.resolve(one, [planned], trigger, out)
            if len(out) >= self._limits.slice_records:
                break
        for answer in sweep.answers:
            for one in judged:
                if one.policy.trend_id == answer.message.trend_id:
                    answer.tally.count(answer.message, one, videos[:done])
        sweep.position += done
        return out

    def _judge_trends(self, trend_ids: Iterable[str], videos: Sequence[str]) -> list[Judged]:
        return [one for t in trend_ids if (one := self._judge(t, videos)) is not None]

    def _judge(self, trend_id: str, videos: Sequence[str]) -> Judged | None:
        trend = self._standing.trends.get(trend_id)
        if trend is None or trend.policy is None:
            return None
        return judge(trend, trend.policy, self._holdings.held, videos)

    def _bound(self, message: Answerable) -> int | None:
        policy = self._standing.trends[message.trend_id].policy
        own = message.max_hits if isinstance(message, SeedLive | TrendPolicy) else None
        bounds = [b for b in (own, policy.max_hits if policy else None) if b is not None]
        return min(bounds, default=None)

    def _over(self, message: Answerable, new_hits: int) -> bool:
        bound = self._bound(message)
        return bound is not None and new_hits > bound

    def _receipt(self, message: Answerable, tally: Tally, now: datetime, swept: int | None = None) -> Emitted:
        policy = self._standing.trends[message.trend_id].policy
        comparable = self._holdings.comparable(policy.model_id) if policy else 0
        state = ShardState(
            shard=self._identity.shard,
            shards=self._identity.shards,
            version=policy.version if policy else None,
            model_id=policy.model_id if policy else None,
            videos_held=len(self._holdings),
            not_comparable=len(self._holdings) - comparable,
            applied=self.applied,
            paused=self._standing.is_paused(message.trend_id),
        )
        answer = receipt(message, tally, state, swept=swept is not None, now=now)
        return Emitted(Topic.SEED_RECEIPTS, answer, swept=swept)

    def _trigger(
        self, record: Received, message: EmbeddingEvent | FanoutMessage, direction: str, now: datetime
    ) -> Trigger:
        return Trigger(
            cause=self._cause(record.topic, record.offset),
            direction=direction,
            event_at=message.event_at,
            received_at=message.received_at,
            now=now,
            trace=dict(record.headers).get(TRACE_HEADER),
        )

    def _sweep_trigger(self, now: datetime) -> Trigger:
        newest = self._newest
        if newest is None:
            raise RuntimeError("a sweep is due only after a message of the fan-out")
        cause = self._cause(Topic.TREND_FANOUT, newest.offset)
        return Trigger(
            cause=cause,
            direction="backward",
            event_at=newest.event_at,
            received_at=newest.received_at,
            now=now,
            trace=newest.trace,
        )

    def _cause(self, topic: Topic, offset: int) -> Cause:
        return Cause(topic=full_name(self._identity.prefix, topic), partition=self._identity.shard, offset=offset)

    def _records(self, out: Sequence[Emitted]) -> list[Outgoing]:
        applied = self.applied
        return [to_record(emitted, self._identity.shard, applied) for emitted in out]

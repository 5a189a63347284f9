"""TRENDS' brakes on a real broker: bounds out of answers of shards, pauses, a release that outlives a kill."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from streams.settings import load_settings
from streams.wire.codec import decode_json, decode_msgpack, encode_msgpack
from streams.wire.fanout import FanoutMessage, TrendPolicy
from streams.wire.moderation import Applied, TrendReceipt
from streams.wire.record import Outgoing
from streams.wire.report import ShardReport
from streams.wire.topics import Topic
from streams.wire.trend import SeedAdded, TrendAdjusted, TrendEvent
from tests.support.commands import Ebr, put, receipt, records
from tests.support.media import tune, write_clip
from tests.support.workers import WorkerProcess, wait_until, worker_environment

_SHARDS = 3


class _Shards:
    """Answers and reports as the shards would write them."""

    def answer(self, offset: int, hits: int, **fields: Any) -> None:
        """Let every shard end a sweep that answers what stands at an offset of the ledger."""
        facts: dict[str, Any] = {"trend_id": "t", "source_offset": offset, "hits": hits, "release_offset": None}
        facts |= {"state": "draft", "videos_held": 10_000} | fields
        put(*(receipt(TrendReceipt, shard, swept=True, **facts) for shard in range(_SHARDS)))

    def brake(self, offset: int, **fields: Any) -> None:
        """Let one shard say that it would have emitted too much."""
        facts: dict[str, Any] = {"state": "live", "status": "paused", "release_offset": None} | fields
        put(receipt(TrendReceipt, 1, trend_id="t", source_offset=offset, **facts))

    def report(self, begins_at: datetime, hits: int, videos: int) -> None:
        """Let every shard report a stretch."""
        applied = Applied(videos=videos, fanout=1)
        facts: dict[str, Any] = {"shards": _SHARDS, "seconds": 10.0, "applied": applied, "videos": videos}
        reports = [ShardReport(shard=n, begins_at=begins_at, hits={"t": hits}, **facts) for n in range(_SHARDS)]
        put(
            *(
                Outgoing(
                    topic=Topic.SHARD_REPORTS,
                    key=str(one.shard).encode(),
                    value=encode_msgpack(one),
                    partition=one.shard,
                )
                for one in reports
            )
        )


def _ledger() -> list[tuple[int, TrendEvent]]:
    return [(record.offset, decode_json(record.value, TrendEvent)) for record in records(Topic.TREND_SEEDS)]


def _adjusted() -> list[TrendAdjusted]:
    return [event for _, event in _ledger() if isinstance(event, TrendAdjusted)]


def _all_policies() -> list[TrendPolicy]:
    messages = [decode_msgpack(record.value, FanoutMessage) for record in records(Topic.TREND_FANOUT)]
    return [message for message in messages if isinstance(message, TrendPolicy)]


def _policies() -> list[TrendPolicy]:
    """Return what each shard was told last."""
    told: dict[int, TrendPolicy] = {}
    for record in records(Topic.TREND_FANOUT):
        message = decode_msgpack(record.value, FanoutMessage)
        if isinstance(message, TrendPolicy):
            told[record.partition] = message
    return list(told.values())


def _told(worker: WorkerProcess, **fields: object) -> TrendPolicy:
    """Wait until the last policy of every shard has some values; return it."""

    def told() -> bool:
        policies = _policies()
        wanted = [policy for policy in policies if all(getattr(policy, n) == v for n, v in fields.items())]
        return len(wanted) == _SHARDS and len({policy.source_offset for policy in wanted}) == 1

    wait_until(told, worker)
    return _policies()[0]


def test_a_trend_is_bounded_paused_and_released_whoever_is_killed(installed: Ebr, tmp_path: Path) -> None:
    """Draft, preview, live under its bound, braked by a shard, released, stopped by a jump, released again."""
    shards, kafka = _Shards(), load_settings().kafka
    environment = worker_environment(kafka, MEDIA__ALLOWED_ROOTS=f'["{tmp_path}"]', MEDIA__WORKERS="1")
    environment |= {"EBR_KAFKA__SESSION_TIMEOUT_SECONDS": "6"}
    write_clip(tmp_path / "a.mp4", seconds=1.0, sound=tune(1, 1.0))
    assert installed("trend", "declare", "t", "--threshold", "0.8")[0] == 0
    assert installed("seed", "add", "t", str(tmp_path / "a.mp4"), "--caption", "x")[0] == 0
    [seed_offset] = [offset for offset, event in _ledger() if isinstance(event, SeedAdded)]

    with WorkerProcess("trends", environment, tmp_path / "trends") as worker:
        _told(worker, state="draft")
        shards.answer(seed_offset, hits=300)
        wait_until(lambda: [event.max_hits for event in _adjusted()] == [600], worker)
        assert [policy.max_hits for policy in _policies()] == [None] * _SHARDS

        assert installed("trend", "change", "t", "--state", "live")[0] == 0
        live = _told(worker, state="live", max_hits=600)
        shards.brake(live.source_offset)
        paused = _told(worker, paused=True)
        assert paused.version == live.version

        shown = "\n".join(installed("trend", "list")[1])
        assert "t is paused: more new hits than the bound of 600 on shard 1; `ebr trend release t`" in shown

        worker.kill()
        assert installed("trend", "release", "t", "--reason", "all of it is the trend")[0] == 0
        worker.start()
        worker.wait_ready()
        let_go = _told(worker, paused=False, state="live")
        assert let_go.release_offset == let_go.source_offset
        shards.answer(let_go.source_offset, hits=300, state="live", release_offset=let_go.release_offset)

        begins_at = let_go.received_at.replace(microsecond=0) + timedelta(seconds=60)
        shards.report(begins_at, hits=400, videos=1_000)
        jumped = _told(worker, paused=True)
        assert jumped.release_offset == let_go.release_offset
        assert "jumped to 400 per 1,000" in _adjusted()[-1].reason

        assert installed("trend", "release", "t")[0] == 0
        again = _told(worker, paused=False)
        worker.kill()
        worker.start()
        worker.wait_ready()
        assert installed("trend", "change", "t", "--margin", "0.1")[0] == 0
        last = _told(worker, margin=0.1)

    assert (last.paused, last.max_hits, last.release_offset) == (False, 600, again.source_offset)
    # A pause that was decided again after a kill stands in the ledger too, but led to nothing.
    assert len({policy.source_offset for policy in _all_policies() if policy.paused}) == 2

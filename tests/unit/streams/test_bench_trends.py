"""What `ebr bench trends` counts, without a broker: each against numbers made by hand."""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from encoders import Modality
from index import Rows
from streams.audit.logs import Logs, Seen
from streams.audit.oracle import expected_actions
from streams.bench.errors import BenchFailed
from streams.bench.trends.answers import Answers
from streams.bench.trends.messages import embedded, embedding_record
from streams.bench.trends.reviewer import Reviewer
from streams.bench.trends.truth import Verdict, draft_hits, judge
from streams.bench.trends.upkeep import cpu_seconds
from streams.bench.trends.world import VideoMaker
from streams.client import partition_for
from streams.policy import VectorSet, rows_of
from streams.wire.codec import encode_json
from streams.wire.embedding import unpack_vector
from streams.wire.fanout import FanoutMessage, SeedLive
from streams.wire.moderation import ActionEvent, ModerationAction, ReceiptStatus, SeedReceipt
from streams.wire.record import Received
from streams.wire.topics import Topic
from streams.wire.trend import Band
from tests.support.judged import acted
from tests.support.shard_messages import MODEL, policy

_NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
_VIDEOS = 300


def _rows(count: int = _VIDEOS, seed: int = 1) -> Rows:
    """Return videos with 8 numbers each, some of them near the first axis."""
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((count, 8)).astype(np.float32)
    vectors[: count // 4] = np.eye(8, dtype=np.float32)[0] + 0.3 * vectors[: count // 4]
    units = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    return rows_of([(f"v{n}", VectorSet(unit, {"frames": unit})) for n, unit in enumerate(units)])


def _said(state: str = "live") -> list[FanoutMessage]:
    """Return a policy with a seed on the first axis."""
    axis = np.eye(8, dtype=np.float16)[0].tobytes()
    rule = policy("t", 1, 0, state=state, threshold=0.8, bands=[Band(from_score=0.8, action="review")])
    seed = SeedLive(
        trend_id="t",
        seed_id="s",
        polarity="positive",
        source_offset=1,
        model_id=MODEL,
        fused=axis,
        vectors={"frames": axis},
        received_at=_NOON,
    )
    return [rule, seed]


def _record(topic: Topic, offset: int = 0, **fields: object) -> Received:
    facts = {"partition": 0, "key": b"k", "value": b"", "timestamp": _NOON} | fields
    return Received(topic=topic, offset=offset, **facts)  # type: ignore[arg-type]  # fields of a record


def _logs(said: Sequence[FanoutMessage], actions: Sequence[ActionEvent]) -> Logs:
    return Logs(
        prefix="p",
        partitions=1,
        fanout=[Seen(_record(Topic.TREND_FANOUT, n), message) for n, message in enumerate(said)],
        actions=[Seen(_record(Topic.MODERATION_ACTIONS, n), action) for n, action in enumerate(actions)],
    )


def _action(video_id: str, score: float = 0.9) -> ModerationAction:
    return acted(f"{int(video_id[1:]):032x}", video_id, score, model_id=MODEL)


def test_the_verdict_is_that_of_the_oracle_over_all_videos() -> None:
    """Leaving out what lies far below the threshold leaves out nothing that is wanted."""
    rows, said = _rows(), _said()
    wanted = expected_actions(embedded(rows, MODEL, _NOON), said)
    actions = [_action(one.video_id) for one in wanted]

    whole = judge("now", _logs(said, actions), [rows.slice(0, 100), rows.slice(100, _VIDEOS)], MODEL)
    one_less = judge("now", _logs(said, [*actions[1:], _action("v299")]), [rows], MODEL)

    assert len(wanted) > 20
    assert whole == Verdict(when="now", asked=whole.asked, expected=len(wanted), missing=0, unexpected=0)
    assert len(wanted) <= whole.asked < _VIDEOS / 2
    assert (one_less.missing, one_less.unexpected) == (1, 1)


def test_a_draft_s_hits_are_the_actions_that_it_would_have() -> None:
    """Though it has none."""
    rows = _rows()
    wanted = expected_actions(embedded(rows, MODEL, _NOON), _said("live"))

    logs = _logs(_said("draft"), [])

    assert judge("now", logs, [rows], MODEL).expected == 0
    assert draft_hits(logs, [rows], MODEL, "t") == len(wanted)


def test_a_video_s_record_lies_where_fuse_would_put_it() -> None:
    """With all vectors that it has, in their bytes."""
    rows = _rows(5)
    [_, _, third, *_] = embedded(rows, MODEL, _NOON)

    record = embedding_record(third, 4)

    assert (third.video_id, record.partition) == ("v2", partition_for("v2", 4))
    assert np.array_equal(unpack_vector(third.fused), rows.fused[2])
    assert third.vectors["frames"] == third.fused


def test_a_reviewer_confirms_as_likely_as_they_are_known_to() -> None:
    """Over many decisions; the higher the score, the more likely; no action is ruled on twice."""
    reviewer = Reviewer.of(0, 0.8)
    actions = [_action(f"v{n}", 0.8 + 0.2 * n / 4_000) for n in range(4_000)]
    known = reviewer.probability([action.score for action in actions])

    ruled = reviewer.decisions(actions, 4_000, np.random.default_rng(1))

    assert np.all(np.diff(known) > 0)
    assert len({decision.action_id for decision in ruled}) == 4_000
    assert np.mean([decision.verdict == "confirm" for decision in ruled]) == pytest.approx(known.mean(), abs=0.03)
    assert len(reviewer.decisions(actions, 7, np.random.default_rng(1))) == 7


def _receipt(shard: int, *, swept: bool, status: ReceiptStatus = "applied") -> Received:
    receipt = SeedReceipt(
        trend_id="t", seed_id="s", source_offset=5, shard=shard, shards=2, status=status, videos_held=10 + shard
    )
    headers = (("ebr-swept", b"9"),) if swept else ()
    return _record(Topic.SEED_RECEIPTS, value=encode_json(receipt), headers=headers)


def test_a_seed_is_in_force_when_every_shard_has_swept() -> None:
    """First answers come before; the time of each is that of its coming."""
    answers = Answers(2)
    for now, record in enumerate([_receipt(0, swept=False), _receipt(1, swept=False), _receipt(1, swept=True)]):
        answers.add(record, float(now))
    offset, answered = answers.newest("t", "s")
    assert (offset, answered.first, answers.in_force(answered)) == (5, {0: 0.0, 1: 1.0}, False)

    answers.add(_receipt(0, swept=True), 3.0)

    assert answers.in_force(answered)
    assert answered.swept == {1: 2.0, 0: 3.0}
    assert answers.census() == {0: 10, 1: 11}
    assert cpu_seconds(os.getpid()) > 0
    assert answers.newest("t", "other")[0] == -1


def test_a_no_ends_the_measurement() -> None:
    """A braked shard is nothing to measure."""
    with pytest.raises(BenchFailed, match="t: paused"):
        Answers(2).add(_receipt(0, swept=True, status="paused"), 0.0)


class _Sum:
    """A fusion that adds up."""

    model_id, dimension = MODEL, 8

    def fuse(self, vectors: Mapping[Modality, NDArray[np.floating]]) -> NDArray[np.float32]:
        """Return the sum of the parts."""
        return np.asarray(sum(vector.astype(np.float32) for vector in vectors.values()), dtype=np.float32)


def test_videos_are_made_around_posts_the_same_ones_each_time() -> None:
    """Some are of trends, some byte-identical copies, the rest near other posts."""

    def made() -> list[Rows]:
        maker = VideoMaker(_rows(20), {f"v{n}" for n in range(5)}, _Sum(), np.random.default_rng(3))
        return list(maker.videos("video", 5_000))

    first, again = made(), made()

    fused = np.concatenate([rows.fused for rows in first])
    _, copies = np.unique(fused, axis=0, return_counts=True)
    assert [len(rows) for rows in first] == [4_096, 904]
    assert np.array_equal(fused, np.concatenate([rows.fused for rows in again]))
    assert 400 < copies[copies > 50].sum() < 600
    assert np.allclose(np.linalg.norm(fused.astype(np.float32), axis=1), 1.0, atol=1e-3)

"""`ebr trend lineage` said for ever that TRENDS owed every shard the decisions on videos of the others.

A pair that a reject clears is told to the shard of its video alone; the proof asked for it in each.
"""

from datetime import timedelta

from streams.client import partition_for
from streams.lineage.history import History, ShardHistory
from streams.lineage.support import Grounds
from tests.support.catalogue import decided, declared, said


def test_a_reject_is_owed_to_the_shard_of_its_video_alone() -> None:
    """Of two shards one hears of it."""
    shards = [ShardHistory(shard=0), ShardHistory(shard=1)]
    history = History(
        trend_id="t",
        prefix="p",
        retention=timedelta(days=30),
        trend=said(declared("t")).by_id["t"],
        shards=shards,
        decisions={3: decided("reject", video_id="v")},
    )

    owed = [Grounds(history, shard).owed for shard in shards]

    assert owed == [int(shard == partition_for("v", 2)) for shard in (0, 1)]

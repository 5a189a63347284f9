"""The law of a shard: what it holds, what it therefore wants, what it must emit."""

from streams.shards.batch import Input, Taken
from streams.shards.cut import ShardCut
from streams.shards.identity import ShardIdentity, ShardLimits
from streams.shards.shard import Shard

__all__ = ["Input", "Shard", "ShardCut", "ShardIdentity", "ShardLimits", "Taken"]

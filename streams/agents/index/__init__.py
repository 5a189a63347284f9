"""INDEX: the shard of each owned partition, restored from snapshot and logs, emitting in its own transactions."""

from streams.agents.index.program import IndexProgram

__all__ = ["IndexProgram"]

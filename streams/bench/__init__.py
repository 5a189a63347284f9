"""Measurements: the index beside others of its kind, a shard under load; nothing here serves videos."""

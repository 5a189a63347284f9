"""What a process counts for Prometheus; every series bears the prefix of its installation."""

from collections.abc import Collection, Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from index import Census, RecallEstimate

# From a no-op to the bound of a delivery: a batch that takes longer than the last is a stall, not a latency.
_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
# From first proposals to a moderator's patience.
_LATENCY_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)


class Metrics:
    """The instruments of one worker, in a registry of their own.

    Args:
        prefix: Of the installation; the label `prefix` of every series.
        role: Of the worker; the label `role` of every series.
    """

    def __init__(self, prefix: str, role: str) -> None:
        self.registry = CollectorRegistry()
        self._labels = (prefix, role)
        names = ("prefix", "role")
        self._events = Counter(
            "ebr_events", "Records that the stage is done with.", (*names, "topic", "result"), registry=self.registry
        )
        self._dead_letters = Counter(
            "ebr_dead_letters", "Records given up.", (*names, "reason"), registry=self.registry
        )
        self._rekeyed = Counter(
            "ebr_rekeyed_events",
            "Records whose key was not the id in the body.",
            (*names, "topic"),
            registry=self.registry,
        )
        self._batch = Histogram(
            "ebr_batch_seconds",
            "From taking a batch to its delivery.",
            (*names, "topic"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._restore = Histogram(
            "ebr_restore_seconds",
            "From the end of a rebalance to readiness.",
            names,
            buckets=_LATENCY_SECONDS,
            registry=self.registry,
        )
        self._latency = Histogram(
            "ebr_latency_seconds",
            "From Kafka's time of the record to its delivery.",
            (*names, "topic"),
            buckets=_LATENCY_SECONDS,
            registry=self.registry,
        )
        self._snapshots = Counter(
            "ebr_snapshots",
            "Snapshots of shards: written, failed, not swept.",
            (*names, "result"),
            registry=self.registry,
        )
        self._snapshots_refused = Counter(
            "ebr_snapshots_refused",
            "Snapshots that could not serve a restore.",
            (*names, "reason"),
            registry=self.registry,
        )
        self._snapshot_bases = Counter(
            "ebr_shard_restores", "Restores by base: snapshot or log.", (*names, "base"), registry=self.registry
        )
        self._snapshot_seconds = Histogram(
            "ebr_snapshot_seconds",
            "From the cut of a shard to the last byte of its snapshot.",
            names,
            buckets=_LATENCY_SECONDS,
            registry=self.registry,
        )
        self._snapshot_time = Gauge(
            "ebr_snapshot_timestamp_seconds",
            "When a shard was last written down, in Unix time.",
            (*names, "partition"),
            registry=self.registry,
        )
        self._snapshot_offset = Gauge(
            "ebr_snapshot_offset_records",
            "Next offset of each input in the newest snapshot of a shard.",
            (*names, "topic", "partition"),
            registry=self.registry,
        )
        self._ready = Gauge("ebr_ready", "Whether the worker is ready, 1 or 0.", names, registry=self.registry)
        self._lag = Gauge(
            "ebr_lag_records", "Records not yet processed.", (*names, "topic", "partition"), registry=self.registry
        )
        self._recall = {
            name: Gauge(f"ebr_index_recall_{name}", text, (*names, "partition", "k"), registry=self.registry)
            for name, text in (
                ("ratio", "Mean recall@k of the searches of a shard's index that were repeated exactly."),
                ("low_ratio", "Lower bound of its 95 % interval over searches."),
                ("high_ratio", "Upper bound of its 95 % interval over searches."),
                ("searches", "How many repeated searches it is over, the last ones."),
            )
        }
        self._census = {
            name: Gauge(f"ebr_index_{name}", text, (*names, "partition"), registry=self.registry)
            for name, text in (
                ("keys", "Vectors that a shard's indexes hold, a video once a model."),
                ("delta", "Distinct vectors of their deltas."),
                ("raw", "Frozen deltas that wait to be sealed; each is scanned by every search."),
                ("segments", "Sealed segments."),
                ("nodes", "Distinct vectors in segments and frozen deltas."),
                ("tombstones", "Removed keys that segments and frozen deltas still hold."),
            )
        }
        self.ready(value=False)

    def event(self, topic: str, result: str) -> None:
        """Count one record that was processed, skipped or given up."""
        self._events.labels(*self._labels, topic, result).inc()

    def dead_letter(self, reason: str) -> None:
        """Count one record that was given up."""
        self._dead_letters.labels(*self._labels, reason).inc()

    def rekeyed(self, topic: str) -> None:
        """Count one record whose key differed from the id in its body, which decides."""
        self._rekeyed.labels(*self._labels, topic).inc()

    def batch(self, topic: str, seconds: float) -> None:
        """Observe how long a batch took from taking to delivery."""
        self._batch.labels(*self._labels, topic).observe(seconds)

    def latency(self, topic: str, seconds: float) -> None:
        """Observe how old a record was when its outputs were delivered."""
        self._latency.labels(*self._labels, topic).observe(max(0.0, seconds))

    def restored(self, seconds: float) -> None:
        """Observe how long a restore took."""
        self._restore.labels(*self._labels).observe(seconds)

    def snapshot_written(self, partition: int, offsets: Mapping[str, int], seconds: float) -> None:
        """Tell of a snapshot: next offset of each input by topic, how long it took."""
        self._snapshots.labels(*self._labels, "written").inc()
        self._snapshot_seconds.labels(*self._labels).observe(seconds)
        self._snapshot_time.labels(*self._labels, str(partition)).set_to_current_time()
        for topic, offset in offsets.items():
            self._snapshot_offset.labels(*self._labels, topic, str(partition)).set(offset)

    def snapshot_failed(self) -> None:
        """Count one snapshot that its place did not take."""
        self._snapshots.labels(*self._labels, "failed").inc()

    def snapshots_not_swept(self) -> None:
        """Count one time that a place did not let go of what nobody needs."""
        self._snapshots.labels(*self._labels, "not_swept").inc()

    def snapshot_refused(self, reason: str) -> None:
        """Count one snapshot that could not serve a restore."""
        self._snapshots_refused.labels(*self._labels, reason).inc()

    def snapshot_base(self, *, found: bool) -> None:
        """Count one restore, by whether a snapshot was its base."""
        self._snapshot_bases.labels(*self._labels, "snapshot" if found else "log").inc()

    def ready(self, *, value: bool) -> None:
        """Tell whether the worker is ready."""
        self._ready.labels(*self._labels).set(int(value))

    def lag(self, topic: str, partition: int, records: int) -> None:
        """Tell how many records of a partition are not yet processed."""
        self._lag.labels(*self._labels, topic, str(partition)).set(records)

    def recall(self, partition: int, estimates: Sequence[RecallEstimate]) -> None:
        """Tell what share of the exact neighbors the searches of a shard find."""
        for gauge in self._recall.values():
            gauge.remove_by_labels({"partition": str(partition)})
        for one in estimates:
            values = {"ratio": one.value, "low_ratio": one.low, "high_ratio": one.high, "searches": one.searches}
            for name, value in values.items():
                self._recall[name].labels(*self._labels, str(partition), str(one.k)).set(value)

    def census(self, partition: int, indexes: Collection[Census]) -> None:
        """Tell what the indexes of a shard hold, all models together."""
        for name, gauge in self._census.items():
            gauge.labels(*self._labels, str(partition)).set(sum(getattr(one, name) for one in indexes))

    def let_go(self, partition: int) -> None:
        """Forget what was told of a shard: the next owner tells it."""
        for gauge in (*self._recall.values(), *self._census.values(), self._snapshot_time, self._snapshot_offset):
            gauge.remove_by_labels({"partition": str(partition)})

    def exposition(self) -> bytes:
        """Return all series in Prometheus' text format."""
        return generate_latest(self.registry)

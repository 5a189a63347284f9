"""Every series says whose it is."""

from index import Census, RecallEstimate
from streams.metrics import Metrics


def test_events_are_counted_by_topic_and_result_under_prefix_and_role() -> None:
    """Two installations scraped by one Prometheus must not add up."""
    metrics = Metrics("p", "encode")
    metrics.event("decoded-samples", "processed")
    metrics.event("decoded-samples", "processed")

    text = metrics.exposition().decode()

    assert 'ebr_events_total{prefix="p",result="processed",role="encode",topic="decoded-samples"} 2.0' in text


def test_all_instruments_appear_once_used() -> None:
    """The names are what boards and alerts are built on."""
    metrics = Metrics("p", "index")
    metrics.dead_letter("bad")
    metrics.batch("video-embeddings", 0.2)
    metrics.latency("video-embeddings", -1.0)
    metrics.restored(2.0)
    metrics.lag("video-embeddings", 3, 17)
    metrics.rekeyed("video-embeddings")
    metrics.snapshot_written(3, {"video-embeddings": 40}, 0.5)
    metrics.snapshot_failed()
    metrics.snapshot_refused("short_file")
    metrics.snapshot_base(found=True)
    metrics.ready(value=True)

    text = metrics.exposition().decode()

    for name in (
        "ebr_dead_letters_total",
        "ebr_batch_seconds_count",
        "ebr_latency_seconds_count",
        "ebr_restore_seconds_sum",
        "ebr_rekeyed_events_total",
        "ebr_snapshots_total",
        "ebr_snapshots_refused_total",
        "ebr_snapshot_seconds_sum",
        "ebr_snapshot_timestamp_seconds",
        "ebr_snapshot_offset_records",
        "ebr_shard_restores_total",
    ):
        assert name in text
    assert 'ebr_lag_records{partition="3",prefix="p",role="index",topic="video-embeddings"} 17.0' in text
    assert 'ebr_ready{prefix="p",role="index"} 1.0' in text


def test_the_recall_of_a_shard_is_told_until_the_shard_is_gone() -> None:
    """A partition that another worker owns now must not be told of by two."""
    metrics = Metrics("p", "index")
    metrics.recall(3, [RecallEstimate(k=10, searches=40, value=0.99, low=0.9, high=1.0)])
    metrics.recall(4, [RecallEstimate(k=100, searches=7, value=0.5, low=0.2, high=0.8)])
    labels = '{k="10",partition="3",prefix="p",role="index"}'

    text = metrics.exposition().decode()
    metrics.let_go(3)
    left = metrics.exposition().decode()

    for name, value in (("ratio", 0.99), ("low_ratio", 0.9), ("high_ratio", 1.0), ("searches", 40.0)):
        assert f"ebr_index_recall_{name}{labels} {value}" in text
        assert f"ebr_index_recall_{name}{labels}" not in left
    assert 'ebr_index_recall_ratio{k="100",partition="4",prefix="p",role="index"} 0.5' in left


def test_a_worker_is_not_ready_before_it_says_so() -> None:
    """An absent series would hide a worker that never became ready."""
    assert 'ebr_ready{prefix="p",role="index"} 0.0' in Metrics("p", "index").exposition().decode()


def test_two_workers_in_one_process_do_not_share_series() -> None:
    """No module-level state."""
    Metrics("p", "index").event("video-embeddings", "processed")

    assert "ebr_events_total{" not in Metrics("p", "index").exposition().decode()


def test_what_the_indexes_of_a_shard_hold_is_told_until_the_shard_is_gone() -> None:
    """All models together; another owner tells of it then."""
    metrics = Metrics("p", "index")
    one = Census(keys=5, delta=3, raw=1, segments=2, nodes=4, tombstones=6)
    metrics.census(3, [one, one])
    text = metrics.exposition().decode()
    metrics.let_go(3)
    left = metrics.exposition().decode()

    for name, value in {"keys": 10, "delta": 6, "raw": 2, "segments": 4, "nodes": 8, "tombstones": 12}.items():
        assert f'ebr_index_{name}{{partition="3",prefix="p",role="index"}} {value}.0' in text
        assert f"ebr_index_{name}{{" not in left


def test_the_snapshots_of_a_shard_are_told_of_until_the_shard_is_gone() -> None:
    """How old a partition's newest snapshot is, is for its owner to say."""
    metrics = Metrics("p", "index")
    metrics.snapshot_written(3, {"video-embeddings": 7}, 0.5)
    text = metrics.exposition().decode()
    metrics.let_go(3)
    left = metrics.exposition().decode()

    series = 'ebr_snapshot_offset_records{partition="3",prefix="p",role="index",topic="video-embeddings"}'
    assert f"{series} 7.0" in text
    assert series not in left
    assert "ebr_snapshot_timestamp_seconds{" not in left

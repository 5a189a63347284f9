"""Two inputs of one shard come together or not at all."""

import pytest

from streams.assignment import check_copartitioned
from streams.errors import NotCopartitioned
from streams.settings import Settings
from streams.wire.topics import Topic


def test_both_inputs_on_the_same_partitions_are_fine() -> None:
    """Whatever order they are listed in."""
    check_copartitioned(Settings(), {Topic.VIDEO_EMBEDDINGS: [0, 2], Topic.TREND_FANOUT: [2, 0]})


def test_a_worker_without_partitions_is_fine() -> None:
    """There may be more workers than shards."""
    check_copartitioned(Settings(), {Topic.VIDEO_EMBEDDINGS: [], Topic.TREND_FANOUT: []})


def test_different_partitions_of_the_two_inputs_are_an_error_that_names_them() -> None:
    """A shard that sees seeds but no videos would answer receipts with nothing in it."""
    with pytest.raises(NotCopartitioned, match=r"video-embeddings was given with \[0, 1\], trend-fanout with \[1\]"):
        check_copartitioned(Settings(), {Topic.VIDEO_EMBEDDINGS: [0, 1], Topic.TREND_FANOUT: [1]})


def test_topics_of_one_partition_are_compared_among_themselves() -> None:
    """TRENDS needs both of its inputs in one worker."""
    with pytest.raises(NotCopartitioned):
        check_copartitioned(Settings(), {Topic.TREND_SEEDS: [0], Topic.REVIEW_DECISIONS: []})

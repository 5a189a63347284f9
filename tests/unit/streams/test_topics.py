"""The contract of the topics, against the table of the design."""

import pytest

from streams.wire.topics import BULK_MESSAGE_BYTES, Topic, full_name, short_name, topic_specs

SPECS = topic_specs(retention_days=30)
DAY_MS = 86_400_000

# Public, one partition, cleanup, days kept (None: for ever), Kafka's own time.
TABLE = {
    "video-events": (True, False, "delete", 7, True),
    "decoded-samples": (False, False, "delete", 1, False),
    "modality-embeddings": (False, False, "delete", 7, False),
    "video-embeddings": (False, False, "delete", 32, False),
    "trend-seeds": (True, True, "delete", None, True),
    "trend-fanout": (False, False, "compact", None, False),
    "moderation-actions": (True, False, "delete", None, False),
    "shadow-actions": (True, False, "delete", None, False),
    "seed-receipts": (True, False, "delete", 90, False),
    "shard-reports": (False, False, "delete", 2, False),
    "review-decisions": (True, True, "delete", None, True),
    "dead-letters": (False, True, "delete", 90, False),
}


def test_the_topics_are_those_of_the_design_in_the_order_of_the_data() -> None:
    """Whoever reads the list sees the way of a video."""
    assert [topic.value for topic in SPECS] == list(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_a_topic_is_as_the_design_says(name: str) -> None:
    """Ledgers are kept for ever, single topics order everything, LogAppendTime rules what is timed."""
    public, single, cleanup, days, append_time = TABLE[name]
    spec = SPECS[Topic(name)]

    assert (spec.public, spec.single) == (public, single)
    assert spec.partitions(8) == (1 if single else 8)
    assert spec.config["cleanup.policy"] == cleanup
    assert spec.config["retention.ms"] == ("-1" if days is None else str(days * DAY_MS))
    assert spec.config["message.timestamp.type"] == ("LogAppendTime" if append_time else "CreateTime")


def test_a_replay_sees_the_fanout_as_it_was_for_a_week() -> None:
    """Compaction must not overtake a restore."""
    assert SPECS[Topic.TREND_FANOUT].config["min.compaction.lag.ms"] == str(7 * DAY_MS)


def test_only_topics_with_media_take_large_messages() -> None:
    """A dead letter holds what any topic held."""
    large = {topic for topic, spec in SPECS.items() if spec.config["max.message.bytes"] == str(BULK_MESSAGE_BYTES)}

    assert large == {Topic.DECODED_SAMPLES, Topic.DEAD_LETTERS}


def test_a_name_goes_round_with_its_prefix() -> None:
    """Prefixes cut one cluster into installations."""
    assert short_name("eu", full_name("eu", Topic.TREND_SEEDS)) is Topic.TREND_SEEDS


@pytest.mark.parametrize("name", ["us.trend-seeds", "trend-seeds", "eu-2.trend-seeds", "eu.unknown"])
def test_the_name_of_another_installation_is_refused(name: str) -> None:
    """A prefix that begins like ours is not ours."""
    with pytest.raises(ValueError, match=r"eu|unknown"):
        short_name("eu", name)

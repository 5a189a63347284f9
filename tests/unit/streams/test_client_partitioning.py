"""Keys go to the partitions that Kafka's Java client would choose."""

import pytest

from streams.client import partition_for


@pytest.mark.parametrize(
    ("key", "hashed"),
    [
        ("21", -973932308),
        ("foobar", -790332482),
        ("a-little-bit-long-string", -985981536),
        ("a-little-bit-longer-string", -1486304829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        ("abc", 479470107),
    ],
)
def test_the_hash_is_that_of_the_java_client(key: str, hashed: int) -> None:
    """The expected hashes are those of UtilsTest.testMurmur2 in Apache Kafka."""
    assert partition_for(key, 1_000_000) == (hashed & 0x7FFFFFFF) % 1_000_000


def test_text_and_its_utf8_bytes_go_to_the_same_partition() -> None:
    """Half of the callers hold text, half bytes."""
    assert partition_for("über", 7) == partition_for("über".encode(), 7)


def test_a_topic_needs_a_partition() -> None:
    """A modulo of 0 must say what is wrong."""
    with pytest.raises(ValueError, match="at least 1"):
        partition_for("v1", 0)

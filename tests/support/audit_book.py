"""Topics in memory, filled by hand, for audits of what never ran."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from streams.audit.logs import Archive, Logs
from streams.settings import KafkaSettings, Settings
from streams.wire.codec import encode_json, encode_msgpack
from streams.wire.dead_letter import DeadLetter, Header
from streams.wire.record import Received
from streams.wire.topics import Topic, full_name, topic_specs

START = datetime(2026, 1, 1, tzinfo=UTC)
PREFIX = "t"


class Book:
    """What an installation of two shards wrote; each record a second after the one before."""

    def __init__(self, partitions: int = 2) -> None:
        self._settings = Settings(kafka=KafkaSettings(prefix=PREFIX, partitions=partitions))
        self._archive = Archive(self._settings)
        self._next: dict[tuple[Topic, int], int] = {}
        self._records = 0

    def put(
        self, topic: Topic, message: msgspec.Struct | bytes, partition: int = 0, headers: Sequence[Header] = ()
    ) -> Received:
        """Append a message, or raw bytes; return its record."""
        if isinstance(message, bytes):
            value = message
        else:
            is_json = topic_specs(1.0)[topic].format == "json"
            value = encode_json(message) if is_json else encode_msgpack(message)
        offset = self._next.get((topic, partition), 0)
        self._next[topic, partition] = offset + 1
        self._records += 1
        record = Received(
            topic=topic,
            partition=partition,
            offset=offset,
            key=b"key",
            value=value,
            headers=tuple(headers),
            timestamp=START + timedelta(seconds=self._records),
        )
        self._archive.add(record)
        return record

    def give_up(self, record: Received, reason: str = "undecodable") -> Received:
        """Append the dead letter of a record."""
        letter = DeadLetter(
            topic=full_name(PREFIX, record.topic), partition=record.partition, offset=record.offset, stage="decode",
            reason=reason, path="$", detail="", replayable=False, attempts=1, first_at=START, last_at=START,
            key=record.key, value=record.value,
        )  # fmt: skip
        return self.put(Topic.DEAD_LETTERS, letter.value or b"", headers=letter.to_headers())

    def logs(self) -> Logs:
        """Return everything written so far."""
        return self._archive.logs()

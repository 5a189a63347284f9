"""Input records of a shard into messages, or into why they have none."""

from streams.agents.index.logs import INPUTS
from streams.agents.program import Beat
from streams.client import partition_for, read_partition
from streams.errors import PoisonError
from streams.settings import Settings
from streams.shards import Input
from streams.wire.codec import decode_msgpack
from streams.wire.dead_letter import DeadLetter
from streams.wire.embedding import EmbeddingEvent
from streams.wire.fanout import FanoutMessage
from streams.wire.record import Received
from streams.wire.topics import Topic, short_name


class Inbox:
    """Reads what comes in.

    Args:
        settings: Of the installation.
        role: Whose dead letters tell what ended too many workers.
    """

    def __init__(self, settings: Settings, role: str) -> None:
        self._settings, self._role = settings, role
        self._given_up: set[tuple[Topic, int, int]] = set()

    async def read_given_up(self, beat: Beat) -> None:
        """Learn which messages ended too many workers: no restore may try them again."""
        async for record in read_partition(self._settings, Topic.DEAD_LETTERS, 0, beat=beat):
            try:
                letter = DeadLetter.from_record(record.key, record.value, record.headers)
                topic = short_name(self._settings.kafka.prefix, letter.topic)
            except ValueError:
                continue  # somebody else wrote this: it says nothing of our messages
            if (letter.stage, letter.reason) == (self._role, "crashes_worker") and topic in INPUTS:
                self._given_up.add((topic, letter.partition, letter.offset))

    def parse(self, record: Received) -> Input:
        """Return a record with its message, or with why it can never be applied."""
        if (record.topic, record.partition, record.offset) in self._given_up:
            return Input(record, PoisonError("crashes_worker", "it ended too many workers before"))
        try:
            if record.topic == Topic.TREND_FANOUT:
                return Input(record, decode_msgpack(record.value, FanoutMessage))
            message = decode_msgpack(record.value, EmbeddingEvent)
        except PoisonError as error:
            return Input(record, error)
        home = partition_for(message.video_id, self._settings.kafka.partitions)
        if home != record.partition:
            detail = f"video {message.video_id} belongs to partition {home}, not {record.partition}"
            return Input(record, PoisonError("wrong_partition", detail, "$.video_id"))
        return Input(record, message)

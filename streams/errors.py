"""What can go wrong in the streaming system, as one tree.

StreamsError
├── PoisonError          one message can never be processed: it becomes a dead letter
│   └── BadMessage       its bytes break the contract of its topic
├── RefusedError         TRENDS says no to a message: receipt `refused` with a dead letter
├── SettingsError        the settings contradict each other or the cluster
├── ClusterError         the Kafka cluster cannot be reached or refuses
├── TopicMismatch        a topic of the cluster is not what the contract says
├── GapError             retention removed records that were never processed
├── NotCopartitioned     a worker holds different partitions of its two inputs
├── DeliveryError        a produced record or transaction was not acknowledged in time
├── RecordTooLarge       a record to be sent is larger than its topic takes
├── SnapshotRefused      a snapshot of a shard cannot serve: the one before it, or a full replay, does
├── TransientError       something outside is away: trying the same again may succeed
└── UserError            a person asked for something that cannot be done
"""


def at_field(path: str, what: str) -> str:
    """Return what is wrong with the name of its field before it, as `bands[0].action: must be ...`."""
    field = path.removeprefix("$").removeprefix(".")
    return f"{field}: {what}" if field else what


class StreamsError(Exception):
    """The streaming system cannot go on as asked."""

    def __str__(self) -> str:
        """Return the message given, or the docstring of the class."""
        return super().__str__() or (type(self).__doc__ or "").strip()


class PoisonError(StreamsError):
    """One message can never be processed.

    Attributes:
        reason: Typed reason of the dead letter, snake_case.
        detail: What is wrong, for a person; names the field and the limit.
        path: JSON path of the field, `$` for the whole message.
        replayable: Whether replaying it later may succeed (a source that was away).
    """

    def __init__(self, reason: str, detail: str = "", path: str = "$", replayable: bool = False) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail, self.path, self.replayable = reason, detail, path, replayable


class BadMessage(PoisonError):
    """The bytes of a message break the contract of its topic."""


class RefusedError(StreamsError):
    """TRENDS refuses a message.

    Attributes:
        reason: Why, with the limit; the field is named by its path.
        path: JSON path of the field, `$` for the whole message.
    """

    def __init__(self, reason: str, path: str = "$") -> None:
        super().__init__(at_field(path, reason))
        self.reason, self.path = reason, path


class SettingsError(StreamsError):
    """The settings contradict each other or the cluster."""


class ClusterError(StreamsError):
    """The Kafka cluster cannot be reached or refuses."""


class TopicMismatch(StreamsError):
    """A topic of the cluster is not what the contract says.

    Attributes:
        topic: Full name of the topic.
        field: What differs, for example `partitions` or `cleanup.policy`.
        expected: The value of the contract.
        found: The value of the cluster.
    """

    def __init__(self, topic: str, field: str, expected: object, found: object) -> None:
        super().__init__(f"topic {topic}: {field} must be {expected}, found {found}")
        self.topic, self.field, self.expected, self.found = topic, field, expected, found


class GapError(StreamsError):
    """Retention removed records that were never processed.

    Attributes:
        topic: Full name of the topic.
        partition: The partition.
        committed: First offset not yet processed.
        log_start: First offset still in the log; [committed, log_start) is gone.
    """

    def __init__(self, topic: str, partition: int, committed: int, log_start: int) -> None:
        super().__init__(
            f"topic {topic} partition {partition}: offsets {committed} to {log_start - 1} were removed by retention"
            " before they were processed; set EBR_KAFKA__ACCEPT_GAPS=true to go on without them"
        )
        self.topic, self.partition, self.committed, self.log_start = topic, partition, committed, log_start


class NotCopartitioned(StreamsError):
    """A worker holds different partitions of its two inputs."""


class DeliveryError(StreamsError):
    """A produced record or transaction was not acknowledged in time."""


class RecordTooLarge(StreamsError):
    """A record to be sent is larger than its topic takes."""


class SnapshotRefused(StreamsError):
    """A snapshot of a shard cannot serve.

    Attributes:
        reason: Typed reason, snake_case.
        detail: What is wrong, for a person.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail = reason, detail


class TransientError(StreamsError):
    """Something outside is away: trying the same again may succeed."""


class UserError(StreamsError):
    """A person asked for something that cannot be done."""

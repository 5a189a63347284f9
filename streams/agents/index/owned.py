"""A shard with what only its owner may use."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from streams.agents.index.logs import OUTPUTS
from streams.client import Producer, send_transaction
from streams.settings import Settings
from streams.shards import Shard
from streams.snapshots import Place
from streams.wire.moderation import Applied
from streams.wire.record import Outgoing
from streams.wire.topics import Topic


@dataclass(slots=True)
class OwnedShard:
    """A shard with one lock around apply, judge, emit, remember.

    Attributes:
        proven: Next offsets of both inputs that are known to be durable.
        outputs: Next offset of each output by what this owner itself folded or wrote: what a successor wrote after it
            is above, whatever the log's end.
        sound: Whether no step is under way, or failed: only then may the shard be cut.
    """

    shard: Shard
    producer: Producer
    proven: Applied
    outputs: dict[Topic, int]
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    untidy: asyncio.Event = field(default_factory=asyncio.Event)
    sound: bool = True
    sweeper: asyncio.Task[None] | None = None
    keeper: asyncio.Task[None] | None = None
    upkeep: asyncio.Task[None] | None = None

    def rouse(self) -> None:
        """Let the sweeper and the upkeep look for work."""
        self.wake.set()
        self.untidy.set()

    @asynccontextmanager
    async def step(self) -> AsyncIterator[None]:
        """Hold the lock while the shard judges and what it emits is sent; a step that fails leaves it unsound."""
        async with self.lock:  # fair: a batch that waits for it comes between two slices of a sweep
            sound, self.sound = self.sound, False
            yield
            self.sound = sound

    async def emit(self, settings: Settings, records: Sequence[Outgoing]) -> None:
        """Send what a step emits in one transaction, inside the step.

        Raises:
            DeliveryError: see `send_transaction`.
        """
        for (topic, _), end in (await send_transaction(self.producer, settings, records)).items():
            if topic in OUTPUTS:
                self.outputs[topic] = max(self.outputs.get(topic, 0), end)
        if any(record.topic in OUTPUTS for record in records):  # a restore reads the progress that they bear
            self.proven = self.shard.applied

    def place(self) -> Place:
        """Return where in the logs a cut of now is made."""
        return Place(proven=self.proven, outputs=dict(self.outputs))

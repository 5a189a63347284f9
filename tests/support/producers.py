"""A producer that keeps what it was sent, for tests without a broker."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from streams.wire.dead_letter import Header
from streams.wire.record import Outgoing
from streams.wire.topics import short_name


@dataclass(frozen=True)
class Delivered:
    """Where a record is said to have gone."""

    partition: int
    offset: int


class RecordingProducer:
    """Delivers at once, or never, or fails.

    Args:
        prefix: Of the installation.
        hangs: Deliveries never come.
        error: Deliveries fail with it.
    """

    def __init__(self, prefix: str = "ebr", *, hangs: bool = False, error: Exception | None = None) -> None:
        self.delivered: list[Outgoing] = []
        self.acts: list[str] = []
        self._prefix, self._hangs, self._error = prefix, hangs, error

    async def start(self) -> None:
        """Note it."""
        self.acts.append("start")

    async def stop(self) -> None:
        """Note it."""
        self.acts.append("stop")

    async def send(
        self,
        topic: str,
        value: bytes | None = None,
        key: bytes | None = None,
        partition: int | None = None,
        timestamp_ms: int | None = None,
        headers: Sequence[Header] | None = None,
    ) -> asyncio.Future[Delivered]:
        """Return a future that is done, hangs or fails."""
        self.acts.append("send")
        future: asyncio.Future[Delivered] = asyncio.get_running_loop().create_future()
        if self._error is not None:
            future.set_exception(self._error)
        elif not self._hangs:
            assert key is not None
            assert value is not None
            self.delivered.append(
                Outgoing(
                    topic=short_name(self._prefix, topic),
                    key=key,
                    value=value,
                    partition=partition,
                    headers=tuple(headers or ()),
                )
            )
            future.set_result(Delivered(partition or 0, len(self.delivered) - 1))
        return future

    async def begin_transaction(self) -> None:
        """Note it."""
        self.acts.append("begin")

    async def commit_transaction(self) -> None:
        """Note it."""
        self.acts.append("commit")

    async def abort_transaction(self) -> None:
        """Note it."""
        self.acts.append("abort")

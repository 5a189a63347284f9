"""The Faust app of one role: our shell for consuming, batching, rebalancing."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import faust
from faust.auth import Credentials
from faust.types import TP

from streams.agents.program import Program, Revocable
from streams.agents.stage import Stage, Tools, end_process, or_end
from streams.assignment import check_copartitioned, check_gaps, check_partition_counts
from streams.client import group_name, named_failures, sasl_password, ssl_context
from streams.errors import StreamsError
from streams.logs import get_logger
from streams.settings import KafkaSettings, Settings
from streams.wire.topics import Topic, full_name, short_name

# Longer than any rebalance or session, or the client would give up a join that the broker is about to answer.
_REQUEST_GRACE_SECONDS = 10.0
# Batches that wait in memory behind the one in hand; a message of samples may have megabytes.
_BATCHES_AHEAD = 4

_log = get_logger("app")


def credentials(kafka: KafkaSettings) -> Credentials | None:
    """Return how Faust signs in; None for plain text.

    Raises:
        SettingsError: a file that the settings name cannot be used.
    """
    context = ssl_context(kafka)
    if kafka.security_protocol.startswith("SASL"):
        return faust.SASLCredentials(
            username=kafka.sasl_username,
            password=sasl_password(kafka),
            ssl_context=context,
            mechanism=kafka.sasl_mechanism,
        )
    return faust.SSLCredentials(context) if context is not None else None


def create_app(settings: Settings, program: Program) -> faust.App:
    """Return a Faust app for a role, without agents; the settings are those that were tried (ARCHITECTURE.md).

    Must be called where the event loop runs.
    """
    kafka = settings.kafka
    buffered = max(32, _BATCHES_AHEAD * program.batch_records)
    return faust.App(
        group_name(kafka, program.role),
        broker=[f"kafka://{server.strip()}" for server in kafka.bootstrap_servers.split(",")],
        broker_credentials=credentials(kafka),
        datadir=str(settings.worker.data_folder / group_name(kafka, program.role) / "faust"),
        store="memory://",
        processing_guarantee="at_least_once",
        key_serializer="raw",
        value_serializer="raw",
        consumer_auto_offset_reset="earliest",
        broker_commit_interval=1.0,
        broker_session_timeout=kafka.session_timeout_seconds,
        broker_heartbeat_interval=max(0.5, min(3.0, kafka.session_timeout_seconds / 3)),
        broker_rebalance_timeout=kafka.rebalance_timeout_seconds,
        broker_request_timeout=max(kafka.rebalance_timeout_seconds, kafka.session_timeout_seconds)
        + _REQUEST_GRACE_SECONDS,
        broker_max_poll_interval=1_800.0,
        broker_max_poll_records=min(256, buffered),
        stream_buffer_maxsize=buffered,
        stream_wait_empty=True,
        # Without a standby Faust takes the round-robin assignor, which tears the two inputs of a shard apart.
        table_standby_replicas=1,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        worker_redirect_stdouts=False,
    )


class Consumption:
    """One role at work: its Faust app with a stage on each input, restored at each rebalance.

    Args:
        program: The role.
        tools: What its stage works with.
        on_ready: Told when partitions are restored, each time.
    """

    def __init__(self, program: Program, tools: Tools, on_ready: Callable[[], None]) -> None:
        self._program, self._tools, self._on_ready = program, tools, on_ready
        self._settings, self._prefix = tools.settings, tools.settings.kafka.prefix
        self._stage = Stage(program, tools)
        self._restoring = asyncio.Lock()
        self._starts: dict[tuple[Topic, int], int] = {}
        self._stopping = False
        self._app = create_app(self._settings, program)
        for topic in program.inputs:
            source = self._app.topic(full_name(self._prefix, topic), key_serializer="raw", value_serializer="raw")
            agent = self._app.agent(source, name=f"{program.role}-{topic}", concurrency=1)
            agent(self._stage.run)  # type: ignore[arg-type] # Stream names the part of Faust's that we use
        self._app.on_partitions_revoked.connect(self._revoked, weak=False)
        self._app.on_rebalance_complete.connect(self._rebalanced, weak=False)

    async def start(self) -> None:
        """Join the group; return when Faust has started."""
        with named_failures():
            await self._app.start()

    async def stop(self) -> None:
        """Finish what is in hand, commit, leave the group."""
        self._stopping = True
        await self._app.stop()

    @property
    def rebalancing(self) -> bool:
        """Whether partitions are being dealt out or restored."""
        return bool(self._app.rebalancing)

    def check(self) -> None:
        """End the process if Faust has crashed, which by itself leaves it alive without work."""
        if self._app.crashed and not self._app.should_stop:
            reason = self._app.crash_reason or RuntimeError("Faust crashed")
            end_process(reason, self._tools.journal, role=self._program.role)

    async def lags(self, ends: Mapping[tuple[Topic, int], int]) -> dict[tuple[Topic, int], int]:
        """Return how many offsets of each owned partition are not done.

        Args:
            ends: Last stable ends of the inputs.

        Raises:
            ClusterError: the consumer no longer owns what it was given.
        """
        lags = {}
        for (topic, partition), start in self._starts.items():
            done = max(start, self._stage.next_offset(topic, partition))
            lag = max(0, ends.get((topic, partition), 0) - done)
            lags[topic, partition] = 0 if lag and await self._only_markers(topic, partition, done + lag) else lag
        return lags

    async def _only_markers(self, topic: Topic, partition: int, end: int) -> bool:
        """Return whether nothing but the marks of transactions, which are never delivered to us, is before an end."""
        consumer: Any = self._app.consumer
        where = TP(full_name(self._prefix, topic), partition)
        if any(message.tp == where for message in consumer.unacked):
            return False
        with named_failures():
            return (await consumer.position(where) or 0) >= end

    async def _revoked(self, *_: Any, **__: Any) -> None:
        """Tell a program that asks for it; what was in hand is done by now."""
        if isinstance(self._program, Revocable):
            await or_end(self._program.revoked(), self._tools.journal, role=self._program.role, during="revoke")

    async def _rebalanced(self, *_: Any, **__: Any) -> None:
        """Check, then restore what is now owned; heartbeats go on meanwhile, streams are paused.

        Faust would log an exception and go on with partitions that are not restored.
        """
        async with self._restoring:
            await or_end(self._restore_unless_stopped(), self._tools.journal, role=self._program.role)
            if self._stopping:
                raise asyncio.CancelledError  # what is not restored must not be worked on

    async def _restore_unless_stopped(self) -> None:
        """Restore; a wish to stop may cut it short, which is no fault: nothing was taken yet."""
        try:
            await self._restore_unless_overtaken()
        except (asyncio.CancelledError, StreamsError):
            if not self._stopping:
                raise

    async def _restore_unless_overtaken(self) -> None:
        """Restore; a failure because partitions were dealt out anew meanwhile is mended by the next restore."""
        owned = self._owned()
        try:
            await self._restore(owned)
        except StreamsError as error:
            if self._owned() == owned:
                raise
            _log.warning("restore overtaken by a rebalance", role=self._program.role, error=str(error))

    def _owned(self) -> frozenset[TP]:
        """Return what this worker was given of the topics of its installation."""
        return frozenset(w for w in self._app.consumer.assignment() if w.topic.startswith(f"{self._prefix}."))

    async def _restore(self, owned: frozenset[TP]) -> None:
        began, program = time.perf_counter(), self._program
        consumer: Any = self._app.consumer
        assigned = {
            topic: sorted(w.partition for w in owned if w.topic == full_name(self._prefix, topic))
            for topic in program.inputs
        }
        with named_failures():
            found = await consumer.seek_to_committed()
        committed = {
            (short_name(self._prefix, where.topic), where.partition): offset
            for where, offset in found.items()
            if where in owned and offset is not None and offset >= 0
        }
        await check_partition_counts(self._settings)
        check_copartitioned(self._settings, assigned)
        offsets = await check_gaps(self._settings, program.role, assigned, committed, self._tools.producer)
        self._tools.journal.collect()
        self._tools.watchdog.beat()
        await program.assigned(assigned, offsets)
        self._starts = offsets
        seconds = time.perf_counter() - began
        self._tools.metrics.restored(seconds)
        _log.info(
            "assigned",
            role=program.role,
            partitions={t.value: p for t, p in assigned.items()},
            seconds=round(seconds, 3),
        )
        self._on_ready()

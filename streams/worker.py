"""The life of one worker process: build, serve, stop."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from streams.agents.program import Program
from streams.agents.stage import Tools, end_process
from streams.app import Consumption
from streams.assignment import check_partition_counts
from streams.bootstrap import Lines, build_program
from streams.client import group_name, log_ranges, make_producer, start_producer
from streams.errors import ClusterError, StreamsError
from streams.journal import Journal
from streams.kill_points import KillPoint
from streams.logs import configure, get_logger
from streams.metrics import Metrics
from streams.offload import offload
from streams.probes import Probes
from streams.ready_file import ReadyProcess, write_ready_file
from streams.settings import Settings
from streams.watchdog import Limits, Watchdog
from streams.wire.topics import Topic

# How often the watchdog hears of the lag; well under the shortest stall that makes sense.
_REPORT_SECONDS = 5.0
# A second is soon enough to notice that Faust has crashed.
_CHECK_SECONDS = 1.0
# SIGTERM to exit is 10 s at most; what is in hand then is delivered again.
_STOP_SECONDS = 8.0

# A decoding process has up to two videos in hand, a thread each; the rest is for searching, encoding and names.
_THREADS_A_DECODER = 4
_SPARE_THREADS = 8

Build = Callable[[str, Settings, Lines], Program]

_log = get_logger("worker")


def run_worker(role: str, settings: Settings, ready_file: Path | None = None, build: Build = build_program) -> int:
    """Run one role until SIGTERM or SIGINT.

    Args:
        role: One of `bootstrap.ROLES`.
        settings: Of this installation.
        ready_file: Appears when the worker is ready: JSON `{role: {pid, port}}`.
        build: Makes the program of a role.

    Returns:
        The exit status: 0 after a wish to stop.

    Raises:
        StreamsError: it could not start.
    """
    configure(settings.log.level, settings.log.format)
    if ready_file is not None:
        ready_file.unlink(missing_ok=True)
    return asyncio.run(_Worker(role, settings, ready_file).run(build))


class _Worker:
    def __init__(self, role: str, settings: Settings, ready_file: Path | None) -> None:
        kafka, worker = settings.kafka, settings.worker
        self._role, self._settings, self._ready_file = role, settings, ready_file
        self._metrics = Metrics(kafka.prefix, role)
        self._watchdog = Watchdog(
            Limits(
                ready_seconds=worker.ready_timeout_seconds,
                stall_seconds=worker.stall_timeout_seconds,
                rebalance_seconds=kafka.rebalance_timeout_seconds + worker.stall_timeout_seconds,
            )
        )
        self._journal = Journal(worker.data_folder / group_name(kafka, role) / "journal")
        self._closing = ExitStack()
        self._ready = False
        self._cluster_away: str | None = None
        self._stopping = asyncio.Event()
        self._port = 0
        self._probes = Probes(self._unready, self._watchdog.alarm, self._metrics.exposition)

    async def run(self, build: Build) -> int:
        """Serve until told to stop."""
        with self._closing:
            return await self._run(build)

    async def _run(self, build: Build) -> int:
        self._watchdog.start()
        self._listen_to_signals()
        threads = _SPARE_THREADS + _THREADS_A_DECODER * self._settings.media.workers
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(threads, "offload"))
        self._port = await self._probes.start(self._settings.worker.http_host, self._settings.worker.http_port)
        _log.info("worker started", role=self._role, pid=os.getpid(), port=self._port)
        # Faust would wait for ever for a topic that is not there, or crash with a riddle.
        await check_partition_counts(self._settings)
        program = build(self._role, self._settings, self._lines())
        producer = make_producer(self._settings)
        await start_producer(producer, self._settings)
        await program.start()
        tools = Tools(
            settings=self._settings,
            producer=producer,
            journal=self._journal,
            metrics=self._metrics,
            watchdog=self._watchdog,
            kill_point=KillPoint(self._settings.test.kill_point, self._settings.test.kill_after, self._role),
        )
        consumption = Consumption(program, tools, self._on_ready)
        await self._serve(consumption, program)
        await _stop("program", program.stop())
        await _stop("borrowed", offload(self._closing.close))
        await _stop("producer", producer.stop())
        await self._probes.stop()
        self._journal.close()
        _log.info("worker stopped", role=self._role)
        return 0

    async def _serve(self, consumption: Consumption, program: Program) -> None:
        """Consume until told to stop; a fault of Faust or of the start ends the process."""
        starting = asyncio.create_task(consumption.start())
        reporting = asyncio.create_task(self._report(consumption, program.inputs))
        stopping = asyncio.create_task(self._stopping.wait())
        while not self._stopping.is_set():
            await asyncio.wait({stopping}, timeout=_CHECK_SECONDS)
            consumption.check()
            for task in (starting, reporting):
                if task.done() and (error := task.exception()) is not None:
                    end_process(error, self._journal, role=self._role)
        _log.info("worker stopping", role=self._role)
        self._ready = False
        self._metrics.ready(value=False)
        reporting.cancel()
        await _stop("consumption", consumption.stop())

    async def _report(self, consumption: Consumption, inputs: Sequence[Topic]) -> None:
        """Tell the watchdog again and again how many records wait."""
        lag = 0
        while True:
            await asyncio.sleep(_REPORT_SECONDS)
            if self._ready and not consumption.rebalancing:
                try:
                    ends = {
                        (topic, p): end
                        for topic in inputs
                        for p, (_, end) in (await log_ranges(self._settings, topic)).items()
                    }
                    lags = await consumption.lags(ends)
                except ClusterError as error:
                    self._cluster_away = str(error)
                    _log.warning("lag unknown", role=self._role, error=str(error))
                else:
                    self._cluster_away = None
                    lag = sum(lags.values())
                    for (topic, partition), records in lags.items():
                        self._metrics.lag(topic, partition, records)
            self._watchdog.report(lag, rebalancing=consumption.rebalancing)

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop_soon)

    def _stop_soon(self) -> None:
        self._watchdog.stopping()
        self._stopping.set()

    def _lines(self) -> Lines:
        return Lines(
            beat=self._watchdog.beat,
            fail=lambda error: end_process(error, self._journal, role=self._role),
            now=lambda: datetime.now(UTC),
            metrics=self._metrics,
            closing=self._closing,
        )

    def _unready(self) -> str | None:
        return (self._watchdog.alarm() or self._cluster_away) if self._ready else "not ready"

    def _on_ready(self) -> None:
        self._watchdog.ready()
        self._metrics.ready(value=True)
        if not self._ready:
            self._ready = True
            _log.info("worker ready", role=self._role, pid=os.getpid(), port=self._port)
            if self._ready_file is not None:
                write_ready_file(self._ready_file, {self._role: ReadyProcess(pid=os.getpid(), port=self._port)})


async def _stop(what: str, work: Awaitable[None]) -> None:
    """Await a part's end for a bounded time; what it had in hand is delivered again to others."""
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await work
    except (TimeoutError, StreamsError) as error:
        _log.warning("not stopped in time", part=what, error=repr(error))

"""Workers as child processes: for a demo all roles, for a measurement those that it needs."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from streams.demo.errors import DemoFailed
from streams.settings import Settings, environment_with

T = TypeVar("T")

_READY_SECONDS = 180.0
# The supervisor itself gives its children 15 s.
_STOP_SECONDS = 30.0
_POLL_SECONDS = 0.2
_CHECK_SECONDS = 1.0
_LOG_LINES = 20


class Workers:
    """One role or all of them, started.

    Attributes:
        ready_file: Tells their ports once they are ready.
        log: What they write.
    """

    def __init__(self, process: subprocess.Popen[bytes], ready_file: Path, log: Path) -> None:
        self._process, self.ready_file, self.log = process, ready_file, log

    async def wait_ready(self) -> None:
        """Return when every role is ready.

        Raises:
            DemoFailed: they ended, or are not ready in time; the message holds the end of their log.
        """
        try:
            async with asyncio.timeout(_READY_SECONDS):
                while not self.ready_file.exists():
                    self.check()
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError as error:
            raise DemoFailed(f"the workers were not ready within {_READY_SECONDS:g} s\n{self._tail()}") from error

    def check(self) -> None:
        """Return if they run.

        Raises:
            DemoFailed: they ended; the message holds the end of their log.
        """
        status = self._process.poll()
        if status is not None:
            raise DemoFailed(f"the workers ended with exit status {status}\n{self._tail()}")

    def stop(self) -> None:
        """End them cleanly, or by force when that takes too long; what runs no more is left alone."""
        if self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _tail(self) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:])


@contextmanager
def running_workers(settings: Settings, roots: Sequence[Path], folder: Path, role: str = "all") -> Iterator[Workers]:
    """Start every role, or one; end them all when the context ends.

    Args:
        settings: Where the topics are.
        roots: Folders that the workers may read media from.
        folder: For their data, ready file and log.
        role: As in `ebr worker --role`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ready_file, log = folder / "ready.json", folder / "workers.log"
    ready_file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "streams.cli.main", "worker", "--role", role, "--ready-file", str(ready_file)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=environment_with(_variables(settings, roots, folder)),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the demo alone, which ends the workers when it has to
        )
    workers = Workers(process, ready_file, log)
    try:
        yield workers
    finally:
        workers.stop()


async def while_running(work: Coroutine[Any, Any, T], some: Sequence[Workers]) -> T:
    """Await work, but only as long as there are workers to do it.

    Raises:
        DemoFailed: some of them ended.
    """
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            for workers in some:
                workers.check()
            await asyncio.wait({task}, timeout=_CHECK_SECONDS)
        return task.result()
    finally:
        task.cancel()


def where_variables(settings: Settings) -> dict[str, str]:
    """Return the variables that lead a child process to the topics and the suite of some settings."""
    return {
        "EBR_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "EBR_KAFKA__PREFIX": settings.kafka.prefix,
        "EBR_KAFKA__PARTITIONS": str(settings.kafka.partitions),
        "EBR_ENCODERS__SUITE": settings.encoders.suite,
    }


def _variables(settings: Settings, roots: Sequence[Path], folder: Path) -> dict[str, str]:
    """Return what the workers must know beside the environment that was given."""
    listed = json.dumps([str(root.resolve()) for root in [*settings.media.allowed_roots, *roots]])
    return where_variables(settings) | {
        "EBR_MEDIA__ALLOWED_ROOTS": listed,
        "EBR_WORKER__DATA_FOLDER": str((folder / "data").resolve()),
        "EBR_WORKER__HTTP_PORT": "0",
        "EBR_LOG__FORMAT": "json",
    }

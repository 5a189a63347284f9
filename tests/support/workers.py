"""Workers as processes that a test may kill, pause, restart."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from streams.settings import KafkaSettings

# A worker that is not ready by then hangs; on two busy cores a start takes some 5 s.
_READY_SECONDS = 90.0


def worker_environment(kafka: KafkaSettings, **more: str) -> dict[str, str]:
    """Return the `EBR_*` variables of workers of an installation; `more` as `GROUP__FIELD`."""
    return {
        "EBR_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "EBR_KAFKA__PREFIX": kafka.prefix,
        "EBR_KAFKA__PARTITIONS": str(kafka.partitions),
        "EBR_KAFKA__SESSION_TIMEOUT_SECONDS": f"{kafka.session_timeout_seconds:g}",
    } | {f"EBR_{name}": value for name, value in more.items()}


class WorkerProcess:
    """One `ebr worker`, started anew after each end.

    Args:
        role: As in `ebr worker --role`.
        environment: `EBR_*` variables.
        folder: For its data, ready file and log.
    """

    def __init__(self, role: str, environment: dict[str, str], folder: Path) -> None:
        self.role, self._folder = role, folder
        folder.mkdir(parents=True, exist_ok=True)
        self._environment = {k: v for k, v in os.environ.items() if not k.startswith("EBR_")} | environment
        self._environment["EBR_WORKER__DATA_FOLDER"] = str(folder / "data")
        self._environment.setdefault("EBR_LOG__FORMAT", "json")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it by force."""
        self.kill()

    @property
    def ready_file(self) -> Path:
        """The file that appears when it is ready."""
        return self._folder / "ready.json"

    @property
    def log(self) -> Path:
        """What it wrote, over all its starts."""
        return self._folder / "worker.log"

    def start(self) -> None:
        """Start a process, unless one runs."""
        if self._process is not None and self._process.poll() is None:
            return
        self.ready_file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "streams.cli.main", "worker", "--role", self.role]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--ready-file", str(self.ready_file)],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_ready(self) -> None:
        """Wait until the ready file is there, starting it again if it ended."""
        deadline = time.monotonic() + _READY_SECONDS
        while not self.ready_file.exists():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.role} was not ready in {_READY_SECONDS:g} s:\n{self.tail()}")
            self.start()
            time.sleep(0.1)

    def kill(self) -> None:
        """End it as a power cut would, its children with it."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(30)

    def terminate(self) -> int:
        """Ask it to end; return its exit status."""
        self._signal(signal.SIGTERM)
        assert self._process is not None
        return self._process.wait(60)

    def pause(self) -> None:
        """Stop it where it is."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def tail(self, lines: int = 30) -> str:
        """Return the end of its log."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def events(self, name: str) -> list[dict[str, object]]:
        """Return the JSON log lines whose event is `name`."""
        found = []
        for line in self.log.read_text(errors="replace").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and entry.get("event") == name:
                found.append(entry)
        return found

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, number)


@contextlib.contextmanager
def started_workers(roles: Sequence[str], environment: dict[str, str], folder: Path) -> Iterator[list[WorkerProcess]]:
    """Yield a started worker a role, in this order, each in a folder of its own; end them by force."""
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(WorkerProcess(role, environment, folder / f"{role}-{number}"))
            for number, role in enumerate(roles)
        ]


@contextlib.asynccontextmanager
async def kept_alive(workers: Sequence[WorkerProcess]) -> AsyncIterator[None]:
    """Do what a supervisor does meanwhile: start again what ended."""

    async def keep() -> None:
        while True:
            for worker in workers:
                worker.start()
            await asyncio.sleep(1)

    keeping = asyncio.create_task(keep())
    try:
        yield
    finally:
        keeping.cancel()


def wait_until(done: Callable[[], bool], *workers: WorkerProcess, seconds: float = 90.0) -> None:
    """Wait until something is so; fail after so many seconds with what workers wrote last."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "\n".join([f"not within {seconds:g} s", *(one.tail() for one in workers)])
        time.sleep(0.2)

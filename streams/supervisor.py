"""One child process a role, started again when it ends."""

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from streams.bootstrap import ROLES
from streams.logs import configure, get_logger
from streams.ready_file import ReadyProcess, read_ready_file, write_ready_file
from streams.settings import Settings, environment_with

# First wait before a restart, longest wait; a child that lived for a minute starts from the first again.
_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 30.0
_HEALTHY_SECONDS = 60.0
# A role that never became ready in so many starts, some 8 minutes, will not by more of them; its log says why. A broker
# that is away for a while must not end everything.
_MAX_FAILED_STARTS = 20
# A worker stops within 10 s; what is left after this is killed.
_STOP_SECONDS = 15.0
_POLL_SECONDS = 0.1

_PR_SET_PDEATHSIG = 1  # linux/prctl.h

# Role, ready file -> the words of the command.
Command = Callable[[str, Path], Sequence[str]]

_log = get_logger("supervisor")


def run_all(settings: Settings, ready_file: Path | None = None) -> int:
    """Run every role until SIGTERM or SIGINT, a child process each.

    Args:
        settings: As the environment says, which the children read themselves.
        ready_file: Appears when all roles are ready: JSON `{role: {pid, port}}`.

    Returns:
        The exit status: 0 after a wish to stop, 1 if a role would not start.
    """
    configure(settings.log.level, settings.log.format)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with tempfile.TemporaryDirectory(prefix="ebr-ready-") as folder:
        supervisor = Supervisor(ROLES, Path(folder), worker_command, ready_file, settings.worker.http_port)
        return supervisor.run(stop)


def worker_command(role: str, ready_file: Path) -> Sequence[str]:
    """Return the words that start a worker of a role."""
    return [sys.executable, "-m", "streams.cli.main", "worker", "--role", role, "--ready-file", str(ready_file)]


@dataclass
class _Child:
    """One role, between its starts."""

    role: str
    ready_file: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    start_at: float = 0.0
    failed_starts: int = 0
    wait_seconds: float = _FIRST_WAIT_SECONDS
    ready: dict[str, ReadyProcess] = field(default_factory=dict)


class Supervisor:
    """Keeps one child a role alive.

    Args:
        roles: What is run.
        folder: For the ready files of the children.
        command: Starts one.
        ready_file: Written when all are ready, again when one is ready again; None for none.
        http_port: Of the first role's probes, the next ones counting up; 0 lets each take a free one.
    """

    def __init__(
        self, roles: Sequence[str], folder: Path, command: Command, ready_file: Path | None, http_port: int = 0
    ) -> None:
        self._children = [_Child(role, folder / f"{role}.json") for role in roles]
        self._command, self._ready_file, self._http_port = command, ready_file, http_port

    def run(self, stop: threading.Event) -> int:
        """Run until `stop` is set; return the exit status."""
        if self._ready_file is not None:
            self._ready_file.unlink(missing_ok=True)
        try:
            while not stop.wait(_POLL_SECONDS):
                for child in self._children:
                    self._tend(child)
                    if child.failed_starts >= _MAX_FAILED_STARTS:
                        _log.error("role will not start", role=child.role, starts=child.failed_starts)
                        return 1
            return 0
        finally:
            self._stop()

    def _tend(self, child: _Child) -> None:
        if child.process is None:
            if time.monotonic() >= child.start_at:
                self._start(child)
        elif (status := child.process.poll()) is not None:
            self._ended(child, status)
        elif not child.ready and (ready := read_ready_file(child.ready_file)):
            child.ready, child.failed_starts = ready, 0
            self._announce()

    def _start(self, child: _Child) -> None:
        child.ready_file.unlink(missing_ok=True)
        child.ready, child.started = {}, time.monotonic()
        port = self._http_port and self._http_port + self._children.index(child)
        child.process = subprocess.Popen(
            self._command(child.role, child.ready_file),
            env=environment_with({"EBR_WORKER__HTTP_PORT": str(port)}),
            preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509 - this process has one thread
        )
        _log.info("role started", role=child.role, pid=child.process.pid)

    def _ended(self, child: _Child, status: int) -> None:
        if time.monotonic() - child.started >= _HEALTHY_SECONDS:
            child.wait_seconds = _FIRST_WAIT_SECONDS
        child.failed_starts += not child.ready
        if self._ready_file is not None:
            self._ready_file.unlink(missing_ok=True)  # it comes back when all are ready again
        child.process, child.start_at = None, time.monotonic() + child.wait_seconds
        _log.warning("role ended", role=child.role, exit_status=status, restart_in_seconds=child.wait_seconds)
        child.wait_seconds = min(_LONGEST_WAIT_SECONDS, child.wait_seconds * 2)

    def _announce(self) -> None:
        if self._ready_file is not None and all(child.ready for child in self._children):
            write_ready_file(self._ready_file, {role: p for child in self._children for role, p in child.ready.items()})
            _log.info("all roles ready", roles=[child.role for child in self._children])

    def _stop(self) -> None:
        """Ask all children to stop; kill those that do not."""
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + _STOP_SECONDS
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                _log.warning("role killed", pid=process.pid)
        if self._ready_file is not None:
            self._ready_file.unlink(missing_ok=True)


def _die_with(parent: int) -> Callable[[], None] | None:
    """Return what a child does first, so that it ends when its supervisor is killed; None where Linux is not."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def set_death_signal() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return set_death_signal

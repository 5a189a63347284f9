"""A detached process that is known again later, though its number may have been given to another."""

import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

# How often a wait looks again.
POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """What tells one process from any other that bears its number later.

    Attributes:
        pid: Its number.
        started: Its start in clock ticks since boot (field 22 of /proc/PID/stat, see proc(5)).
        boot: The kernel's id of the boot.
    """

    pid: int
    started: int
    boot: str

    def is_running(self) -> bool:
        """Return whether this very process still runs; one that has ended and waits to be collected does not."""
        _collect(self.pid)
        return mark_of(self.pid) == self

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; nothing happens when it is gone."""
        if self.is_running():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:  # it ended in between
                return

    def wait(self, timeout_seconds: float) -> bool:
        """Return whether it ended within the time."""
        deadline = time.monotonic() + timeout_seconds
        while self.is_running():
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def write(self, file: Path) -> None:
        """Keep the mark in a file, which appears whole or not at all."""
        partial = file.with_name(f"{file.name}.partial")
        partial.write_text(json.dumps(asdict(self)))
        partial.replace(file)


def mark_of(pid: int) -> ProcessMark | None:
    """Return the mark of a process that runs now; None when there is none, or it has ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    state, *fields = stat.rpartition(")")[2].split()  # the name before it may hold blanks and brackets
    return None if state in "ZX" else ProcessMark(pid, int(fields[18]), boot)


def read_mark(file: Path) -> ProcessMark | None:
    """Return the mark kept in a file; None when there is none or it cannot be read."""
    try:
        return ProcessMark(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def spawn_detached(command: list[str], output: Path) -> int:
    """Start a process in a session of its own, so that it outlives its parent and the terminal; return its number.

    It inherits no environment and no open file. Its standard input is empty.

    Args:
        command: The program, as an absolute path, with its arguments.
        output: File that standard output and errors are appended to.
    """
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    return os.posix_spawn(
        command[0],
        command,
        {"LANG": "C.UTF-8"},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(output), append, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
        setsigdef=[signal.SIGPIPE, signal.SIGINT, signal.SIGHUP],
        setsigmask=[],
    )


def _collect(pid: int) -> None:
    """Take the exit status of an ended child of ours, which else stays as a zombie."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:  # another's child: init takes it
        return

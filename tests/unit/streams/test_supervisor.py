"""A child a role, started again when it ends; all gone when the supervisor is."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import structlog

from streams import supervisor as supervisor_module
from streams.supervisor import Supervisor, worker_command

# Says that it is ready, then waits for SIGTERM. Its first life ends by itself if told so.
_CHILD = """
import json, os, sys, time
from pathlib import Path
role, ready, mode, marks = sys.argv[1], Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4])
first = not (marks / role).exists()
(marks / role).touch()
if mode == "fails":
    sys.exit(3)
fresh = ready.with_suffix(".new")
fresh.write_text(json.dumps({role: {"pid": os.getpid(), "port": int(os.environ["EBR_WORKER__HTTP_PORT"])}}))
fresh.replace(ready)
if mode == "ends-once" and first:
    sys.exit(9)
time.sleep(600)
"""


class _Run:
    """A supervisor in a thread of the test."""

    def __init__(self, folder: Path, modes: dict[str, str], http_port: int = 0) -> None:
        def command(role: str, ready_file: Path) -> Sequence[str]:
            return [sys.executable, "-c", _CHILD, role, str(ready_file), modes[role], str(folder)]

        self.ready_file = folder / "all-ready.json"
        self.status: int | None = None
        self.stop = threading.Event()
        self._supervisor = Supervisor(tuple(modes), folder, command, self.ready_file, http_port)
        self._thread = threading.Thread(target=self._go)
        self._thread.start()

    def _go(self) -> None:
        self.status = self._supervisor.run(self.stop)

    def ready(self) -> str:
        """Wait for the ready file; return what it holds."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.ready_file.exists():
                return self.ready_file.read_text()
            time.sleep(0.02)
        raise TimeoutError("the supervisor was not ready")

    def join(self) -> int | None:
        """Wait for the end."""
        self._thread.join(60)
        return self.status


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less between restarts."""
    monkeypatch.setattr(supervisor_module, "_FIRST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(supervisor_module, "_LONGEST_WAIT_SECONDS", 0.05)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_ready_file_appears_when_all_are_ready_with_process_and_port_of_each(tmp_path: Path) -> None:
    """A script waits for it, then asks the probes."""
    run = _Run(tmp_path, {"decode": "runs", "index": "runs"}, http_port=9_000)
    found = json.loads(run.ready())
    run.stop.set()

    assert run.join() == 0
    assert {role: process["port"] for role, process in found.items()} == {"decode": 9_000, "index": 9_001}
    assert not any(_alive(process["pid"]) for process in found.values())
    assert not run.ready_file.exists()


def test_a_child_that_ends_is_started_again_and_told_of(tmp_path: Path) -> None:
    """With its exit status, so that an operator can look it up."""
    with structlog.testing.capture_logs() as lines:
        run = _Run(tmp_path, {"decode": "runs", "index": "ends-once"})
        while [line["role"] for line in lines if line["event"] == "role started"].count("index") < 2:
            time.sleep(0.02)
        run.ready()
        run.stop.set()
        assert run.join() == 0

    ended = next(line for line in lines if line["event"] == "role ended")
    assert (ended["role"], ended["exit_status"]) == ("index", 9)


def test_a_role_that_never_starts_ends_the_supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong setting must not be tried for ever behind a script that waits."""
    monkeypatch.setattr("streams.supervisor._MAX_FAILED_STARTS", 3)
    run = _Run(tmp_path, {"decode": "runs", "index": "fails"})

    assert run.join() == 1


def test_children_end_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    """Nobody is left to stop them."""
    code = f"""
import sys, threading
from pathlib import Path
from streams.supervisor import Supervisor
child = {_CHILD!r}
folder = Path(sys.argv[1])
command = lambda role, ready: [sys.executable, "-c", child, role, str(ready), "runs", str(folder)]
Supervisor(("decode",), folder, command, folder / "all-ready.json").run(threading.Event())
"""
    parent = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)])
    ready_file = tmp_path / "all-ready.json"
    while not ready_file.exists():
        assert parent.poll() is None
        time.sleep(0.02)
    pid = json.loads(ready_file.read_text())["decode"]["pid"]

    parent.send_signal(signal.SIGKILL)
    parent.wait(60)

    deadline = time.monotonic() + 60
    while _alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _alive(pid)


def test_a_worker_is_started_by_the_command_that_a_person_would_type(tmp_path: Path) -> None:
    """The same door, the same checks."""
    words = worker_command("index", tmp_path / "r.json")

    assert list(words[1:]) == [
        "-m",
        "streams.cli.main",
        "worker",
        "--role",
        "index",
        "--ready-file",
        str(tmp_path / "r.json"),
    ]

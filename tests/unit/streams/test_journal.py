"""A message that ends worker processes is found, wherever the next worker runs on this machine."""

import subprocess
import sys
from pathlib import Path

from streams.journal import Journal

MESSAGE = ("ebr.video-events", 2, 41)
OTHER = ("ebr.video-events", 0, 7)

_DIE = """
import os, signal, sys
from pathlib import Path
from streams.journal import Journal
journal = Journal(Path(sys.argv[1]))
journal.enter("video-events", [("ebr.video-events", 2, 41), ("ebr.video-events", 0, 7)])
if sys.argv[2] == "forgiven":
    journal.forgive()
if sys.argv[2] == "done":
    journal.leave("video-events")
os.kill(os.getpid(), signal.SIGKILL)
"""


def _die(folder: Path, how: str = "in hand") -> None:
    """Let a process die with two messages in hand."""
    subprocess.run([sys.executable, "-c", _DIE, str(folder), how], check=False, timeout=60)


def test_what_a_killed_process_had_in_hand_is_counted(tmp_path: Path) -> None:
    """Nothing is synced, but the page cache survives the process."""
    _die(tmp_path)
    _die(tmp_path)

    journal = Journal(tmp_path)

    assert journal.endings(MESSAGE) == 2
    assert journal.endings(("ebr.video-events", 2, 42)) == 0


def test_a_message_that_is_done_after_all_is_no_longer_suspect(tmp_path: Path) -> None:
    """Of a batch of 64 in hand at a kill, 63 are innocent."""
    _die(tmp_path)
    journal = Journal(tmp_path)

    journal.enter("video-events", [MESSAGE])
    journal.leave("video-events")

    assert journal.endings(MESSAGE) == 0
    assert Journal(tmp_path).endings(OTHER) == 1


def test_a_fault_of_the_cluster_is_not_held_against_the_messages(tmp_path: Path) -> None:
    """A broker that is away for an hour must not turn videos into dead letters."""
    _die(tmp_path, "forgiven")

    assert Journal(tmp_path).endings(MESSAGE) == 0


def test_what_was_done_before_the_end_is_not_counted(tmp_path: Path) -> None:
    """Delivered but not yet acknowledged is no reason to suspect a message."""
    _die(tmp_path, "done")

    assert Journal(tmp_path).endings(MESSAGE) == 0


def test_what_a_living_worker_has_in_hand_is_left_to_it(tmp_path: Path) -> None:
    """Two workers of a role share the folder."""
    first = Journal(tmp_path)
    first.enter("video-events", [MESSAGE])

    second = Journal(tmp_path)

    assert second.endings(MESSAGE) == 0


def test_a_running_worker_learns_of_others_that_died(tmp_path: Path) -> None:
    """It gets their partitions at the next rebalance."""
    journal = Journal(tmp_path)
    _die(tmp_path)

    journal.collect()

    assert journal.endings(MESSAGE) == 1


def test_a_torn_file_counts_nothing(tmp_path: Path) -> None:
    """A process may be killed between truncating and writing."""
    (tmp_path / "1-dead.in-hand").write_bytes(b'[["ebr.video-events", 2')

    assert Journal(tmp_path).endings(MESSAGE) == 0

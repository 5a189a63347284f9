"""Which messages were in hand when a worker process ended, so that one that kills workers is found."""

import fcntl
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

# Full name of a topic, partition, offset.
Coordinates = tuple[str, int, int]

# A message is given up when it was in hand at the end of this many processes.
MAX_ENDINGS = 3
# A message that another machine finished is never taken off; so the oldest go when there are too many.
_MOST_ENDINGS = 10_000


class Journal:
    """The messages in hand of this process, beside what ended processes left behind.

    Each process holds a lock on a file of its own for as long as it lives; a file without a holder is what a dead
    process had in hand. Nothing is synced: it is the process that dies, not the machine.

    Args:
        folder: Shared by all workers of one role of one installation on this machine; made if missing.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._path = folder / f"{os.getpid()}-{os.urandom(4).hex()}.in-hand"
        with self._ledger():  # nobody may take the file for a dead process's before it is locked
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX)
        self._in_hand: dict[str, list[Coordinates]] = {}
        self._endings: Counter[Coordinates] = Counter()
        self.collect()

    def collect(self) -> None:
        """Take over what ended processes had in hand; call it again when partitions were assigned."""
        with self._ledger() as endings:
            for path in sorted(self._folder.glob("*.in-hand")):
                if path != self._path and (left := _take_over(path)) is not None:
                    endings.update(left)
            self._endings = Counter(endings)

    def endings(self, message: Coordinates) -> int:
        """Return how many processes ended while they had this message in hand."""
        return self._endings[message]

    def enter(self, topic: str, messages: Iterable[Coordinates]) -> None:
        """Note what this process now has in hand of one input; replaces what it had of the same."""
        self._in_hand[topic] = list(messages)
        self._write()

    def leave(self, topic: str) -> None:
        """Note that what this process had in hand of one input is done."""
        done = self._in_hand.pop(topic, [])
        self._write()
        if any(message in self._endings for message in done):
            with self._ledger() as endings:
                for message in done:
                    endings.pop(message, None)
                self._endings = Counter(endings)

    def forgive(self) -> None:
        """Note that the process ends for a reason that no message in hand is to blame for."""
        self._in_hand.clear()
        self._write()

    def close(self) -> None:
        """Leave nothing behind."""
        self._path.unlink(missing_ok=True)
        os.close(self._file)

    def _write(self) -> None:
        data = json.dumps([m for messages in self._in_hand.values() for m in messages]).encode()
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, data, 0)

    @contextmanager
    def _ledger(self) -> Iterator[Counter[Coordinates]]:
        """Yield the counts of endings under a lock; keep them, replaced as a whole, afterwards."""
        with (self._folder / "endings.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            ledger = self._folder / "endings.json"
            before = _read_counts(ledger)
            counts = Counter(before)
            yield counts
            if counts != before:
                fresh = ledger.with_suffix(".new")
                kept = list(counts.items())[-_MOST_ENDINGS:]
                fresh.write_text(json.dumps([[*message, count] for message, count in kept]))
                fresh.replace(ledger)


def _take_over(path: Path) -> list[Coordinates] | None:
    """Return what a dead process had in hand, and remove its file; None if the process lives."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
        return _parse(os.read(file, os.fstat(file).st_size))
    except BlockingIOError:
        return None
    finally:
        os.close(file)


def _parse(data: bytes) -> list[Coordinates]:
    """Return the messages of a file; none from one whose last write was cut."""
    try:
        return [(topic, partition, offset) for topic, partition, offset in json.loads(data)]
    except ValueError:
        return []


def _read_counts(path: Path) -> Counter[Coordinates]:
    try:
        return Counter({(t, p, o): n for t, p, o, n in json.loads(path.read_bytes())})
    except (FileNotFoundError, ValueError):
        return Counter()

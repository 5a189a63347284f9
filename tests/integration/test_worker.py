"""A worker process on a real broker: what is acknowledged, what is delivered again, how it ends."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from streams.client import create_topics, group_lag, make_producer, send_all, tail
from streams.settings import KafkaSettings, Settings
from streams.wire.dead_letter import DeadLetter
from streams.wire.record import Outgoing, Received
from streams.wire.topics import Topic
from tests.support.copy_worker import ROLE, SOURCE, TARGET
from tests.support.kafka import RunningKafka

_WAIT_SECONDS = 60.0


class _Worker:
    """Starts `copy_worker.py` again and again, in one data folder."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self._folder = settings, folder
        folder.mkdir(parents=True)
        self.ready_file, self.log = folder / "ready.json", folder / "worker.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **variables: str) -> "_Worker":
        kafka = self.settings.kafka
        environment = {k: v for k, v in os.environ.items() if not k.startswith("EBR_")} | {
            "EBR_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
            "EBR_KAFKA__PREFIX": kafka.prefix,
            "EBR_KAFKA__SESSION_TIMEOUT_SECONDS": "6",
            "EBR_WORKER__DATA_FOLDER": str(self._folder / "data"),
            **variables,
        }
        self.ready_file.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.copy_worker", str(self.ready_file)],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self

    def wait_ready(self) -> int:
        """Return the port of its probes once it is ready."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while not self.ready_file.exists():
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)
        port: int = json.loads(self.ready_file.read_text())[ROLE]["port"]
        return port

    def wait_end(self) -> int:
        """Return its exit status."""
        assert self.process is not None
        return self.process.wait(_WAIT_SECONDS)

    def terminate(self) -> int:
        """Ask it to end; return its exit status."""
        assert self.process is not None
        self.process.terminate()
        return self.wait_end()

    def kill(self) -> None:
        """End it by force, if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def blame(self, offset: int, times: int) -> None:
        """Let dead processes have had a message of partition 1 in hand."""
        prefix = self.settings.kafka.prefix
        journal = self._folder / "data" / f"{prefix}-{ROLE}" / "journal"
        journal.mkdir(parents=True)
        for i in range(times):
            (journal / f"{i}-dead.in-hand").write_text(json.dumps([[f"{prefix}.{SOURCE}", 1, offset]]))

    def send(self, values: Sequence[str]) -> None:
        """Publish values to one partition of the source, in order."""
        asyncio.run(_send(self.settings, values))

    def wait_done(self) -> None:
        """Wait until all that was published is acknowledged."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while asyncio.run(group_lag(self.settings, f"{self.settings.kafka.prefix}-{ROLE}", SOURCE)):
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def copied(self) -> list[str]:
        """Return the values in the target, in order."""
        return [(record.value or b"").decode() for record in asyncio.run(_read(self.settings, TARGET))]

    def letters(self) -> list[DeadLetter]:
        """Return the dead letters."""
        records = asyncio.run(_read(self.settings, Topic.DEAD_LETTERS))
        return [DeadLetter.from_record(r.key, r.value, r.headers) for r in records]


async def _send(settings: Settings, values: Sequence[str]) -> None:
    producer = make_producer(settings)
    await producer.start()
    try:
        records = [Outgoing(topic=SOURCE, key=b"v", value=value.encode(), partition=1) for value in values]
        await send_all(producer, settings, records)
    finally:
        await producer.stop()


async def _read(settings: Settings, topic: Topic) -> list[Received]:
    return [record async for record in tail(settings, topic, from_beginning=True, follow=False)]


@pytest.fixture
def workers(broker: RunningKafka, prefix: str, tmp_path: Path) -> Iterator[list[_Worker]]:
    """Return workers that are not started, each of an installation of its own."""
    found = []
    for i in range(4):
        kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers, prefix=f"{prefix}-{i}")
        asyncio.run(create_topics(Settings(kafka=kafka)))
        found.append(_Worker(Settings(kafka=kafka), tmp_path / str(i)))
    yield found
    for worker in found:
        worker.kill()


@pytest.fixture
def worker(workers: list[_Worker]) -> _Worker:
    """Return one of them."""
    return workers[0]


def _get(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        text: str = answer.read().decode()
        return text


def test_a_poison_message_becomes_a_dead_letter_and_a_restart_resumes_after_it(worker: _Worker) -> None:
    """The life of a worker without accidents: ready, work, SIGTERM, ready, work."""
    worker.send(["a", "poison", "b"])
    port = worker.start().wait_ready()
    worker.wait_done()

    assert _get(port, "/readyz") == "ok\n"
    assert f'ebr_dead_letters_total{{prefix="{worker.settings.kafka.prefix}"' in _get(port, "/metrics")
    assert worker.terminate() == 0
    worker.send(["c"])
    worker.start().wait_ready()
    worker.wait_done()
    assert worker.terminate() == 0

    assert worker.copied() == ["a", "b", "c"]
    assert [(letter.offset, letter.reason, letter.value) for letter in worker.letters()] == [
        (1, "asked_for", b"poison")
    ]


def test_an_exception_ends_the_process_unacknowledged_until_the_message_is_found_guilty(worker: _Worker) -> None:
    """Exit status 70, delivered again; a dead letter when it was in hand at the end of a third process."""
    worker.send(["a", "raise", "b"])
    worker.blame(offset=1, times=2)

    assert worker.start().wait_end() == 70
    assert worker.copied() == ["a"]
    assert worker.letters() == []

    worker.start().wait_ready()
    worker.wait_done()
    assert worker.terminate() == 0
    (letter,) = worker.letters()
    assert (letter.offset, letter.reason, letter.attempts) == (1, "crashes_worker", 4)
    # "a" comes again: it was delivered, but not acknowledged, by the process that ended.
    assert worker.copied() == ["a", "a", "b"]


def test_killed_anywhere_nothing_is_lost(workers: list[_Worker]) -> None:
    """Repeats are allowed, gaps are not; what is acknowledged was delivered."""
    values = [str(i) for i in range(30)]
    points = ("before-take", "after-take", "after-send", "after-ack")
    for worker, point in zip(workers, points, strict=True):
        worker.send(values)
        worker.start(EBR_TEST__KILL_POINT=point, EBR_TEST__KILL_AFTER="2")

    assert [worker.wait_end() for worker in workers] == [-signal.SIGKILL] * len(points)

    for worker in workers:
        worker.start()
    for worker in workers:
        worker.wait_ready()
        worker.wait_done()
        assert worker.terminate() == 0
        assert list(dict.fromkeys(worker.copied())) == values
        assert worker.letters() == []


def test_sigterm_lets_the_batch_in_hand_finish(worker: _Worker) -> None:
    """A deployment must not cost repeats."""
    worker.start().wait_ready()
    worker.send(["slow"])
    while '[["' not in "".join(path.read_text() for path in worker.log.parent.rglob("*.in-hand")):
        time.sleep(0.02)

    assert worker.terminate() == 0

    assert worker.copied() == ["slow"]
    assert asyncio.run(group_lag(worker.settings, f"{worker.settings.kafka.prefix}-{ROLE}", SOURCE)) == 0

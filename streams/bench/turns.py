"""The processes that measure, taking turns so that none has the machine at a better time than the others."""

import selectors
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Self

import msgspec

from streams.bench.child import Answer, Order, TaskLine
from streams.bench.figures import PeerFigures
from streams.settings import environment_with

# Libraries choose their own number of threads by these.
_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "TOKIO_WORKER_THREADS": "1",
    "LANCE_CPU_THREADS": "1",
    "RUST_LOG": "error",
    "TQDM_DISABLE": "1",
}

# Imports of a database take some 10 seconds on a busy core.
_START_SECONDS = 180.0
_END_SECONDS = 30.0


class Child:
    """One process with one index; after a failure it answers every order with that failure."""

    def __init__(self, task: TaskLine, log: Path) -> None:
        self._log = log
        self._failed: str | None = None
        self._rest = b""
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "streams.bench.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment_with(_ONE_THREAD),
            )
        answer = self._ask(msgspec.json.encode(task), _START_SECONDS)
        self.figures = PeerFigures(name=task.name)
        if answer.error is None:
            self.figures = msgspec.json.decode(answer.figures, type=PeerFigures)
        else:
            self._failed = self.figures.errors["start"] = answer.error

    @property
    def works(self) -> bool:
        """Whether it can still measure anything."""
        return self._failed is None

    def measure(self, order: Order, of: Any, limit_seconds: float) -> Any:
        """Return the figures of a measurement; None where there are none, which is noted.

        Args:
            order: What to measure.
            of: Type of the figures.
            limit_seconds: After so long the process is ended.
        """
        if not self.works:
            return None
        answer = self._ask(msgspec.json.encode(order), limit_seconds)
        if answer.error is None:
            return msgspec.json.decode(answer.figures, type=of)
        self.figures.errors.setdefault(order.do, answer.error)
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Let it end by itself, or end it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(_END_SECONDS if error is None and self.works else 0.1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _ask(self, line: bytes, limit_seconds: float) -> Answer:
        try:
            if self._process.stdin is not None:
                self._process.stdin.write(line + b"\n")
                self._process.stdin.flush()
            text = self._line(limit_seconds)
        except (OSError, TimeoutError) as error:
            self._process.kill()
            self._failed = f"{error}" or "the process ended"
            return Answer(error=self._failed)
        return msgspec.json.decode(text, type=Answer)

    def _line(self, limit_seconds: float) -> bytes:
        """Return the next line of its output.

        Raises:
            TimeoutError: It took too long.
            OSError: It ended.
        """
        assert self._process.stdout is not None
        file, until = self._process.stdout, monotonic() + limit_seconds
        with selectors.DefaultSelector() as selector:
            selector.register(file, selectors.EVENT_READ)
            while b"\n" not in self._rest:
                if not selector.select(max(0.0, until - monotonic())):
                    raise TimeoutError(f"not done after {limit_seconds:.0f} s")
                some = file.read1()  # type: ignore[attr-defined]  # a pipe of Popen is buffered
                if not some:
                    raise OSError(f"the process ended: {self._last_words()}")
                self._rest += some
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _last_words(self) -> str:
        code = self._process.wait()
        lines = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        return f"exit code {code}; " + next((line.strip() for line in reversed(lines) if line.strip()), "no word")[:300]


@contextmanager
def children(names: Sequence[str], data: Path, logs: Path, *, m: int, ef_construction: int) -> Iterator[list[Child]]:
    """Start one process a peer, end all of them."""
    started: list[Child] = []
    with tempfile.TemporaryDirectory(prefix="ebr-bench-") as scratch:
        try:
            for name in names:
                task = TaskLine(
                    name=name, data=str(data), scratch=f"{scratch}/{name}", m=m, ef_construction=ef_construction
                )
                started.append(Child(task, logs / f"{name}.log"))
            yield started
        finally:
            for child in started:
                child.__exit__(*sys.exc_info())

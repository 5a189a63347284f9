"""How long `ebr trend preview` takes, as a moderator waits for it."""

import subprocess
import sys
import time
from pathlib import Path

import msgspec

from streams.bench.errors import BenchFailed
from streams.demo.workers import where_variables
from streams.settings import Settings, environment_with

_TIMEOUT_SECONDS = 120.0


class _Preview(msgspec.Struct):
    """What is read of its JSON."""

    hits: int


def preview(settings: Settings, trend_id: str, folder: Path) -> tuple[float, int]:
    """Give the command once, from the start of its process to its end; return the seconds with the hits it tells of.

    Raises:
        BenchFailed: it failed; the message holds what it wrote.
    """
    words = ["trend", "preview", trend_id, "--out", str(folder / "preview.png"), "--json"]
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "streams.cli.main", *words],
        env=environment_with(where_variables(settings)),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    seconds = time.perf_counter() - begun
    if done.returncode:
        raise BenchFailed(f"ebr {' '.join(words)}: {done.stderr.decode(errors='replace').strip()}")
    return seconds, msgspec.json.decode(done.stdout, type=_Preview).hits

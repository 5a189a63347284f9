"""What a worker is busy with: how much it has computed, whether its indexes are at rest."""

import asyncio
import http.client
import os
import re
import time
from pathlib import Path

from streams.bench.errors import BenchFailed
from streams.offload import offload
from streams.ready_file import ReadyProcess

_SERIES = re.compile(r"^ebr_index_(raw|segments|tombstones|delta)\{.*\} (\S+)$", re.MULTILINE)
_LOOK_SECONDS = 1.0
# Sealing a delta takes some seconds, merging segments longer: what has not moved for so long does not.
_STILL_SECONDS = 6.0
_TIMEOUT_SECONDS = 10.0


async def until_at_rest(worker: ReadyProcess, timeout_seconds: float) -> None:
    """Return when the indexes of a worker have not changed for some seconds, and none has anything to seal.

    Raises:
        BenchFailed: they are not at rest in time.
    """
    deadline = time.monotonic() + timeout_seconds
    before, since = list[tuple[str, str]](), time.monotonic()
    while True:
        now = await offload(_census, worker.port)
        if now != before:
            before, since = now, time.monotonic()
        waiting = any(float(value) for name, value in now if name == "raw")
        if now and not waiting and time.monotonic() - since >= _STILL_SECONDS:
            return
        if time.monotonic() > deadline:
            raise BenchFailed(f"the indexes are not at rest within {timeout_seconds:g} s")
        await asyncio.sleep(_LOOK_SECONDS)


def cpu_seconds(pid: int) -> float:
    """Return the seconds of CPU that all threads of a process have taken so far, by Linux' own account."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # user, system


def _census(port: int) -> list[tuple[str, str]]:
    """Return what the worker's metrics say of its indexes, series in order."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/metrics")
        return _SERIES.findall(connection.getresponse().read().decode())
    finally:
        connection.close()

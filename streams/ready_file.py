"""The file that tells a waiting script which processes are ready at which ports."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class ReadyProcess:
    """One ready worker.

    Attributes:
        pid: Its process.
        port: Of its probes.
    """

    pid: int
    port: int


def write_ready_file(path: Path, ready: Mapping[str, ReadyProcess]) -> None:
    """Write the ready workers by role as JSON; the file appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(json.dumps({role: asdict(process) for role, process in ready.items()}) + "\n", encoding="utf-8")
    fresh.replace(path)


def read_ready_file(path: Path) -> dict[str, ReadyProcess] | None:
    """Return the ready workers by role; None while the file is not there."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return {role: ReadyProcess(**process) for role, process in found.items()}

"""Under which conditions numbers were measured: code, machine, data."""

import hashlib
import os
import platform
from importlib.metadata import version
from pathlib import Path

from encoders.commit import code_commit
from encoders.corpus import TRUTH_NAME


def commit() -> str | None:
    """Return the commit of the code, with `+changes` where files differ from it; None outside a checkout."""
    return code_commit() or None


def machine() -> dict[str, object]:
    """Return what the numbers depend on: processor, cores, memory, system, Python."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": pages,
        "system": platform.platform(),
        "python": platform.python_version(),
        "ebr": version("ebr"),
    }


def corpus_digest(folder: Path) -> str:
    """Return the SHA-256 of a corpus's manifest with all media that it names, in hex."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and (p.name == TRUTH_NAME or p.suffix == ".mp4")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())

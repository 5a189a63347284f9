"""What `ebr doctor` looks at, one function a thing."""

import asyncio
import importlib.metadata
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from encoders import EncodersError, Runtime, load_suite
from streams.broker import JavaMissing
from streams.broker.java import find_java
from streams.cli.cluster import probe
from streams.client import check_cluster, topic_mismatches
from streams.errors import StreamsError
from streams.settings import Settings

# A round trip takes some 0.3 s on an idle laptop.
ROUNDTRIP_SECONDS = 15.0
# Decoded samples of 24 h at one video a second are some 50 GB; below this even a try-out fills the disk.
LEAST_DISK_BYTES = 5 * 1024**3

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9_.-]+)==(?P<version>[^;\s]+)")


class Level(StrEnum):
    """How a check ended."""

    OK = "ok"
    REMARK = "remark"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Check:
    """What was found.

    Attributes:
        name: The thing looked at.
        level: How it is.
        detail: What was found.
        remedy: What to do; empty when it is well.
    """

    name: str
    level: Level
    detail: str
    remedy: str = ""


def all_checks(settings: Settings) -> Iterator[Check]:
    """Yield every check as it is done; topics are left out where there is no broker to ask."""
    yield check_versions()
    broker = check_broker(settings)
    yield check_java(needed=broker.level is not Level.OK)
    yield broker
    if broker.level is Level.OK:
        yield check_topics(settings)
    yield check_encoders(settings)
    yield from check_disk(settings)
    yield check_media(settings)


def check_java(*, needed: bool) -> Check:
    """Look for a Java that can run Kafka; it is needed where no cluster answers."""
    try:
        return Check("java", Level.OK, find_java())
    except JavaMissing as error:
        level = Level.BROKEN if needed else Level.REMARK
        return Check("java", level, str(error), "make setup; only `ebr broker` needs it")


def check_broker(settings: Settings) -> Check:
    """Send a record to the cluster, then read it back."""
    servers = settings.kafka.bootstrap_servers
    try:
        probe(settings.kafka)
        asyncio.run(check_cluster(settings.kafka, ROUNDTRIP_SECONDS))
    except StreamsError as error:
        return Check("broker", Level.BROKEN, str(error), "`ebr broker start`, or set EBR_KAFKA__BOOTSTRAP_SERVERS")
    return Check("broker", Level.OK, f"{servers}: a record made the round trip")


def check_topics(settings: Settings) -> Check:
    """Compare the topics of the cluster with the contract."""
    try:
        found = asyncio.run(topic_mismatches(settings))
    except StreamsError as error:
        return Check("topics", Level.BROKEN, str(error), "`ebr topics check` says more")
    if not found:
        return Check("topics", Level.OK, f"those of prefix {settings.kafka.prefix} are as the contract says")
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return Check(
        "topics",
        Level.BROKEN,
        f"{found[0]}{more}",
        "`ebr topics create` makes what is missing; `ebr topics check` lists all",
    )


def check_encoders(settings: Settings) -> Check:
    """Load the suite of encoders."""
    try:
        suite = load_suite(settings.encoders.suite, Runtime(settings.encoders.runtime))
    except (EncodersError, OSError) as error:
        return Check("encoders", Level.BROKEN, str(error), "set EBR_ENCODERS__SUITE")
    return Check(
        "encoders", Level.OK, f"suite {suite.name}, model {suite.model_id}, {suite.fusion.dimension} dimensions"
    )


def check_disk(settings: Settings) -> Iterator[Check]:
    """Look at the space left where workers, then where the broker keep their data."""
    for name, folder in (("disk", settings.worker.data_folder), ("disk", settings.broker.folder)):
        place = _existing(folder)
        free = shutil.disk_usage(place).free
        detail = f"{free / 1024**3:.0f} GiB free at {place} (for {folder})"
        if free < LEAST_DISK_BYTES:
            yield Check(name, Level.BROKEN, detail, f"free some: at least {LEAST_DISK_BYTES // 1024**3} GiB are needed")
        else:
            yield Check(name, Level.OK, detail)


def check_media(settings: Settings) -> Check:
    """Look at the folders that file: URIs may name."""
    roots = settings.media.allowed_roots
    missing = [str(root) for root in roots if not root.is_dir()]
    if missing:
        return Check("media", Level.BROKEN, f"no such folder: {', '.join(missing)}", "correct EBR_MEDIA__ALLOWED_ROOTS")
    if not roots:
        remedy = "set EBR_MEDIA__ALLOWED_ROOTS='[\"/folder/of/videos\"]' to process files of this machine"
        return Check("media", Level.REMARK, "file: URIs are refused: no folder is allowed", remedy)
    return Check("media", Level.OK, f"files are read in {', '.join(map(str, roots))}")


def check_versions() -> Check:
    """Compare the packages that must move together with what is pinned."""
    wrong = [fault for fault in map(_fault, importlib.metadata.requires("ebr") or []) if fault]
    python = ".".join(map(str, sys.version_info[:3]))
    if wrong:
        return Check("versions", Level.BROKEN, "; ".join(wrong), "install from requirements.txt: make setup")
    return Check("versions", Level.OK, f"ebr {importlib.metadata.version('ebr')}, Python {python}, packages as pinned")


def _fault(requirement: str) -> str:
    """Return what is wrong with a pinned requirement; empty where it is not pinned or right."""
    pin = _PIN.match(requirement)
    if pin is None or "extra ==" in requirement:
        return ""
    try:
        found = importlib.metadata.version(pin["name"])
    except importlib.metadata.PackageNotFoundError:
        return f"{pin['name']} is not installed"
    # A local label such as +cpu names a build of the same version.
    return "" if found.partition("+")[0] == pin["version"] else f"{pin['name']} must be {pin['version']}, found {found}"


def _existing(folder: Path) -> Path:
    """Return the folder itself or the nearest above it that exists."""
    place = folder.absolute()
    return next(p for p in (place, *place.parents) if p.exists())

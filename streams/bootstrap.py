"""The only builder: models, pools, programs, by role."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from encoders.media import DecodePool, MediaLimits
from encoders.registry import Suite, load_fusion, load_suite
from encoders.runtime import Runtime
from index import SegmentedIndex
from streams.agents.decode import DecodeProgram
from streams.agents.encode import EncodeProgram
from streams.agents.fuse import FuseProgram
from streams.agents.index import IndexProgram
from streams.agents.program import Beat, Program
from streams.agents.trends import TrendsProgram
from streams.client import group_name, role_lag
from streams.errors import SettingsError
from streams.fetch import Fetcher
from streams.intake import Intake
from streams.media_store import MediaStore
from streams.metrics import Metrics
from streams.settings import MediaSettings, Settings
from streams.snapshots import check_place
from streams.wire.topics import Topic

# In the order of the data.
ROLES = ("decode", "encode", "fuse", "trends", "index")


@dataclass(frozen=True, kw_only=True)
class Lines:
    """How a program speaks to the process that it runs in.

    Attributes:
        beat: Told after every step of long work.
        fail: Ends the process without acknowledging anything.
        now: The clock, UTC.
        metrics: Of the process.
        closing: Closed when the process stops, after the program: what programs only borrow.
    """

    beat: Beat
    fail: Callable[[BaseException], None]
    now: Callable[[], datetime]
    metrics: Metrics
    closing: ExitStack


def build_program(role: str, settings: Settings, lines: Lines) -> Program:
    """Return the program of a role, with all it needs; only encode, fuse and trends load encoders.

    Raises:
        SettingsError: no such role, or the settings name something that does not exist.
    """
    builders: dict[str, Callable[[Settings, Lines], Program]] = {
        "decode": _decode,
        "encode": _encode,
        "fuse": _fuse,
        "trends": _trends,
        "index": _index,
    }
    if role not in builders:
        raise SettingsError(f"role must be one of {', '.join(builders)}, got {role}")
    return builders[role](settings, lines)


def media_limits(media: MediaSettings) -> MediaLimits:
    """Return how much of a machine one file may cost."""
    return MediaLimits(
        bytes=media.max_bytes,
        pixels=media.max_pixels,
        duration_seconds=media.max_duration_seconds,
        streams=media.max_streams,
        memory_bytes=media.max_memory_bytes,
        wall_seconds=media.deadline_seconds,
    )


def _intake(role: str, settings: Settings, lines: Lines) -> Intake:
    """Return the way from a URI to samples, with decoding processes of its own."""
    media = settings.media
    downloads = _folder(role, settings) / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    pool = lines.closing.enter_context(DecodePool(media.workers, media_limits(media)))
    return Intake(Fetcher(media, downloads), pool, media.deadline_seconds)


def _folder(role: str, settings: Settings) -> Path:
    return settings.worker.data_folder / group_name(settings.kafka, role)


def _suite(settings: Settings) -> Suite:
    return load_suite(settings.encoders.suite, Runtime(settings.encoders.runtime))


def _decode(settings: Settings, lines: Lines) -> Program:
    async def lag() -> int:
        return await role_lag(settings, "encode", Topic.DECODED_SAMPLES)

    return DecodeProgram(settings=settings, intake=_intake("decode", settings, lines), lag=lag, beat=lines.beat)


def _encode(settings: Settings, _lines: Lines) -> Program:
    return EncodeProgram(_suite(settings), settings.encoders.batch_videos)


def _fuse(settings: Settings, _lines: Lines) -> Program:
    fusion, card = load_fusion(settings.encoders.suite, Runtime(settings.encoders.runtime))
    return FuseProgram(fusion, card.model_id)


def _trends(settings: Settings, lines: Lines) -> Program:
    store = settings.media.store_uri or str(_folder("trends", settings) / "media-store")
    return TrendsProgram(
        settings=settings,
        suite=_suite(settings),
        intake=_intake("trends", settings, lines),
        media_store=MediaStore(store),
        beat=lines.beat,
        fail=lines.fail,
        now=lines.now,
    )


def _index(settings: Settings, lines: Lines) -> Program:
    snapshots = settings.index.snapshot_uri or str(_folder("index", settings) / "snapshots")
    check_place(snapshots)
    return IndexProgram(
        settings=settings,
        make_index=SegmentedIndex,
        snapshots=snapshots,
        metrics=lines.metrics,
        beat=lines.beat,
        fail=lines.fail,
        now=lines.now,
    )

"""The only builder: models, pools, programs, by role."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from encoders.registry import Suite, load_suite
from index import HnswIndex, VectorIndex
from streams.agents.encode import EncodeProgram
from streams.agents.fuse import FuseProgram
from streams.agents.index import IndexProgram
from streams.agents.program import Beat, Program
from streams.errors import SettingsError
from streams.settings import Settings

# In the order of the data.
ROLES = ("decode", "encode", "fuse", "trends", "index")


@dataclass(frozen=True, kw_only=True)
class Lines:
    """How a program speaks to the process that it runs in.

    Attributes:
        beat: Told after every step of long work.
        fail: Ends the process without acknowledging anything.
        now: The clock, UTC.
    """

    beat: Beat
    fail: Callable[[BaseException], None]
    now: Callable[[], datetime]


def build_program(role: str, settings: Settings, lines: Lines) -> Program:
    """Return the program of a role, with all it needs; only encode, fuse and trends load encoders.

    Raises:
        SettingsError: no such role, or the settings name something that does not exist.
    """
    builders: dict[str, Callable[[Settings, Lines], Program]] = {
        "encode": _encode,
        "fuse": _fuse,
        "index": _index,
    }
    if role not in builders:
        raise SettingsError(f"role must be one of {', '.join(builders)}, got {role}")
    return builders[role](settings, lines)


def _suite(settings: Settings) -> Suite:
    return load_suite(settings.encoders.suite)


def _encode(settings: Settings, _lines: Lines) -> Program:
    return EncodeProgram(_suite(settings), settings.encoders.batch_videos)


def _fuse(settings: Settings, _lines: Lines) -> Program:
    suite = _suite(settings)
    return FuseProgram(suite.fusion, suite.model_id)


def _index(settings: Settings, lines: Lines) -> Program:
    def make_index(dimension: int) -> VectorIndex:
        return HnswIndex(dimension)

    return IndexProgram(settings=settings, make_index=make_index, beat=lines.beat, fail=lines.fail, now=lines.now)

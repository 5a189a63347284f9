"""Programs are built by role; only those that need encoders load them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from streams.bootstrap import ROLES, Lines, build_program, media_limits
from streams.errors import SettingsError
from streams.metrics import Metrics
from streams.settings import IndexSettings, MediaSettings, Settings, WorkerSettings


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Return lines to a process that nobody ends."""
    with ExitStack() as closing:
        yield Lines(
            beat=lambda: None,
            fail=lambda error: None,
            now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
            metrics=Metrics("ebr", "any"),
            closing=closing,
        )


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_built_under_its_name(role: str, lines: Lines, tmp_path: Path) -> None:
    """The name is that of its consumer group."""
    settings = Settings(worker=WorkerSettings(data_folder=tmp_path), media=MediaSettings(workers=1))

    assert build_program(role, settings, lines).role == role


def test_the_limits_of_a_file_are_those_of_the_settings() -> None:
    """An operator tightens them by variables."""
    limits = media_limits(MediaSettings(max_bytes=10, max_pixels=20, max_duration_seconds=30, deadline_seconds=5))

    assert (limits.bytes, limits.pixels, limits.duration_seconds, limits.wall_seconds) == (10, 20, 30, 5)


def test_the_roles_stand_in_the_order_of_the_data() -> None:
    """As the folders do."""
    assert ROLES == ("decode", "encode", "fuse", "trends", "index")


def test_an_unknown_role_is_refused_with_those_that_exist(lines: Lines) -> None:
    """A typo in a deployment must say so."""
    with pytest.raises(SettingsError, match="encode"):
        build_program("no-such-role", Settings(), lines)


def test_a_place_for_snapshots_that_cannot_be_is_refused(lines: Lines) -> None:
    """Before the first shard waits for it; whether a possible place is there shows when it is needed."""
    with pytest.raises(SettingsError, match="SNAPSHOT_URI"):
        build_program("index", Settings(index=IndexSettings(snapshot_uri="nowhere://x")), lines)


def test_the_agents_load_no_torch() -> None:
    """A worker that does not encode must start in a second and stay small."""
    agents = ", ".join(f"streams.agents.{name}" for name in ("stage", "decode", "encode", "fuse", "trends", "index"))
    code = f"import sys, {agents}; print('torch' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.strip() == "False"

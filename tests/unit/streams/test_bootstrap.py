"""Programs are built by role; only those that need encoders load them."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from streams.bootstrap import ROLES, Lines, build_program
from streams.errors import SettingsError
from streams.settings import Settings

LINES = Lines(beat=lambda: None, fail=lambda error: None, now=lambda: datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("role", ["encode", "fuse", "index"])
def test_a_role_is_built_under_its_name(role: str) -> None:
    """The name is that of its consumer group."""
    assert build_program(role, Settings(), LINES).role == role


def test_the_roles_stand_in_the_order_of_the_data() -> None:
    """As the folders do."""
    assert ROLES == ("decode", "encode", "fuse", "trends", "index")


def test_an_unknown_role_is_refused_with_those_that_exist() -> None:
    """A typo in a deployment must say so."""
    with pytest.raises(SettingsError, match="encode"):
        build_program("no-such-role", Settings(), LINES)


def test_the_agents_load_no_torch() -> None:
    """A worker that does not encode must start in a second and stay small."""
    code = "import sys, streams.agents.stage, streams.agents.encode, streams.agents.fuse; print('torch' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.strip() == "False"

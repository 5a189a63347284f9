"""A drill kills where and when it was told, nowhere else."""

import signal
import subprocess
import sys

_RUN = """
import sys
from streams.kill_points import KillPoint
point = KillPoint(sys.argv[1] or None, int(sys.argv[2]), "index")
for i in range(3):
    for name in ("before-take", "after-take"):
        print(f"{name}{i}", flush=True)
        point.reached(name)
"""


def _run(spec: str, after: int) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", _RUN, spec, str(after)], capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout.split()


def test_the_armed_place_kills_at_the_count_asked_for() -> None:
    """SIGKILL, so nothing is cleaned up."""
    status, reached = _run("after-take", 2)

    assert status == -signal.SIGKILL
    assert reached[-1] == "after-take1"


def test_a_place_may_be_armed_for_one_role() -> None:
    """All roles of a laptop read the same environment."""
    assert _run("fuse:after-take", 1)[0] == 0
    assert _run("index:after-take", 1)[0] == -signal.SIGKILL


def test_nothing_is_armed_by_default() -> None:
    """Production never sets the variable."""
    assert _run("", 1)[0] == 0

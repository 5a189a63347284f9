"""Named places where a drill may kill the process, as a power cut would."""

import os
import signal


class KillPoint:
    """At most one armed place of this process.

    Args:
        spec: Name of the place, or `role:name`; None arms nothing.
        after: The how-manieth time that the place is reached it kills; 1 <= after.
        role: Of this process.
    """

    def __init__(self, spec: str | None, after: int, role: str) -> None:
        owner, _, name = (spec or "").rpartition(":")
        self._name = name if owner in ("", role) else ""
        self._left = after

    def reached(self, name: str) -> None:
        """Kill this process with SIGKILL if `name` is armed and was reached often enough; else do nothing."""
        if name != self._name:
            return
        self._left -= 1
        if self._left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

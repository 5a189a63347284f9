"""The commit of the code that runs."""

import shutil
import subprocess
from pathlib import Path

_GIT_SECONDS = 10


def code_commit() -> str:
    """Return the commit of this code, with `+changes` where files differ from it; empty outside its repository.

    An installed package may lie within the repository of somebody else's project; only one that has this file counts.
    """
    git, here = shutil.which("git"), Path(__file__)
    if git is None or _answer(git, "ls-files", "--error-unmatch", here.name) is None:
        return ""
    head = _answer(git, "rev-parse", "HEAD")
    if head is None:
        return ""
    return head + ("+changes" if _answer(git, "status", "--porcelain", "--untracked-files=no") else "")


def _answer(git: str, *words: str) -> str | None:
    """Return what git says in the folder of this file; None where it refuses."""
    folder = Path(__file__).parent
    try:
        told = subprocess.run(
            [git, "-C", str(folder), *words], capture_output=True, text=True, timeout=_GIT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return told.stdout.strip() if told.returncode == 0 else None

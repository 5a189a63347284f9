"""Where suites lie: those that ship, by name; all others, by folder or file."""

import importlib.resources
from pathlib import Path

from encoders.errors import ModelRefused, RefusalReason, UnknownSuite
from encoders.suite_file import SUITE_FILE, SuiteChoice, read_suite

SIGNAL = "signal"
"""The suite without a file: it is code."""


def weights_folder() -> Path:
    """Return where the suites lie that ship with the package."""
    return Path(str(importlib.resources.files("encoders"))) / "weights"


def suite_names() -> tuple[str, ...]:
    """Return the names of all suites that have one, ascending."""
    folder = weights_folder()
    shipped = [file.parent.name for file in folder.glob(f"*/{SUITE_FILE}")] if folder.is_dir() else []
    return tuple(sorted({SIGNAL, *shipped}))


def default_suite() -> str:
    """Return the suite to show where nobody chose one: the first that ships with weights, else the signal suite."""
    return next((name for name in suite_names() if name != SIGNAL), SIGNAL)


def find_suite(name: str) -> SuiteChoice | None:
    """Return what the file of a suite says; None for the signal suite.

    Args:
        name: One of `suite_names()`, a folder with a suite.toml, or such a file itself.

    Raises:
        UnknownSuite: No suite has that name; the message lists those that exist.
        BadSuite: Its file is wrong; `field` says where.
    """
    if name == SIGNAL:
        return None
    if name in suite_names():
        return read_suite(weights_folder() / name)
    path = Path(name)
    if path.is_file() or (path / SUITE_FILE).is_file():
        return read_suite(path)
    raise UnknownSuite(name, suite_names())


def find_tower(model: str) -> Path:
    """Return the folder of a tower of ours.

    Args:
        model: Absolute where it is beside the suite's file, else within the package's weights.

    Raises:
        ModelRefused: `not_found`.
    """
    folder = weights_folder() / model  # an absolute path stays what it is
    if not folder.is_dir():
        raise ModelRefused(RefusalReason.NOT_FOUND, f"no folder {model} beside the suite's file, nor {folder}")
    return folder

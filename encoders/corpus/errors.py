"""What may be wrong with a corpus on disk.

EncodersError
└── CorpusError
    ├── FolderNotEmpty    the place for a new corpus holds files of somebody else
    ├── ShelfError        real media that cannot be read, with the file
    └── TruthError        a manifest that cannot be read, with file and line
"""

from pathlib import Path

from encoders.errors import EncodersError


class CorpusError(EncodersError):
    """The corpus cannot be used."""


class FolderNotEmpty(CorpusError):
    """The folder for the new corpus holds other files."""

    def __init__(self, folder: Path, stranger: str) -> None:
        """Name the folder and one file in it that is not of a corpus."""
        super().__init__(f"{folder} has {stranger!r}; choose an empty folder")
        self.folder = folder
        self.stranger = stranger


class ShelfError(CorpusError):
    """The real media cannot be used."""

    def __init__(self, path: Path, reason: str) -> None:
        """Name the file or folder and the reason."""
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class StoreError(CorpusError):
    """A store of posts cannot be used."""

    def __init__(self, folder: Path, reason: str) -> None:
        """Name the folder and the reason."""
        super().__init__(f"{folder}: {reason}")
        self.folder = folder
        self.reason = reason


class TruthError(CorpusError):
    """The truth of the corpus cannot be read."""

    def __init__(self, path: Path, line: int | None, reason: str) -> None:
        """Name the file, the line (from 1; None when it is about the whole file) and the reason."""
        super().__init__(f"{path}{'' if line is None else f', line {line}'}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason

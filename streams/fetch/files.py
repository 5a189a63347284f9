"""Files of this machine that a stranger's `file:` URI may name."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from streams.fetch.faults import SourceReason, source_fault

# Files of the kernel: reading them tells about processes and machine, or never ends. Refused even where a root is `/`.
_KERNEL = (Path("/proc"), Path("/sys"))


def allowed_file(uri: str, roots: Sequence[Path], max_bytes: int) -> Path:
    """Return the real path of a regular file under one of the roots.

    The path is checked here and opened by the decoder a moment later: whoever may write in an allowed root could put
    another file there in between. That is accepted: a root is a folder that the operator entrusts to producers, the
    decoder opens only media, opens nothing that these name, and lets out a few small pictures. A copy of each file
    would cost more than that is worth.

    Args:
        uri: `file:` with an absolute path, percent-encoded.
        roots: Allowed folders.
        max_bytes: Largest file.

    Raises:
        PoisonError: `bad_uri`, `path_not_allowed`, `source_not_found`, `source_unreachable` or `source_too_large`.
    """
    path = _path(uri)
    # As written first, so that nobody can ask which files exist outside the roots.
    if not any(path.is_relative_to(root) for given in roots for root in (given.absolute(), given.resolve())):
        raise _not_allowed(f"{path} is not under EBR_MEDIA__ALLOWED_ROOTS")
    real = _real(path)
    if not any(real.is_relative_to(root.resolve()) for root in roots):
        raise _not_allowed(f"{path} is a link out of EBR_MEDIA__ALLOWED_ROOTS")
    if any(real.is_relative_to(folder) for folder in _KERNEL):
        raise _not_allowed(f"{path} is a file of the kernel")
    size = _regular_size(path, real)
    if size > max_bytes:
        raise source_fault(SourceReason.SOURCE_TOO_LARGE, f"{size} bytes, limit {max_bytes}")
    return real


def _path(uri: str) -> Path:
    """Return the absolute path in a `file:` URI, decoded."""
    try:
        parts = urlsplit(uri)
        text = unquote(parts.path, errors="strict")
    except ValueError:  # UnicodeDecodeError is one
        raise source_fault(SourceReason.BAD_URI, "it is not a file: URI in UTF-8") from None
    if parts.netloc.lower() not in ("", "localhost"):
        raise source_fault(SourceReason.BAD_URI, "a file: URI must name no host")
    if "?" in uri or "#" in uri:
        raise source_fault(SourceReason.BAD_URI, "? and # in a file: URI must be percent-encoded")
    if not text.startswith("/") or "\0" in text:
        raise source_fault(SourceReason.BAD_URI, "a file: URI must hold an absolute path")
    if ".." in text.split("/"):
        raise _not_allowed("the path must not hold ..")
    return Path("/" + text.lstrip("/"))


def _real(path: Path) -> Path:
    try:
        return path.resolve(strict=True)
    except (FileNotFoundError, NotADirectoryError):
        raise source_fault(SourceReason.SOURCE_NOT_FOUND, f"{path} does not exist") from None
    except RuntimeError:  # what pathlib makes of links in a circle
        raise _not_allowed(f"{path} is a circle of links") from None
    except OSError as error:
        raise source_fault(SourceReason.SOURCE_UNREACHABLE, f"{path}: {error.strerror}") from None


def _regular_size(path: Path, real: Path) -> int:
    """Return the size of a regular file that this process may read.

    Nothing else is opened: opening a device may act on it, a FIFO may block.
    """
    try:
        if not stat.S_ISREG(real.lstat().st_mode):
            raise _not_allowed(f"{path} is not a regular file")
        descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise source_fault(SourceReason.SOURCE_NOT_FOUND, f"{path} does not exist any more") from None
    except OSError as error:
        raise source_fault(SourceReason.SOURCE_UNREACHABLE, f"{path}: {error.strerror}") from None
    try:
        facts = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    if not stat.S_ISREG(facts.st_mode):
        raise _not_allowed(f"{path} is not a regular file")
    return facts.st_size


def _not_allowed(detail: str) -> Exception:
    return source_fault(SourceReason.PATH_NOT_ALLOWED, detail)

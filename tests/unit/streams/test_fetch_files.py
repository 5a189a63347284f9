"""Files of this machine that a URI may name."""

import os
import socket
from pathlib import Path

import pytest

from streams.errors import PoisonError
from streams.fetch import Deadline, Fetcher
from streams.settings import MediaSettings


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return an allowed folder with a video in it, beside a folder that is not allowed."""
    (tmp_path / "root" / "sub").mkdir(parents=True)
    (tmp_path / "root" / "sub" / "v 1?#%é.mp4").write_bytes(b"video")
    (tmp_path / "root2").mkdir()
    (tmp_path / "root2" / "secret.mp4").write_bytes(b"secret")
    return tmp_path / "root"


def fetch(uri: str, *roots: Path, max_bytes: int = 1_000) -> bytes:
    """Return what a URI holds."""
    fetcher = Fetcher(MediaSettings(allowed_roots=list(roots), max_bytes=max_bytes))
    with fetcher.fetch(uri, Deadline.after(5)) as path:
        assert path.resolve() == path
        return path.read_bytes()


def reason(uri: str, *roots: Path, max_bytes: int = 1_000) -> str:
    """Return why a URI is not fetched."""
    with pytest.raises(PoisonError) as caught:
        fetch(uri, *roots, max_bytes=max_bytes)
    return caught.value.reason


def test_a_file_under_a_root_is_handed_out_as_it_is(root: Path) -> None:
    """Names with any characters, in every form of file: URI."""
    uri = (root / "sub" / "v 1?#%é.mp4").as_uri()

    assert fetch(uri, root) == b"video"
    assert fetch(uri.replace("file:///", "file:/"), root.parent / "root2", root) == b"video"
    assert fetch(uri.replace("file:///", "FILE://localhost/"), root) == b"video"


def test_no_root_allows_nothing(root: Path) -> None:
    """Files are closed by default."""
    assert reason((root / "sub").as_uri()) == "path_not_allowed"


@pytest.mark.parametrize(
    "tail",
    [
        "/../root2/secret.mp4",
        "/sub/../../root2/secret.mp4",
        "/%2e%2e/root2/secret.mp4",
        "/%2E./root2/secret.mp4",
        "/..%2froot2/secret.mp4",
        "2/secret.mp4",
        "/sub/..",
    ],
)
def test_dots_and_neighbors_lead_nowhere(root: Path, tail: str) -> None:
    """Neither `..` in any spelling nor a folder whose name begins like the root's."""
    assert reason(f"file://{root}{tail}", root) == "path_not_allowed"


def test_a_link_out_of_the_root_is_refused(root: Path) -> None:
    """A producer who may make links must not read the machine with them."""
    (root / "file.mp4").symlink_to(root.parent / "root2" / "secret.mp4")
    (root / "folder").symlink_to(root.parent / "root2")
    (root / "circle").symlink_to(root / "circle")

    assert reason((root / "file.mp4").as_uri(), root) == "path_not_allowed"
    assert reason((root / "folder" / "secret.mp4").as_uri(), root) == "path_not_allowed"
    assert reason((root / "circle").as_uri(), root) == "path_not_allowed"


def test_links_between_roots_and_to_a_root_are_followed(root: Path) -> None:
    """An operator's mount points are links as often as not."""
    (root / "file.mp4").symlink_to(root.parent / "root2" / "secret.mp4")
    alias = root.parent / "alias"
    alias.symlink_to(root)

    assert fetch((root / "file.mp4").as_uri(), root, root.parent / "root2") == b"secret"
    assert fetch((alias / "sub" / "v 1?#%é.mp4").as_uri(), alias) == b"video"
    assert fetch((root / "sub" / "v 1?#%é.mp4").as_uri(), alias) == b"video"


@pytest.mark.parametrize(
    "path", ["/proc/self/environ", "/proc/self/exe/../environ", "/proc/1/cmdline", "/sys", "/dev/zero", "/dev/null"]
)
def test_files_of_the_kernel_are_refused_even_under_the_root_of_all(path: str) -> None:
    """They tell about the process, or never end."""
    assert reason(f"file://{path}", Path("/")) == "path_not_allowed"


def test_only_regular_files_are_opened(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A FIFO blocks for ever, a socket or folder is no video."""
    os.mkfifo(root / "fifo.mp4")
    monkeypatch.chdir(root)  # a socket's path may have 107 bytes only
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind("socket.mp4")

    for name in ("fifo.mp4", "socket.mp4", "sub"):
        assert reason((root / name).as_uri(), root) == "path_not_allowed"
    assert reason(root.as_uri(), root) == "path_not_allowed"


def test_what_does_not_exist_is_told_for_allowed_paths_only(root: Path) -> None:
    """Nobody may ask which files the machine has."""
    assert reason((root / "none.mp4").as_uri(), root) == "source_not_found"
    assert reason((root / "sub" / "v 1?#%é.mp4" / "x").as_uri(), root) == "source_not_found"
    assert reason("file:///etc/none", root) == reason("file:///etc/passwd", root) == "path_not_allowed"


def test_a_file_beyond_the_limit_is_too_large(root: Path) -> None:
    """The limit is for every source."""
    assert reason((root / "sub" / "v 1?#%é.mp4").as_uri(), root, max_bytes=4) == "source_too_large"


@pytest.mark.parametrize(
    "uri",
    [
        "file:relative.mp4",
        "file:",
        "file://host/a.mp4",
        "file:///a.mp4?x",
        "file:///a.mp4#x",
        "file:///a%00.mp4",
        "file:///a%ff.mp4",
        "file:///a b.mp4",
        "file:///a\n.mp4",
        "/a.mp4",
        "a.mp4",
        "",
        ":",
        "C:\\a b.mp4",
    ],
)
def test_what_is_no_uri_is_refused(uri: str) -> None:
    """Nothing is guessed."""
    assert reason(uri, Path("/")) == "bad_uri"


@pytest.mark.parametrize("uri", ["ftp://h/a", "data:,x", "gopher://h/", "s3://b/a", "concat:a|b", "fd:0", "hdfs://h/"])
def test_schemes_that_nobody_allowed_are_refused(uri: str) -> None:
    """The list of schemes is closed."""
    assert reason(uri, Path("/")) == "scheme_not_allowed"

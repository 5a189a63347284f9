"""Downloads as tests ask for them: into a folder, from loopback."""

from pathlib import Path
from typing import Any

import pytest

from streams.errors import PoisonError
from streams.fetch import Deadline, Fetcher
from streams.fetch.addresses import Resolver, resolve
from streams.settings import MediaSettings


def fetcher(folder: Path, resolver: Resolver = resolve, **settings: Any) -> Fetcher:
    """Return a fetcher that may reach loopback unless told otherwise."""
    return Fetcher(MediaSettings(**{"allow_private_addresses": True} | settings), folder, resolver)


def loopback(*_: object) -> list[str]:
    """Answer any name with this machine."""
    return ["127.0.0.1"]


def fetch(source: Fetcher, uri: str, seconds: float = 5.0) -> bytes:
    """Return what a URI holds."""
    with source.fetch(uri, Deadline.after(seconds)) as path:
        return path.read_bytes()


def refusal(source: Fetcher, uri: str, seconds: float = 5.0) -> PoisonError:
    """Return why a URI is not fetched."""
    with pytest.raises(PoisonError) as caught:
        fetch(source, uri, seconds)
    assert caught.value.path == "$.media_uri"
    return caught.value

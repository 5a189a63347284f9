"""Downloads from hosts that may be hostile."""

import gzip
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streams.errors import SettingsError
from streams.fetch import Deadline
from tests.support.fetching import fetch, fetcher, loopback, refusal
from tests.support.media_server import (
    MediaServer,
    body,
    drip_body,
    drip_headers,
    endless,
    redirect,
    running_media_server,
    status,
)

DATA = bytes(range(256)) * 40


@pytest.fixture
def server() -> Iterator[MediaServer]:
    """Run a server of this test's own."""
    with running_media_server() as running:
        yield running


def test_a_download_is_a_file_until_it_is_no_longer_needed(server: MediaServer, tmp_path: Path) -> None:
    """What was fetched must not fill the disk."""
    server.answers["/v.mp4"] = body(DATA)

    with fetcher(tmp_path).fetch(server.url("/v.mp4"), Deadline.after(5)) as path:
        assert path.read_bytes() == DATA
        assert path.stat().st_mode & 0o077 == 0

    assert list(tmp_path.iterdir()) == []
    assert server.asked[0][1]["accept-encoding"] == "identity"


def test_a_failed_download_leaves_nothing(server: MediaServer, tmp_path: Path) -> None:
    """A source that breaks off must not fill the disk either."""
    server.answers["/v.mp4"] = body(DATA, claimed=len(DATA) + 1)

    error = refusal(fetcher(tmp_path), server.url("/v.mp4"))

    assert (error.reason, error.replayable) == ("source_unreachable", True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "0177.1",
        "2130706433",
        "localhost",
        "LOCALHOST.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::]",
        "0.0.0.0",
        "127。0。0。1",
        "allowed.example@127.0.0.1",
    ],
)
def test_loopback_is_refused_in_every_spelling(server: MediaServer, tmp_path: Path, host: str) -> None:
    """The address that is connected to decides, not the letters of the URL."""
    error = refusal(fetcher(tmp_path, allow_private_addresses=False), server.url("/v.mp4", host))

    assert error.reason == "address_not_allowed"
    assert server.asked == []


@pytest.mark.parametrize("host", ["0177.0.0.1", "127.0.0.256", "a b", "a%2eb", "[fe80::1%25lo]", "", "a\\@b", "[::1"])
def test_hosts_that_parsers_may_differ_about_are_no_urls(server: MediaServer, tmp_path: Path, host: str) -> None:
    """What is not plain is refused before anything is resolved."""
    assert refusal(fetcher(tmp_path), server.url("/v.mp4", host)).reason == "bad_uri"


def test_a_name_is_resolved_once_and_the_connection_pinned(
    server: MediaServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that answers differently the second time (DNS rebinding) is not asked a second time."""
    server.answers["/v.mp4"] = body(DATA)
    answers = iter([["127.0.0.1"], ["10.9.9.9"]])
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_, **__: pytest.fail(f"{host} was resolved again"))
    source = fetcher(tmp_path, lambda *_: next(answers))

    assert fetch(source, server.url("/v.mp4", "videos.example")) == DATA
    assert server.asked[0][1]["host"] == f"videos.example:{server.port}"


def test_a_dead_address_gives_way_to_the_next(server: MediaServer, tmp_path: Path) -> None:
    """A host with two addresses is up as long as one is."""
    server.answers["/v.mp4"] = body(DATA)

    assert fetch(fetcher(tmp_path, lambda *_: ["127.0.0.2", "::1", "127.0.0.1"]), server.url("/v.mp4", "v.example"))


def test_a_claimed_size_beyond_the_limit_is_refused_at_once(server: MediaServer, tmp_path: Path) -> None:
    """What is too large is not even begun."""
    server.answers["/v.mp4"] = body(DATA, claimed=10**12)

    error = refusal(fetcher(tmp_path, max_bytes=len(DATA)), server.url("/v.mp4"))

    assert (error.reason, error.replayable) == ("source_too_large", False)


def test_a_body_beyond_the_limit_is_cut_off(server: MediaServer, tmp_path: Path) -> None:
    """A body that claims no size is counted."""
    server.answers |= {"/big": endless(DATA, 100 * len(DATA)), "/fits": endless(DATA, len(DATA))}
    source = fetcher(tmp_path, max_bytes=len(DATA))

    assert refusal(source, server.url("/big")).reason == "source_too_large"
    assert fetch(source, server.url("/fits")) == DATA


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip", "GZIP"])
def test_a_compressed_body_is_refused(server: MediaServer, tmp_path: Path, encoding: str) -> None:
    """A megabyte of zeros in a kilobyte must not be unpacked, whatever was asked for."""
    server.answers["/v.mp4"] = body(gzip.compress(bytes(10**6)), content_encoding=encoding)

    assert refusal(fetcher(tmp_path), server.url("/v.mp4")).reason == "source_refused"


@pytest.mark.parametrize("drip", [drip_body, drip_headers])
def test_a_slow_drip_ends_at_the_deadline(server: MediaServer, tmp_path: Path, drip: Any) -> None:
    """Each byte comes in time, the whole never would: the deadline is for the whole."""
    server.answers["/v.mp4"] = drip(3.0)

    error = refusal(fetcher(tmp_path), server.url("/v.mp4"), seconds=0.4)

    assert (error.reason, error.replayable) == ("source_timeout", True)


def test_a_host_that_accepts_but_says_nothing_ends_at_the_deadline(tmp_path: Path) -> None:
    """A listening socket without a server behind it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}/v.mp4"
        assert refusal(fetcher(tmp_path), uri, seconds=0.3).reason == "source_timeout"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (404, "source_not_found"),
        (410, "source_not_found"),
        (401, "source_refused"),
        (403, "source_refused"),
        (206, "source_refused"),
        (204, "source_refused"),
        (304, "source_refused"),
        (429, "source_unreachable"),
        (503, "source_unreachable"),
    ],
)
def test_a_status_other_than_200_has_a_reason(server: MediaServer, tmp_path: Path, code: int, reason: str) -> None:
    """Each may be otherwise tomorrow, so each is replayable."""
    server.answers["/v.mp4"] = status(code)

    error = refusal(fetcher(tmp_path), server.url("/v.mp4"))

    assert (error.reason, error.replayable) == (reason, True)


def test_nobody_listening_is_unreachable(tmp_path: Path) -> None:
    """A refused connection is a source that is away."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    error = refusal(fetcher(tmp_path), f"http://127.0.0.1:{port}/v.mp4")

    assert (error.reason, error.replayable) == ("source_unreachable", True)


def test_proxies_of_the_environment_are_not_used(
    server: MediaServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would resolve the name itself and undo every check."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.answers["/v.mp4"] = body(DATA)

    assert fetch(fetcher(tmp_path), server.url("/v.mp4")) == DATA


@pytest.mark.parametrize("answer", [status(500), status(404), redirect("http://u:s3cret@h:x/s3cret"), drip_body(1)])
def test_no_secret_of_a_url_is_told(server: MediaServer, tmp_path: Path, answer: Any) -> None:
    """Details go to logs and dead letters; passwords, signed paths and queries stay where they are."""
    server.answers["/s3cret"] = answer
    uri = server.url("/s3cret?sig=s3cret#s3cret", "user:s3cret@127.0.0.1")

    error = refusal(fetcher(tmp_path), uri, seconds=0.3)

    assert "s3cret" not in str(error)
    assert server.asked[0][1]["authorization"].startswith("Basic ")


@pytest.mark.parametrize("uri", ["http://u:s3cret@[::1/", "http://u:s3/cret@h/", "http://u:s3cret@h:99999/", "s3cret"])
def test_no_secret_of_a_broken_url_is_told(tmp_path: Path, uri: str) -> None:
    """A parser's words may quote what it could not parse."""
    error = refusal(fetcher(tmp_path, loopback), uri)

    assert "cret" not in str(error)


def test_an_allowed_host_that_is_none_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    """An operator hears of a slip at once, not by videos that are refused."""
    with pytest.raises(SettingsError, match="EBR_MEDIA__ALLOWED_HOSTS"):
        fetcher(tmp_path, allowed_hosts=["a:b:c:d"])

"""Redirects of hosts that may be hostile."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fetching import fetch, fetcher, loopback, refusal
from tests.support.media_server import (
    MediaServer,
    body,
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


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://169.254.169.254/latest/meta-data/", "address_not_allowed"),
        ("http://[fd00:ec2::254]/", "address_not_allowed"),
        ("//0.0.0.0/", "address_not_allowed"),
        ("file:///etc/passwd", "scheme_not_allowed"),
        ("gopher://127.0.0.1/", "scheme_not_allowed"),
        ("http://[::1", "source_unreachable"),  # httpx already takes it for a broken answer
        ("http://a%2eb/", "bad_uri"),
        ("", "source_refused"),
    ],
)
def test_a_redirect_is_checked_like_a_first_url(
    server: MediaServer, tmp_path: Path, location: str, reason: str
) -> None:
    """An allowed host must not be a bridge to one that is not."""
    server.answers["/v.mp4"] = redirect(location)

    assert refusal(fetcher(tmp_path), server.url("/v.mp4")).reason == reason


def test_a_redirect_to_an_inner_address_is_refused(server: MediaServer, tmp_path: Path) -> None:
    """A name that leads outside first, inside after the redirect, gets no second request."""
    server.answers["/v.mp4"] = redirect(server.url("/secret", "inner.example"))
    source = fetcher(tmp_path, lambda host, _: ["169.254.1.1" if host == "inner.example" else "127.0.0.1"])

    assert refusal(source, server.url("/v.mp4", "outer.example")).reason == "address_not_allowed"
    assert server.paths == ["/v.mp4"]


def test_the_list_of_hosts_holds_after_a_redirect(server: MediaServer, tmp_path: Path) -> None:
    """Allowed hosts are compared as names, whatever their case; redirects between them are followed."""
    server.answers |= {
        "/a": redirect(server.url("/b", "CDN.example.")),
        "/b": redirect("/c"),
        "/c": body(DATA),
        "/out": redirect(server.url("/c", "evil.example")),
    }
    source = fetcher(tmp_path, loopback, allowed_hosts=["videos.example", "cdn.example"])

    assert fetch(source, server.url("/a", "Videos.Example")) == DATA
    assert refusal(source, server.url("/out", "videos.example")).reason == "host_not_allowed"
    for host in ("127.0.0.1", "xvideos.example", "videos.example.evil.example", "videos.example@evil.example"):
        assert refusal(source, server.url("/c", host)).reason == "host_not_allowed"


def test_five_redirects_are_followed_but_not_six(server: MediaServer, tmp_path: Path) -> None:
    """A circle must end."""
    for number in range(6):
        server.answers[f"/{number}"] = redirect(f"/{number + 1}", 307)
    server.answers["/6"] = body(DATA)

    assert fetch(fetcher(tmp_path), server.url("/1")) == DATA
    assert refusal(fetcher(tmp_path), server.url("/0")).reason == "source_refused"


def test_no_cookie_goes_from_one_hop_to_the_next(server: MediaServer, tmp_path: Path) -> None:
    """Hosts that share an address must not learn of each other."""
    server.answers |= {"/a": status(302, location="/b", set_cookie="secret=1; Path=/"), "/b": body(DATA)}

    fetch(fetcher(tmp_path), server.url("/a"))

    assert "cookie" not in server.asked[1][1]

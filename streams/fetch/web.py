"""Downloads over http(s) that end in time, at an allowed address, within the limit of bytes."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import IO

import httpx

from streams.errors import PoisonError, SettingsError
from streams.fetch.addresses import Resolver, allowed_addresses, resolve
from streams.fetch.deadline import Deadline
from streams.fetch.faults import SourceReason, source_fault
from streams.settings import MediaSettings

MAX_REDIRECTS = 5
# What a connection to one of several addresses may take, so that a dead one leaves time for the next.
_CONNECT_SECONDS = 5.0
_CHUNK_BYTES = 256 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
# Answers that another try a moment later may change.
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "accept": "*/*",
        # A compressed body could be a bomb; media are compressed already.
        "accept-encoding": "identity",
        "connection": "close",
        "user-agent": "ebr",
    }
)


class WebSource:
    """Fetches http(s) URLs.

    The name of each hop is resolved once and the connection made to that very address, with the name kept in the Host
    header and the TLS handshake. No proxy, netrc or certificate of the environment is used, no cookie is kept.

    Args:
        media: Allowed hosts, whether private addresses are allowed, the limit of bytes.
        resolver: Looks names up.

    Raises:
        SettingsError: an allowed host is none.
    """

    def __init__(self, media: MediaSettings, resolver: Resolver = resolve) -> None:
        self._hosts = frozenset(_listed(host) for host in media.allowed_hosts)
        self._allow_private, self._max_bytes = media.allow_private_addresses, media.max_bytes
        self._resolver = resolver
        self._tls = httpx.create_ssl_context(trust_env=False)

    def download(self, uri: str, file: IO[bytes], deadline: Deadline) -> None:
        """Write what a URL holds to a file. Blocks; call it where no event loop runs.

        Raises:
            PoisonError: it cannot be fetched; the reason says why.
        """
        asyncio.run(self._bounded(_parsed(uri), file, deadline))

    async def _bounded(self, url: httpx.URL, file: IO[bytes], deadline: Deadline) -> None:
        """Cancel whatever the other side is slow at: connecting, headers, body, one byte at a time."""
        try:
            async with asyncio.timeout(deadline.remaining_seconds):
                await self._follow(url, file, deadline)
        except TimeoutError:
            raise source_fault(SourceReason.SOURCE_TIMEOUT, f"{_named(url)} was not fetched in time") from None
        except httpx.HTTPError as error:
            detail = f"{_named(url)}: {type(error).__name__}"
            raise source_fault(SourceReason.SOURCE_UNREACHABLE, detail) from None

    async def _follow(self, url: httpx.URL, file: IO[bytes], deadline: Deadline) -> None:
        for _ in range(MAX_REDIRECTS + 1):
            addresses = self._addresses(url, deadline)
            async with self._answer(url, addresses) as answer:
                if answer.status_code not in _REDIRECTS:
                    await self._save(url, answer, file)
                    return
                url = _redirected(url, answer.headers.get("location", ""))
        raise source_fault(SourceReason.SOURCE_REFUSED, f"more than {MAX_REDIRECTS} redirects")

    def _addresses(self, url: httpx.URL, deadline: Deadline) -> list[str]:
        host = _plain_host(url)
        if self._hosts and host not in self._hosts:
            raise source_fault(SourceReason.HOST_NOT_ALLOWED, f"host {host} is not in EBR_MEDIA__ALLOWED_HOSTS")
        port = url.port or (443 if url.scheme == "https" else 80)
        return allowed_addresses(host, port, deadline, self._allow_private, self._resolver)

    @asynccontextmanager
    async def _answer(self, url: httpx.URL, addresses: list[str]) -> AsyncIterator[httpx.Response]:
        """Yield the answer of the first address that takes the connection; its body is not read yet."""
        # A new client each hop: what one host sets must not reach the next that shares its address.
        async with httpx.AsyncClient(
            verify=self._tls,
            trust_env=False,
            follow_redirects=False,
            headers=_HEADERS,
            timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS),
        ) as client:
            answer = await self._send(client, url, addresses)
            try:
                yield answer
            finally:
                await answer.aclose()

    async def _send(self, client: httpx.AsyncClient, url: httpx.URL, addresses: list[str]) -> httpx.Response:
        for left, address in enumerate(addresses, start=1 - len(addresses)):
            request = client.build_request(
                "GET",
                url.copy_with(host=address, fragment=None),
                headers={"host": url.netloc.decode("ascii")},
                extensions={"sni_hostname": _plain_host(url)},
            )
            try:
                return await client.send(request, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if not left:
                    raise
        raise source_fault(SourceReason.SOURCE_UNREACHABLE, f"{_named(url)} has no address")

    async def _save(self, url: httpx.URL, answer: httpx.Response, file: IO[bytes]) -> None:
        _check_status(url, answer.status_code)
        encoding = answer.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            raise source_fault(SourceReason.SOURCE_REFUSED, f"{_named(url)} sent content-encoding {encoding[:32]}")
        claimed = answer.headers.get("content-length", "")
        self._check_size(int(claimed) if claimed.isdecimal() else 0)
        size = 0
        async for chunk in answer.aiter_raw(_CHUNK_BYTES):
            size += len(chunk)
            self._check_size(size)
            file.write(chunk)

    def _check_size(self, size: int) -> None:
        if size > self._max_bytes:
            raise source_fault(SourceReason.SOURCE_TOO_LARGE, f"{size} bytes or more, limit {self._max_bytes}")


def _parsed(uri: str) -> httpx.URL:
    """Return a URL; the same object is checked and used, so that no second parser can see another host in it."""
    try:
        url = httpx.URL(uri)
        host, port = url.host, url.port
    except (httpx.InvalidURL, UnicodeError, ValueError):
        # The parser's own words may quote a password.
        raise source_fault(SourceReason.BAD_URI, "it is not a URL") from None
    if url.scheme not in ("http", "https"):
        raise source_fault(SourceReason.SCHEME_NOT_ALLOWED, f"it leads to scheme {url.scheme[:32]!r}")
    if not host or "%" in host or "\\" in uri or (port is not None and not 0 < port < 65_536):
        raise source_fault(SourceReason.BAD_URI, "it must name a host, and a port from 1 to 65535 if any")
    return url


def _redirected(url: httpx.URL, location: str) -> httpx.URL:
    if not location:
        raise source_fault(SourceReason.SOURCE_REFUSED, f"{_named(url)} redirects to nowhere")
    try:
        return _parsed(str(url.join(location)))
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise source_fault(SourceReason.BAD_URI, f"{_named(url)} redirects to what is not a URL") from None
    except PoisonError as error:
        raise source_fault(SourceReason(error.reason), f"{_named(url)} redirects: {error.detail}") from None


def _check_status(url: httpx.URL, status: int) -> None:
    if status == httpx.codes.OK:
        return
    reason = SourceReason.SOURCE_REFUSED
    if status in _GONE:
        reason = SourceReason.SOURCE_NOT_FOUND
    elif status in _BUSY:
        reason = SourceReason.SOURCE_UNREACHABLE
    raise source_fault(reason, f"{_named(url)} answered {status}")


def _plain_host(url: httpx.URL) -> str:
    """Return the one spelling of a host: lower case, IDNA, without the dot of the root."""
    return url.raw_host.decode("ascii").rstrip(".").lower()


def _listed(host: str) -> str:
    """Return the one spelling of a host that the operator allows."""
    bracketed = f"[{host}]" if ":" in host and not host.startswith("[") else host
    try:
        return _plain_host(httpx.URL(f"http://{bracketed}/"))
    except (httpx.InvalidURL, UnicodeError) as error:
        raise SettingsError(f"EBR_MEDIA__ALLOWED_HOSTS: {host!r} is not a host") from error


def _named(url: httpx.URL) -> str:
    """Return what of a URL may be told: neither credentials nor path nor query, each of which may be a secret."""
    return f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}"

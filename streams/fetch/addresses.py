"""Which addresses of the network a stranger's URL may lead to."""

import ipaddress
import socket
from collections.abc import Callable

from streams.fetch.deadline import Deadline, within
from streams.fetch.faults import SourceReason, source_fault

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Answers a name look-up with addresses as text, in the order to be tried; raises OSError if there are none.
Resolver = Callable[[str, int], list[str]]

# Where clouds hand out the credentials of a machine, outside link-local: Alibaba, AWS over IPv6, Azure's wire server.
_METADATA = frozenset(ipaddress.ip_address(a) for a in ("100.100.100.200", "fd00:ec2::254", "168.63.129.16"))

# IANA special-purpose ranges that Python calls global although they lead, by translation or tunnel, to another address
# (https://www.iana.org/assignments/iana-ipv6-special-registry), or to nobody.
_NEVER = tuple(
    ipaddress.ip_network(n)
    for n in (
        "0.0.0.0/8",  # this host
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "::/96",  # IPv4-compatible
        "::ffff:0:0:0/96",  # IPv4-translated
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # local NAT64
        "2001::/23",  # Teredo with other assignments
        "2002::/16",  # 6to4
        "fec0::/10",  # site-local
        "5f00::/16",  # segment routing
    )
)
# RFC 6598, between a provider and its customers: as private as RFC 1918.
_SHARED = ipaddress.ip_network("100.64.0.0/10")


def resolve(host: str, port: int) -> list[str]:
    """Ask the system's resolver.

    Raises:
        OSError: the name has no address, or the resolver is away.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def is_allowed(address: Address, allow_private: bool) -> bool:
    """Return whether an address may be connected to.

    Args:
        address: As a resolver gave it; an IPv4 address inside IPv6 counts as itself.
        allow_private: Whether loopback and private ranges are allowed. Link-local, metadata, multicast, unspecified,
            reserved and translated addresses never are.
    """
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    address = mapped or address
    if address.is_loopback:
        return allow_private
    if address in _METADATA or address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    if address.is_reserved or any(address in network for network in _NEVER):
        return False
    return address.is_global or (allow_private and (address.is_private or address in _SHARED))


def allowed_addresses(
    host: str, port: int, deadline: Deadline, allow_private: bool, resolver: Resolver = resolve
) -> list[str]:
    """Resolve a host once; return the addresses that may be connected to, in the order to be tried.

    The caller must connect to one of these, never to the name again: a second look-up may have another answer.

    Raises:
        PoisonError: `address_not_allowed`, all are refused; `source_unreachable`, the name has none now;
            `source_timeout`, the resolver does not answer in time.
    """
    try:
        found = within(deadline, lambda: resolver(host, port), (OSError, UnicodeError))
    except TimeoutError:
        raise source_fault(SourceReason.SOURCE_TIMEOUT, f"the name {host} was not resolved in time") from None
    except (OSError, UnicodeError):
        raise source_fault(SourceReason.SOURCE_UNREACHABLE, f"the name {host} cannot be resolved") from None
    allowed = [text for text in found if is_allowed(ipaddress.ip_address(text), allow_private)]
    if not allowed:
        raise source_fault(SourceReason.ADDRESS_NOT_ALLOWED, f"{host} leads to no address that may be fetched from")
    return allowed

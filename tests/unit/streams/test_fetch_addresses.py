"""Addresses that a URL may lead to."""

import ipaddress
import time

import pytest

from streams.errors import PoisonError
from streams.fetch.addresses import allowed_addresses, is_allowed
from streams.fetch.deadline import Deadline

PUBLIC = ["8.8.8.8", "151.101.1.69", "2606:4700::6810:84e5", "::ffff:8.8.8.8"]
PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "::1",
    "fd12:3456::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
]
NEVER = [
    "169.254.169.254",
    "169.254.0.1",
    "::ffff:169.254.169.254",
    "fe80::1",
    "fe80::1%eth0",
    "100.100.100.200",
    "fd00:ec2::254",
    "168.63.129.16",
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "224.0.0.1",
    "239.255.255.250",
    "ff02::1",
    "ff0e::1",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.0.8",
    "192.88.99.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "::7f00:1",
    "::ffff:0:7f00:1",
    "fec0::1",
    "5f00::1",
]


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_allowed(text: str) -> None:
    """The network of everybody is what http(s) sources are on."""
    assert is_allowed(ipaddress.ip_address(text), allow_private=False)


@pytest.mark.parametrize("text", PRIVATE)
def test_private_addresses_are_allowed_on_demand_only(text: str) -> None:
    """Loopback and private ranges serve tests and intranets, in whatever form they are written."""
    address = ipaddress.ip_address(text)

    assert not is_allowed(address, allow_private=False)
    assert is_allowed(address, allow_private=True)


@pytest.mark.parametrize("text", NEVER)
def test_metadata_and_tunnels_are_never_allowed(text: str) -> None:
    """Nobody keeps videos where a cloud keeps credentials, nor behind an address that hides another one."""
    address = ipaddress.ip_address(text)

    assert not is_allowed(address, allow_private=False)
    assert not is_allowed(address, allow_private=True)


def test_only_the_allowed_addresses_of_a_host_are_returned() -> None:
    """A public host that also has an inner address is reached at its public one, in the resolver's order."""
    found = ["10.0.0.1", "8.8.8.8", "127.0.0.1", "8.8.4.4"]

    allowed = allowed_addresses("videos.example", 80, Deadline.after(5), False, lambda *_: found)

    assert allowed == ["8.8.8.8", "8.8.4.4"]


def test_a_slow_resolver_is_given_up_at_the_deadline() -> None:
    """A name server that never answers must not hold a worker."""

    def slow(host: str, port: int) -> list[str]:
        time.sleep(3)
        return ["8.8.8.8"]

    with pytest.raises(PoisonError) as caught:
        allowed_addresses("videos.example", 80, Deadline.after(0.05), False, slow)

    assert (caught.value.reason, caught.value.replayable) == ("source_timeout", True)


def test_a_name_without_an_address_is_unreachable() -> None:
    """A name may get its address tomorrow, so the dead letter is replayable."""

    def unknown(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(PoisonError) as caught:
        allowed_addresses("videos.example", 80, Deadline.after(5), False, unknown)

    assert (caught.value.reason, caught.value.replayable) == ("source_unreachable", True)

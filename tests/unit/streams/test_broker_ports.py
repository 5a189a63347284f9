"""Ports are chosen so that the broker can take them again."""

import socket
from pathlib import Path

import pytest

from streams.broker import ports
from streams.broker.errors import BrokerError
from streams.broker.ports import FIRST_FREE_PORT, LAST_FREE_PORT, Ports, choose_ports, is_free


def test_free_ports_differ_and_lie_below_the_ephemeral_range(tmp_path: Path) -> None:
    """A port of the ephemeral range can be lost to a client's own connection while the broker is down."""
    chosen = choose_ports(tmp_path, clients=0)

    assert chosen.clients != chosen.controller
    assert all(FIRST_FREE_PORT <= port <= LAST_FREE_PORT for port in (chosen.clients, chosen.controller))


def test_a_port_asked_for_is_taken_and_not_given_to_the_controller_too(tmp_path: Path) -> None:
    """Both listeners on one port would stop the broker from starting."""
    free = choose_ports(tmp_path, clients=0)

    asked = choose_ports(tmp_path, clients=free.controller)

    assert asked.clients == free.controller
    assert asked.controller != free.controller


def test_a_port_in_use_is_passed_over(tmp_path: Path) -> None:
    """The search goes on behind a port that another program holds."""
    first = choose_ports(tmp_path, clients=0).controller
    with socket.create_server(("127.0.0.1", first)):
        assert not is_free(first)

        assert choose_ports(tmp_path, clients=0).controller != first


def test_no_port_left_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The search ends."""
    monkeypatch.setattr(ports, "is_free", lambda port: False)

    with pytest.raises(BrokerError, match="no two free ports"):
        choose_ports(tmp_path, clients=0)


def test_the_bootstrap_address_is_the_clients_port() -> None:
    """Clients never speak to the controller."""
    assert Ports(clients=21_000, controller=21_001).bootstrap_servers == "127.0.0.1:21000"

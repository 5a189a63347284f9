"""The Java that runs Kafka is found, or its absence is explained."""

from pathlib import Path

import pytest

from streams.broker.errors import BrokerFailed, JavaMissing
from streams.broker.java import find_java, format_storage, server_command


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that is the whole PATH of the test."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def _java(programs: Path, script: str) -> str:
    java = programs / "java"
    java.write_text(f"#!/bin/sh\n{script}\n")
    java.chmod(0o755)
    return str(java)


@pytest.mark.parametrize("version", ["17.0.15", "21", "25-ea"])
def test_java_17_or_later_is_taken(programs: Path, version: str) -> None:
    """Kafka 4.1 runs on 17 and later."""
    java = _java(programs, f"""echo 'openjdk version "{version}" 2025-04-15' >&2""")

    assert find_java() == java


@pytest.mark.parametrize("answer", ['openjdk version "11.0.2"', 'java version "1.8.0_292"', "what?"])
def test_an_older_java_is_refused_with_what_it_said(programs: Path, answer: str) -> None:
    """Kafka itself would end with a stack trace about class file versions."""
    _java(programs, f"echo '{answer}' >&2")

    with pytest.raises(JavaMissing, match="no Java 17 or later"):
        find_java()


def test_a_machine_without_java_is_told_what_to_install(programs: Path) -> None:
    """The message holds the command."""
    with pytest.raises(JavaMissing, match="make setup"):
        find_java()


def test_a_failed_format_shows_what_the_program_said(programs: Path, tmp_path: Path) -> None:
    """The reason stands in the error and in the log."""
    java = _java(programs, "echo disk is full; exit 1")

    with pytest.raises(BrokerFailed, match="disk is full"):
        format_storage(java, tmp_path, tmp_path / "server.properties", "id", tmp_path / "log")
    assert (tmp_path / "log").read_text() == "disk is full\n"


def test_the_server_runs_with_a_bounded_heap() -> None:
    """A laptop has other things to do."""
    command = server_command("/java", Path("/jars"), Path("/server.properties"), Path("/log4j2.properties"), 256)

    assert command[0] == "/java"
    assert "-Xmx256m" in command
    assert command[-2:] == ["kafka.Kafka", "/server.properties"]

"""The cache of jars is filled once, whole or not at all."""

from pathlib import Path

import pytest

from streams.broker.errors import JarsMissing
from streams.broker.jars import default_folder, fetch_jars, pom_file


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that is the whole PATH of the test."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def _maven(programs: Path, script: str) -> None:
    maven = programs / "mvn"
    maven.write_text(
        f'#!/bin/sh\nfor word; do case $word in -DoutputDirectory=*) out="${{word#*=}}";; esac; done\n{script}\n'
    )
    maven.chmod(0o755)


def test_maven_fills_the_folder_and_is_not_asked_again(programs: Path, tmp_path: Path) -> None:
    """The second start of a broker needs no Maven and no network."""
    _maven(programs, '/bin/mkdir "$out"; echo jar > "$out/kafka.jar"')
    folder = tmp_path / "cache" / "jars"

    first = fetch_jars(folder)
    (programs / "mvn").unlink()

    assert first == fetch_jars(folder) == folder
    assert [file.name for file in folder.iterdir()] == ["kafka.jar"]


def test_without_maven_the_error_says_what_to_do(programs: Path, tmp_path: Path) -> None:
    """A person who installed the package alone has no Makefile output to look at."""
    with pytest.raises(JarsMissing, match="make setup"):
        fetch_jars(tmp_path / "jars")


@pytest.mark.parametrize("script", ["echo no such artifact; exit 1", "exit 0"])
def test_a_fetch_that_failed_leaves_nothing_behind(programs: Path, tmp_path: Path, script: str) -> None:
    """Half of the jars would be taken for all of them at the next start."""
    _maven(programs, script)
    cache = tmp_path / "cache"

    with pytest.raises(JarsMissing, match="Maven could not fetch them"):
        fetch_jars(cache / "jars")
    assert list(cache.iterdir()) == []


def test_the_default_folder_follows_the_pom() -> None:
    """A new version of Kafka must not meet the jars of the old one."""
    assert default_folder().name.startswith("kafka-jars-")
    assert "kafka_2.13" in pom_file().read_text()

"""The checks of `ebr doctor`, each when well and when broken."""

import json
from pathlib import Path

import pytest

from streams.broker import JavaMissing
from streams.cli import checks
from streams.cli.checks import Level
from streams.cli.main import main
from streams.settings import EncoderSettings, KafkaSettings, MediaSettings, Settings, WorkerSettings


def test_a_machine_without_a_cluster_is_broken(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1; each line is JSON that a program can read; what is broken says what to do."""
    monkeypatch.setenv("EBR_KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:1")

    assert main(["doctor", "--json"]) == 1

    found = {line["name"]: line for line in map(json.loads, capfd.readouterr().out.splitlines())}
    assert found["broker"]["level"] == "broken"
    assert "ebr broker start" in found["broker"]["remedy"]
    assert found["encoders"]["level"] == "ok"
    assert {"versions", "java", "broker", "encoders", "disk", "media"} == set(found)


@pytest.mark.parametrize(("needed", "level"), [(True, Level.BROKEN), (False, Level.REMARK)])
def test_java_is_needed_only_without_a_cluster(monkeypatch: pytest.MonkeyPatch, *, needed: bool, level: Level) -> None:
    """Whoever has a cluster elsewhere needs none."""

    def missing() -> str:
        raise JavaMissing

    monkeypatch.setattr(checks, "find_java", missing)

    check = checks.check_java(needed=needed)

    assert check.level is level
    assert "make setup" in check.remedy


def test_an_unknown_suite_is_broken() -> None:
    """Workers would end at once."""
    check = checks.check_encoders(Settings(encoders=EncoderSettings(suite="no-such-suite")))

    assert check.level is Level.BROKEN
    assert "no-such-suite" in check.detail


def test_a_full_disk_is_broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Also where the data folder does not exist yet."""
    monkeypatch.setattr(checks, "LEAST_DISK_BYTES", 2**63)

    found = list(checks.check_disk(Settings(worker=WorkerSettings(data_folder=tmp_path / "not" / "yet"))))

    assert found[0].level is Level.BROKEN
    assert str(tmp_path) in found[0].detail


def test_a_media_root_that_is_not_there_is_broken(tmp_path: Path) -> None:
    """Every file: URI would be refused."""
    check = checks.check_media(Settings(media=MediaSettings(allowed_roots=[tmp_path, tmp_path / "gone"])))

    assert check.level is Level.BROKEN
    assert str(tmp_path / "gone") in check.detail


def test_no_media_root_is_a_remark() -> None:
    """Right for those whose videos come over http."""
    assert checks.check_media(Settings(kafka=KafkaSettings())).level is Level.REMARK


def test_versions_are_as_pinned() -> None:
    """In the environment that runs the tests; else nothing that they say counts."""
    assert checks.check_versions().level is Level.OK

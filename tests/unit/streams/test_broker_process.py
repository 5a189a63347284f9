"""A detached process is known by more than its number."""

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from streams.broker.process import ProcessMark, mark_of, read_mark, spawn_detached


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[ProcessMark]:
    """Return the mark of a process that does nothing."""
    mark = mark_of(spawn_detached(["/bin/sleep", "60"], tmp_path / "out"))
    assert mark is not None
    yield mark
    mark.send(signal.SIGKILL)
    assert mark.wait(10)


def test_a_mark_survives_its_file(sleeper: ProcessMark, tmp_path: Path) -> None:
    """The next command finds the process by the file that this one wrote."""
    sleeper.write(tmp_path / "pid.json")

    found = read_mark(tmp_path / "pid.json")

    assert found == sleeper
    assert found.is_running()


def test_a_number_given_to_another_process_is_not_the_old_one(sleeper: ProcessMark) -> None:
    """After a crash the number may belong to anybody: that one must not be signalled."""
    old = replace(sleeper, started=sleeper.started - 1)

    old.send(signal.SIGKILL)

    assert not old.is_running()
    assert sleeper.is_running()


def test_a_number_of_an_earlier_boot_is_not_the_old_one(sleeper: ProcessMark) -> None:
    """Clock ticks count from boot: the same count in another boot means nothing."""
    assert not replace(sleeper, boot="another").is_running()


def test_a_killed_child_that_nobody_collected_does_not_run(sleeper: ProcessMark) -> None:
    """A zombie still has a number; it is dead all the same."""
    sleeper.send(signal.SIGKILL)

    assert sleeper.wait(10)
    assert mark_of(sleeper.pid) is None


def test_a_wait_ends_when_its_time_is_over(sleeper: ProcessMark) -> None:
    """A process that does not end must not hold who waits for it."""
    assert not sleeper.wait(0)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "started": 2, "boot": "x", "more": 0}'])
def test_a_damaged_file_names_no_process(tmp_path: Path, content: str) -> None:
    """A half-written file of another version is no reason to fail."""
    (tmp_path / "pid.json").write_text(content)

    assert read_mark(tmp_path / "pid.json") is None


def test_a_detached_process_sees_no_environment_and_appends_its_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Secrets of who starts the broker stay out of it; logs of earlier runs are kept."""
    monkeypatch.setenv("EBR_SECRET", "secret")
    output = tmp_path / "out"
    output.write_text("earlier\n")

    mark = mark_of(spawn_detached(["/usr/bin/env"], output))

    assert mark is None or mark.wait(10)
    assert output.read_text() == "earlier\nLANG=C.UTF-8\n"

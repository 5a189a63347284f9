"""The entry point: one line with an exit code for whatever goes wrong, a trace never."""

import subprocess
import sys
from collections.abc import Sequence

import pytest

from encoders import UnknownSuite
from streams.cli.main import exit_code, main
from streams.errors import BadMessage, ClusterError, DeliveryError, SettingsError, TopicMismatch, UserError


def run(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Return exit code, standard output, standard error of a command."""
    code = main(arguments)
    captured = capfd.readouterr()
    return code, captured.out, captured.err


def test_help_lists_the_verbs_with_the_exit_codes(capfd: pytest.CaptureFixture[str]) -> None:
    """A newcomer types `ebr --help` first."""
    code, out, _ = run(capfd, "--help")

    assert code == 0
    for word in ("broker", "topics", "worker", "produce", "trend", "seed", "dead-letters", "doctor", "Exit codes"):
        assert word in out


def test_version_is_that_of_the_distribution(capfd: pytest.CaptureFixture[str]) -> None:
    """Bug reports quote it."""
    code, out, _ = run(capfd, "--version")

    assert code == 0
    assert out.startswith("ebr ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nope"],
        ["topics", "nope"],
        ["worker"],
        ["worker", "--role", "nobody"],
        ["trend", "declare", "t", "--threshold", "2"],
        ["trend", "declare", "t", "--threshold", "0.5", "--band", "0.5-review"],
        ["trend", "declare", "t", "--threshold", "0.5", "--band", "0.5=burn"],
        ["trend", "declare", "t", "--threshold", "0.5", "--modality-threshold", "smell=0.5"],
        ["trend", "change", "t"],
        ["decision", "record", "a", "perhaps"],
        ["dead-letters", "replay"],
        ["dead-letters", "replay", "1", "--all"],
        ["dead-letters", "show", "video-events/1"],
        ["produce", "no-such-folder"],
        ["seed", "add", "t", "no-such-file.mp4"],
        ["generate", "out", "--posts", "10", "--trends", "4"],
        ["generate", "out", "--section", "bank", "--posts", "10"],
        ["generate", "out", "--section", "nowhere"],
        ["generate", "out", "--media", "no-such-folder"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2_without_a_trace(capfd: pytest.CaptureFixture[str], arguments: Sequence[str]) -> None:
    """What a person typed is explained, not raised."""
    code, out, err = run(capfd, *arguments)

    assert (code, out) == (2, "")
    assert err.strip()
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["topics", "check"],
        ["topics", "create"],
        ["trend", "list"],
        ["trend", "declare", "t", "--threshold", "0.5"],
        ["trend", "retire", "t"],
        ["seed", "revoke", "t", "s"],
        ["actions", "tail"],
        ["receipts", "tail", "--follow"],
        ["dead-letters", "list"],
        ["decision", "record", "a", "reject"],
    ],
    ids=" ".join,
)
def test_without_a_cluster_a_command_says_so_at_once(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str]
) -> None:
    """Exit code 3, the address, what to do; not half a minute of retries."""
    monkeypatch.setenv("EBR_KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:1")

    code, out, err = run(capfd, *arguments)

    assert (code, out) == (3, "")
    assert "127.0.0.1:1" in err
    assert "ebr broker start" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("servers", ["localhost", "localhost:kafka", "host:99999", ":9092"])
def test_an_address_that_is_none_exits_2(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, servers: str
) -> None:
    """A misspelt address is the person's, not the cluster's fault."""
    monkeypatch.setenv("EBR_KAFKA__BOOTSTRAP_SERVERS", servers)

    code, _, err = run(capfd, "topics", "check")

    assert code == 2
    assert "host:port" in err


def test_a_bad_setting_names_its_variable(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is done."""
    monkeypatch.setenv("EBR_KAFKA__PARTITIONS", "none")

    code, _, err = run(capfd, "topics", "check")

    assert code == 2
    assert "EBR_KAFKA__PARTITIONS" in err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UserError("no"), 2),
        (SettingsError("no"), 2),
        (BadMessage("invalid_message"), 2),
        (ClusterError("no"), 3),
        (DeliveryError("no"), 3),
        (TopicMismatch("t", "partitions", 4, 3), 1),
        (UnknownSuite("x", ["signal"]), 1),
        (PermissionError("no"), 1),
        (ZeroDivisionError("no"), 70),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_each_error_has_its_exit_code(error: Exception, code: int) -> None:
    """Scripts tell a mistake from an outage by the code."""
    assert exit_code(error) == code


def test_a_fault_of_ours_hides_its_trace_until_asked(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """EBR_LOG__LEVEL=debug shows it."""

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("inside")

    monkeypatch.setattr("streams.cli.topics.run", fail)
    code, _, err = run(capfd, "topics", "check")
    assert code == 70
    assert "inside" in err
    assert "EBR_LOG__LEVEL=debug" in err
    assert "Traceback" not in err

    monkeypatch.setenv("EBR_LOG__LEVEL", "debug")
    assert "Traceback" in run(capfd, "topics", "check")[2]


def test_an_interrupt_exits_130(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends --follow."""

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("streams.cli.topics.run", interrupt)

    assert run(capfd, "topics", "check")[0] == 130


def test_a_small_command_loads_neither_torch_nor_faust() -> None:
    """Every command would be seconds slower."""
    code = "from streams.cli.main import main; main(['topics', '-h'])"
    code += "; import sys; print({'torch', 'faust'} & {*sys.modules})"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.splitlines()[-1] == "set()"

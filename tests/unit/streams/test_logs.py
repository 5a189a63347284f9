"""One line an event; JSON where a program reads it."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from streams.logs import Damper, configure, get_logger


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    """Leave the logging of the test run as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_outside_a_terminal_a_line_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    """A collector parses what a person would read pretty."""
    configure("info", "auto")

    get_logger("stage").info("message", topic="video-events", offset=3)

    line = json.loads(capsys.readouterr().err)
    assert line["event"] == "message"
    assert line["part"] == "stage"
    assert line["offset"] == 3
    assert line["level"] == "info"
    assert line["timestamp"].endswith("Z")


def test_pretty_is_not_json(capsys: pytest.CaptureFixture[str]) -> None:
    """In a terminal a person reads."""
    configure("info", "pretty")

    get_logger("stage").info("message")

    assert not capsys.readouterr().err.startswith("{")


def test_lines_below_the_level_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    """A level is a promise to the disk."""
    configure("warning", "json")

    get_logger("stage").info("message")

    assert capsys.readouterr().err == ""


def test_what_libraries_log_has_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    """One parser for all lines of a worker."""
    configure("info", "json")

    logging.getLogger("aiokafka.conn").warning("broker %s away", 7)

    line = json.loads(capsys.readouterr().err)
    assert line["event"] == "broker 7 away"
    assert line["logger"] == "aiokafka.conn"


def test_the_chatter_of_kafka_libraries_stays_out(capsys: pytest.CaptureFixture[str]) -> None:
    """Their info lines are about their own insides."""
    configure("info", "json")

    logging.getLogger("faust.app").info("internals")

    assert capsys.readouterr().err == ""


def test_a_logger_made_before_the_set_up_follows_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Modules ask for their logger at import, long before an entry point configures."""
    logger = get_logger("early")
    configure("info", "json")

    logger.info("late")

    assert json.loads(capsys.readouterr().err)["part"] == "early"


def test_a_library_that_repeats_itself_is_heard_once_in_ten_seconds() -> None:
    """A broker that is away for a minute must not fill the disk."""
    clock = [0.0]
    damper = Damper(lambda: clock[0])

    def says(text: str) -> bool:
        return damper.filter(logging.LogRecord("aiokafka", logging.ERROR, "f.py", 1, text, (), None))

    assert [says("away %s"), says("away %s"), says("back")] == [True, False, True]
    clock[0] = 10.0
    assert says("away %s")


def test_a_terminal_that_was_closed_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker in the background outlives its terminal, and must still hear SIGTERM."""

    class Gone:
        def isatty(self) -> bool:
            return False

        def write(self, text: str) -> int:
            raise OSError(5, "Input/output error")

        def flush(self) -> None:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr("sys.stderr", Gone())
    configure("info", "json")
    get_logger("here").info("nobody hears this")
    logging.getLogger("somewhere").error("nor this")

"""Logs of one line an event: pretty in a terminal, JSON elsewhere."""

import logging
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal, TextIO, cast

import structlog

# Chatty at info, and about their own insides.
_QUIET = ("aiokafka", "faust", "mode", "asyncio", "httpx", "aiohttp")


# A broker that is away makes each client say so many times a second; once in so many seconds is enough for a person.
_SAME_LINE_SECONDS = 10.0
_LINES_REMEMBERED = 1_000


class Damper(logging.Filter):
    """Lets the same line of a library pass once in ten seconds.

    Args:
        now: A monotonic clock, in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self._passed: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the line is new, or was not seen for a while; lines are the same if their templates are."""
        line, now = (record.name, str(record.msg)), self._now()
        if now - self._passed.get(line, -_SAME_LINE_SECONDS) < _SAME_LINE_SECONDS:
            return False
        if len(self._passed) > _LINES_REMEMBERED:  # lines that were put together before they were logged
            self._passed.clear()
        self._passed[line] = now
        return True


class Outlet:
    """Standard error, as far as there is one: a terminal that was closed must not stop who writes to it."""

    def write(self, text: str) -> int:
        """Write what can be written; return the length of the text."""
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush what can be flushed."""
        with suppress(OSError, ValueError):
            sys.stderr.flush()


def configure(level: str = "info", format: Literal["auto", "json", "pretty"] = "auto") -> None:  # noqa: A002 - the name of the setting
    """Set up the logs of this process, on standard error; called once by each entry point.

    Args:
        level: Lowest level written: debug, info, warning or error.
        format: `auto` is pretty in a terminal, JSON elsewhere.
    """
    outlet = cast(TextIO, Outlet())
    pretty = format == "pretty" or (format == "auto" and sys.stderr.isatty())
    lowest = getattr(logging, level.upper())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    plain = structlog.dev.plain_traceback
    last: list[Any] = [structlog.dev.ConsoleRenderer(exception_formatter=plain)]
    if not pretty:
        # Local variables hold messages of users and secrets of settings: they stay out of the logs.
        traceback = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        last = [structlog.processors.ExceptionRenderer(traceback), structlog.processors.JSONRenderer(default=str)]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
        logger_factory=structlog.PrintLoggerFactory(file=outlet),
        cache_logger_on_first_use=False,
    )
    _route_standard_logging([*shared], last, lowest, outlet)


def get_logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """Return a logger whose lines bear the name of its part, for example `stage`."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(part=name)
    return logger


def _route_standard_logging(shared: list[Any], last: list[Any], lowest: int, outlet: TextIO) -> None:
    """Write what libraries log in the same form; the chatty ones from warnings on."""
    handler = logging.StreamHandler(outlet)
    handler.addFilter(Damper())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(lowest)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(lowest, logging.WARNING))

"""The headers by which a trace follows a video from topic to topic."""

from collections.abc import Sequence

from streams.wire.dead_letter import Header

# W3C Trace Context: https://www.w3.org/TR/trace-context/
_TRACE_HEADERS = frozenset({"traceparent", "tracestate"})


def trace_headers(headers: Sequence[Header]) -> tuple[Header, ...]:
    """Return the headers that an output takes over from the record that caused it, in order."""
    return tuple((name, value) for name, value in headers if name.lower() in _TRACE_HEADERS)

"""What ends a measurement."""

from streams.errors import StreamsError


class BenchFailed(StreamsError):
    """A measurement met something that it cannot measure."""

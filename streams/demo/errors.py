"""What can go wrong in a demo beside what can go wrong in the system."""

from streams.errors import StreamsError


class DemoFailed(StreamsError):
    """The demo could not be carried to its end."""

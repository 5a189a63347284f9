"""The guarded door through which media of strangers come in."""

from streams.fetch.deadline import Deadline
from streams.fetch.faults import SourceReason
from streams.fetch.fetcher import Fetcher

__all__ = ["Deadline", "Fetcher", "SourceReason"]

"""Why a source was not fetched, as words that stand in dead letters."""

from enum import StrEnum

from streams.errors import PoisonError


class SourceReason(StrEnum):
    """Why a source was not fetched; the words only ever grow."""

    BAD_URI = "bad_uri"
    SCHEME_NOT_ALLOWED = "scheme_not_allowed"
    PATH_NOT_ALLOWED = "path_not_allowed"
    HOST_NOT_ALLOWED = "host_not_allowed"
    ADDRESS_NOT_ALLOWED = "address_not_allowed"
    SOURCE_UNREACHABLE = "source_unreachable"
    SOURCE_TIMEOUT = "source_timeout"
    SOURCE_NOT_FOUND = "source_not_found"
    SOURCE_REFUSED = "source_refused"
    SOURCE_TOO_LARGE = "source_too_large"
    CHECKSUM_MISMATCH = "checksum_mismatch"


# What may be otherwise tomorrow although the message stays the same.
_REPLAYABLE = frozenset(
    {
        SourceReason.SOURCE_UNREACHABLE,
        SourceReason.SOURCE_TIMEOUT,
        SourceReason.SOURCE_NOT_FOUND,
        SourceReason.SOURCE_REFUSED,
    }
)


def source_fault(reason: SourceReason, detail: str) -> PoisonError:
    """Return the error of a source that cannot be fetched.

    Args:
        reason: Typed reason.
        detail: For a person. It must hold no credentials, query string or path of an http(s) source: it goes to logs
            and dead letters, while a signed URL is as good as a password.
    """
    return PoisonError(reason.value, detail, "$.media_uri", replayable=reason in _REPLAYABLE)

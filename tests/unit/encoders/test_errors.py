"""Tests of the errors."""

import pytest

from encoders.errors import EncodersError, MediaError, MediaReason, UnknownSuite


def test_the_docstring_is_the_message() -> None:
    """An error without detail says what its docstring says."""
    assert str(EncodersError()) == "The encoders cannot do what was asked"


def test_a_media_error_bears_its_reason() -> None:
    """Dead letters read the reason, people read the message."""
    error = MediaError(MediaReason.TOO_LONG, "1000 s")

    assert error.reason == "too_long"
    assert error.detail == "1000 s"
    assert str(error) == "The media cannot be decoded: too_long, 1000 s"


def test_an_unknown_suite_lists_the_known_ones() -> None:
    """Who mistypes a name needs the right one."""
    with pytest.raises(EncodersError, match="known suites: signal"):
        raise UnknownSuite("singal", ["signal"])

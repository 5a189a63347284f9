"""Tests of the limits of a decode."""

import pytest

from encoders.media import MediaLimits


def test_a_limit_of_nothing_is_refused() -> None:
    """A zero in a settings file is a mistake, not a wish."""
    with pytest.raises(ValueError, match="frames"):
        MediaLimits(frames=0)
    with pytest.raises(ValueError, match="wall_seconds"):
        MediaLimits(wall_seconds=float("nan"))

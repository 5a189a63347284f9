"""A trend ends by a message that TRENDS writes once its time has come."""

import pytest

from streams.catalogue import Trend, due_expiries
from streams.wire.trend import OnRetire
from tests.support.catalogue import adjusted, at, changed, declared, said, step


def test_a_trend_whose_end_has_come_is_due() -> None:
    """Not a moment before, and never if it has no end."""
    catalogue = said(declared("a", expires_at=at(50)), declared("b"))

    assert due_expiries(catalogue, at(49)) == []
    [event] = due_expiries(catalogue, at(50))
    assert (event.trend_id, event.expired) == ("a", True)
    assert at(50).isoformat() in event.reason


def test_a_retired_trend_is_not_due() -> None:
    """It is over already."""
    catalogue = said(declared(expires_at=at(50)), changed(2, state="retired"))

    assert due_expiries(catalogue, at(60)) == []


@pytest.mark.parametrize("on_retire", ["keep", "revoke"])
def test_an_expired_trend_is_retired_by_its_own_wish(on_retire: OnRetire) -> None:
    """What happens to its actions is what the moderator chose."""
    effect = step(
        said(declared(state="live", expires_at=at(50), on_retire=on_retire)), adjusted(expired=True), 50
    ).effect

    assert isinstance(effect, Trend)
    policy = effect.policy("signal-1")
    assert (policy.state, policy.on_retire, policy.version, policy.source_offset) == ("retired", on_retire, 1, 50)


def test_an_end_that_was_put_off_meanwhile_is_not_due() -> None:
    """A moderator was faster than the message: retiring could not be undone."""
    catalogue = said(declared(expires_at=at(50)), changed(2, expires_at=at(500)))

    result = step(catalogue, adjusted(expired=True), 60)

    assert result.effect is None
    assert result.catalogue == catalogue


def test_an_end_that_was_taken_away_meanwhile_is_not_due() -> None:
    """Null takes the end away."""
    catalogue = said(declared(expires_at=at(50)), changed(2, expires_at=None))

    assert step(catalogue, adjusted(expired=True), 60).effect is None


def test_a_second_message_of_the_same_end_changes_nothing() -> None:
    """TRENDS may write it twice when it was restarted in between."""
    catalogue = said(declared(expires_at=at(50)))
    once = step(catalogue, adjusted(expired=True), 60).catalogue

    result = step(once, adjusted(expired=True), 61)

    assert result.effect is None
    assert result.catalogue == once

"""Tests of the learning rate over time."""

import pytest

from encoders.training.errors import OutOfRange
from encoders.training.schedule import rate_factor


def test_it_goes_up_straight_then_down_to_the_floor() -> None:
    """One peak of exactly 1, where the warm-up ends."""
    factors = [rate_factor(step, steps=100, warmup=10, floor=0.1) for step in range(100)]

    assert factors[:10] == pytest.approx([(step + 1) / 10 for step in range(10)])
    assert factors[10] == 1.0
    assert factors[10:] == sorted(factors[10:], reverse=True)
    assert factors[55] == pytest.approx(0.55)
    assert factors[-1] == pytest.approx(0.1, abs=1e-3)


def test_without_warm_up_it_begins_at_the_top() -> None:
    """One step is a run too."""
    assert rate_factor(0, steps=1, warmup=0) == 1.0


@pytest.mark.parametrize(
    ("field", "numbers"),
    [
        ("steps", {"steps": 0, "warmup": 0}),
        ("warmup", {"steps": 5, "warmup": 5}),
        ("floor", {"steps": 5, "warmup": 1, "floor": 1.5}),
        ("step", {"steps": 5, "warmup": 1, "step": 5}),
    ],
)
def test_a_number_outside_its_limits_is_refused(field: str, numbers: dict[str, float]) -> None:
    """By its name."""
    with pytest.raises(OutOfRange) as caught:
        rate_factor(**{"step": 0, **numbers})  # type: ignore[arg-type] # the numbers are of mixed types

    assert caught.value.field == field

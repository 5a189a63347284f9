"""Tests of the assumptions: what ships, what is refused and how that is told."""

from pathlib import Path

import pytest

from streams.errors import UserError
from streams.operations.assumptions import SHIPPED, read_assumptions


def test_the_file_that_ships_is_whole() -> None:
    """It reads, tries both ends of its ranges, and has one for each matter that the issue names."""
    assumptions = read_assumptions()

    assert {field.split(".")[0] for field in assumptions.ranges} == {
        "traffic", "trends", "classifier", "retrieval", "review", "prices",
    }  # fmt: skip
    for field, (low, high) in assumptions.ranges.items():
        assert low <= assumptions.value(field) <= high, field


@pytest.mark.parametrize(
    ("change", "field", "limit"),
    [
        ("traffic.known_share=1.5", "traffic.known_share", "<= 1.0"),
        ("traffic.videos_a_day=0", "traffic.videos_a_day", "> 0.0"),
        ("days=0", "days", ">= 1"),
        ("classifier.false_positive_rate=1", "classifier.false_positive_rate", "< 1.0"),
        ("retrieval.live_days=2.5", "retrieval.live_days", "int"),
        ("retrieval.speed=2", "retrieval", "unknown field `speed`"),
        ("retrieval.quality={roc_auc=0.9, report='a.json', row='b'}", "retrieval.quality", "either roc_auc or report"),
        ("retrieval.quality={report='a.json'}", "retrieval.quality", "go together"),
        ("trends.growth_days=200", "trends", "at most 30 times doubling_days"),
        ("nothing.here=1", "nothing.here", "no table nothing"),
        ("retrieval.qualty.shift=1", "retrieval.qualty.shift", "no table retrieval.qualty"),
        ("days", "--set days", "FIELD=VALUE"),
        ("days=many", "--set days=many", "as in TOML"),
        ('ranges={"review.seconds"=[90, 10]}', "ranges.review.seconds", "low must be at most high"),
        ('ranges={"review.seconds"=[0, 10]}', "ranges.review.seconds", "> 0.0"),
        ('ranges={"review.speed"=[0, 10]}', "ranges.review.speed", "unknown field `speed`"),
    ],
)
def test_what_is_refused_names_field_and_limit(change: str, field: str, limit: str) -> None:
    """A person finds the place and what may stand there."""
    with pytest.raises(UserError) as refused:
        read_assumptions(SHIPPED, [change])

    assert field in str(refused.value)
    assert limit in str(refused.value)


def test_a_missing_field_or_file_is_told(tmp_path: Path) -> None:
    """Nothing has a default that the file does not show."""
    lacking = tmp_path / "lacking.toml"
    lacking.write_text(SHIPPED.read_text(encoding="utf-8").replace("births_a_week = 2.0", ""), encoding="utf-8")

    with pytest.raises(UserError, match=r"lacking\.toml, trends: .*births_a_week"):
        read_assumptions(lacking)
    with pytest.raises(UserError, match=r"there\.toml"):
        read_assumptions(tmp_path / "there.toml")


def test_a_change_is_one_and_leaves_the_rest() -> None:
    """`--set` and `varied` agree; the digest tells them from the base case."""
    base = read_assumptions()
    changed = read_assumptions(SHIPPED, ["retrieval.quality.shift = -0.5", "retrieval.still_taught=true"])

    assert changed == base.varied("retrieval.quality.shift", -0.5).varied("retrieval.still_taught", True)
    assert changed.traffic == base.traffic
    assert changed.digest != base.digest

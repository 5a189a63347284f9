"""Tests of one run of the A/B test: a closed form, a slow oracle, what must hold always, where retrieval loses."""

import math
from dataclasses import asdict
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.operations.arms import Run, Tally, simulate
from streams.operations.assumptions import Assumptions, Quality
from streams.operations.quality import qualities
from streams.operations.world import draw_world
from tests.support.operations import plain

_NORMAL = NormalDist()


def _run(assumptions: Assumptions, seed: tuple[int, ...] | None = None) -> Run:
    return simulate(assumptions, qualities(assumptions), draw_world(assumptions, seed))


def _found(quality: Quality, false_positive_rate: float) -> float:
    assert quality.roc_auc is not None
    intercept = _NORMAL.inv_cdf(quality.roc_auc) * math.hypot(1.0, quality.slope) + quality.shift
    return _NORMAL.cdf(intercept + quality.slope * _NORMAL.inv_cdf(false_positive_rate))


def test_one_steady_trend_by_hand() -> None:
    """A closed form: one trend that stays at 100 videos a day, no chance at all.

    Born on day 10, noticed on day 15, seeds live on day 16, taught on day 43, or on day 17 where that takes 2 days.
    The classifier alone finds u of each day's videos, t once taught; with retrieval, which looks back as far as the
    birth and leaves it untaught, 1 - (1 - u)(1 - r).
    """
    changes = {
        "trends.births_a_week": 0.35,  # one in 20 days, the first after 10
        "trends.videos_on_first_day": 100.0,
        "trends.growth_days": 0.0,
        "trends.half_life_days": 1e6,
        "retrieval.retention_days": 30,
        "retrieval.live_days": 500,
        "trends.notice_days": 5.0,
        "days": 29,
    }
    one = plain(changes)
    u = _found(one.classifier.unseen, one.classifier.false_positive_rate)
    r = _found(one.retrieval.quality, one.retrieval.false_positive_rate)
    known = 2_000 * _found(one.classifier.known, 0.002) * 29
    harmless = 998_000.0

    run = _run(one)

    assert run.trend_videos == pytest.approx(100 * 19, rel=1e-4)
    assert run.trends == 1
    assert run.classification.actions == pytest.approx(known + 100 * 19 * u, rel=1e-6)
    assert run.retrieval.actions == pytest.approx(known + 100 * 19 * (1 - (1 - u) * (1 - r)), rel=1e-4)
    reviews = run.classification.actions + harmless * 0.002 * 29
    assert run.classification.reviews == pytest.approx(reviews, rel=1e-6)
    more = harmless * 2e-5 * (30 + 13)  # 30 stored days on day 16, 13 days of uploads from then on
    assert run.retrieval.reviews - run.retrieval.actions == pytest.approx(harmless * 0.002 * 29 + more, rel=1e-6)
    assert run.classification.review == pytest.approx(reviews * 30 / 3_600 * 15, rel=1e-6)
    assert run.classification.classification == pytest.approx(29e6 * 0.01 / 3_600 * 2)
    assert run.retrieval.retrieval == pytest.approx(29e6 * 0.05 / 3_600 * 2 + 4 * 24 * 29 * 2 + 3 * 60)
    assert run.classification.teaching == 0.0  # day 43 comes after the end

    longer = _run(plain({**changes, "days": 49, "trends.births_a_week": 0.14 * 0.5}))  # one in 100 days, on day 50
    assert longer.trend_videos == 0.0
    taught = _run(plain({**changes, "classifier.retrain_days": 2}))
    t = _found(one.classifier.taught, 0.002)
    assert taught.classification.actions == pytest.approx(known + 100 * (7 * u + 12 * t), rel=1e-4)
    assert taught.classification.teaching == pytest.approx(2_000 * 30 / 3_600 * 15 + 24 * 2 + 24 * 60)
    assert taught.retrieval.teaching == 0.0


def _slow(assumptions: Assumptions) -> tuple[dict[str, float], dict[str, float]]:
    """Return actions, reviews, dropped flags of both arms, without chance, by one loop over days and trends."""
    a, days = assumptions, assumptions.warm_up_days + assumptions.days
    gap, births = 7.0 / a.trends.births_a_week, list[float]()
    while (birth := gap * (len(births) + 0.5)) < days:
        births.append(birth)
    u, t = (_found(one, a.classifier.false_positive_rate) for one in (a.classifier.unseen, a.classifier.taught))
    r = _found(a.retrieval.quality, a.retrieval.false_positive_rate)
    harmless = a.traffic.videos_a_day * (1 - a.traffic.known_share)
    known = (
        a.traffic.videos_a_day * a.traffic.known_share * _found(a.classifier.known, a.classifier.false_positive_rate)
    )
    good = [[known] * days, [known] * days]  # flags that a review confirms, by arm and day
    bad = [[harmless * a.classifier.false_positive_rate] * days for _ in range(2)]
    for birth in births:
        noticed = birth + a.trends.notice_days
        seeded = math.ceil(noticed + a.retrieval.seed_days)
        for day in range(days):
            if seeded <= day < seeded + a.retrieval.live_days:
                bad[1][day] += harmless * a.retrieval.false_positive_rate
            if day == seeded:
                bad[1][day] += harmless * a.retrieval.false_positive_rate * a.retrieval.retention_days
            if day < birth:
                continue
            age = day - birth
            grown = min(age, a.trends.growth_days) / a.trends.doubling_days
            faded = max(0.0, age - a.trends.growth_days) / a.trends.half_life_days
            uploads = a.trends.videos_on_first_day * 2 ** (grown - faded)
            first = t if day >= noticed + a.classifier.retrain_days else u
            second = first if a.retrieval.still_taught else u
            good[0][day] += uploads * first
            good[1][day] += uploads * second
            later = max(day, seeded)
            if seeded - a.retrieval.retention_days <= day < seeded + a.retrieval.live_days and later < days:
                good[1][later] += uploads * (1 - second) * r
    room = a.review.hours_a_day * 3_600 / a.review.seconds
    arms = []
    for arm in range(2):
        sums = {"actions": 0.0, "reviews": 0.0, "dropped": 0.0}
        for day in range(a.warm_up_days, days):
            flagged = good[arm][day] + bad[arm][day]
            share = min(1.0, room / flagged)
            sums["actions"] += share * good[arm][day]
            sums["reviews"] += share * flagged
            sums["dropped"] += (1 - share) * flagged
        arms.append(sums)
    return arms[0], arms[1]


_CHANGES = st.fixed_dictionaries(
    {
        "days": st.integers(1, 60),
        "warm_up_days": st.integers(0, 40),
        "trends.births_a_week": st.floats(0.2, 5.0),
        "trends.notice_days": st.floats(0.0, 15.0),
        "trends.growth_days": st.floats(0.0, 30.0),
        "classifier.retrain_days": st.floats(0.0, 40.0),
        "classifier.unseen.shift": st.floats(-1.0, 1.0),
        "classifier.taught.shift": st.floats(-2.0, 1.0),
        "retrieval.seed_days": st.floats(0.0, 9.0),
        "retrieval.live_days": st.integers(0, 60),
        "retrieval.retention_days": st.integers(0, 40),
        "retrieval.still_taught": st.booleans(),
        "retrieval.quality.shift": st.floats(-3.0, 3.0),
        "review.hours_a_day": st.floats(5.0, 60.0),
    }
)


@settings(max_examples=60, deadline=None)
@given(_CHANGES)
def test_without_chance_both_arms_are_as_the_slow_oracle_has_them(changes: dict[str, object]) -> None:
    """Actions, reviews, dropped flags, whatever is assumed, a worse version after teaching too."""
    assumptions = plain(changes)

    run = _run(assumptions)

    for tally, expected in zip((run.classification, run.retrieval), _slow(assumptions), strict=True):
        got = asdict(tally)
        for name, value in expected.items():
            assert got[name] == pytest.approx(value, rel=1e-9, abs=1e-3), name


@settings(max_examples=40, deadline=None)
@given(_CHANGES, st.integers(0, 1_000))
def test_with_chance_what_must_hold_holds(changes: dict[str, object], seed: int) -> None:
    """Reviewers are never overrun; shares are shares; costs are not negative."""
    assumptions = plain({**changes, "trends.size_spread": 1.0})
    run = _run(assumptions, (seed,))
    room = assumptions.review.hours_a_day * 3_600 / assumptions.review.seconds * assumptions.days

    for tally in (run.classification, run.retrieval):
        assert tally.reviews <= room * (1 + 1e-9)
        assert 0.0 <= tally.trend_actions <= tally.actions <= tally.reviews
        assert tally.dropped >= -1e-3
        assert min(tally.review, tally.classification, tally.teaching, tally.retrieval) >= 0.0


@settings(max_examples=40, deadline=None)
@given(_CHANGES, st.integers(0, 1_000))
def test_with_reviewers_enough_retrieval_beside_an_equal_classifier_loses_no_action(
    changes: dict[str, object], seed: int
) -> None:
    """In every single run, since both arms see the same videos: that is what pairing buys."""
    run = _run(plain({**changes, "review.hours_a_day": 1e8, "retrieval.still_taught": True}), (seed,))

    assert run.retrieval.actions >= run.classification.actions - 1e-6
    assert run.retrieval.cost >= run.classification.cost


def test_chance_varies_about_the_answer_without_it() -> None:
    """Means over runs, within four standard errors; every trend as far from day 0 and the end as chance has it."""
    assumptions = plain({"warm_up_days": 60})
    exact = _run(assumptions)
    runs = [_run(assumptions.varied("trends.size_spread", 0.5), (1, seed)) for seed in range(300)]

    for arm in ("classification", "retrieval"):
        drawn = np.asarray([getattr(run, arm).actions for run in runs])
        assert abs(drawn.mean() - getattr(exact, arm).actions) < 4 * drawn.std(ddof=1) / len(runs) ** 0.5


def _lead(run: Run) -> tuple[float, float]:
    """Return by how much retrieval changes actions and cost."""
    first, second = run.classification, run.retrieval
    return second.actions - first.actions, second.cost - first.cost


@pytest.mark.parametrize(
    "changes",
    [
        {"retrieval.quality.roc_auc": 0.5, "retrieval.quality.slope": 1.0},  # it finds nothing, and nobody is taught
        {"classifier.retrain_days": 0.0, "trends.notice_days": 0.0, "retrieval.quality.shift": -1.0},
        {"retrieval.still_taught": True, "retrieval.false_positive_rate": 5e-4, "review.hours_a_day": 25.0},
    ],
    ids=["blind", "a classifier taught at once", "false hits before busy reviewers"],
)
def test_retrieval_loses_actions(changes: dict[str, object]) -> None:
    """The simulation is no advertisement: where it should lose, it does."""
    assert _lead(_run(plain(changes)))[0] < 0
    assert _lead(_run(plain(changes), (7,)))[0] < 0


@pytest.mark.parametrize(
    "changes",
    [
        {"retrieval.still_taught": True},
        {"retrieval.machines": 100.0},
        {"retrieval.compute_seconds": 5.0},
        {"trends.births_a_week": 0.1},
        {"classifier.labels": 0.0, "classifier.specialist_hours": 0.0, "classifier.compute_hours": 0.0},
    ],
    ids=["teaching goes on", "a large index", "slow towers", "hardly a trend", "teaching is free"],
)
def test_retrieval_costs_more(changes: dict[str, object]) -> None:
    """As with actions."""
    assert _lead(_run(plain(changes)))[1] > 0


def test_an_hour_more_costs_what_it_costs() -> None:
    """Costs are linear in every price, each by the hours of its kind."""
    base = _run(plain())
    for price in ("reviewer_hour", "specialist_hour", "compute_hour"):
        value = getattr(plain().prices, price)
        dearer, free = (_run(plain({f"prices.{price}": one})) for one in (2 * value, 0.0))
        for arm in ("classification", "retrieval"):
            costs = [getattr(run, arm).cost for run in (free, base, dearer)]
            assert costs[2] - costs[1] == pytest.approx(costs[1] - costs[0])
            assert costs[1] > costs[0]


def test_a_cost_is_the_sum_of_its_parts() -> None:
    """No part is hidden."""
    tally = Tally(
        actions=1, trend_actions=0, reviews=2, dropped=0, review=3, classification=5, teaching=7, retrieval=11
    )
    assert tally.cost == 26

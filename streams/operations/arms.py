"""One run of the A/B test: the same videos before a classifier alone, then before retrieval as well."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.operations.assumptions import Assumptions
from streams.operations.quality import Qualities
from streams.operations.world import World, volumes

Floats = NDArray[np.float64]

_HOUR = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one arm came to over the counted days; money in the currency of the prices.

    Attributes:
        actions: Harmful videos acted on, each after a review.
        trend_actions: Of trends among them.
        reviews: Made.
        dropped: Flagged, never reviewed.
        review: Cost of reviewing.
        classification: Cost of running the classifier.
        teaching: Cost of teaching it trends: labels, training, specialists.
        retrieval: Cost of encoding, of the index, of following trends with seeds.
    """

    actions: float
    trend_actions: float
    reviews: float
    dropped: float
    review: float
    classification: float
    teaching: float
    retrieval: float

    @property
    def cost(self) -> float:
        """All of it."""
        return self.review + self.classification + self.teaching + self.retrieval


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Both arms of one run.

    Attributes:
        classification: The classifier alone.
        retrieval: The classifier with retrieval.
        videos: Uploaded on the counted days.
        trend_videos: Harmful ones of trends among them.
        trends: That were noticed on the counted days.
    """

    classification: Tally
    retrieval: Tally
    videos: float
    trend_videos: float
    trends: float


@dataclass(frozen=True, slots=True, eq=False)
class _Caught:
    """Harmful videos of trends by day of upload and trend, float64 (days, t) each.

    Attributes:
        alone: What the classifier flags in the first arm.
        beside: What it flags in the second.
        retrieved: What retrieval flags in the second, and the classifier does not.
        all: Uploaded.
    """

    alone: Floats
    beside: Floats
    retrieved: Floats
    all: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Flags:
    """What an arm flags each day, float64 (days,) each.

    Attributes:
        known: Harmful in ways long known.
        trends: Harmful, of a trend.
        harmless: Neither.
    """

    known: Floats
    trends: Floats
    harmless: Floats


def simulate(assumptions: Assumptions, curves: Qualities, world: World) -> Run:
    """Let both arms see the same run.

    A video is flagged by the classifier on the day of its upload, by retrieval then or when the seeds of its trend
    become live, if it is still stored. Whether each finds it are independent chances, given its trend. Every day's
    flags are reviewed; beyond what reviewers can do, each flag is dropped with the same chance.

    Args:
        assumptions: Of all.
        curves: Of these assumptions.
        world: Of this run; its counts are drawn here.

    Returns:
        What each arm came to on the counted days.
    """
    counted = slice(assumptions.warm_up_days, _horizon(assumptions))
    noticed_on = world.births + world.notices
    taught_on = noticed_on + assumptions.classifier.retrain_days
    seeded_on = np.ceil(noticed_on + assumptions.retrieval.seed_days).astype(np.int64)
    caught = _catch(assumptions, curves, world, taught_on, seeded_on)
    known, harmless, more = _rest(assumptions, curves, world, seeded_on)
    alone = _Flags(known, caught.alone.sum(axis=1), harmless)
    beside = _Flags(known, caught.beside.sum(axis=1) + _by_day(caught.retrieved, seeded_on), harmless + more)
    teachings = _within(taught_on, counted)
    seedings = _within(seeded_on, counted)
    return Run(
        classification=_tally(assumptions, alone, teachings, 0.0),
        retrieval=_tally(
            assumptions,
            beside,
            teachings if assumptions.retrieval.still_taught else 0.0,
            _retrieval_cost(assumptions, seedings),
        ),
        videos=assumptions.traffic.videos_a_day * assumptions.days,
        trend_videos=float(caught.all[counted].sum()),
        trends=_within(noticed_on, counted),
    )


def _catch(
    assumptions: Assumptions, curves: Qualities, world: World, taught_on: Floats, seeded_on: NDArray[np.int64]
) -> _Caught:
    """Draw what becomes of the videos of trends.

    A video that the weaker version of the classifier flags, the stronger one flags too: both arms see the same video,
    and only the version that judges it may differ.
    """
    retrieval = assumptions.retrieval
    uploads = volumes(assumptions.trends, world, _horizon(assumptions))
    days = np.arange(len(uploads))[:, None]
    threshold = assumptions.classifier.false_positive_rate
    unseen = curves.unseen.rates(threshold, world.quantiles, world.deviates[0])
    taught = curves.taught.rates(threshold, world.quantiles, world.deviates[1])
    found = curves.retrieval.rates(retrieval.false_positive_rate, world.quantiles, world.deviates[2])
    first = np.where(days >= taught_on, taught, unseen)
    second = first if retrieval.still_taught else np.broadcast_to(unseen, first.shape)
    reached = (days >= seeded_on - retrieval.retention_days) & (days < seeded_on + retrieval.live_days)
    found = np.where(reached, found, 0.0)
    low, high = np.minimum(first, second), np.maximum(first, second)
    by_all = world.count(uploads * low)
    by_one_found = world.count(uploads * (high - low) * found)
    by_one = by_one_found + world.count(uploads * (high - low) * (1.0 - found))
    only_found = world.count(uploads * (1.0 - high) * found)
    missed = world.count(uploads * (1.0 - high) * (1.0 - found))
    return _Caught(
        alone=by_all + np.where(first > second, by_one, 0.0),
        beside=by_all + np.where(second > first, by_one, 0.0),
        retrieved=only_found + np.where(first > second, by_one_found, 0.0),
        all=by_all + by_one + only_found + missed,
    )


def _rest(
    assumptions: Assumptions, curves: Qualities, world: World, seeded_on: NDArray[np.int64]
) -> tuple[Floats, Floats, Floats]:
    """Draw each day's flags that are of no trend: known harm, harmless by the classifier, harmless by retrieval."""
    traffic, classifier, retrieval = assumptions.traffic, assumptions.classifier, assumptions.retrieval
    days = np.arange(_horizon(assumptions))
    share = float(curves.known.rates(classifier.false_positive_rate, np.zeros(1), np.zeros(1))[0])
    harmless = traffic.videos_a_day * (1.0 - traffic.known_share)
    live = (days[:, None] >= seeded_on) & (days[:, None] < seeded_on + retrieval.live_days)
    fresh = days[:, None] == seeded_on
    searched = live.sum(axis=1) + retrieval.retention_days * fresh.sum(axis=1)  # days of uploads against one trend
    return (
        world.count(np.full(len(days), traffic.videos_a_day * traffic.known_share * share)),
        world.count(np.full(len(days), harmless * classifier.false_positive_rate)),
        world.count(harmless * retrieval.false_positive_rate * searched),
    )


def _by_day(retrieved: Floats, seeded_on: NDArray[np.int64]) -> Floats:
    """Return what retrieval flags each day (days,): videos from before the seeds on the day when these become live."""
    days, trends = np.nonzero(retrieved)
    flagged_on = np.maximum(days, seeded_on[trends])
    kept = flagged_on < len(retrieved)
    by_day = np.bincount(flagged_on[kept], weights=retrieved[days, trends][kept], minlength=len(retrieved))
    return by_day.astype(np.float64)


def _tally(assumptions: Assumptions, flags: _Flags, teachings: float, retrieval: float) -> Tally:
    """Review what is flagged; count the counted days."""
    review, prices, classifier = assumptions.review, assumptions.prices, assumptions.classifier
    counted = slice(assumptions.warm_up_days, None)
    flagged = flags.known + flags.trends + flags.harmless
    capacity = review.hours_a_day * _HOUR / review.seconds
    share = np.minimum(1.0, capacity / np.maximum(flagged, 1e-9))
    reviews = float((share * flagged)[counted].sum())
    trend_actions = float((share * flags.trends)[counted].sum())
    label_hours = classifier.labels * review.seconds / _HOUR
    return Tally(
        actions=trend_actions + float((share * flags.known)[counted].sum()),
        trend_actions=trend_actions,
        reviews=reviews,
        dropped=float(flagged[counted].sum()) - reviews,
        review=reviews * review.seconds / _HOUR * prices.reviewer_hour,
        classification=_compute(assumptions, classifier.compute_seconds),
        teaching=teachings
        * (
            label_hours * prices.reviewer_hour
            + classifier.compute_hours * prices.compute_hour
            + classifier.specialist_hours * prices.specialist_hour
        ),
        retrieval=retrieval,
    )


def _retrieval_cost(assumptions: Assumptions, seedings: float) -> float:
    """Return what encoding, the index, specialists cost over the counted days."""
    retrieval, prices = assumptions.retrieval, assumptions.prices
    index = retrieval.machines * 24.0 * assumptions.days * prices.compute_hour
    followed = seedings * retrieval.specialist_hours * prices.specialist_hour
    return _compute(assumptions, retrieval.compute_seconds) + index + followed


def _compute(assumptions: Assumptions, seconds: float) -> float:
    """Return the price of so many seconds for every video of the counted days."""
    videos = assumptions.traffic.videos_a_day * assumptions.days
    return videos * seconds / _HOUR * assumptions.prices.compute_hour


def _horizon(assumptions: Assumptions) -> int:
    return assumptions.warm_up_days + assumptions.days


def _within(days: NDArray[np.floating] | NDArray[np.int64], counted: slice) -> float:
    """Return how many of these days are counted ones."""
    return float(np.count_nonzero((days >= counted.start) & (days < counted.stop)))

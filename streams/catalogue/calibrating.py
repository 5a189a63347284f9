"""Which trends must be calibrated, by what moderators ruled on their hits."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from streams.calibration import fit_points
from streams.catalogue.decisions import Decisions
from streams.catalogue.judged_hits import JudgedHit, SeenActions, comparable, join
from streams.catalogue.trend import Trend
from streams.settings import TrendSettings
from streams.wire.trend import Calibration, RuleDigest, TrendAdjusted


@dataclass(frozen=True, slots=True)
class _Look:
    """What was found when a trend was looked at in vain.

    Attributes:
        rule: How its scores were made.
        least: How many decisions were wanted.
        ruled: How many there were of any kind.
        usable: How many of them counted.
        unknown: How many named an action that was not known.
    """

    rule: RuleDigest
    least: int
    ruled: int
    usable: int
    unknown: int


class Calibrator:
    """Finds trends with enough new decisions; remembers of each how many it found, so that it need not count again.

    The first calibration waits for a stated number of decisions, each later one until they grew by a stated share:
    every one of them is a policy, which sweeps the trend on all shards.

    Args:
        model_id: Of the suite that serves.
        settings: How many decisions are enough.
    """

    def __init__(self, model_id: str, settings: TrendSettings) -> None:
        self._model_id, self._settings = model_id, settings
        self._looks: dict[str, _Look] = {}

    def due(self, trends: Iterable[Trend], decisions: Decisions, actions: SeenActions) -> list[TrendAdjusted]:
        """Return what TRENDS must append to its ledger: one event for each trend that is due and emits something.

        Args:
            trends: As they are.
            decisions: All that were read.
            actions: All that were read; a decision on another one does not count yet.
        """
        due = []
        for trend in trends:
            if trend.state in ("shadow", "live") and self._may_be_due(trend, decisions):
                event = self._look(trend, decisions, actions)
                due += [] if event is None else [event]
        return due

    def _may_be_due(self, trend: Trend, decisions: Decisions) -> bool:
        """Return whether there can be enough: each decision since the last look counts, each unknown action came."""
        least, ruled, look = self._least(trend), decisions.ruled(trend.trend_id), self._looks.get(trend.trend_id)
        if look is None or (look.rule, look.least) != (trend.score_rule, least):
            return ruled >= least
        return look.usable + look.unknown + ruled - look.ruled >= least

    def _look(self, trend: Trend, decisions: Decisions, actions: SeenActions) -> TrendAdjusted | None:
        joined, least = join(trend, decisions, actions), self._least(trend)
        hits = comparable(joined.hits, trend, self._model_id)
        ruled = decisions.ruled(trend.trend_id)
        self._looks[trend.trend_id] = _Look(trend.score_rule, least, ruled, len(hits), joined.unknown)
        if len(hits) < least:
            return None
        said = fit_calibration(hits, trend, self._model_id, decisions.newest)
        confirmed = sum(hit.confirmed for hit in hits)
        reason = f"{len(hits)} decisions by {self._model_id}: {confirmed} confirmed, {len(hits) - confirmed} rejected"
        return TrendAdjusted(trend_id=trend.trend_id, calibration=said, reason=reason)

    def _least(self, trend: Trend) -> int:
        """Return from how many decisions on a trend is calibrated anew."""
        known = trend.calibration_of(self._model_id)
        if known is None:
            return self._settings.calibration_decisions
        return max(known.decisions + 1, math.ceil(known.decisions * (1 + self._settings.calibration_growth)))


def fit_calibration(hits: Iterable[JudgedHit], trend: Trend, model_id: str, newest: int) -> Calibration:
    """Return the map from score to probability that decisions on hits give.

    Args:
        hits: At least one, by this model under the trend's present rule.
        trend: As it is.
        model_id: Whose vectors gave the scores.
        newest: Offset of the newest decision that is known.
    """
    judged = list(hits)
    points = fit_points([hit.score for hit in judged], [hit.confirmed for hit in judged])
    return Calibration(
        scores=list(points.scores),
        probabilities=list(points.probabilities),
        decisions=len(judged),
        model_id=model_id,
        rule=trend.score_rule,
        decision_offset=newest,
    )

"""A report says what decisions tell about a trend, out of topics alone."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from matplotlib.patches import Rectangle

from streams.audit.logs import Logs, Seen
from streams.catalogue import Tally, Trend
from streams.tuning.hits import TrendHits, gather
from streams.tuning.page import commands, counsel_row, facts, page, write_report
from streams.tuning.picture import report_figure
from streams.tuning.report import TrendReport, Wanted, make_report
from streams.wire.codec import encode_json
from streams.wire.moderation import ModerationAction
from streams.wire.record import Received
from streams.wire.topics import Topic
from streams.wire.trend import Band, ReviewDecision
from tests.support.catalogue import NOON, added, adjusted, changed, decided, declared, said, step
from tests.support.judged import acted, simulated

_QUICK = Wanted(precisions=(0.9, 0.99999), loads=(10.0,), times=20)


def _seen(topic: Topic, offset: int, message: ModerationAction | ReviewDecision, when: datetime) -> Seen[Any]:
    return Seen(_record(topic, offset, encode_json(message), when), message)


def _record(topic: Topic, offset: int, value: bytes, when: datetime) -> Received:
    return Received(topic=topic, partition=0, offset=offset, key=b"t", value=value, headers=(), timestamp=when)


def _logs(count: int, *, decided_of: int, **fields: Any) -> Logs:
    """Return hits of ten days, the first ones with a decision; every third day a quiet one."""
    actions, decisions = [], []
    for n, (score, confirmed) in enumerate(simulated(count)):
        when = NOON + timedelta(days=(n % 10) // 3 * 3)
        action = acted(f"{n:032x}", f"v{n}", score, received_at=when, emitted_at=when + timedelta(seconds=n), **fields)
        actions.append(_seen(Topic.MODERATION_ACTIONS, n, action, when))
        if n < decided_of:
            verdict = "confirm" if confirmed else "reject"
            said_ = decided(verdict, video_id=f"v{n}", decision_id=f"d{n}", action_id=f"{n:032x}")
            decisions.append(_seen(Topic.REVIEW_DECISIONS, n, said_, when + timedelta(days=1)))
    return Logs(prefix="p", partitions=1, actions=actions, decisions=decisions)


def _trend() -> Trend:
    return said(declared(state="live", threshold=0.8), added()).by_id["t"]


@pytest.fixture(scope="module")
def found() -> TrendHits:
    """300 hits, 200 of them judged."""
    return gather(_logs(300, decided_of=200), _trend())


@pytest.fixture(scope="module")
def report(found: TrendHits) -> TrendReport:
    """What these say."""
    return make_report(_trend(), found, _QUICK)


def test_hits_are_found_with_what_was_ruled_on_them(found: TrendHits) -> None:
    """Each decision with its action, on the day on which it came."""
    assert (found.model_id, len(found.hits), len(found.ruled), found.unknown, found.newest) == ("m", 300, 200, 0, 199)
    assert found.ruled[0].day == (NOON + timedelta(days=1)).date()
    assert found.hits["v0", 1].forward


def test_odd_decisions_are_counted_and_shown() -> None:
    """None of them ends the report."""
    logs, trend = _logs(3, decided_of=1), _trend()
    odd = [
        decided("confirm", video_id="v0", decision_id="d0", action_id="0" * 32),
        decided("unsure", video_id="v1", decision_id="e1", action_id=f"{1:032x}"),
        decided("confirm", video_id="nobody", decision_id="e2", action_id="f" * 32),
        decided("confirm", video_id="v0", decision_id="e3", action_id="0" * 32),
        decided("reject", video_id="v0", decision_id="e4", action_id="0" * 32),
    ]
    more = [_seen(Topic.REVIEW_DECISIONS, 10 + n, one, NOON) for n, one in enumerate(odd)]
    broken: Seen[ReviewDecision] = Seen(_record(Topic.REVIEW_DECISIONS, 99, b"{}", NOON), None)
    logs = _with(logs, decisions=[*logs.decisions, *more, broken])

    made = make_report(trend, gather(logs, trend), _QUICK)

    assert (made.tally.repeated, made.tally.unsure, made.tally.disagreeing, made.unknown) == (1, 1, 1, 1)
    assert any("1 repeated, " in line and "1 disagreeing, 1 unknown" in line for line in facts(made))


def _with(logs: Logs, **fields: Any) -> Logs:
    """Return logs with some topics otherwise."""
    known = {name: getattr(logs, name) for name in ("prefix", "partitions", "actions", "shadow_actions", "decisions")}
    return Logs(**(known | fields))


def test_only_comparable_scores_make_maps_but_all_rulings_count_for_seeds() -> None:
    """Hits from before the trend scored otherwise say nothing of its scores now; its seeds are the same."""
    trend = step(said(declared(state="live"), added()), changed(2, score_kind="text")).catalogue.by_id["t"]

    made = make_report(trend, gather(_logs(50, decided_of=50), trend), _QUICK)

    assert (made.hits, made.decisions, made.elsewhere, made.fitted, made.cross_fitted) == (0, 0, 50, None, None)
    assert sum(one.confirmed + one.rejected for one in made.seeds) == 50
    assert [one.advice for one in made.counsels] == [None] * 3
    assert sum(day.confirmed + day.rejected for day in made.days) == 50


def test_a_trend_that_nobody_ruled_on_has_a_report() -> None:
    """Empty, with a picture."""
    trend = _trend()

    made = make_report(trend, gather(Logs(prefix="p", partitions=1), trend), _QUICK)

    assert (made.model_id, made.hits, made.tally, made.days, made.scores) == (None, 0, Tally(), (), ())
    assert [axis.get_title() for axis in report_figure(made).axes] == [
        "reliability",
        "calibration",
        "scores",
        "precision by day",
    ]
    assert "Not calibrated" in page(made)


def test_the_figures_of_a_report_agree_with_each_other(report: TrendReport) -> None:
    """Every judged hit is in a bin, on a day, with a seed; the rest is open."""
    assert report.decisions == 200
    assert sum(one.confirmed + one.rejected for one in report.scores) == 200
    assert sum(one.open for one in report.scores) == 100
    assert sum(one.confirmed + one.rejected for one in report.days) == 200
    assert [(one.seed_id, one.confirmed + one.rejected) for one in report.seeds] == [("s", 200)]
    assert report.cross_fitted is not None
    assert sum(one.count for one in report.cross_fitted.bins) == report.cross_fitted.decisions == 200
    assert report.cross_fitted.error < 0.15
    assert report.fitted is not None
    assert report.fitted.decision_offset == 199


def test_advice_is_for_what_was_wanted(report: TrendReport) -> None:
    """The curve of the simulation confirms most from 0.8 on; no score is as sure as the second asks."""
    precise, too_precise, load = report.counsels

    assert precise.advice is not None
    assert 0.75 < precise.advice.threshold < 0.85
    assert too_precise.advice is None
    assert load.advice is not None
    assert load.advice.expected <= 10.0
    precision, load_command = commands(report)
    assert precision.startswith(
        f"ebr trend change t --threshold {precise.advice.threshold:.6g} --reason 'precision 0.9: "
    )
    assert f"--threshold {load.advice.threshold:.6g} " in load_command
    assert counsel_row(too_precise) == ("precision 0.99999", "-", "no score that was seen gives it")


def test_advice_for_all_modalities_moves_each_of_them() -> None:
    """Their score is counted from the threshold: a change of that alone would leave every hit as it is."""
    parts, bands = {"frames": 0.6, "text": 0.5}, [Band(from_score=0.7, action="review")]
    conjunctive = declared(state="live", threshold=0.7, bands=bands, score_kind="all", modality_thresholds=parts)
    trend = said(conjunctive, added()).by_id["t"]

    made = make_report(trend, gather(_logs(300, decided_of=200), trend), _QUICK)

    advice, command = made.counsels[0].advice, commands(made)[0]
    assert advice is not None
    moved = advice.threshold - 0.7
    assert moved > 0.05
    options = f"--modality-threshold frames={0.6 + moved:.6g} --modality-threshold text={0.5 + moved:.6g} --reason"
    assert command.startswith(f"ebr trend change t {options}")


def test_probabilities_that_actions_bore_are_held_against_what_was_ruled() -> None:
    """What was promised is the honest test of a calibration."""
    trend = _trend()

    made = make_report(trend, gather(_logs(40, decided_of=40, probability=0.5), trend), _QUICK)

    assert made.borne is not None
    [only] = made.borne.bins
    assert made.borne.decisions == 40
    assert made.borne.error == pytest.approx(abs(only.confirmed - 0.5))


def test_the_map_in_force_is_shown_beside_the_one_that_decisions_give_now(report: TrendReport) -> None:
    """They differ until TRENDS calibrates again."""
    catalogue = step(said(declared(state="live"), added()), adjusted(calibration=report.fitted)).catalogue
    trend = catalogue.by_id["t"]

    made = make_report(trend, gather(_logs(300, decided_of=200), trend), _QUICK)

    assert made.in_force == report.fitted
    lines = {line.get_label() for line in report_figure(made).axes[1].lines}
    assert {"fitted now, 200 decisions", "in force, 200 decisions"} <= lines


def test_the_picture_holds_what_the_report_says(report: TrendReport) -> None:
    """Reliability with one line a kind, three words of bars, a point a day."""
    reliable, _, scored, daily = report_figure(report).axes

    assert report.cross_fitted is not None
    points = next(line for line in reliable.lines if str(line.get_label()).startswith("by the other decisions"))
    assert np.asarray(points.get_ydata()).tolist() == [one.confirmed for one in report.cross_fitted.bins]
    assert sum(bar.get_height() for bar in scored.patches if isinstance(bar, Rectangle)) == 300
    assert np.asarray(daily.lines[0].get_xdata()).size == len(report.days)


def test_a_report_is_written_as_page_data_and_picture(report: TrendReport, tmp_path: Path) -> None:
    """The data hold all of it."""
    text, data, picture = write_report(report, tmp_path / "out")

    assert msgspec.json.decode(data.read_bytes(), type=TrendReport) == report
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "| precision 0.9 | " in text.read_text(encoding="utf-8")
    assert "| s | " in page(report)

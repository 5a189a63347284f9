"""Tests of binormal curves: areas by integration, measured points met."""

import json
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from streams.errors import UserError
from streams.operations.assumptions import Quality
from streams.operations.quality import curves

_REPORT = Path(__file__).parents[4] / "docs/evaluation/generated.json"
_ROW = json.loads(_REPORT.read_bytes())["methods"][0]["rows"][0]["name"]


def _rate(quality: Quality, false_positive_rate: float, quantile: float = 0.0) -> float:
    return float(curves(quality).rates(false_positive_rate, np.asarray([quantile]), np.zeros(1))[0])


@pytest.mark.parametrize("area", [0.3, 0.5, 0.85, 0.99])
@pytest.mark.parametrize("slope", [0.5, 1.0, 2.0])
def test_the_area_under_a_stated_curve_is_the_stated_one(area: float, slope: float) -> None:
    """By the trapezoid rule over a fine grid."""
    false = np.linspace(1e-7, 1 - 1e-7, 200_001)
    found = [_rate(Quality(roc_auc=area, slope=slope), rate) for rate in false[::100]]

    assert np.trapezoid(found, false[::100]) == pytest.approx(area, abs=2e-3)


def test_equal_variances_by_hand() -> None:
    """TPR at a threshold z is the mass of the harmful, d' = sqrt(2) Phi^-1(area) away, above it."""
    harmful = NormalDist(mu=2**0.5 * NormalDist().inv_cdf(0.9))
    threshold = NormalDist().inv_cdf(1 - 0.01)

    assert _rate(Quality(roc_auc=0.9), 0.01) == pytest.approx(1 - harmful.cdf(threshold))


def test_a_report_gives_each_trend_its_measured_points() -> None:
    """The curve of every trend goes through both, but for the ends that no test of some dozen posts can show."""
    trends = json.loads(_REPORT.read_bytes())["methods"][0]["rows"][0]["trends"]
    quality = Quality(report=str(_REPORT), row=_ROW)

    for place, trend in enumerate(trends):
        quantile = (place + 0.5) / len(trends)
        for rate, measured in ((1e-3, trend["tpr_at_1e_3"]), (1e-4, trend["tpr_at_1e_4"])):
            assert _rate(quality, rate, quantile) == pytest.approx(np.clip(measured, 0.001, 0.999), abs=1e-9)


def test_a_shift_moves_every_curve_the_same_way() -> None:
    """Up is more found, at any threshold."""
    for quality in (Quality(roc_auc=0.8, shift=0.4), Quality(report=str(_REPORT), row=_ROW, shift=0.4)):
        base = Quality(roc_auc=quality.roc_auc, report=quality.report, row=quality.row)
        assert np.allclose(curves(quality).intercepts - curves(base).intercepts, 0.4)
        assert _rate(quality, 1e-3, 0.5) > _rate(base, 1e-3, 0.5)


def test_a_report_that_is_none_is_told(tmp_path: Path) -> None:
    """With its name; a row with those that there are."""
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")

    with pytest.raises(UserError, match=r"other\.json is no JSON of"):
        curves(Quality(report=str(tmp_path / "other.json"), row=_ROW))
    with pytest.raises(UserError, match=r"away\.json"):
        curves(Quality(report=str(tmp_path / "away.json"), row=_ROW))
    with pytest.raises(UserError, match=f"no 'none', but .*{_ROW}"):
        curves(Quality(report=str(_REPORT), row="none"))

"""What `ebr bench trends` says of its figures: page, goals, picture."""

from pathlib import Path

from PIL import Image

from streams.bench.conditions import conditions
from streams.bench.trends.figures import Bin, Calibrated, TrendsFigures, Waits
from streams.bench.trends.plot import draw
from streams.bench.trends.previewing import Looked
from streams.bench.trends.report import TrendsReport, goals, trends_markdown
from streams.bench.trends.truth import Verdict


def _figures(seconds: float, error: float) -> TrendsFigures:
    return TrendsFigures(
        suite="s",
        model_id="m",
        shards=4,
        videos=1_000,
        fresh=100,
        trends=1,
        seed=7,
        sha256="0" * 64,
        load=[1.0, 2.0],
        waits=[
            Waits(
                what="seed pushed",
                first_seconds=[0.1, 0.2],
                all_seconds=[0.5, seconds],
                cpu_seconds=[0.3, 0.4],
                hits=[20, 30],
            )
        ],
        looks=[Looked(words_seconds=0.8, picture_seconds=s, hits=7) for s in (1.0, seconds)],
        draft_hits=7,
        calibrated=[
            Calibrated(
                trend_id="t",
                score_kind="fused",
                decisions=300,
                known=280,
                confirmed=150,
                seconds=1.5,
                actions=90,
                error=error,
                bins=[Bin(count=50, said=0.2, true=0.25), Bin(count=40, said=0.9, true=0.8)],
            )
        ],
        verdicts=[Verdict(when="at the end", asked=50, expected=40, missing=0, unexpected=0)],
    )


def test_goals_are_met_or_missed_never_silent() -> None:
    """By the worst that was seen."""
    assert {verdict for _, _, verdict in goals(_figures(1.9, 0.04))} == {"met"}
    assert [verdict for _, _, verdict in goals(_figures(3.1, 0.06))] == ["missed", "missed", "missed", "met"]


def test_a_preview_that_differs_from_the_oracle_misses() -> None:
    """It is as much the truth as the active set."""
    figures = _figures(1.0, 0.01)
    figures.draft_hits = 8
    assert goals(figures)[-1][2] == "missed"


def test_the_page_shows_conditions_tables_goals() -> None:
    """What was asked, on which data, how loaded the machine was."""
    page = trends_markdown(
        TrendsReport(command="ebr bench trends", conditions=conditions(()), figures=_figures(1.0, 0.04))
    )

    assert "load average 1.0, 2.0" in page
    assert "sha256 `0000000000000000…`" in page
    assert "| seed pushed | 2 | 0.20 | 0.20 | 1.00 | 1.00 | 0.40 | 0.40 | 30 | 30 |" in page
    assert "| with its picture | 2 | 1.00 | 1.00 | 7 | 7 |" in page
    assert "| t | fused | 300 | 150 | 280 | 1.5 | 90 | 0.040 |" in page


def test_the_picture_is_drawn_with_or_without_calibrations(tmp_path: Path) -> None:
    """A run without decisions has waits alone."""
    figures = _figures(1.0, 0.04)
    draw(tmp_path / "a.png", figures)
    figures.calibrated = []
    draw(tmp_path / "b.png", figures)

    with Image.open(tmp_path / "a.png") as whole, Image.open(tmp_path / "b.png") as less:
        assert whole.size == less.size
        assert whole.tobytes() != less.tobytes()

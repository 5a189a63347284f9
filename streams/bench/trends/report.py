"""The figures of trends as Markdown beside their JSON."""

from collections.abc import Sequence

import msgspec

from encoders.tables import table
from streams.bench.conditions import Conditions
from streams.bench.goals import Verdict as Met
from streams.bench.shard_figures import quantile
from streams.bench.trends.figures import Calibrated, TrendsFigures, Waits
from streams.bench.trends.truth import Verdict

FORCE_SECONDS = 2.0
PREVIEW_SECONDS = 3.0
CALIBRATION_ERROR = 0.05


class TrendsReport(msgspec.Struct, kw_only=True):
    """All of one run, as JSON holds it."""

    command: str
    conditions: Conditions
    figures: TrendsFigures


def trends_markdown(report: TrendsReport) -> str:
    """Return the report for people."""
    figures = report.figures
    load = ", ".join(f"{load:.1f}" for load in figures.load)
    parts = [
        f"`{report.command}`. {report.conditions.sentence()} Suite {figures.model_id}, {figures.shards} shards, "
        f"{figures.videos:,} videos of {figures.bytes_a_video:,} bytes held by one index worker (sent and held in "
        f"{figures.load_seconds:.0f} s), {figures.trends} live trends; load average {load}; seed {figures.seed}, "
        f"sha256 `{figures.sha256[:16]}…`.",
        _waits(figures.waits),
    ]
    parts += [_preview(figures)] if figures.looks else []
    parts += [_calibrated(figures.calibrated)] if figures.calibrated else []
    parts += [_verdicts(figures.verdicts), "#### Goals", table(("goal", "figure", ""), goals(figures))]
    return "\n\n".join(parts) + "\n"


def goals(figures: TrendsFigures) -> list[tuple[str, str, Met]]:
    """Return each goal with its figure and whether it is met."""
    found = []
    for waits in figures.waits:
        worst = quantile(waits.all_seconds, 0.99)
        text = f"{waits.what} to in force on all shards, p99 within {FORCE_SECONDS:g} s ({figures.videos:,} held)"
        cpu = quantile(waits.cpu_seconds, 0.99)
        found.append((text, f"{worst:.2f} s ({cpu:.2f} s of CPU)", _met(worst <= FORCE_SECONDS)))
    if figures.looks:
        slowest = max(one.picture_seconds for one in figures.looks)
        text = f"preview with its picture within {PREVIEW_SECONDS:g} s, always"
        found.append((text, f"{slowest:.2f} s", _met(slowest <= PREVIEW_SECONDS)))
    if figures.calibrated:
        worst = max(one.error for one in figures.calibrated)
        decisions = max(one.decisions for one in figures.calibrated)
        text = f"expected calibration error at most {CALIBRATION_ERROR:g} after {decisions} decisions, every trend"
        found.append((text, f"{worst:.3f} at worst", _met(worst <= CALIBRATION_ERROR)))
    if figures.verdicts:
        wrong = sum(one.missing + one.unexpected for one in figures.verdicts)
        wrong += sum(one.hits != figures.draft_hits for one in figures.looks)
        found.append(("active set and preview are the oracle's", f"{wrong} differences", _met(wrong == 0)))
    return found


def _waits(waits: Sequence[Waits]) -> str:
    columns = ("", "times", "first answers of all shards, p50 s", "p99", "in force on all shards, p50 s", "p99",
               "CPU s of the index worker, p50", "p99", "hits of the trend, median", "most")  # fmt: skip
    return table(
        columns,
        [
            (
                one.what,
                f"{len(one.all_seconds)}",
                f"{quantile(one.first_seconds, 0.5):.2f}",
                f"{quantile(one.first_seconds, 0.99):.2f}",
                f"{quantile(one.all_seconds, 0.5):.2f}",
                f"{quantile(one.all_seconds, 0.99):.2f}",
                f"{quantile(one.cpu_seconds, 0.5):.2f}",
                f"{quantile(one.cpu_seconds, 0.99):.2f}",
                f"{quantile([float(hits) for hits in one.hits], 0.5):,.0f}",
                f"{max(one.hits):,}",
            )
            for one in waits
        ],
    )


def _preview(figures: TrendsFigures) -> str:
    columns = ("`ebr trend preview`, process and all", "times", "p50 s", "at most s", "hits told", "hits by the oracle")
    told = ", ".join(sorted({f"{one.hits:,}" for one in figures.looks}))
    words, whole = [one.words_seconds for one in figures.looks], [one.picture_seconds for one in figures.looks]
    return table(
        columns,
        [
            (what, f"{len(some)}", f"{quantile(some, 0.5):.2f}", f"{max(some):.2f}", told, f"{figures.draft_hits:,}")
            for what, some in (("words alone", words), ("with its picture", whole))
        ],
    )


def _calibrated(calibrated: Sequence[Calibrated]) -> str:
    columns = ("trend", "score", "decisions", "confirmed", "calibration rests on", "in force after, s",
               "later actions", "expected calibration error")  # fmt: skip
    return table(
        columns,
        [
            (
                one.trend_id,
                one.score_kind,
                f"{one.decisions}",
                f"{one.confirmed}",
                f"{one.known}",
                f"{one.seconds:.1f}",
                f"{one.actions:,}",
                f"{one.error:.3f}",
            )
            for one in calibrated
        ],
    )


def _verdicts(verdicts: Sequence[Verdict]) -> str:
    columns = ("active set", "pairs judged by the oracle", "actions it calls for", "missing", "unexpected")
    rows = [(v.when, f"{v.asked:,}", f"{v.expected:,}", f"{v.missing}", f"{v.unexpected}") for v in verdicts]
    return table(columns, rows)


def _met(met: bool, /) -> Met:
    return "met" if met else "missed"

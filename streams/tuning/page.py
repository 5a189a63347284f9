"""The page of a report on a trend: Markdown beside its picture."""

import shlex
from pathlib import Path

from encoders.tables import table
from streams.catalogue import SeedHealth
from streams.pages import write_page
from streams.tuning.picture import draw_report
from streams.tuning.report import Agreement, Counsel, TrendReport

NAME = "report"
"""Of the files, without their endings."""


def write_report(report: TrendReport, folder: Path) -> tuple[Path, ...]:
    """Write the page with its data and picture into a folder; return the files."""
    return write_page(folder, NAME, text=page(report), data=report, draw=lambda path: draw_report(report, path))


def page(report: TrendReport) -> str:
    """Return the page; the picture lies beside it."""
    parts = [
        f"# {report.name}: what decisions say",
        "\n".join(f"* {line}" for line in facts(report)),
        f"![report]({NAME}.png)",
        "## Thresholds",
        "Brackets are 95 % intervals over resampled decisions (precision) or days (hits a day). Nothing is advised "
        "beyond the scores that were decided on. A person applies it:",
        table(["wanted", "threshold", "gives"], [counsel_row(one) for one in report.counsels]),
        *(f"    {command}" for command in commands(report)),
        "## Seeds",
        "By the hits that a seed explained. *Harmful*: what it finds is surely rejected more often than confirmed.",
        table(["seed", "confirmed", "rejected", "share confirmed", ""], [seed_row(one) for one in report.seeds]),
    ]
    return "\n\n".join(parts) + "\n"


def facts(report: TrendReport) -> list[str]:
    """Return what a person should know first, a sentence each."""
    tally = report.tally
    twice = f"{tally.repeated} repeated, {tally.again} said again"
    return [
        f"`{report.trend_id}` is {report.state}, version {report.version}, threshold {report.threshold:g}; "
        f"scores of {report.model_id or 'no model yet'}",
        f"{report.decisions} last words on {report.hits} hits; {report.elsewhere} more on hits scored otherwise",
        f"Decisions: {tally.confirmed} confirm, {tally.rejected} reject, {tally.unsure} unsure; "
        f"{twice}, {tally.disagreeing} disagreeing, {report.unknown} unknown",
        _in_force(report),
        f"Expected calibration error: {_error(report.cross_fitted)} by the other decisions, "
        f"{_error(report.borne)} as actions said it",
    ]


def counsel_row(one: Counsel) -> tuple[str, str, str]:
    """Return what was wanted, at which threshold it is to be had, what that gives."""
    precise = one.kind == "precision"
    wanted = f"precision {one.wanted:g}" if precise else f"{one.wanted:g} hits a day"
    if one.advice is None:
        return wanted, "-", "no score that was seen gives it"
    found, digits = one.advice, 3 if precise else 1
    most = "?" if found.expected_high is None else f"{found.expected_high:.{digits}f}"
    return (
        wanted,
        f"{found.threshold:.6g} [{found.low:.6g}, {'?' if found.high is None else f'{found.high:.6g}'}]",
        f"{found.expected:.{digits}f} [{found.expected_low:.{digits}f}, {most}]",
    )


def commands(report: TrendReport) -> list[str]:
    """Return the command that applies each advice, with its reason."""
    found = []
    for one in report.counsels:
        if one.advice is not None:
            wanted, _, gives = counsel_row(one)
            reason = f"{wanted}: expected {gives}, {report.decisions} decisions"
            words = ["ebr", "trend", "change", report.trend_id, *_options(report, one.advice.threshold)]
            found.append(shlex.join([*words, "--reason", reason]))
    return found


def _options(report: TrendReport, threshold: float) -> list[str]:
    """Return the options that move hits to a threshold.

    A score of kind `all` is counted from the threshold, which therefore alone changes no hit: the modalities move.
    """
    if report.modality_thresholds is None:
        return ["--threshold", f"{threshold:.6g}"]
    moved = threshold - report.threshold
    found = {name: min(1.0, max(-1.0, was + moved)) for name, was in report.modality_thresholds.items()}
    return [word for name, cosine in found.items() for word in ("--modality-threshold", f"{name}={cosine:.6g}")]


def seed_row(one: SeedHealth) -> tuple[str, str, str, str, str]:
    """Return a seed with its health."""
    count = one.confirmed + one.rejected
    share = f"{one.confirmed / count:.2f} [{one.low:.2f}, {one.high:.2f}]" if count else "-"
    mark = "**harmful**" if one.harmful else "" if one.live else "revoked"
    return one.seed_id, str(one.confirmed), str(one.rejected), share, mark


def _in_force(report: TrendReport) -> str:
    known = report.in_force
    if known is None:
        return "Not calibrated: actions bear no probability"
    return f"Calibrated on {known.decisions} decisions, scores {known.scores[0]:g} to {known.scores[-1]:g}"


def _error(agreement: Agreement | None) -> str:
    return "unknown" if agreement is None else f"{agreement.error:.3f} ({agreement.decisions} decisions)"

"""The page of a comparison of catches: Markdown beside its picture."""

from pathlib import Path

from encoders.evaluation import Interval
from encoders.tables import table
from streams.complement.catches import Catch
from streams.complement.picture import draw_catches
from streams.complement.report import ComplementReport
from streams.pages import write_page

NAME = "complement"
"""Of the files, without their endings."""


def write_complement(report: ComplementReport, folder: Path) -> tuple[Path, ...]:
    """Write the page with its data and picture into a folder; return the files."""
    return write_page(folder, NAME, text=page(report), data=report, draw=lambda path: draw_catches(report, path))


def page(report: ComplementReport) -> str:
    """Return the page; the picture lies beside it."""
    parts = [
        "# A classifier, retrieval, both at equal reviewer budget",
        *([report.made.about] if report.made.about else []),
        _conditions(report),
        "## Caught",
        "Harmful videos among the first so many of each queue. *Together* is one queue of the same length that takes "
        "from both in turn; *gain* is what it catches more than the classifier's. Bold where the interval excludes 0.",
        table(
            ["reviews", "classifier", "retrieval", "together", "gain"],
            [
                [_reviews(one), *map(_cell, (one.classifier, one.retrieval, one.together)), _gain(one)]
                for one in report.catches
            ],
        ),
        "## Overlap",
        "Of the two queues of that length each. What either catches takes more reviews than one budget (last column).",
        table(
            ["reviews each", "both", "only classifier", "only retrieval", "either", "reviews for either"],
            [
                [
                    _reviews(one),
                    *map(_cell, (one.both, one.only_classifier, one.only_retrieval, one.either, one.either_reviews)),
                ]
                for one in report.catches
            ],
        ),
        f"![catches]({NAME}.png)",
    ]
    return "\n\n".join(parts) + "\n"


def _conditions(report: ComplementReport) -> str:
    made = report.made
    machine = ", ".join(str(value) for name, value in made.machine.items() if name in ("processor", "system"))
    versions = ", ".join(f"{name} {number}" for name, number in made.versions.items() if number)
    said = "highest of any label" if made.label is None else f"of label `{made.label}`"
    return "\n".join(
        [
            f"* Made by `{made.command}`",
            f"* Commit {made.commit or 'unknown'}; {machine}, {made.machine.get('cores', '?')} cores; {versions}",
            f"* Videos `{report.digest[:16]}`: {report.videos:,}, {report.harmful:,} of them harmful "
            f"({100 * report.harmful / report.videos:.3g} %); {report.classified:,} with a classifier score ({said}), "
            f"{report.compared:,} with a retrieval score; a video without one is not in that queue",
            f"* Brackets: 95 % intervals by {made.resamples} resamples of videos, root {made.root}, paired; "
            "equal scores are in the order of the hash of their ids",
        ]
    )


def _reviews(one: Catch) -> str:
    return f"{one.reviews:,} ({100 * one.share:.3g} %)"


def _cell(one: Interval) -> str:
    return f"{one.value:,.0f} [{one.low:,.0f}, {one.high:,.0f}]"


def _gain(one: Catch) -> str:
    text = f"{one.gain.value:+,.0f} [{one.gain.low:+,.0f}, {one.gain.high:+,.0f}]"
    return f"**{text}**" if one.gain.excludes_zero() else text

"""The page of a simulated A/B test: Markdown that says on every number what it is."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from encoders.tables import table
from streams.operations.picture import by_swing, draw_tornado
from streams.operations.report import Estimate, Figure, OperationsReport, Sensitivity
from streams.pages import write_page

NAME = "operations"
"""Of the files, without their endings."""


def write_operations(report: OperationsReport, folder: Path) -> tuple[Path, ...]:
    """Write the page with its data and picture into a folder; return the files."""
    return write_page(folder, NAME, text=page(report), data=report, draw=lambda path: draw_tornado(report, path))


def page(report: OperationsReport) -> str:
    """Return the page; the picture lies beside it."""
    parts = [
        "# Operations, simulated",
        "**Simulated numbers on stated assumptions.** No platform was measured, nobody's videos were reviewed. "
        "arXiv 2507.01066 reports an A/B test on a platform (+10.32 % action rate, 80 % less operational cost); "
        "nothing below repeats or confirms it. This page answers one question: under which assumptions would retrieval "
        "beside a classifier pay?",
        _conditions(report),
        "## Both arms see the same videos",
        f"Means over {report.made.runs} runs of {report.assumptions.days} days; the change is relative, paired run by "
        "run. Brackets are 95 % intervals of the mean; the last column is where 95 % of single runs lie.",
        _figures(report.figures),
        "## How far each assumption moves it",
        "Each alone at the ends of its range, the widest first, on the same seeds. Bold: retrieval loses there (fewer "
        "actions or more cost than classification alone, the interval excludes 0).",
        _sensitivity(report.sensitivity),
        f"![tornado]({NAME}.png)",
        _losses(report.sensitivity),
        "## What is simulated",
        _MODEL,
        "## All assumptions",
        _assumptions(report),
    ]
    return "\n\n".join(parts) + "\n"


_MODEL = """\
* Trends are born at random, grow, fade (`streams/operations/world.py`); each is noticed some time after its birth.
  In the first arm the classifier is then taught it. In the second seeds are pushed, and the classifier is taught it
  only if `still_taught` says so.
* A classifier, or retrieval, finds the share of a trend's videos that its ROC curve has at the false positive rate of
  its threshold (`streams/operations/quality.py`). Given the trend, the two find independently. Retrieval pays its false
  positive rate once a live trend.
* Seeds also search what is stored; a classifier judges a video once, when it is uploaded.
* Every flag is a review; reviewers are never wrong; beyond their hours flags are dropped at random. Labels are
  paid, but take no hours from that queue. Views, appeals, the choice of seeds, switching over are not simulated."""


def _conditions(report: OperationsReport) -> str:
    made = report.made
    machine = ", ".join(str(value) for name, value in made.machine.items() if name in ("processor", "system"))
    versions = ", ".join(f"{name} {number}" for name, number in made.versions.items() if number)
    return "\n".join(
        [
            f"* Made by `{made.command}`",
            f"* Commit {made.commit or 'unknown'}; {machine}, {made.machine.get('cores', '?')} cores; {versions}",
            f"* Chance: root {made.root}, {made.runs} runs, each before both arms and under every assumption",
            f"* Assumptions: `{made.digest[:16]}`, all at the end; "
            "`streams/operations/assumptions.toml` says what each means",
        ]
    )


def _figures(figures: Iterable[Figure]) -> str:
    lines = []
    for one in figures:
        change = "-" if one.change is None else _percents(one.change)
        runs = "-" if one.change is None else f"{100 * one.change.run_low:+.1f} to {100 * one.change.run_high:+.1f} %"
        lines.append([one.name, _bracket(one.classification), _bracket(one.retrieval), change, runs])
    return table(["", "classification", "with retrieval", "change", "single runs"], lines)


def _sensitivity(rows: Sequence[Sensitivity]) -> str:
    titles = ["assumption", "low / base / high", "actions, low", "actions, high", "cost, low", "cost, high"]
    return table(titles, map(_ends, by_swing(rows)))


def _ends(row: Sensitivity) -> list[str]:
    ends = (row.low, row.high)
    return [
        f"`{row.field}`",
        f"{_plain(row.low.value)} / {_plain(row.value)} / {_plain(row.high.value)}",
        *[_marked(end.action_rate, lost=end.action_rate.high < 0) for end in ends],
        *[_marked(end.cost, lost=end.cost.low > 0) for end in ends],
    ]


def _losses(rows: Iterable[Sensitivity]) -> str:
    """Name every end at which retrieval loses."""
    fewer, dearer = [], []
    for row in rows:
        for end in (row.low, row.high):
            words = f"`{row.field}` = {_plain(end.value)}"
            if end.action_rate.high < 0:
                fewer.append(words)
            if end.cost.low > 0:
                dearer.append(words)
    return (
        f"Retrieval leads to fewer actions at: {', '.join(fewer) or 'no end of any range'}. "
        f"It costs more at: {', '.join(dearer) or 'no end of any range'}. "
        "Ends are tried one at a time; together they may do what none does alone."
    )


def _assumptions(report: OperationsReport) -> str:
    ranges = report.assumptions.ranges
    lines = []
    for field, value in _flat(msgspec.to_builtins(report.assumptions)):
        if field.startswith("ranges.") or value is None:
            continue
        low, high = ranges.get(field, ("", ""))
        lines.append([f"`{field}`", _plain(value), f"{_plain(low)} to {_plain(high)}" if field in ranges else ""])
    return table(["field", "value", "range"], lines)


def _flat(document: Mapping[str, object], above: str = "") -> Iterable[tuple[str, object]]:
    for name, value in document.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _plain(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return f"{value:,.10g}"


def _bracket(one: Estimate) -> str:
    return f"{_number(one.mean)} [{_number(one.low)}, {_number(one.high)}]"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"


def _percents(one: Estimate) -> str:
    text = f"{100 * one.mean:+.1f} % [{100 * one.low:+.1f}, {100 * one.high:+.1f}]"
    return f"**{text}**" if one.low > 0 or one.high < 0 else text


def _marked(one: Estimate, *, lost: bool) -> str:
    text = f"{100 * one.mean:+.1f} %"
    return f"**{text}**" if lost else text

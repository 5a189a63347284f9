"""`ebr evaluate operations`: what retrieval would do to action rate and cost, simulated on stated assumptions."""

import shlex
import sys
from pathlib import Path

import click

from streams.bench.conditions import conditions
from streams.cli.options import json_option
from streams.cli.output import note, say, say_json, say_table
from streams.cli.stages import Stages
from streams.operations.assumptions import SHIPPED, read_assumptions
from streams.operations.report import Figure, Made, OperationsReport

_LIBRARIES = ("numpy", "scipy")


@click.command()
@click.option(
    "--assumptions",
    "path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="TOML with every assumption; by default the file that ships, streams/operations/assumptions.toml.",
)
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="FIELD=VALUE",
    help="Change one assumption, the value as in TOML; may be given several times; none by default.",
)
@click.option("--runs", type=click.IntRange(min=2), default=200, show_default=True, help="Runs, each before both arms.")
@click.option("--root", type=click.IntRange(min=0), default=0, show_default=True, help="Root of all chance.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("docs/evaluation"),
    show_default=True,
    help="Folder for the page of Markdown, its JSON, its picture.",
)
@json_option
def operations(path: Path | None, changes: tuple[str, ...], runs: int, root: int, out: Path, as_json: bool) -> None:
    """Simulate an A/B test: classification alone against retrieval beside it.

    Simulated numbers on stated assumptions, never measurements: traffic, trends, quality, hours, prices. Each
    assumption is also tried at both ends of its range; under some retrieval loses.

    \b
    Examples:
      ebr evaluate operations
      ebr evaluate operations --set traffic.known_share=0.005 --set retrieval.still_taught=true
      ebr evaluate operations --set 'retrieval.quality={report="docs/evaluation/generated.json", row="ebr-1"}'
    """
    # These load matplotlib and scipy, for which `ebr --help` would wait.
    from streams.operations.page import write_operations  # noqa: PLC0415
    from streams.operations.study import study  # noqa: PLC0415

    assumed = read_assumptions(path or SHIPPED, changes)
    known = conditions(_LIBRARIES)
    note(f"{known.sentence()} Assumptions {assumed.digest[:16]}, {runs} runs, root {root}.")
    with Stages() as watch:
        figures, sensitivity = study(assumed, runs, root, watch)
    made = Made(
        command=shlex.join(["ebr", *sys.argv[1:]]),
        commit=known.commit,
        machine=known.machine,
        versions=known.versions,
        digest=assumed.digest,
        runs=runs,
        root=root,
    )
    report = OperationsReport(made=made, assumptions=assumed, figures=figures, sensitivity=sensitivity)
    paths = write_operations(report, out)
    if as_json:
        say_json({"files": [str(path) for path in paths], "figures": report.figures})
        return
    say("Simulated on stated assumptions, not measured:")
    say_table(("figure", "classification", "with retrieval", "change, %", "low", "high"), map(_row, report.figures))
    say("\n".join(str(path) for path in paths))


def _row(figure: Figure) -> tuple[object, ...]:
    change = figure.change
    changed = (None, None, None) if change is None else (100 * change.mean, 100 * change.low, 100 * change.high)
    return figure.name, figure.classification.mean, figure.retrieval.mean, *changed

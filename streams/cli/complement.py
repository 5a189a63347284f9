"""`ebr evaluate complement`: what a classifier, retrieval, and both catch at equal reviewer budget."""

import shlex
from pathlib import Path

import click

from streams.bench.conditions import conditions
from streams.cli.options import json_option
from streams.cli.output import note, say, say_json, say_table
from streams.cli.stages import Stages

_LIBRARIES = ("numpy",)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--budget",
    "budgets",
    type=click.FloatRange(min=0, max=1, min_open=True),
    multiple=True,
    default=(0.001, 0.01, 0.05),
    show_default=True,
    help="Reviews as a share of the videos; may be given several times.",
)
@click.option("--about", help="What FILE holds, in a sentence for the page; none by default.")
@click.option("--label", help="Whose classifier score counts; by default the highest of each video.")
@click.option("--resamples", type=click.IntRange(min=1), default=500, show_default=True, help="Behind each interval.")
@click.option("--root", type=click.IntRange(min=0), default=0, show_default=True, help="Root of all chance.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/complement"),
    show_default=True,
    help="Folder for the page of Markdown, its JSON, its picture.",
)
@json_option
def complement(
    *,
    file: Path,
    budgets: tuple[float, ...],
    about: str | None,
    label: str | None,
    resamples: int,
    root: int,
    out: Path,
    as_json: bool,
) -> None:
    """Compare what a classifier and retrieval catch when reviewers look at equally many videos.

    FILE has a judged video a row, in Parquet or lines of JSON: video_id, truth (true where harmful), classifier_scores
    (as attributes.classifier_scores of a video: by label; or one number), retrieval_score. Either score may be missing.

    \b
    Examples:
      ebr evaluate complement judged.jsonl
      ebr evaluate complement judged.parquet --label violence --budget 0.002 --budget 0.02 --out docs/evaluation
    """
    # These load matplotlib and scikit-learn, for which `ebr --help` would wait.
    from streams.complement.page import write_complement  # noqa: PLC0415
    from streams.complement.report import Made, make_complement  # noqa: PLC0415
    from streams.complement.rows import read_videos  # noqa: PLC0415

    known = conditions(_LIBRARIES)
    note(f"{known.sentence()} {resamples} resamples, root {root}.")
    videos = read_videos(file, label)
    words = ["ebr", "evaluate", "complement", file.name, *(f"--budget={one:g}" for one in budgets)]
    made = Made(
        command=shlex.join(words if label is None else [*words, f"--label={label}"]),
        commit=known.commit,
        machine=known.machine,
        versions=known.versions,
        about=about,
        label=label,
        resamples=resamples,
        root=root,
    )
    with Stages() as watch:
        report = make_complement(videos, budgets, made, watch)
    paths = write_complement(report, out)
    if as_json:
        say_json({"files": [str(path) for path in paths], "catches": report.catches})
        return
    titles = ("reviews", "classifier", "retrieval", "both", "only classifier", "only retrieval", "together", "gain")
    names = ("classifier", "retrieval", "both", "only_classifier", "only_retrieval", "together", "gain")
    say_table(
        titles, [(one.reviews, *(f"{getattr(one, name).value:,.0f}" for name in names)) for one in report.catches]
    )
    say("\n".join(str(path) for path in paths))

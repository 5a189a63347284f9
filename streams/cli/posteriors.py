"""`ebr evaluate posteriors`: what a classifier says of posts, for comparator C0."""

from pathlib import Path

import click

from encoders.corpus import Section
from encoders.corpus.store import Store
from streams.cli.evaluate_options import FOLDER, share_option
from streams.cli.output import progress, say


@click.command()
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--run",
    "runs",
    type=FOLDER,
    multiple=True,
    required=True,
    help="Folder of a run of cross-entropy over aspects, with its checkpoint; several, each of other aspects.",
)
@click.option(
    "--data",
    type=FOLDER,
    required=True,
    help="Folder of the stores that the runs learned from.",
)
@click.option(
    "--store",
    "stores",
    type=FOLDER,
    multiple=True,
    required=True,
    help="Store whose posts are classified; several for tests and development.",
)
@share_option()
def posteriors(*, out: Path, runs: tuple[Path, ...], data: Path, stores: tuple[Path, ...], share: float) -> None:
    """Write into the file OUT.npz what classifiers say of posts: a method for `ebr evaluate trends`, comparator C0.

    \b
    Examples:
      ebr evaluate posteriors c0.npz --run runs/compare-supce-frames --run runs/compare-supce-text --data stores \\
          --store st/test --store st/dev
      ebr evaluate trends --store st/test --dev st/dev --bank st/bank --method ours=my-suite --method C0=c0.npz
    """
    from encoders import evaluation, training  # noqa: PLC0415 - load torch, for which `ebr --help` would wait

    classifier = training.read_classifier(runs, data)
    said = {}
    families: tuple[str, ...] = ()
    for folder in stores:
        store = Store(folder)
        sections = sorted({row.section for row in store.rows} & {Section.TEST, Section.DEVELOPMENT})
        rows = [int(row) for section in sections for row in evaluation.rows_of(store, section, share)]
        with progress(f"classifying {folder.name}", len(rows)) as advance:
            said[store.digest] = training.classify(classifier, store, rows, advance)
        families = tuple(sorted({*families, *said[store.digest].families}))
    evaluation.write_posteriors(
        out,
        evaluation.PosteriorFile(
            classifier.model_id,
            families,
            {digest: one.columns(families) for digest, one in said.items()},
            {digest: one.highest for digest, one in said.items()},
        ),
    )
    say(f"{len(families)} families of {len(said)} stores in {out}")

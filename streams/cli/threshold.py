"""`ebr evaluate threshold`: whether one threshold serves all development trends, with and without a suite's scale."""

from pathlib import Path

import click

from encoders import load_fusion
from encoders.corpus.store import Store
from streams.cli.evaluate_options import share_option, store_option, work_option
from streams.cli.options import json_option
from streams.cli.output import say_json, say_table
from streams.cli.stages import Stages
from streams.errors import UserError


@click.command()
@click.argument("name")
@store_option("Store with the development trends.")
@share_option("Part of the section, as of `ebr evaluate trends`.")
@click.option("--draws", type=click.IntRange(min=1), default=20, show_default=True, help="Draws of five seeds.")
@click.option(
    "--prevalence",
    type=click.FloatRange(min=0, max=1, min_open=True, max_open=True),
    default=0.06,
    show_default=True,
    help="Share of positives; negatives are weighed to it.",
)
@work_option()
@json_option
def threshold(
    *, name: str, folder: Path, share: float, draws: int, prevalence: float, work: Path, as_json: bool
) -> None:
    """Judge one threshold for all development trends: scores of the suite NAME as they are, and normalised by its bank.

    The threshold of a trend is the one that is best for the others (F1); posts that are copies of seeds do not count.
    Says of every way of scoring the average precision of all trends in one ranking, then how both errors differ
    between trends.

    \b
    Examples:
      ebr evaluate threshold ebr-1 --store st/dev
      ebr evaluate threshold my-suite --store st/dev --prevalence 0.01 --json
    """
    from encoders import evaluation  # noqa: PLC0415 - loads scikit-learn, for which `ebr --help` would wait

    bank = load_fusion(name)[1].bank
    if bank is None:
        raise UserError(f"{name} has no bank of background videos; `ebr models bank {name}` writes one")
    store = Store(folder)
    rows = evaluation.rows_of(store, "development", share)
    subject = evaluation.trend_set(store, rows)
    method = evaluation.load_method("suite", name)
    ways = []
    with Stages() as watch:
        advance = watch.counted("encoding", len(rows) * len(method.encoders))
        seen = evaluation.see(method, store, rows, work / "vectors", advance)
        for way in evaluation.one_threshold(seen, subject, method.banks, bank, draws=draws, prevalence=prevalence):
            ways.append(way)
            watch("scoring", len(ways), 12)
    if as_json:
        say_json({"model_id": bank.model_id, "trends": len(subject.trends), "prevalence": prevalence, "ways": ways})
        return
    say_table(
        ("score", "normalised", "micro-AP", "threshold", "false acceptance", "false rejection"),
        [
            (
                way.name,
                "yes" if way.normalised else "no",
                f"{way.micro_ap:.3f}",
                f"{way.thresholds[0]:.3f} to {way.thresholds[1]:.3f}",
                f"{way.far:.4f} +- {way.far_spread:.4f}",
                f"{way.frr:.3f} +- {way.frr_spread:.3f}",
            )
            for way in ways
        ],
    )

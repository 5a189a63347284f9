"""`ebr evaluate pairs`: what a classifier and retrieval say of posts of a store, for `ebr evaluate complement`."""

from pathlib import Path

import click
import msgspec

from encoders.corpus.store import Store
from streams.cli.evaluate_options import bank_option, share_option, store_option, work_option
from streams.cli.output import say
from streams.cli.stages import Stages
from streams.errors import UserError


@click.command()
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@store_option("Store with the posts under test.")
@bank_option
@click.option(
    "--classifier",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="File of `ebr evaluate posteriors`, asked for the family of each trend (by oracle).",
)
@click.option("--method", required=True, help="Retrieval: what `ebr evaluate trends` takes, a suite for example.")
@click.option(
    "--scorer",
    default="cosine max",
    show_default=True,
    help="Score of retrieval, by its name in the tables of scorers.",
)
@share_option()
@click.option("--seeds", type=click.IntRange(min=1), default=5, show_default=True, help="Seeds of each trend.")
@click.option("--root", type=click.IntRange(min=0), default=0, show_default=True, help="Root of their draw.")
@work_option()
def pairs(
    *,
    out: Path,
    folder: Path,
    bank: Path | None,
    classifier: Path,
    method: str,
    scorer: str,
    share: float,
    seeds: int,
    root: int,
    work: Path,
) -> None:
    """Write into OUT.jsonl every pair of a test trend and a post: its truth, both scores.

    \b
    Examples:
      ebr evaluate pairs judged.jsonl --store st/test --bank st/bank --method ebr-1 --classifier c0.npz
      ebr evaluate complement judged.jsonl
    """
    from encoders import evaluation  # noqa: PLC0415 - loads scikit-learn, for which `ebr --help` would wait

    store = Store(folder)
    strangers = store if bank is None else Store(bank)
    rows, others = (evaluation.rows_of(one, section, share) for one, section in ((store, "test"), (strangers, "bank")))
    posteriors = evaluation.read_posteriors(classifier).scorer(store, evaluation.Reading.FAMILY)
    loaded = evaluation.load_method("retrieval", method)
    with Stages() as watch:
        advance = watch.counted("encoding", (len(rows) + len(others)) * len(loaded.encoders))
        seen = evaluation.see(loaded, store, rows, work / "vectors", advance)
        known = evaluation.see(loaded, strangers, others, work / "vectors", advance)
    scorers = {one.name: one for one in evaluation.variants(seen, known, loaded.banks) if not one.negatives}
    if scorer not in scorers:
        raise UserError(f"--scorer: {loaded.model_id} has {', '.join(scorers)}, not {scorer!r}")
    subject = evaluation.trend_set(store, rows)
    count = 0
    with out.open("wb") as lines:
        for pair in evaluation.pairs(posteriors, scorers[scorer].scorer, subject, seeds=seeds, root=root):
            row = {
                "video_id": f"{pair.trend}/{store.rows[pair.post].id}",
                "truth": pair.positive,
                "classifier_scores": {evaluation.Reading.FAMILY.value: pair.first},
                "retrieval_score": pair.second,
            }
            lines.write(msgspec.json.encode(row) + b"\n")
            count += 1
    say(f"{count:,} pairs of {len(subject.trends)} trends by {loaded.model_id} in {out}")

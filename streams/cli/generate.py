"""`ebr generate`: a corpus of real posts to try the system with, or the corpus that encoders are judged on."""

from dataclasses import replace
from pathlib import Path

import click

from encoders.corpus import CorpusSettings, CorpusSummary, Section, compose_trends, generate_trends
from encoders.corpus import generate as generate_corpus
from encoders.corpus.storing import store_generated, store_real
from streams.cli.options import json_option
from streams.cli.output import progress, say, say_json
from streams.errors import UserError

# Each trend needs seeds, positives with hard negatives.
_POSTS_A_TREND = 8


@click.command()
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.option("--posts", type=click.IntRange(min=4), default=160, show_default=True, help="How many posts.")
@click.option("--trends", type=click.IntRange(min=1), default=4, show_default=True, help="How many trends among them.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=7,
    show_default=True,
    help="Root of all chance: the same seed gives the same corpus.",
)
@click.option(
    "--section",
    "sections",
    type=click.Choice([str(section) for section in Section]),
    multiple=True,
    help="Write this section of the corpus of 25 trends instead; may be given several times; default none.",
)
@click.option(
    "--share",
    type=click.FloatRange(min=0, max=1, min_open=True),
    default=0.01,
    show_default=True,
    help="Size of the sections; 1 is the full size, for which the test section has 54,000 posts.",
)
@click.option(
    "--media",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Compose the sections of real media, from the Parquet files of this folder; default none.",
)
@click.option(
    "--store",
    "as_store",
    is_flag=True,
    help="Draw the sections into stores of samples, one folder each, to train on and evaluate with; by default files.",
)
@click.option(
    "--posts-a-leaf",
    type=click.IntRange(min=1),
    help="Training posts of each leaf; default: 24 times the share.",
)
@click.option("--processes", type=click.IntRange(min=1), default=1, show_default=True, help="How many draw a store.")
@json_option
def generate(
    *,
    out: Path,
    posts: int,
    trends: int,
    seed: int,
    sections: tuple[str, ...],
    share: float,
    media: Path | None,
    as_store: bool,
    posts_a_leaf: int | None,
    processes: int,
    as_json: bool,
) -> None:
    """Write a corpus into the folder OUT: MP4 files (H.264 + AAC), captions beside them, truth.jsonl.

    \b
    Examples:
      ebr generate corpus
      ebr generate corpus --posts 400 --trends 8 --seed 1
      ebr generate corpus --section development --share 0.05
      ebr generate corpus --section test --media my-parquet-files
      ebr generate stores --store --section training --section bank --share 1 --posts-a-leaf 40 --processes 2
    """
    if as_store:
        settings = CorpusSettings(seed=seed).scaled(share)
        if posts_a_leaf is not None:
            settings = replace(settings, posts_a_leaf=posts_a_leaf)
        _stores(out, settings, sections, media, processes)
        return
    if sections or media is not None:
        summary = _trends(out, CorpusSettings(seed=seed).scaled(share), sections, media)
    else:
        summary = _demo(out, posts, trends, seed)
    if as_json:
        say_json(_facts(summary))
    else:
        roles_text = ", ".join(f"{count} {role.replace('_', ' ')}" for role, count in summary.roles.items())
        say(f"{summary.posts} posts ({summary.media_bytes / 1e6:.1f} MB) in {summary.folder}: {roles_text}")
        say(f"trends: {', '.join(summary.trends)}")


def _demo(out: Path, posts: int, trends: int, seed: int) -> CorpusSummary:
    if posts < _POSTS_A_TREND * trends:
        raise UserError(
            f"--posts must be at least {_POSTS_A_TREND} for each trend: {_POSTS_A_TREND * trends} for {trends} trends"
        )
    with progress("writing", posts) as advance:
        try:
            return generate_corpus(out, posts=posts, trends=trends, seed=seed, progress=lambda _done, _all: advance(1))
        except ValueError as error:
            raise UserError(str(error)) from error


def _trends(out: Path, settings: CorpusSettings, names: tuple[str, ...], media: Path | None) -> CorpusSummary:
    context = click.get_current_context()
    for name in ("posts", "trends"):
        if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
            raise UserError(f"--{name} is not of the corpus of 25 trends: --share makes it larger or smaller")
    sections = [Section(name) for name in names] or list(Section)
    with progress("writing", None) as advance:

        def told(_done: int, _all: int) -> None:
            advance(1)

        if media is None:
            return generate_trends(out, settings=settings, sections=sections, progress=told)
        return compose_trends(out, media, settings=settings, sections=sections, progress=told)


def _stores(out: Path, settings: CorpusSettings, names: tuple[str, ...], media: Path | None, processes: int) -> None:
    """Draw each section into a folder of its own, `generated-training` say; what was drawn before is kept."""
    for section in [Section(name) for name in names] or list(Section):
        folder = out / f"{'generated' if media is None else 'real'}-{section}"
        with progress(f"drawing {folder.name}", None) as advance:
            seen = 0

            def told(done: int, _all: int) -> None:
                nonlocal seen
                advance(done - seen)
                seen = done

            if media is None:
                store = store_generated(folder, settings, [section], processes=processes, progress=told)
            else:
                store = store_real(folder, media, settings, [section], processes=processes, progress=told)
        say(f"{len(store)} posts in {folder} (digest {store.digest[:12]})")


def _facts(summary: CorpusSummary) -> dict[str, object]:
    return {
        "folder": str(summary.folder),
        "truth": str(summary.truth),
        "posts": summary.posts,
        "trends": summary.trends,
        "roles": {str(role): count for role, count in summary.roles.items()},
        "copies": summary.copies,
        "media_bytes": summary.media_bytes,
    }

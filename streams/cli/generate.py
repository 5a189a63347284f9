"""`ebr generate`: a corpus of real posts to try the system with, or the corpus that encoders are judged on."""

from pathlib import Path

import click

from encoders.corpus import CorpusSettings, CorpusSummary, Section, compose_trends, generate_trends
from encoders.corpus import generate as generate_corpus
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
    as_json: bool,
) -> None:
    """Write a corpus into the folder OUT: MP4 files (H.264 + AAC), captions beside them, truth.jsonl.

    \b
    Examples:
      ebr generate corpus
      ebr generate corpus --posts 400 --trends 8 --seed 1
      ebr generate corpus --section development --share 0.05
      ebr generate corpus --section test --media my-parquet-files
    """
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

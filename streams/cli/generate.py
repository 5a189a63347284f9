"""`ebr generate`: a corpus of real posts to try the system with."""

from pathlib import Path

import click

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
@json_option
def generate(out: Path, posts: int, trends: int, seed: int, as_json: bool) -> None:
    """Write a corpus into the folder OUT: MP4 files (H.264 + AAC), captions beside them, truth.jsonl.

    \b
    Examples:
      ebr generate corpus
      ebr generate corpus --posts 400 --trends 8 --seed 1
    """
    if posts < _POSTS_A_TREND * trends:
        raise UserError(
            f"--posts must be at least {_POSTS_A_TREND} for each trend: {_POSTS_A_TREND * trends} for {trends} trends"
        )
    with progress("writing", posts) as advance:
        try:
            summary = generate_corpus(
                out, posts=posts, trends=trends, seed=seed, progress=lambda _done, _all: advance(1)
            )
        except ValueError as error:
            raise UserError(str(error)) from error
    if as_json:
        roles = {str(role): count for role, count in summary.roles.items()}
        facts = {
            "folder": str(summary.folder),
            "truth": str(summary.truth),
            "posts": summary.posts,
            "trends": summary.trends,
        }
        say_json(facts | {"roles": roles, "copies": summary.copies, "media_bytes": summary.media_bytes})
    else:
        roles_text = ", ".join(f"{count} {role.replace('_', ' ')}" for role, count in summary.roles.items())
        say(f"{summary.posts} posts ({summary.media_bytes / 1e6:.1f} MB) in {summary.folder}: {roles_text}")
        say(f"trends: {', '.join(summary.trends)}")

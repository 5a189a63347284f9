"""`ebr bench trends`: how soon moderators are heard, how far what they then see can be trusted."""

from pathlib import Path

import click

from encoders import default_suite
from streams.bench.trends.request import SEEDS_A_TREND, TrendsRequest
from streams.cli.bench_options import command_line, out_option
from streams.cli.output import note, say
from streams.errors import UserError
from streams.settings import load_settings


@click.command(name="trends")
@click.option("--suite", help="Name or folder of the suite that encodes seeds; by default the one that ships.")
@click.option(
    "--videos", type=click.IntRange(min=100), default=100_000, show_default=True, help="Held when seeds are pushed."
)
@click.option(
    "--fresh",
    type=click.IntRange(min=100),
    default=20_000,
    show_default=True,
    help="Videos after the decisions, whose actions are held against the truth.",
)
@click.option("--trends", type=click.IntRange(1, 8), default=4, show_default=True, help="Live ones.")
@click.option("--pushes", type=click.IntRange(min=2), default=48, show_default=True, help="Seeds pushed.")
@click.option(
    "--decisions",
    type=click.IntRange(min=0),
    default=300,
    show_default=True,
    help="Simulated, for each trend; 0 none.",
)
@click.option("--previews", type=click.IntRange(min=0), default=5, show_default=True, help="Looks at the draft.")
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Root of all chance.")
@out_option
def trends(  # noqa: PLR0917  # click passes options by name
    suite: str | None,
    videos: int,
    fresh: int,
    trends: int,
    pushes: int,
    decisions: int,
    previews: int,
    seed: int,
    out: Path,
) -> None:
    """Measure trends on a real broker: pushes, revocations, previews, calibration.

    Videos are made around real posts and enter as embeddings; seeds are such posts, which TRENDS fetches, decodes and
    encodes. One worker holds all shards. The Kafka is that of EBR_KAFKA__BOOTSTRAP_SERVERS if set, else a local broker
    of its own. What stands is compared with what the oracle calls for, twice.

    \b
    Examples:
      ebr bench trends
      ebr bench trends --suite signal --videos 2000 --fresh 1000 --trends 2 --pushes 6 --decisions 30
    """
    if pushes > trends * SEEDS_A_TREND:
        raise UserError(f"--pushes: at most {SEEDS_A_TREND} for each of {trends} trends")
    from streams.bench.trends.pages import write_pages  # noqa: PLC0415 - loads torch, which other verbs need not

    request = TrendsRequest(
        suite=suite or default_suite(),
        videos=videos,
        fresh=fresh,
        trends=trends,
        pushes=pushes,
        decisions=decisions,
        previews=previews,
        seed=seed,
    )
    out.mkdir(parents=True, exist_ok=True)
    say(write_pages(load_settings(), request, out, command_line(), note))

"""`ebr trend report`: what decisions say about a trend."""

from contextlib import aclosing
from pathlib import Path

import click

from streams.cli.cluster import run
from streams.cli.known import known_trends, no_such_trend
from streams.cli.options import json_option
from streams.cli.output import progress, say, say_json, say_table
from streams.client import log_ranges, tail
from streams.settings import Settings
from streams.wire.topics import Topic

_READ = (Topic.MODERATION_ACTIONS, Topic.SHADOW_ACTIONS, Topic.REVIEW_DECISIONS)


@click.command()
@click.argument("trend_id")
@click.option(
    "--precision",
    "precisions",
    type=click.FloatRange(min=0, max=1, min_open=True),
    multiple=True,
    default=(0.8, 0.9, 0.95),
    show_default=True,
    help="Advise a threshold for this share of confirmed hits; may be repeated.",
)
@click.option(
    "--hits-a-day",
    "loads",
    type=click.FloatRange(min=0, min_open=True),
    multiple=True,
    help="Advise a threshold for so many new hits a day; may be repeated; none by default.",
)
@click.option("--resamples", type=click.IntRange(min=1), default=200, show_default=True, help="Behind each interval.")
@click.option("--root", type=click.IntRange(min=0), default=0, show_default=True, help="Root of all chance.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the page of Markdown, its JSON, its picture; default: var/trends/TREND_ID.",
)
@json_option
def report(
    *,
    trend_id: str,
    precisions: tuple[float, ...],
    loads: tuple[float, ...],
    resamples: int,
    root: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Report what decisions say about the trend TREND_ID: reliability, precision by day, seeds, thresholds to take.

    It reads topics only; no worker need run. A person applies a threshold by `ebr trend change`.

    \b
    Examples:
      ebr trend report choking
      ebr trend report choking --precision 0.9 --hits-a-day 200 --out docs/choking
      ebr trend report choking --json | jq .seeds
    """
    # These load matplotlib and scikit-learn, for which `ebr --help` would wait.
    from streams.audit.logs import Archive  # noqa: PLC0415
    from streams.tuning.hits import gather  # noqa: PLC0415
    from streams.tuning.page import commands, counsel_row, facts, seed_row, write_report  # noqa: PLC0415
    from streams.tuning.report import TrendReport, Wanted, make_report  # noqa: PLC0415

    wanted = Wanted(precisions=precisions, loads=loads, times=resamples, root=root)

    async def work(settings: Settings) -> TrendReport:
        trend = (await known_trends(settings)).by_id.get(trend_id)
        if trend is None:
            raise no_such_trend(trend_id)
        archive = Archive(settings)
        ranges = [of_one for topic in _READ for of_one in (await log_ranges(settings, topic)).values()]
        with progress("records", sum(end - first for first, end in ranges)) as advance:
            for topic in _READ:
                async with aclosing(tail(settings, topic, from_beginning=True, follow=False)) as records:
                    async for record in records:
                        archive.add(record)
                        advance(1)
        return make_report(trend, gather(archive.logs(), trend), wanted)

    found = run(work)
    paths = write_report(found, out or Path("var/trends") / trend_id)
    if as_json:
        say_json(found)
        return
    for line in facts(found):
        say(line)
    say_table(("wanted", "threshold", "gives"), map(counsel_row, found.counsels))
    for command in commands(found):
        say(command)
    if found.seeds:
        say_table(("seed", "confirmed", "rejected", "share confirmed", ""), map(seed_row, found.seeds))
    say("\n".join(str(path) for path in paths))

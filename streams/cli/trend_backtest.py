"""`ebr trend backtest`: what a proposed rule would have hit, before anybody is hit by it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from streams.backtest.outcome import Outcome
from streams.backtest.proposal import Proposal
from streams.cli.backtests import facts, tell
from streams.cli.cluster import run
from streams.cli.known import known_trends
from streams.cli.options import json_option
from streams.cli.output import say, say_json
from streams.cli.policy_options import COSINE, fields_of, policy_options
from streams.cli.proposing import Asked, judge, propose
from streams.settings import Settings

_TIME = click.DateTime(("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"))


@click.command()
@click.argument("trend_id")
@click.option("--threshold", type=COSINE, help="Threshold of the proposed rule, from -1 to 1; default as it is.")
@policy_options(with_defaults=False, rule_only=True)
@click.option(
    "--seed-video", multiple=True, help="A held video as one more positive seed; may be repeated; none by default."
)
@click.option("--negative-video", multiple=True, help="The same as a negative seed; none by default.")
@click.option("--without-seed", multiple=True, help="Leave this seed_id out; may be repeated; none by default.")
@click.option("--since", type=_TIME, help="Earliest received_at, UTC; default: all that video-embeddings holds.")
@click.option("--until", type=_TIME, help="Received before this, UTC; default: all that video-embeddings holds.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("backtest.png"),
    show_default=True,
    help="The picture to write.",
)
@click.option("--no-picture", is_flag=True, help="Draw nothing, which is quicker; default off.")
@json_option
def backtest(
    *,
    trend_id: str,
    seed_video: tuple[str, ...],
    negative_video: tuple[str, ...],
    without_seed: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    out: Path,
    no_picture: bool,
    as_json: bool,
    **policy: Any,
) -> None:
    """Judge the videos of a stretch by a proposed rule of TREND_ID beside the one in force; nothing is emitted.

    Without a change it tells what the rule in force hits. A trend that nobody declared needs --threshold with at least
    one --seed-video. Precision is over the hits that reviewers ruled on, which are those that were emitted.

    \b
    Examples:
      ebr trend backtest choking --threshold 0.78
      ebr trend backtest choking --margin 0.05 --negative-video judo-7 --since 2026-11-20 --out margin.png
      ebr trend backtest new-dance --threshold 0.8 --seed-video v-1 --seed-video v-2 --json
    """
    asked = Asked(
        trend_id=trend_id,
        changes=fields_of(policy),
        positive=[(video, None) for video in seed_video],
        negative=[(video, None) for video in negative_video],
        without=without_seed,
        since=None if since is None else since.replace(tzinfo=UTC),
        until=None if until is None else until.replace(tzinfo=UTC),
    )

    async def work(settings: Settings) -> tuple[Proposal, Outcome, list[str]]:
        proposed = await propose(settings, await known_trends(settings), asked)
        found, gone = await judge(settings, asked, proposed)
        return proposed, found, [*proposed.remarks, *gone]

    proposed, found, remarks = run(work)
    if not no_picture:
        # Half a second of matplotlib that only this verb pays.
        from streams.backtest.picture import draw_backtest  # noqa: PLC0415

        present = None if proposed.present is None else proposed.present.policy
        draw_backtest(found, present, proposed.proposed.policy, out)
    if as_json:
        say_json({"trend_id": trend_id} | facts(found, remarks) | {"picture": None if no_picture else str(out)})
        return
    tell(found, remarks)
    if not no_picture:
        say(f"picture: {out}")

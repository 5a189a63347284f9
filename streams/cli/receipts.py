"""`ebr receipts`: what the shards answered to seeds and policies."""

import click

from streams.cli.cluster import run
from streams.cli.options import follow_option, from_beginning_option, json_option, limit_option
from streams.cli.output import note
from streams.cli.receiving import View, is_about, show
from streams.wire.moderation import Receipt
from streams.wire.topics import Topic


@click.group()
def receipts() -> None:
    """Read the answers of the shards: what was applied, refused, found."""


@receipts.command(name="tail")
@click.option("--trend", help="Only of this trend_id; all by default.")
@click.option("--seed", help="Only of this seed_id; all by default.")
@click.option(
    "--status",
    type=click.Choice(["applied", "refused", "failed", "paused"]),
    help="Only with this status; all by default.",
)
@follow_option
@from_beginning_option
@limit_option
@json_option
def tail_receipts(
    *,
    trend: str | None,
    seed: str | None,
    status: str | None,
    follow: bool,
    from_beginning: bool,
    limit: int | None,
    as_json: bool,
) -> None:
    """Print receipts: all there are, or with --follow those that come.

    \b
    Examples:
      ebr receipts tail --trend choking
      ebr receipts tail --follow --json | jq '{shard, hits, complete}'
      ebr receipts tail --status refused
    """
    view = View(follow=follow, from_beginning=from_beginning, limit=limit, as_json=as_json)
    wanted = {"trend_id": trend, "seed_id": seed, "status": status}
    shown = run(
        lambda settings: show(settings, Topic.SEED_RECEIPTS, view, receipt_line, lambda m: is_about(m, **wanted))
    )
    if not shown and not as_json:
        note("no receipt yet")


def receipt_line(receipt: Receipt) -> str:
    """Return a receipt in one line for a person."""
    who = "trends" if receipt.shard is None else f"shard {receipt.shard + 1}/{receipt.shards}"
    what = receipt.trend_id if receipt.seed_id is None else f"{receipt.trend_id} seed {receipt.seed_id}"
    if receipt.status in ("refused", "failed"):
        return f"{what}  {who}  {receipt.status}: {receipt.reason or 'no reason given'}"
    nearest = f"  nearest {receipt.nearest[0].video_id} {receipt.nearest[0].score:.3f}" if receipt.nearest else ""
    state = "complete" if receipt.complete else "not complete"
    left = f", {receipt.not_comparable} not comparable" if receipt.not_comparable else ""
    return (
        f"{what}  {who}  {receipt.status}, {state}: {receipt.hits} hits in {receipt.videos_held} videos{left}"
        f"{nearest}{_recall_words(receipt)}  {receipt.latency_seconds:.1f} s"
    )


def _recall_words(receipt: Receipt) -> str:
    """Return how much the first hits may miss; nothing once the sweep has seen all, or when nobody knows."""
    recall = receipt.recall
    if receipt.complete or recall is None:
        return ""
    interval = f"{recall.low:.3f} to {recall.high:.3f}, {recall.searches} searches"
    return f"  recall@{recall.k} {recall.value:.3f} ({interval})"

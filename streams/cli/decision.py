"""`ebr decision`: what a moderator rules on an action."""

import uuid

import click

from streams.cli.cluster import run
from streams.cli.options import json_option
from streams.cli.output import say, say_json
from streams.cli.receiving import find_action
from streams.cli.sending import checked, outgoing, send
from streams.settings import Settings
from streams.wire.topics import Topic
from streams.wire.trend import ReviewDecision


@click.group()
def decision() -> None:
    """Rule on actions."""


@decision.command()
@click.argument("action_id")
@click.argument("verdict", type=click.Choice(["confirm", "reject", "unsure"]))
@click.option("--reviewer", help="Id of who decides; none by default.")
@click.option("--note", help="Why, at most 10,000 characters; none by default.")
@click.option("--decision-id", help="Id of the decision; a random one by default.")
@json_option
def record(
    action_id: str, verdict: str, reviewer: str | None, note: str | None, decision_id: str | None, *, as_json: bool
) -> None:
    """Record a VERDICT on ACTION_ID. A reject clears the pair of trend and video: its action is revoked.

    \b
    Examples:
      ebr decision record 0f3c9a5e7b1d2486a0c4e8f213579bdf confirm
      ebr decision record 0f3c9a5e7b1d2486a0c4e8f213579bdf reject --reviewer mod-3 --note "a judo class"
    """

    async def work(settings: Settings) -> ReviewDecision:
        action = await find_action(settings, action_id)
        message = checked(
            ReviewDecision,
            {
                "decision_id": decision_id or uuid.uuid4().hex,
                "action_id": action_id,
                "trend_id": action.trend_id,
                "video_id": action.video_id,
                "revision": action.revision,
                "verdict": verdict,
                "reviewer_id": reviewer,
                "note": note,
            },
        )
        await send(settings, [outgoing(Topic.REVIEW_DECISIONS, action.trend_id, message)])
        return message

    message = run(work)
    if as_json:
        say_json(message)
    else:
        pair = f"{message.video_id} r{message.revision} in {message.trend_id}"
        say(f"{verdict} recorded for {pair} ({message.decision_id})")

"""`ebr actions`: what the system proposes to enforcement."""

import click

from streams.cli.cluster import run
from streams.cli.options import follow_option, from_beginning_option, json_option, limit_option
from streams.cli.output import note
from streams.cli.receiving import View, is_about, show
from streams.wire.moderation import ActionEvent, ModerationAction
from streams.wire.topics import Topic


@click.group()
def actions() -> None:
    """Read actions, as enforcement does: committed ones only."""


@actions.command(name="tail")
@click.option("--shadow", is_flag=True, help="Actions of trends in state shadow instead; default off.")
@click.option("--trend", help="Only of this trend_id; all by default.")
@click.option("--video", help="Only of this video_id; all by default.")
@follow_option
@from_beginning_option
@limit_option
@json_option
def tail_actions(
    *,
    shadow: bool,
    trend: str | None,
    video: str | None,
    follow: bool,
    from_beginning: bool,
    limit: int | None,
    as_json: bool,
) -> None:
    """Print actions with their revocations: all there are, or with --follow those that come.

    \b
    Examples:
      ebr actions tail
      ebr actions tail --follow --trend choking
      ebr actions tail --shadow --json | jq .score
    """
    topic = Topic.SHADOW_ACTIONS if shadow else Topic.MODERATION_ACTIONS
    view = View(follow=follow, from_beginning=from_beginning, limit=limit, as_json=as_json)
    shown = run(
        lambda settings: show(settings, topic, view, _line, lambda m: is_about(m, trend_id=trend, video_id=video))
    )
    if not shown and not as_json:
        note("no action yet")


def _line(event: ActionEvent) -> str:
    what = f"{event.emitted_at:%Y-%m-%d %H:%M:%S}  {event.trend_id}  {event.video_id} r{event.revision}"
    if not isinstance(event, ModerationAction):
        return f"{what}  revoked ({event.reason})  {event.action_id}"
    modalities = " ".join(f"{name} {score:.2f}" for name, score in event.modality_scores.items())
    return (
        f"{what}  {event.proposed_action}  score {event.score:.3f} by seed {event.seed_id} ({modalities})"
        f"  {event.direction}  {event.action_id}"
    )

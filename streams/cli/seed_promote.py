"""`ebr seed promote`: a hit that was ruled on becomes a seed, its effect shown first."""

from dataclasses import dataclass
from datetime import UTC, datetime

import click

from streams.backtest.outcome import Outcome
from streams.backtest.proposal import model_of
from streams.backtest.reading import find_post, find_video, read_decisions, read_sent
from streams.catalogue import Catalogue, Decisions
from streams.cli.backtests import facts, tell
from streams.cli.cluster import run
from streams.cli.known import known_trends, suite_card
from streams.cli.moderating import write
from streams.cli.options import Sending, sending_options
from streams.cli.output import note, say, say_json
from streams.cli.posts import located
from streams.cli.proposing import Asked, judge, propose
from streams.cli.receiving import find_action
from streams.cli.sending import checked
from streams.errors import RefusedError, UserError
from streams.settings import Settings
from streams.wire.moderation import ModerationAction
from streams.wire.trend import Polarity, SeedAdded


@dataclass(frozen=True, kw_only=True, slots=True)
class _Promotion:
    """A seed that may be added.

    Attributes:
        fields: Of its `SeedAdded`.
        effect: What it does to the held videos; None where the post's own vectors are gone.
        remarks: What is partial, in words.
    """

    fields: dict[str, object]
    effect: Outcome | None
    remarks: list[str]


@click.command()
@click.argument("action_id")
@click.option("--seed-id", help="Id of the seed; default: the video's id. A revoked id never returns.")
@click.option("--media", help="File or URI of the post; by default that of its event, which video-events keeps 7 days.")
@click.option("--yes", is_flag=True, help="Send without asking; default off: the effect is shown, then asked about.")
@sending_options
def promote(
    *,
    action_id: str,
    seed_id: str | None,
    media: str | None,
    yes: bool,
    by: str | None,
    sending: Sending,
) -> int:
    """Make the hit ACTION_ID a seed of its trend: a rejected one a negative seed, a confirmed one a positive seed.

    First it shows what the seed does to the held videos, by the vectors that the post was judged by; then it asks.

    \b
    Examples:
      ebr seed promote 0f3c9a5e7b1d2486a0c4e8f213579bdf
      ebr seed promote 0f3c9a5e7b1d2486a0c4e8f213579bdf --dry-run
      ebr seed promote 0f3c9a5e7b1d2486a0c4e8f213579bdf --media judo.mp4 --by mod-3 --yes --wait
    """
    found = run(lambda settings: _promotion(settings, action_id, seed_id, media, by))
    _show(found, as_json=sending["as_json"])
    if not (yes or sending["dry_run"]):
        click.confirm("send it?", err=True, abort=True)
    return write(SeedAdded, found.fields, **sending)


async def _promotion(
    settings: Settings, action_id: str, seed_id: str | None, media: str | None, by: str | None
) -> _Promotion:
    """Return the seed with its effect.

    Raises:
        UserError: there is no such action, nobody ruled on it, its media is not known, or TRENDS would refuse the seed.
        ClusterError: the cluster cannot be reached, refuses, or lacks a topic.
    """
    action = await find_action(settings, action_id)
    polarity = _polarity(action, await read_decisions(settings))
    fields: dict[str, object] = {
        "trend_id": action.trend_id,
        "seed_id": seed_id or action.video_id,
        "polarity": polarity,
        "video": await _video(settings, action, media),
        "added_by": by,
    }
    catalogue = await known_trends(settings)
    _check(catalogue, checked(SeedAdded, fields))
    sent = await read_sent(settings, action.trend_id)
    model_id = model_of(sent, suite_card(settings))
    if await find_video(settings, action.video_id, model_id, action.revision) is None:
        gone = f"revision {action.revision} of {action.video_id} is no longer in video-embeddings by {model_id}"
        return _Promotion(fields=fields, effect=None, remarks=[f"{gone}: its effect cannot be shown"])
    video = (action.video_id, action.revision)
    asked = Asked(
        trend_id=action.trend_id,
        changes={},
        positive=(video,) if polarity == "positive" else (),
        negative=(video,) if polarity == "negative" else (),
    )
    proposed = await propose(settings, catalogue, asked)
    effect, gone_videos = await judge(settings, asked, proposed)
    return _Promotion(fields=fields, effect=effect, remarks=[*proposed.remarks, *gone_videos])


def _polarity(action: ModerationAction, decisions: Decisions) -> Polarity:
    """Return what the last word of reviewers makes of a hit.

    Raises:
        UserError: nobody confirmed or rejected it.
    """
    ruling = dict(decisions.rulings(action.trend_id)).get((action.video_id, action.revision))
    if ruling is None:
        reason = f"`ebr decision record {action.action_id} confirm` or `reject` does so"
        raise UserError(f"nobody has confirmed or rejected {action.video_id} r{action.revision} yet; {reason}")
    return "positive" if ruling.confirmed else "negative"


async def _video(settings: Settings, action: ModerationAction, media: str | None) -> dict[str, object]:
    """Return the post as a seed names it.

    Raises:
        UserError: its media is not known any more, and none is given.
    """
    post = await find_post(settings, action.video_id, action.revision)
    if post is None and media is None:
        raise UserError(
            f"where the media of {action.video_id} r{action.revision} lies is no longer known: video-events keeps "
            "events for 7 days; name it with --media"
        )
    uri, words = ("", None) if media is None else located(media)
    return {
        "video_id": action.video_id,
        "media_uri": post.media_uri if media is None and post is not None else uri,
        "caption": words if post is None else post.caption,
        "ocr_text": None if post is None else post.ocr_text,
        "speech_text": None if post is None else post.speech_text,
    }


def _check(catalogue: Catalogue, event: SeedAdded) -> None:
    """Accept a seed that TRENDS would accept now.

    Raises:
        UserError: it would not.
    """
    try:
        catalogue.after(event, datetime.now(UTC))
    except RefusedError as error:
        raise UserError(f"TRENDS would refuse this: {error}") from error


def _show(found: _Promotion, *, as_json: bool) -> None:
    if as_json:
        effect = None if found.effect is None else facts(found.effect, found.remarks)
        say_json({"seed": found.fields, "effect": effect, "partial": found.remarks})
        return
    say(f"{found.fields['seed_id']} as a {found.fields['polarity']} seed of {found.fields['trend_id']}:")
    if found.effect is None:
        for remark in found.remarks:
            note(f"partial: {remark}")
    else:
        tell(found.effect, found.remarks)

"""`ebr seed`: the examples that define a trend."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import click

from streams.cli.moderating import write
from streams.cli.options import Sending, reason_option, sending_options
from streams.cli.posts import clean_id, located
from streams.cli.verbs import Verbs
from streams.wire.trend import SeedAdded, SeedRevoked

_VERBS: Mapping[str, str] = MappingProxyType({"promote": "streams.cli.seed_promote:promote"})


@click.group(cls=Verbs, verbs=_VERBS)
def seed() -> None:
    """Push seed videos into trends, or take them back."""


@seed.command()
@click.argument("trend_id")
@click.argument("media")
@click.option("--seed-id", help="Id of the seed; default: the file's stem. A revoked id never returns.")
@click.option("--negative", is_flag=True, help="What is like this one is not meant; default off: a positive seed.")
@click.option("--caption", help="Words of the post, at most 10,000 characters; default: STEM.txt beside a file.")
@click.option("--ocr-text", help="Words in its pictures, at most 10,000 characters; none by default.")
@click.option("--speech-text", help="Words in its sound, at most 10,000 characters; none by default.")
@click.option("--video-id", help="Id of the video, where it is one of the platform; none by default.")
@sending_options
def add(
    *,
    trend_id: str,
    media: str,
    seed_id: str | None,
    negative: bool,
    caption: str | None,
    ocr_text: str | None,
    speech_text: str | None,
    video_id: str | None,
    by: str | None,
    sending: Sending,
) -> int:
    """Add MEDIA, a file or a URI (file:, http:, https:), as a seed of TREND_ID.

    \b
    Examples:
      ebr seed add choking seed.mp4 --wait
      ebr seed add choking judo.mp4 --negative --by mod-3
      ebr seed add choking https://media.example.com/v9.mp4 --seed-id v9 --caption "pass out challenge"
    """
    uri, words = located(media)
    video = {
        "video_id": video_id,
        "media_uri": uri,
        "caption": caption if caption is not None else words,
        "ocr_text": ocr_text,
        "speech_text": speech_text,
    }
    fields = {
        "trend_id": trend_id,
        "seed_id": seed_id or clean_id(Path(media.partition("?")[0]).stem),
        "polarity": "negative" if negative else "positive",
        "video": video,
        "added_by": by,
    }
    return write(SeedAdded, fields, **sending)


@seed.command()
@click.argument("trend_id")
@click.argument("seed_id")
@reason_option
@sending_options
def revoke(
    *,
    trend_id: str,
    seed_id: str,
    reason: str | None,
    by: str | None,
    sending: Sending,
) -> int:
    """Revoke SEED_ID of TREND_ID for good; the actions that only it supports are revoked.

    \b
    Examples:
      ebr seed revoke choking judo --reason "a judo class" --wait
    """
    fields = {"trend_id": trend_id, "seed_id": seed_id, "reason": reason, "revoked_by": by}
    return write(SeedRevoked, fields, **sending)

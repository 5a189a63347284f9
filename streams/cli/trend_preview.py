"""`ebr trend preview`: what a draft would do if it acted."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from streams.catalogue import Trend
from streams.cli.cluster import run
from streams.cli.known import no_such_trend, score_words
from streams.cli.ledger import Ledger, read_ledger, read_receipts, receipts_in
from streams.cli.options import json_option, timeout_option
from streams.cli.output import note, progress, say, say_json, say_table
from streams.cli.policy_options import COSINE
from streams.client import tail
from streams.preview import Preview, fold_preview, state_words
from streams.settings import Settings, load_settings
from streams.shards.emission import SWEPT_HEADER
from streams.wire.moderation import NearCopy, NearVideo, TrendReceipt
from streams.wire.record import Received
from streams.wire.topics import Topic

if TYPE_CHECKING:
    from streams.preview.picture import Picture

# Beside the trend's own threshold where nobody names others.
_STEPS = (-0.1, -0.05, -0.02, 0.02, 0.05, 0.1)
# Videos of one list in a line for a person.
_LISTED = 5


@dataclass(frozen=True, slots=True)
class _Seen:
    """A preview with its trend, as it is and as it was judged."""

    trend: Trend
    judged: Trend
    preview: Preview


@click.command()
@click.argument("trend_id")
@click.option(
    "--threshold",
    "thresholds",
    type=COSINE,
    multiple=True,
    help="Count hits from this one on too; may be repeated; by default some around the trend's own.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("preview.png"),
    show_default=True,
    help="The picture to write.",
)
@click.option("--no-picture", is_flag=True, help="Draw nothing, which is quicker; default off.")
@click.option("--no-frames", is_flag=True, help="Draw curves only, fetch no videos; default off.")
@click.option("--wait", is_flag=True, help="Wait until all shards have answered; default off: what there is now.")
@timeout_option
@json_option
def preview(
    *,
    trend_id: str,
    thresholds: tuple[float, ...],
    out: Path,
    no_picture: bool,
    no_frames: bool,
    wait: bool,
    timeout_seconds: float,
    as_json: bool,
) -> int:
    """Show what the draft TREND_ID would do: hits at any threshold, hits a day, near copies, overlap with other trends.

    Each time a draft or one of its seeds changes, every shard judges all that it holds. What has been answered is
    shown at once, PARTIAL until all have; then exit code 1. Answers come before the picture.

    \b
    Examples:
      ebr trend preview choking
      ebr trend preview choking --threshold 0.85 --threshold 0.9 --out choking.png
      ebr trend preview choking --wait --no-picture --json | jq .expected_a_day
    """
    seen = run(lambda settings: _preview(settings, trend_id, timeout_seconds if wait else None))
    if seen.trend.state != "draft":
        drafted = seen.trend.previewed >= 0 or seen.preview.answered
        said = "; this is what the shards said of its last draft" if drafted else " and was never a draft"
        note(f"{trend_id} is {seen.trend.state}{said}")
    asked = sorted({*thresholds} or _around(seen.preview.threshold))
    if as_json:
        say_json(_facts(seen, asked))
    else:
        _tell(seen, asked)
    if not no_picture and seen.preview.answered:
        _draw(out, seen, frames=not no_frames)
    return 0 if seen.preview.complete else 1


async def _preview(settings: Settings, trend_id: str, wait_seconds: float | None) -> _Seen:
    """Return the preview; receipts are read before the ledger, so that it knows of all that they answer."""
    records = await read_receipts(settings, trend_id)
    ledger = await read_ledger(settings)
    seen = _fold(ledger, trend_id, records)
    if wait_seconds is None or seen.preview.whole or seen.trend.state != "draft":
        return seen
    try:
        async with asyncio.timeout(wait_seconds):
            async for grown in _growing(settings, trend_id, len(records)):
                records = grown
                if _fold(ledger, trend_id, records).preview.whole:
                    ledger = await read_ledger(settings)  # somebody may have changed the draft meanwhile
                    if _fold(ledger, trend_id, records).preview.whole:
                        break
    except TimeoutError:
        note(f"not all shards answered within {wait_seconds:g} s; is `ebr worker` running?")
    return _fold(ledger, trend_id, records)


async def _growing(settings: Settings, trend_id: str, known: int) -> AsyncGenerator[list[Received], None]:
    """Yield all receipts of a trend each time that one more has come, from the next after the known ones on."""
    records = list[Received]()
    async with aclosing(tail(settings, Topic.SEED_RECEIPTS, from_beginning=True, follow=True)) as coming:
        async for record in coming:
            if record.key == trend_id.encode():
                records.append(record)
                if len(records) > known:
                    yield records


def _fold(ledger: Ledger, trend_id: str, records: Collection[Received]) -> _Seen:
    found = receipts_in(records)
    receipts = [receipt for receipt, _ in found]
    trend = ledger.catalogue(receipts).by_id.get(trend_id)
    if trend is None:
        raise no_such_trend(trend_id)
    told, judged = trend.told_offset, trend
    if trend.state != "draft":  # what was said of the draft that it last left, under the rule that it had then
        drafts = [r.source_offset for r in receipts if isinstance(r, TrendReceipt) and r.state == "draft"]
        told = max([trend.previewed, *drafts])  # a draft that expired was left by nobody
        judged = ledger.catalogue(receipts, upto=told).by_id.get(trend_id, trend)
    swept = [(one, any(name == SWEPT_HEADER for name, _ in record.headers)) for one, record in found]
    return _Seen(trend, judged, fold_preview(trend_id, judged.rule.threshold, told, swept))


def _around(threshold: float) -> Iterable[float]:
    return {round(threshold + step, 6) for step in _STEPS if -1 <= threshold + step <= 1}


def _facts(seen: _Seen, thresholds: Sequence[float]) -> dict[str, object]:
    """Return the whole preview as JSON can hold it."""
    one = seen.preview
    day = one.daily
    expected = day.expected(one.hits)
    return {
        "trend_id": one.trend_id,
        "state": seen.trend.state,
        "version": max((receipt.version or 0 for receipt in one.receipts.values()), default=None),
        "threshold": one.threshold,
        "complete": one.complete,
        "shards": one.shards,
        "answered": one.answered,
        "behind": one.behind,
        "videos_held": one.videos_held,
        "not_comparable": one.not_comparable,
        "completeness": one.completeness,
        "hits": one.hits,
        "expected_a_day": expected,
        "videos_a_day": day.videos,
        "days": one.days,
        "dispersion": day.dispersion,
        "thresholds": [_at(one, threshold) for threshold in thresholds],
        "curve": one.curve(),
        "near_copies": one.near_copies,
        "nearest_copies": one.nearest_copies,
        "overlap": one.overlap,
        "nearest": one.nearest,
        "weakest_hits": one.weakest_hits,
        "nearest_misses": one.nearest_misses,
    }


def _at(one: Preview, threshold: float) -> dict[str, object]:
    hits = one.hits_at(threshold)
    return {
        "threshold": threshold,
        "hits_at_least": hits.low,
        "hits_at_most": hits.high,
        "expected_a_day": one.daily.expected(hits.high),
    }


def _tell(seen: _Seen, thresholds: Sequence[float]) -> None:
    one, rule = seen.preview, seen.judged.rule
    say(f"{one.trend_id} ({seen.trend.state}, version {rule.version}, score {score_words(rule)}): {state_words(one)}")
    if not one.answered:
        return
    share = f" ({one.hits / one.videos_held:.2%})" if one.videos_held else ""
    say(f"hits            {one.hits:,} of {one.videos_held:,} held videos{share}")
    say(f"expected a day  {_a_day(one, one.hits)}, at {one.daily.videos:,.0f} videos a day{_days_words(one)}")
    copies = _names(one.nearest_copies)
    say(f"near copies     {one.near_copies:,} of its seeds{f': {copies}' if copies else ''}")
    met = ", ".join(f"{trend} {count:,}" for trend, count in one.overlap.items())
    say(f"overlap         {f'hits that other trends act on: {met}' if met else 'no hit that another trend acts on'}")
    say(f"weakest hits    {_names(one.weakest_hits) or 'none'}")
    say(f"nearest misses  {_names(one.nearest_misses) or 'none'}")
    if rule.score_kind == "all":
        note("its threshold moves that of every modality with it: 0.02 higher means 0.02 higher for each")
    rows = [
        (
            f"{threshold:g}{' now' if threshold == one.threshold else ''}",
            _between(one, threshold),
            _a_day(one, one.hits_at(threshold).high),
        )
        for threshold in sorted({*thresholds, one.threshold})
    ]
    say_table(("threshold", "hits", "a day (95 %)"), rows)


def _between(one: Preview, threshold: float) -> str:
    low, high = one.hits_at(threshold)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _a_day(one: Preview, hits: int) -> str:
    expected = one.daily.expected(hits)
    return "-" if expected is None else f"{expected.value:,.1f} ({expected.low:,.1f} to {expected.high:,.1f})"


def _days_words(one: Preview) -> str:
    day = one.daily
    if not day.whole_days:
        return f", from {day.days} {'day' if day.days == 1 else 'days'}, none of them whole: take it as a first guess"
    return f", from {day.whole_days} whole {'day' if day.whole_days == 1 else 'days'}"


def _names(videos: Sequence[NearVideo | NearCopy]) -> str:
    named = ", ".join(f"{video.video_id} {video.score:.3f}" for video in videos[:_LISTED])
    more = f" and {len(videos) - _LISTED} more" if len(videos) > _LISTED else ""
    return f"{named}{more}"


def _pictures(seeds: Mapping[str, str], video_ids: Collection[str]) -> dict[tuple[str, str], "Picture | str"]:
    """Return a picture of each seed and video, or why there is none; what has no event left is not among them."""
    from encoders.media import DecodePool  # noqa: PLC0415 - as below
    from streams.bootstrap import media_limits  # noqa: PLC0415 - as below
    from streams.preview.frames import PROCESSES, media_of, pictures_of  # noqa: PLC0415 - as below

    media = load_settings().media
    found = run(lambda settings: media_of(settings, video_ids)) if video_ids else {}
    uris = {("seed", name): uri for name, uri in seeds.items()}
    uris |= {("video", name): uri for name, uri in found.items() if uri is not None}
    with DecodePool(PROCESSES, media_limits(media)) as pool, progress("pictures", len(uris)) as advance:
        pictures = pictures_of(media, pool, uris, advance)
    return pictures | {("video", name): "deleted" for name, uri in found.items() if uri is None}


def _draw(out: Path, seen: _Seen, *, frames: bool) -> None:
    """Write the picture, with a frame of each example if asked for."""
    # These load PyAV, scipy and matplotlib, for which the words should not wait.
    from streams.preview.picture import EXAMPLES, Example, draw  # noqa: PLC0415 - as above

    one = seen.preview
    seeds = [seed for seed in seen.judged.live_seeds if seed.polarity == "positive"][:EXAMPLES]
    lists = {
        "strongest hits": one.strongest_hits[:EXAMPLES],
        "weakest hits": one.weakest_hits[:EXAMPLES],
        "nearest misses: not hit": one.nearest_misses[:EXAMPLES],
    }
    named = {video.video_id for videos in lists.values() for video in videos}
    pictures = _pictures({seed.seed_id: seed.media_uri for seed in seeds}, named) if frames else {}

    def example(kind: str, name: str, score: float | None) -> Example:
        found = pictures.get((kind, name), "event no longer kept")
        if isinstance(found, str):
            return Example(name=name, score=score, picture=None, why=found)
        return Example(name=name, score=score, picture=found)

    rows: dict[str, list[Example]] = {}
    if frames:
        rows["seeds"] = [example("seed", seed.seed_id, None) for seed in seeds]
        rows |= {title: [example("video", v.video_id, v.score) for v in videos] for title, videos in lists.items()}
        gone = sum(one.picture is None for row in rows.values() for one in row)
        if gone:
            note(f"{gone} of {sum(map(len, rows.values()))} examples have no picture any more; the picture says why")
    draw(out, one, rows)
    note(f"picture: {out}")

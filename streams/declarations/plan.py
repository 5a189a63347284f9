"""What must be said so that the trends become those of a file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from streams.catalogue import Catalogue, Entry, Seed, Trend
from streams.declarations.trend_file import RULE_FIELDS, FileSeed, FileTrend
from streams.errors import RefusedError
from streams.wire.trend import SeedAdded, SeedRevoked, TrendChanged, TrendEvent

_WORDS = ("video_id", "caption", "ocr_text", "speech_text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the ledger says.

    Attributes:
        catalogue: The trends there are.
        seeds: What added each of their seeds, by trend and seed.
        end: The next offset of the ledger.
        now: When its next record would come.
    """

    catalogue: Catalogue
    seeds: Mapping[tuple[str, str], SeedAdded]
    end: int
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be sent.

    Attributes:
        events: In this order; a policy before its seeds, so that no seed acts under an old one, and negative seeds
            before positive ones, so that these find nothing that those exclude.
        refused: Why not, each with its trend; then nothing must be sent.
        unlisted: Live seeds, by trend and id, that the file does not have and that stay.
    """

    events: Sequence[TrendEvent]
    refused: Sequence[str]
    unlisted: Sequence[tuple[str, str]]


def make_plan(trends: Mapping[str, FileTrend], known: Known, *, revoke_missing: bool, said: Mapping[str, str]) -> Plan:
    """Return what turns the trends of the ledger into those of a file; nothing where they are the same.

    Trends that the file does not have stay as they are.

    Args:
        trends: Of the file.
        known: What there is.
        revoke_missing: Revoke live seeds that the file does not have, else leave them.
        said: Who changes and why: `by` and `reason`, either may be left out.
    """
    events, refused, unlisted = list[TrendEvent](), list[str](), list[tuple[str, str]]()
    for trend_id, trend in trends.items():
        before = known.catalogue.by_id.get(trend_id)
        seeds = {} if before is None else before.seeds
        refused += [f"{trend_id}, seed {why}" for why in _changed_seeds(trend, seeds, known)]
        missing = [seed.seed_id for seed in seeds.values() if seed.live and seed.seed_id not in trend.seeds]
        wanted = [*_of_trend(trend, before, said), *_new_seeds(trend, seeds)]
        if revoke_missing:
            wanted += [
                SeedRevoked(trend_id=trend_id, seed_id=s, reason=said.get("reason"), revoked_by=said.get("by"))
                for s in missing
            ]
        else:
            unlisted += [(trend_id, seed_id) for seed_id in missing]
        refused += [f"{trend_id}: {why}" for why in _refusals(known, wanted)]
        events += wanted
    return Plan(events=events, refused=refused, unlisted=unlisted)


def _of_trend(trend: FileTrend, before: Trend | None, said: Mapping[str, str]) -> Iterator[TrendEvent]:
    if before is None:
        yield trend.rule
        return
    old, new = before.rule, trend.rule
    changes = {name: getattr(new, name) for name in RULE_FIELDS if getattr(new, name) != getattr(old, name)}
    if changes:
        yield TrendChanged(
            trend_id=new.trend_id,
            version=before.version + 1,
            changed_by=said.get("by"),
            reason=said.get("reason"),
            **changes,
        )


def _new_seeds(trend: FileTrend, seeds: Mapping[str, Seed]) -> list[SeedAdded]:
    new = [seed.event for seed_id, seed in trend.seeds.items() if seed_id not in seeds]
    return sorted(new, key=lambda event: event.polarity)  # a stable sort: "negative" before "positive"


def _changed_seeds(trend: FileTrend, seeds: Mapping[str, Seed], known: Known) -> Iterator[str]:
    """Yield why a seed of the file cannot be the one that bears its id."""
    for seed_id, wanted in trend.seeds.items():
        seed = seeds.get(seed_id)
        if seed is None:
            continue
        if not seed.live:
            yield f"{seed_id}: was revoked, and an id never returns: give it another id, or take it out of the file"
            continue
        added = known.seeds.get((trend.rule.trend_id, seed_id))
        differs = [] if added is None else list(_differences(wanted, added))
        if differs:
            yield f"{seed_id}: differs in {', '.join(differs)} from what was added; what is changed needs another id"


def _differences(wanted: FileSeed, added: SeedAdded) -> Iterator[str]:
    """Yield the fields in which a seed is not what was added.

    The folder of a file does not count: its media were read when it was added, and another checkout of the same file
    lies elsewhere.
    """
    if wanted.event.polarity != added.polarity:
        yield "polarity"
    if _place(wanted.event.video.media_uri) != _place(added.video.media_uri):
        yield "media"
    for name in _WORDS:
        if name in wanted.said and getattr(wanted.event.video, name) != getattr(added.video, name):
            yield name


def _place(uri: str) -> str:
    return uri.rpartition("/")[2] if uri.startswith("file:") else uri


def _refusals(known: Known, events: Sequence[TrendEvent]) -> Iterator[str]:
    """Yield what TRENDS would refuse of these events, by the same rules; what follows a refusal is not asked."""
    catalogue, entry = known.catalogue, Entry(offset=known.end, received_at=known.now)
    for event in events:
        try:
            catalogue = catalogue.apply(event, entry).catalogue
        except RefusedError as error:
            yield str(error)
            return
        entry = replace(entry, offset=entry.offset + 1)

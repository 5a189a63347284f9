"""What a person proposes for a trend, turned into two rules, judged over what was there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from streams.backtest.judging import Bench
from streams.backtest.outcome import Outcome, outcome
from streams.backtest.proposal import Proposal, model_of, proposal
from streams.backtest.reading import expected_videos, find_video, judge_stretch, read_decisions, read_sent
from streams.backtest.rules import SeedChange
from streams.backtest.rulings import Rulings
from streams.catalogue import Catalogue
from streams.cli.known import moved_band, suite_card
from streams.cli.output import progress
from streams.cli.sending import checked
from streams.declarations import DEFAULTS
from streams.errors import UserError
from streams.settings import Settings
from streams.wire.embedding import VideoEmbedded
from streams.wire.trend import Polarity, TrendChanged, TrendDeclared


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a person wants to know.

    Attributes:
        trend_id: The trend.
        changes: Fields of its rule that would change.
        positive: Videos that would be positive seeds, each with its revision; None for the newest.
        negative: Videos that would be negative seeds, likewise.
        without: Seeds that would be left out.
        since: Earliest `received_at` of the stretch; None for all.
        until: Its end; None for all.
    """

    trend_id: str
    changes: dict[str, object]
    positive: Sequence[tuple[str, int | None]] = ()
    negative: Sequence[tuple[str, int | None]] = ()
    without: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


async def propose(settings: Settings, catalogue: Catalogue, asked: Asked) -> Proposal:
    """Return the rule in force beside the one that is asked about.

    Raises:
        UserError: TRENDS would refuse it, or a video that would be a seed is not held.
        ClusterError: the cluster cannot be reached, refuses, or lacks a topic.
    """
    sent, card = await read_sent(settings, asked.trend_id), suite_card(settings)
    event = _event(catalogue, asked)
    model_id = model_of(sent, card)
    wanted: list[tuple[tuple[str, int | None], Polarity]] = [(video, "positive") for video in asked.positive]
    wanted += [(video, "negative") for video in asked.negative]
    added = [(await _held(settings, *video, model_id), polarity) for video, polarity in wanted]
    seeds = SeedChange(added=added, without=asked.without)
    return proposal(catalogue, sent, card, event, seeds, datetime.now(UTC))


async def judge(settings: Settings, asked: Asked, proposed: Proposal) -> tuple[Outcome, list[str]]:
    """Return what both rules do in the stretch, with what of it is gone.

    Raises:
        ClusterError: the cluster cannot be reached, refuses, or lacks a topic.
    """
    bench = Bench(proposed.present, proposed.proposed)
    total, gone = await expected_videos(settings)
    with progress("videos", total) as advance:
        await judge_stretch(settings, bench, since=asked.since, until=asked.until, advance=advance)
    ruled = Rulings.of(await read_decisions(settings), asked.trend_id)
    found = outcome(
        bench.judged,
        ruled,
        has_present=proposed.present is not None,
        not_comparable=bench.not_comparable,
        removed=bench.removed,
    )
    return found, list(gone)


def _event(catalogue: Catalogue, asked: Asked) -> TrendChanged | TrendDeclared:
    """Return what would be said to TRENDS.

    Raises:
        UserError: nobody declared the trend, and what is asked declares none; or a field breaks the contract.
    """
    known = catalogue.by_id.get(asked.trend_id)
    if known is not None:
        changes = asked.changes | moved_band(known, asked.changes)
        return checked(TrendChanged, {"trend_id": known.trend_id, "version": known.version + 1} | changes)
    if "threshold" not in asked.changes or not asked.positive:
        reason = "give --threshold with at least one --seed-video to try one that is not declared yet"
        raise UserError(f"no trend {asked.trend_id!r}; {reason}")
    bands = [{"from_score": asked.changes["threshold"], "action": "review"}]
    fields = {"trend_id": asked.trend_id, "name": asked.trend_id, "bands": bands}
    return checked(TrendDeclared, fields | dict(DEFAULTS) | asked.changes)


async def _held(settings: Settings, video_id: str, revision: int | None, model_id: str) -> VideoEmbedded:
    found = await find_video(settings, video_id, model_id, revision)
    if found is None:
        raise UserError(
            f"video {video_id!r} is not held by model {model_id}: deleted, older than kept, or never embedded"
        )
    return found

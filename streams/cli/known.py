"""The trends as the ledger tells them, for whoever reads or changes one."""

from collections.abc import Mapping
from contextlib import aclosing

from encoders import EncodersError, SuiteCard, load_fusion
from streams.background import normalisable
from streams.catalogue import Catalogue, Trend, fold
from streams.cli.cluster import run
from streams.client import tail
from streams.cohesion import places_of
from streams.errors import UserError
from streams.settings import Settings
from streams.wire.topics import Topic
from streams.wire.trend import TrendDeclared


async def known_trends(settings: Settings) -> Catalogue:
    """Return all trends as `trend-seeds` tells them now.

    Raises:
        ClusterError: the cluster cannot be reached, refuses, or lacks the topic.
    """
    async with aclosing(tail(settings, Topic.TREND_SEEDS, from_beginning=True, follow=False)) as records:
        return fold([record async for record in records], start=empty_catalogue(settings))


def known_trend(trend_id: str) -> Trend:
    """Return one trend as `trend-seeds` tells it now.

    Raises:
        UserError: nobody declared it.
        ClusterError: the cluster cannot be reached, refuses, or lacks the topic.
    """
    trend = run(known_trends).by_id.get(trend_id)
    if trend is None:
        raise no_such_trend(trend_id)
    return trend


def no_such_trend(trend_id: str) -> UserError:
    """Return what is said of a trend that nobody declared."""
    return UserError(f"no trend {trend_id!r}; `ebr trend list` shows what there is")


def suite_card(settings: Settings) -> SuiteCard | None:
    """Return the card of the suite that serves; None where it is not at hand."""
    try:
        return load_fusion(settings.encoders.suite)[1]
    except EncodersError:
        return None


def empty_catalogue(settings: Settings) -> Catalogue:
    """Return the catalogue before any trend, which knows what the suite that serves has, as TRENDS does.

    Where that suite is not at hand every name of a block passes, and every rule that is normalised.
    """
    card = suite_card(settings)
    if card is None:
        return Catalogue(background=None, blocks=None)
    return Catalogue(background=normalisable(card.bank), blocks=frozenset(places_of(card)))


def moved_band(known: Trend, changes: Mapping[str, object]) -> dict[str, object]:
    """Return the bands whose first one goes with the threshold: it must never begin above it."""
    old, first = known.rule, known.rule.bands[0]
    if "threshold" not in changes or "bands" in changes or first.from_score != old.threshold:
        return {}
    return {"bands": [{"from_score": changes["threshold"], "action": first.action}, *old.bands[1:]]}


def score_words(rule: TrendDeclared) -> str:
    """Return what a rule compares and on which scale its numbers are: a cosine of 0.2 is not a normalised 0.2."""
    return f"{rule.score_kind}{', normalised' if rule.background_normalised else ''}"

"""A proposal as policies: the rule in force, beside what a change would make of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from encoders.model_card import SuiteCard
from streams.backtest.reading import Sent
from streams.backtest.rules import Rule, SeedChange, rule
from streams.catalogue import Catalogue, Trend, seed_weights, vectors_of_seed
from streams.cohesion import places_of, stretches_of
from streams.errors import RefusedError, UserError
from streams.wire.fanout import SeedLive, TrendPolicy
from streams.wire.trend import TrendChanged, TrendDeclared


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """Two rules to be held against each other.

    Attributes:
        present: The rule in force; None for a trend that nobody declared.
        proposed: The proposed one.
        remarks: What they lack, in words.
    """

    present: Rule | None
    proposed: Rule
    remarks: Sequence[str] = ()


def model_of(sent: Sent, card: SuiteCard | None) -> str:
    """Return the model whose vectors judge a trend.

    Raises:
        UserError: the shards were told of none, and there is no suite at hand.
    """
    told = sent.model_id if sent.policy is None else sent.policy.model_id
    if told is not None:
        return told
    if card is None:
        raise UserError("which model judges is not known: no trend has a policy yet, the suite is not at hand")
    return card.model_id


def proposal(
    catalogue: Catalogue,
    sent: Sent,
    card: SuiteCard | None,
    event: TrendChanged | TrendDeclared,
    seeds: SeedChange,
    now: datetime,
) -> Proposal:
    """Return the rule in force beside the proposed one.

    Args:
        catalogue: Of all trends.
        sent: What the shards were told of this one.
        card: Of the suite that serves, if it is at hand.
        event: What would be said: a declaration of a trend that nobody knows, or a change; one that changes nothing
            but the version stands for the rule as it is.
        seeds: What would be done to its seeds.
        now: The time at which it would be received.

    Raises:
        UserError: TRENDS would refuse it, or the model is not known.
    """
    known = catalogue.by_id.get(event.trend_id)
    try:
        then = catalogue.after(event, now).by_id[event.trend_id]
    except RefusedError as error:
        raise UserError(f"TRENDS would refuse this: {error}") from error
    model_id = model_of(sent, card)
    live, remarks = _live(known, sent, model_id)
    present = None if known is None else rule(_policy(known, sent, card, model_id), live)
    weighed, unweighed = _weighed(then, live, seeds, card if card and card.model_id == model_id else None)
    proposed = rule(_policy(weighed, sent, card, model_id), live, seeds)
    return Proposal(present=present, proposed=proposed, remarks=[*remarks, *unweighed])


def _weighed(
    then: Trend, live: Sequence[SeedLive], seeds: SeedChange, card: SuiteCard | None
) -> tuple[Trend, list[str]]:
    """Return a trend with the weights that TRENDS will give it by its proposed seeds, or a remark why not."""
    positive = [seed for seed in then.live_seeds if seed.polarity == "positive"]
    known = [seed for seed in live if seed.polarity == "positive"]
    # One without vectors by this suite keeps TRENDS from weighing; that it lacks them is said already.
    if not then.weighed_by_seeds or len(known) < len(positive):
        return then, []
    if card is None:
        return then, ["the suite is not at hand: the weights that the proposed seeds would give are not known"]
    if not stretches_of(card):
        return then, []
    kept = [seed for seed in known if seed.seed_id not in seeds.without]
    added = [video for video, polarity in seeds.added if polarity == "positive"]
    weights, _ = seed_weights([*map(vectors_of_seed, kept), *map(vectors_of_seed, added)], card)
    return replace(then, weights=weights), []


def _policy(trend: Trend, sent: Sent, card: SuiteCard | None, model_id: str) -> TrendPolicy:
    """Return a trend's policy, with what the suite's card knows, else with the blocks that the shards were told.

    Raises:
        UserError: it is normalised by strangers that only the card of another suite knows.
    """
    if card is not None and card.model_id == model_id:
        policy = trend.policy(model_id, places_of(card), card.bank)
    elif trend.rule.background_normalised:
        raise UserError(f"{trend.trend_id} is normalised by what {model_id} knows of strangers: name its suite")
    else:
        told = sent.policy.blocks if sent.policy is not None else None
        policy = trend.policy(model_id, told or {})
    return msgspec.structs.replace(policy, paused=False)


def _live(known: Trend | None, sent: Sent, model_id: str) -> tuple[list[SeedLive], list[str]]:
    """Return the live seeds with their vectors of a model, with a remark for those that have none."""
    live, missing = list[SeedLive](), list[str]()
    for seed in known.live_seeds if known is not None else ():
        found = sent.seeds.find(known.trend_id, seed.seed_id, seed.offset, model_id) if known is not None else None
        if found is None:
            missing.append(seed.seed_id)
        else:
            live.append(found)
    if not missing:
        return live, []
    return live, [f"seeds without vectors of {model_id} are left out: {', '.join(sorted(missing))}"]

"""Which trends must weigh their parts otherwise, by what their seeds have in common."""

from collections.abc import Iterable, Mapping, Sequence

from encoders.model_card import SuiteCard
from streams.catalogue.sent import SentSeeds
from streams.catalogue.trend import Trend
from streams.cohesion import cohesion_weights, equal_weights, stretches_of
from streams.wire.embedding import Vector, VideoEmbedded, unpack_vector
from streams.wire.envelope import ModalityName
from streams.wire.fanout import SeedLive
from streams.wire.trend import TrendAdjusted


def due_weights(trends: Iterable[Trend], sent: SentSeeds, card: SuiteCard, known: int) -> list[TrendAdjusted]:
    """Return what TRENDS must append to its ledger: one event for each trend whose weights are not what its seeds say.

    A trend is left alone if a moderator set its weights, if the suite has no bank, or if one of its seeds was not yet
    encoded by the suite.

    Args:
        trends: As they are.
        sent: The seeds with their vectors.
        card: Of the suite that serves.
        known: Offset of the newest event in `trend-seeds` that these trends know.
    """
    model_id = card.model_id
    if not stretches_of(card):
        return []
    due = []
    for trend in trends:
        seeds = _positive_seeds(trend, sent, model_id) if trend.weighed_by_seeds else None
        if seeds is None:
            continue
        weights, found = seed_weights([vectors_of_seed(seed) for seed in seeds], card)
        if weights != trend.weights_in_force:
            reason = _reason(weights, len(seeds), model_id) if found else _nothing_in_common(len(seeds), model_id)
            due.append(TrendAdjusted(trend_id=trend.trend_id, weights=weights, source_offset=known, reason=reason))
    return due


def seed_weights(seeds: Sequence[Mapping[ModalityName, Vector]], card: SuiteCard) -> tuple[dict[str, float], bool]:
    """Return the weights that positive seeds give, with whether they have anything in common; else all count the same.

    Args:
        seeds: With the vectors of that suite.
        card: Of the suite.
    """
    found = cohesion_weights(seeds, stretches_of(card))
    return found or equal_weights(card), bool(found)


def _positive_seeds(trend: Trend, sent: SentSeeds, model_id: str) -> list[SeedLive] | None:
    """Return the live positive seeds with their vectors of a model; None if one has none."""
    wanted = [seed for seed in trend.live_seeds if seed.polarity == "positive"]
    found = [sent.find(trend.trend_id, seed.seed_id, seed.offset, model_id) for seed in wanted]
    seeds = [seed for seed in found if seed is not None]
    return seeds if len(seeds) == len(wanted) else None


def vectors_of_seed(seed: SeedLive | VideoEmbedded) -> dict[ModalityName, Vector]:
    """Return the vectors by which a seed, or a video that would be one, is weighed."""
    return {name: unpack_vector(packed) for name, packed in seed.vectors.items()}


def _reason(weights: Mapping[str, float], seeds: int, model_id: str) -> str:
    said = ", ".join(f"{name} {weight:g}" for name, weight in weights.items())
    return f"what {seeds} positive seeds have in common by {model_id}: {said}"


def _nothing_in_common(seeds: int, model_id: str) -> str:
    return f"{seeds} positive seeds have nothing in common by {model_id}: all parts count the same"

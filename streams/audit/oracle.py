"""The slow, obvious, exact answer: which actions should be active, from the logs alone."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from streams.wire.embedding import EmbeddingEvent, VideoEmbedded
from streams.wire.fanout import FanoutMessage, SeedLive, SeedRetired, TrendPolicy, VideoCleared
from streams.wire.topics import Topic
from streams.wire.trend import Compared


@dataclass(frozen=True, slots=True, order=True)
class Expected:
    """One action that should be active; by these fields two active sets are compared (law 4)."""

    topic: str
    trend_id: str
    video_id: str
    revision: int
    proposed_action: str


def expected_actions(videos: Iterable[EmbeddingEvent], fanout: Iterable[FanoutMessage]) -> set[Expected]:
    """Return the active set that the logs call for.

    It judges the newest revision of each video (the first record of each model) against the last message of each
    fan-out key, pair by pair. Pauses are left aside (see `pauses`). Histories are beyond it: trends retired with
    `keep`, videos that left by age, edits into a model that cannot be compared.

    Args:
        videos: Everything in `video-embeddings`, any order that keeps each partition's.
        fanout: Everything in `trend-fanout`, likewise.
    """
    newest = _newest(videos)
    policies, seeds, cleared = _last(fanout)
    expected = set()
    for policy in policies.values():
        topic = {"live": Topic.MODERATION_ACTIONS, "shadow": Topic.SHADOW_ACTIONS}.get(policy.state)
        if topic is None:
            continue
        live = [s for s in seeds.values() if s.trend_id == policy.trend_id and s.model_id == policy.model_id]
        for video_id, models in newest.items():
            video = models.get(policy.model_id)
            if video is None or video.revision <= cleared.get((policy.trend_id, video_id), 0):
                continue
            score = _score_of_hit(policy, video, live)
            if score is not None:
                proposed = _propose(policy, score)
                expected.add(Expected(topic.value, policy.trend_id, video_id, video.revision, proposed))
    return expected


def _newest(videos: Iterable[EmbeddingEvent]) -> dict[str, dict[str, VideoEmbedded]]:
    events: dict[str, list[EmbeddingEvent]] = {}
    for event in videos:
        events.setdefault(event.video_id, []).append(event)
    newest: dict[str, dict[str, VideoEmbedded]] = {}
    for video_id, of_video in events.items():
        top = max(event.revision for event in of_video)
        at_top = [event for event in of_video if event.revision == top]
        if all(isinstance(event, VideoEmbedded) for event in at_top):
            models: dict[str, VideoEmbedded] = {}
            for event in at_top:
                if isinstance(event, VideoEmbedded):
                    models.setdefault(event.model_id, event)
            newest[video_id] = models
    return newest


def _last(
    fanout: Iterable[FanoutMessage],
) -> tuple[dict[str, TrendPolicy], dict[tuple[str, str], SeedLive], dict[tuple[str, str], int]]:
    policies: dict[str, TrendPolicy] = {}
    seeds: dict[tuple[str, str], SeedLive | SeedRetired] = {}
    cleared: dict[tuple[str, str], int] = {}
    for message in fanout:
        if isinstance(message, TrendPolicy):
            known = policies.get(message.trend_id)
            if known is None or message.source_offset >= known.source_offset:
                policies[message.trend_id] = message
        elif isinstance(message, VideoCleared):
            pair = (message.trend_id, message.video_id)
            cleared[pair] = max(message.revision, cleared.get(pair, 0))
        else:
            key = (message.trend_id, message.seed_id)
            if key not in seeds or message.source_offset >= seeds[key].source_offset:
                seeds[key] = message
    return policies, {k: s for k, s in seeds.items() if isinstance(s, SeedLive)}, cleared


def _score_of_hit(policy: TrendPolicy, video: VideoEmbedded, seeds: Sequence[SeedLive]) -> float | None:
    """Return the score if the pair is a hit, None otherwise."""
    scored = [(s.polarity, score) for s in seeds if (score := _score(policy, video, s)) is not None]
    positive = [score for polarity, score in scored if polarity == "positive"]
    negative = [score for polarity, score in scored if polarity == "negative"]
    if not positive:
        return None
    best = max(positive) if policy.seed_pooling == "max" else _mean(positive)
    if best < policy.threshold or (negative and round(best - max(negative), 6) < policy.margin):
        return None
    return best


def _score(policy: TrendPolicy, video: VideoEmbedded, seed: SeedLive) -> float | None:
    scores = {m: _cosine(video.vectors[m], seed.vectors[m]) for m in video.vectors if m in seed.vectors}
    if policy.score_kind == "all":
        thresholds = policy.modality_thresholds or {}
        if not thresholds or any(m not in scores for m in thresholds):
            return None
        return _round(policy.threshold + min(_in_scale(policy, m, scores[m]) - t for m, t in thresholds.items()))
    if policy.score_kind == "fused":
        found: float | None = _cosine(video.fused, seed.fused)
    elif policy.score_kind == "weighted":
        found = _weighted(policy, video, seed)
    else:
        found = scores.get(policy.score_kind)
    return None if found is None else _in_scale(policy, policy.score_kind, found)


def _in_scale(policy: TrendPolicy, compared: Compared, score: float) -> float:
    """Return a score in twentieths of strangers' deviation above their mean, where the policy says so."""
    if not policy.background_normalised or policy.background is None:
        return score
    strangers = policy.background[compared]
    mean, deviation = (Fraction(round(number * 1e6), 1_000_000) for number in (strangers.mean, strangers.deviation))
    above = (Fraction(round(score * 1e6), 1_000_000) - mean) / (20 * deviation)
    return round(min(Fraction(1), max(Fraction(-1), above)) * 1_000_000) / 1e6


def _weighted(policy: TrendPolicy, video: VideoEmbedded, seed: SeedLive) -> float | None:
    """Return the sum of weight x cosine over the sum of all weights, in whole millionths; None if no part is shared."""
    weights = {name: round(weight * 1e6) for name, weight in (policy.weights or {}).items()}
    terms = []
    for name, weight in weights.items():
        left, right = _part(policy, name, video), _part(policy, name, seed)
        if weight and left is not None and right is not None:
            terms.append(weight * round(_cosine(left, right) * 1e6))
    return round(Fraction(sum(terms), sum(weights.values()))) / 1e6 if terms else None


def _part(policy: TrendPolicy, name: str, of: VideoEmbedded | SeedLive) -> bytes | None:
    """Return a modality's vector or a block of it; None where it is not there, or all 0."""
    modality, _, block = name.partition("/")
    vector = next((packed for known, packed in of.vectors.items() if known == modality), None)
    if vector is None or not block:
        return vector
    start, stop = (policy.blocks or {})[name]
    part = vector[2 * start : 2 * stop]  # 2 bytes a number
    return part if len(part) == 2 * (stop - start) and np.frombuffer(part, "<f2").any() else None


def _cosine(left: bytes, right: bytes) -> float:
    a = [float(x) for x in np.frombuffer(left, "<f2")]
    b = [float(x) for x in np.frombuffer(right, "<f2")]
    dot = math.fsum(x * y for x, y in zip(a, b, strict=True))
    return _round(dot / (math.sqrt(math.fsum(x * x for x in a)) * math.sqrt(math.fsum(y * y for y in b))))


def _round(score: float) -> float:
    return round(min(1.0, max(-1.0, score)) * 1e6) / 1e6


def _mean(scores: Sequence[float]) -> float:
    return _round(sum(round(score * 1e6) for score in scores) / len(scores) / 1e6)


def _propose(policy: TrendPolicy, score: float) -> str:
    value = score
    if policy.bands[0].from_probability is not None:
        if policy.calibration is None:
            return "review"
        value = round(float(np.interp(score, policy.calibration.scores, policy.calibration.probabilities)), 6)
    chosen = "log"
    for band in policy.bands:  # ascending starts: the last one reached stands
        if band.start <= value:
            chosen = band.action
    return chosen

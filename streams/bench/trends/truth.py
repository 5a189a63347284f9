"""Whether what stands is what should: the oracle of the audit, over the videos that can matter to a trend."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec
import numpy as np

from index import Rows
from streams.audit.actions import active_actions
from streams.audit.logs import Archive, Logs, follow
from streams.audit.oracle import Expected, expected_actions
from streams.bench.trends.messages import embedded
from streams.policy import MODALITIES, SeedSet, StandingSeed, score_videos
from streams.settings import Settings
from streams.wire.embedding import VideoEmbedded
from streams.wire.envelope import ModalityName
from streams.wire.fanout import FanoutMessage, SeedLive, SeedRetired, TrendPolicy
from streams.wire.topics import Topic

# The oracle takes each cosine number by number: 100,000 videos would take it hours. A video that is this far below the
# threshold by the fast score is not asked about; both agree within a millionth.
_FAR = 0.01

_READ = (
    Topic.TREND_FANOUT,
    Topic.MODERATION_ACTIONS,
    Topic.SHADOW_ACTIONS,
    Topic.REVIEW_DECISIONS,
    Topic.DEAD_LETTERS,
    Topic.TREND_SEEDS,
)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What stands beside what should.

    Attributes:
        when: In the course of the measurement.
        asked: Pairs of trend and video that the oracle judged.
        expected: Actions that it calls for.
        missing: Of them, not standing.
        unexpected: Standing, but not called for.
    """

    when: str
    asked: int
    expected: int
    missing: int
    unexpected: int


async def read_said(settings: Settings) -> Logs:
    """Read all topics but those of videos, to their ends of now."""
    archive = Archive(settings)
    for topic in _READ:
        await follow(settings, topic, archive, forever=False)
    return archive.logs()


def judge(when: str, logs: Logs, videos: Sequence[Rows], model_id: str) -> Verdict:
    """Return the verdict over the logs; takes a minute for some thousand hits.

    Args:
        when: In the course of the measurement.
        logs: As `read_said` reads them.
        videos: All that is held, revision 1, some thousand at a time.
        model_id: Of their vectors.
    """
    found = set(active_actions(logs))
    expected, asked = set[Expected](), 0
    fanout = [seen.message for seen in logs.fanout if seen.message is not None]
    for trend_id in sorted({message.trend_id for message in fanout}):
        mine = [message for message in fanout if message.trend_id == trend_id]
        some = list(_candidates(mine, videos, model_id))
        asked += len(some)
        expected |= expected_actions(some, mine)
    return Verdict(
        when=when,
        asked=asked,
        expected=len(expected),
        missing=len(expected - found),
        unexpected=len(found - expected),
    )


def draft_hits(logs: Logs, videos: Sequence[Rows], model_id: str, trend_id: str) -> int:
    """Return how many actions a draft would have if it were live."""
    fanout = [
        msgspec.structs.replace(message, state="live") if isinstance(message, TrendPolicy) else message
        for message in (seen.message for seen in logs.fanout)
        if message is not None and message.trend_id == trend_id
    ]
    return len(expected_actions(_candidates(fanout, videos, model_id), fanout))


def _candidates(fanout: Iterable[FanoutMessage], videos: Sequence[Rows], model_id: str) -> Iterator[VideoEmbedded]:
    """Yield the videos that a trend could want, by what its shards were told."""
    policy: TrendPolicy | None = None
    seeds: dict[str, SeedLive | SeedRetired] = {}
    for message in fanout:
        if isinstance(message, TrendPolicy) and (policy is None or message.source_offset >= policy.source_offset):
            policy = message
        elif isinstance(message, SeedLive | SeedRetired):
            known = seeds.get(message.seed_id)
            if known is None or message.source_offset >= known.source_offset:
                seeds[message.seed_id] = message
    live = [seed for seed in seeds.values() if isinstance(seed, SeedLive)]
    if policy is None or policy.state not in ("live", "shadow") or not live:
        return
    standing = SeedSet.of([StandingSeed.of(seed) for seed in live])
    for rows in videos:
        score = score_videos(policy, rows, standing).score
        near = np.flatnonzero(np.nan_to_num(score, nan=-2.0) >= policy.threshold - _FAR)
        if len(near):
            needed = _needed(policy)
            for video in embedded(rows.take(near), model_id, policy.received_at):
                vectors = {name: vector for name, vector in video.vectors.items() if name in needed}
                yield msgspec.structs.replace(video, vectors=vectors)


def _needed(policy: TrendPolicy) -> set[ModalityName]:
    """Return the modalities that a policy looks at; the oracle would take the cosines of all that a video has."""
    if policy.score_kind == "fused":
        return set()
    if policy.score_kind == "all":
        return set(policy.modality_thresholds or {})
    if policy.score_kind == "weighted":
        return {name for name in MODALITIES if any(part.partition("/")[0] == name for part in policy.weights or {})}
    return {policy.score_kind}

"""Videos of a stretch before the rule in force and a proposed one, batch by batch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from streams.backtest.rules import Rule
from streams.calibration import probability
from streams.policy import VectorSet, propose, rows_of, score_videos
from streams.wire.embedding import EmbeddingEvent, VideoEmbedded, VideoRemoved
from streams.wire.trend import ProposedAction


@dataclass(frozen=True, slots=True)
class Standing:
    """How a video stands to a rule.

    Attributes:
        score: Law 2 of the shard; None without one.
        action: What is proposed; None if it is no hit.
        seed_id: The nearest positive seed; None without a score.
    """

    score: float | None = None
    action: ProposedAction | None = None
    seed_id: str | None = None


@dataclass(frozen=True, slots=True)
class JudgedVideo:
    """The newest revision of a video in the stretch.

    Attributes:
        present: By the rule in force; None where there is none.
        proposed: By the proposed one.
    """

    video_id: str
    revision: int
    received_at: datetime
    present: Standing | None
    proposed: Standing


class Bench:
    """Judges a stretch of videos by two rules of one model; keeps scores, not vectors.

    Args:
        present: The rule in force; None for a trend that has none.
        proposed: The other one.
    """

    def __init__(self, present: Rule | None, proposed: Rule) -> None:
        self._present, self._proposed = present, proposed
        self._model_id = proposed.policy.model_id
        self._videos: dict[str, JudgedVideo] = {}
        self._removed: dict[str, int] = {}
        self._newest: dict[str, int] = {}

    @property
    def judged(self) -> list[JudgedVideo]:
        """The videos that the model can judge and nobody deleted, each at its newest revision."""
        return [video for video in self._videos.values() if video.revision == self._newest[video.video_id]]

    @property
    def removed(self) -> int:
        """How many videos were deleted within the stretch."""
        return sum(revision >= self._newest.get(video_id, 0) for video_id, revision in self._removed.items())

    @property
    def not_comparable(self) -> int:
        """How many videos have no vectors of the model at their newest revision."""
        standing = sum(revision > self._removed.get(video_id, 0) for video_id, revision in self._newest.items())
        return standing - len(self.judged)

    def add(self, events: Iterable[EmbeddingEvent]) -> None:
        """Take in messages, in the order of their partition."""
        fresh: dict[str, VideoEmbedded] = {}
        for event in events:
            if isinstance(event, VideoRemoved):
                self._removed[event.video_id] = max(event.revision, self._removed.get(event.video_id, 0))
                if event.revision >= self._newest.get(event.video_id, 0):
                    self._videos.pop(event.video_id, None)
                    fresh.pop(event.video_id, None)
            elif self._takes(event, fresh.get(event.video_id)):
                fresh[event.video_id] = event
        self._judge(list(fresh.values()))

    def _takes(self, event: VideoEmbedded, fresh: VideoEmbedded | None) -> bool:
        """Note a revision; return whether it must be judged: the first record of the model at the newest revision."""
        newest = self._newest.get(event.video_id, 0)
        if event.revision < newest or event.revision <= self._removed.get(event.video_id, 0):
            return False
        self._newest[event.video_id] = event.revision
        judged = self._videos.get(event.video_id)
        known = max(judged.revision if judged else 0, fresh.revision if fresh else 0)
        return event.model_id == self._model_id and event.revision > known

    def _judge(self, videos: Sequence[VideoEmbedded]) -> None:
        if not videos:
            return
        proposed = _standings(self._proposed, videos)
        present = _standings(self._present, videos) if self._present is not None else [None] * len(videos)
        for video, now, then in zip(videos, present, proposed, strict=True):
            self._videos[video.video_id] = JudgedVideo(video.video_id, video.revision, video.received_at, now, then)


def _standings(rule: Rule, videos: Sequence[VideoEmbedded]) -> list[Standing]:
    policy, seeds = rule.policy, rule.seeds
    rows = rows_of([(video.video_id, VectorSet.unpacked(video.fused, video.vectors)) for video in videos])
    scores = score_videos(policy, rows, seeds)
    standings = []
    for score, nearest, hit in zip(scores.score, scores.nearest, scores.hit, strict=True):
        if np.isnan(score):
            standings.append(Standing())
            continue
        value, action = float(score), None
        if hit:
            action = propose(policy, value, probability(policy.calibration, value) if policy.calibration else None)
        standings.append(Standing(value, action, seeds.seeds[int(nearest)].seed_id))
    return standings

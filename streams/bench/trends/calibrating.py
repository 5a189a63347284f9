"""Decisions of a simulated reviewer, with the probabilities that later actions then bear."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import numpy as np

from streams.audit.actions import active_actions, all_actions
from streams.audit.logs import Logs
from streams.bench.errors import BenchFailed
from streams.bench.trends.answers import Answers
from streams.bench.trends.figures import Bin, Calibrated
from streams.bench.trends.messages import THRESHOLDS, decision_record
from streams.bench.trends.request import TrendsRequest
from streams.bench.trends.reviewer import Reviewer
from streams.calibration import expected_calibration_error, reliability
from streams.client import read_partition
from streams.settings import Settings
from streams.wire.codec import decode_msgpack
from streams.wire.fanout import FanoutMessage, TrendPolicy
from streams.wire.moderation import ModerationAction
from streams.wire.record import Outgoing
from streams.wire.topics import Topic
from streams.wire.trend import Calibration, ReviewDecision

Send = Callable[[Sequence[Outgoing]], Awaitable[None]]

# Decisions come in so many rounds, as reviewers work: calibrations are made and replaced meanwhile.
_ROUNDS, _ROUND_SECONDS = 6, 1.0
_WAIT_SECONDS, _LOOK_SECONDS = 120.0, 0.2


@dataclass(frozen=True, slots=True)
class _Ruled:
    """What was decided of a trend."""

    reviewer: Reviewer
    decisions: Sequence[ReviewDecision]


class Calibrating:
    """A reviewer for each trend.

    Args:
        settings: Where the topics are.
        request: How many decisions.
        answers: Of the shards, as they come.
        send: Sends records.
        tell: Told what happens.
    """

    def __init__(
        self,
        settings: Settings,
        request: TrendsRequest,
        answers: Answers,
        send: Send,
        tell: Callable[[str], None],
    ) -> None:
        self._settings, self._request, self._answers = settings, request, answers
        self._send, self._tell = send, tell
        self._ruled: dict[str, _Ruled] = {}
        self._in_force: dict[str, tuple[Calibration, float]] = {}

    async def decide(self, logs: Logs) -> None:
        """Rule on standing actions of each trend; return when what was learned of it is in force on all shards.

        Args:
            logs: With all actions so far.

        Raises:
            BenchFailed: a trend has too few actions, or is not calibrated in time.
        """
        self._tell(f"{self._request.decisions} decisions on each of {self._request.trends} trends")
        rng = np.random.default_rng(self._request.seed)
        standing = sorted(active_actions(logs).values(), key=lambda action: action.video_id)
        for number, trend_id in enumerate(self._request.trend_ids):
            own = [action for action in standing if action.trend_id == trend_id]
            if len(own) < self._request.decisions:
                raise BenchFailed(f"{trend_id} has {len(own)} actions, too few for {self._request.decisions} decisions")
            reviewer = Reviewer.of(number, THRESHOLDS[self._request.kind(trend_id)])
            self._ruled[trend_id] = _Ruled(reviewer, reviewer.decisions(own, self._request.decisions, rng))
        for turn in range(_ROUNDS):
            now = [one for ruled in self._ruled.values() for one in ruled.decisions[turn::_ROUNDS]]
            await self._send([decision_record(decision) for decision in now])
            await asyncio.sleep(_ROUND_SECONDS)
        said = time.perf_counter()
        for trend_id in self._ruled:
            self._in_force[trend_id] = await self._calibrated(trend_id, said)

    def judge(self, logs: Logs) -> list[Calibrated]:
        """Hold the probabilities on actions that came after the decisions against the truth.

        Raises:
            BenchFailed: an action of a calibrated trend bears none, or a trend has no such action.
        """
        fresh = [action for action in all_actions(logs) if action.video_id.startswith("fresh-")]
        return [
            self._judged(trend_id, [action for action in fresh if action.trend_id == trend_id])
            for trend_id in self._ruled
        ]

    def _judged(self, trend_id: str, actions: Sequence[ModerationAction]) -> Calibrated:
        said = np.array([a.probability for a in actions if a.probability is not None])
        if not len(said) or len(said) < len(actions):
            raise BenchFailed(f"{trend_id}: {len(said)} of {len(actions)} new actions bear a probability")
        ruled, (calibration, seconds) = self._ruled[trend_id], self._in_force[trend_id]
        true = ruled.reviewer.probability([action.score for action in actions])
        return Calibrated(
            trend_id=trend_id,
            score_kind=self._request.kind(trend_id),
            decisions=len(ruled.decisions),
            known=calibration.decisions,
            confirmed=sum(decision.verdict == "confirm" for decision in ruled.decisions),
            seconds=seconds,
            actions=len(actions),
            error=expected_calibration_error(said, true),
            bins=[Bin(count=b.count, said=b.predicted, true=b.confirmed) for b in reliability(said, true)],
        )

    async def _calibrated(self, trend_id: str, said: float) -> tuple[Calibration, float]:
        """Return the calibration that is the last one for now, with the seconds after `said` when it was in force.

        One is the last for now when decisions have not grown by a step since.
        """
        enough = self._request.decisions / (1.0 + self._settings.trends.calibration_growth)
        deadline = time.perf_counter() + _WAIT_SECONDS
        while time.perf_counter() < deadline:
            policy = await self._policy(trend_id)
            if policy is not None and policy.calibration is not None and policy.calibration.decisions > enough:
                offset, answered = self._answers.newest(trend_id, None)
                if offset >= policy.source_offset and self._answers.in_force(answered):
                    return policy.calibration, max(0.0, max(answered.swept.values()) - said)
            await asyncio.sleep(_LOOK_SECONDS)
        raise BenchFailed(f"{trend_id} is not calibrated within {_WAIT_SECONDS:g} s")

    async def _policy(self, trend_id: str) -> TrendPolicy | None:
        """Return the newest policy that the first shard was told of a trend."""
        newest = None
        async for record in read_partition(self._settings, Topic.TREND_FANOUT, 0):
            message = decode_msgpack(record.value, FanoutMessage)
            if isinstance(message, TrendPolicy) and message.trend_id == trend_id:
                newest = message
        return newest

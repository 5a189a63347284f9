"""The life of one trend, told step by step, each step held against the oracle."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from streams.audit.actions import active_actions, all_actions, duplicate_actions
from streams.audit.oracle import Expected
from streams.bench.trends.reviewer import Reviewer
from streams.wire.trend import Band, SeedRevoked, TrendDeclared, TrendReleased
from tests.support.trend_place import DAYS, TREND, TrendPlace, Vector

# Of the workers: a burst is three times what the preview promised, since tests have no stream of days to compare with.
JUMP_FACTOR = 3
DECISIONS = 200
_NEAR, _BETWEEN, _OTHERS, _LATER = 150, 30, 1_200, 40
_BURST, _MOST_BURSTS = 40, 20

Step = Callable[[], Awaitable[None]]


class TrendLife:
    """A moderator who does one thing after the other, and looks at what stands.

    Args:
        here: Where.

    Attributes:
        seen: What stood at the end of each step.
    """

    def __init__(self, here: TrendPlace) -> None:
        self.here = here
        self.seen: dict[str, set[Expected]] = {}
        self._seeds: dict[str, Vector] = {}

    @property
    def steps(self) -> Sequence[Step]:
        """All of its life, in order."""
        return (
            self.draft, self.preview, self.shadow, self.live, self.decisions, self.threshold, self.revoke,
            self.burst, self.paused, self.release, self.retire,
        )  # fmt: skip

    async def draft(self) -> None:
        """Two positive seeds, a negative one; then videos come, of which nobody hears."""
        rule = TrendDeclared(
            trend_id=TREND,
            name=TREND,
            state="draft",
            threshold=0.75,
            bands=[Band(from_score=0.75, action="review"), Band(from_score=0.95, action="remove")],
            margin=0.02,
            score_kind="fused",
            seed_pooling="max",
            on_retire="keep",
        )
        await self.here.say(
            rule, self.here.seed("a", 1), self.here.seed("b", 2), self.here.seed("n", 3, positive=False)
        )
        await self.here.settled()
        self._seeds = self.here.seeds()
        a, b, n = (self._seeds[name] for name in ("a", "b", "n"))
        vectors = [self.here.moved(seed, 0.1, 0.7) for seed in (a, b) for _ in range(_NEAR)]
        vectors += [self.here.moved(a + n, 0.1, 0.4) for _ in range(_BETWEEN)]
        vectors += [self.here.chance.standard_normal(len(a)).astype(np.float32) for _ in range(_OTHERS)]
        self.here.chance.shuffle(vectors)
        await self.here.enter(vectors, step=timedelta(days=DAYS - 1) / len(vectors))
        await self.here.settled()
        assert not self.here.check()

    async def preview(self) -> None:
        """All shards together tell exactly how many hits the trend would have."""
        await self.here.change(
            threshold=0.8, bands=[Band(from_score=0.8, action="review"), Band(from_score=0.95, action="remove")]
        )
        await self.here.settled()
        told = await self.here.ebr("trend", "preview", TREND, "--no-picture", "--json")
        assert told["complete"]
        assert told["hits"] == len(self.here.expected(state="live")) >= DECISIONS
        assert not self.here.check()

    async def shadow(self) -> None:
        """The same actions, where no enforcement reads."""
        await self.here.change(state="shadow")
        await self.here.settled()
        assert {one.topic for one in self.here.check()} == {"shadow-actions"}

    async def live(self) -> None:
        """The same again where enforcement reads; none is left in the shadow."""
        before = {(one.video_id, one.proposed_action) for one in self.seen["shadow"]}
        await self.here.change(state="live")
        await self.here.settled()
        found = self.here.check()
        assert {one.topic for one in found} == {"moderation-actions"}
        assert {(one.video_id, one.proposed_action) for one in found} == before
        assert all(action.probability is None for action in all_actions(self.here.logs))  # nobody has ruled yet

    async def decisions(self) -> None:
        """Rejects clear their pairs; what comes later bears a probability."""
        standing = sorted(active_actions(self.here.logs).values(), key=lambda action: action.video_id)
        reviewer = Reviewer.of(0, 0.8)
        ruled = reviewer.decisions(standing, DECISIONS, self.here.chance)
        await self.here.rule(ruled)
        await self.here.until(self._calibrated)
        await self.here.settled()
        a = self._seeds["a"]
        known = {action.action_id for action in all_actions(self.here.logs)}
        await self.here.enter([self.here.moved(a, 0.1, 0.7) for _ in range(_LATER)], step=timedelta(seconds=1))
        await self.here.settled()
        rejected = {decision.video_id for decision in ruled if decision.verdict == "reject"}
        found = self.here.check()
        assert len(rejected) > 20
        assert not rejected & {one.video_id for one in found}
        later = [action for action in all_actions(self.here.logs) if action.action_id not in known]
        assert len(later) > _LATER / 2
        assert all(action.probability is not None for action in later)

    async def threshold(self) -> None:
        """What is below the new threshold is taken back, the rest stands as it is."""
        await self.here.change(
            threshold=0.86, bands=[Band(from_score=0.86, action="review"), Band(from_score=0.95, action="remove")]
        )
        await self.here.settled()
        assert self.here.check() < self.seen["decisions"]

    async def revoke(self) -> None:
        """What the seed alone supported is taken back; the ledgers prove what the rest stands on."""
        await self.here.say(SeedRevoked(trend_id=TREND, seed_id="b", reason="unclear"))
        await self.here.settled()
        found = self.here.check()
        assert found < self.seen["threshold"]
        proof = await self.here.ebr("trend", "lineage", TREND, "--json")
        assert (proof["unsupported"], proof["missed"], proof["broken"], proof["partial"]) == (0, 0, [], [])
        assert proof["stand"] == len(found) > 0

    async def burst(self) -> None:
        """Far more hits than the preview promised: TRENDS pauses the trend on all shards."""
        self.here.stream_time = datetime.now(UTC)
        a = self._seeds["a"]
        for _ in range(_MOST_BURSTS):
            await self.here.enter(
                [self.here.moved(a, 0.05, 0.4) for _ in range(_BURST)], step=timedelta(milliseconds=20)
            )
            await asyncio.sleep(1)
            if self.here.paused():
                break
        await self.here.until(self.here.paused)
        await self.here.settled(exactly=False)
        found, wanted = set(active_actions(self.here.logs)), self.here.expected()
        assert self.seen["revoke"] <= found <= wanted
        self.here.frozen = found

    async def paused(self) -> None:
        """Nothing new comes out, however much it is wanted; what is gone is taken back."""
        assert self.here.frozen is not None
        gone = min(self.here.frozen)
        await self.here.enter([self.here.moved(self._seeds["a"], 0.05, 0.4) for _ in range(_BURST)], step=timedelta())
        await self.here.remove(gone.video_id)
        await self.here.settled()
        assert self.here.check() == self.here.frozen - {gone}

    async def release(self) -> None:
        """All that waited is emitted, though it is more than the preview promised."""
        waiting, self.here.frozen = self.here.frozen or set(), None
        await self.here.say(TrendReleased(trend_id=TREND, reason="looked at: all of it is the trend"))
        await self.here.settled()
        assert len(self.here.check() - waiting) >= _BURST

    async def retire(self) -> None:
        """It leaves nothing behind, and the ledgers prove why each of its actions came and went."""
        await self.here.change(state="retired", on_retire="revoke")
        await self.here.settled()
        assert not self.here.check()
        assert not duplicate_actions(self.here.logs)
        proof = await self.here.ebr("trend", "lineage", TREND, "--json")
        assert (proof["stand"], proof["unsupported"], proof["missed"], proof["broken"]) == (0, 0, 0, [])
        assert proof["emitted"] > len(self.seen["release"])

    async def run(self, step: Step) -> None:
        """Live one step; keep what stood at its end."""
        await step()
        self.seen[getattr(step, "__name__", "")] = set(active_actions(self.here.logs))

    def _calibrated(self) -> bool:
        """Return whether the shards were told what was learned of most decisions."""
        calibration = self.here.policy().calibration
        return calibration is not None and calibration.decisions > DECISIONS / 2

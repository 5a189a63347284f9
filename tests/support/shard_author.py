"""Random but lawful histories of one shard."""

import random
from collections import Counter
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec

from streams.wire.fanout import SeedLive, SeedRetired, TrendPolicy, VideoCleared
from streams.wire.trend import Polarity
from tests.support.shard_messages import BLOCKS, MODEL, NOW, STRANGERS, VECTORS, embedded, policy, removed, seed_live
from tests.support.shard_world import Rules, World

_WEIGHTS = (
    {"frames": 1.0, "audio": 0.5},
    {"audio": 2.718282},
    {"frames": 0.000001, "text": 3.0},
    {"frames/shape": 2.0, "frames/mark": 0.25, "audio/sound": 1.0},
    {"frames": 0.5, "frames/shape": 1.5},
)


@dataclass
class Author:
    """Writes random but lawful input logs: source offsets and versions only grow, revisions may come out of order."""

    rng: random.Random
    world: World
    source: int = 0
    versions: Counter[str] = field(default_factory=Counter)
    seeds: int = 0
    habits: AbstractSet[str] = frozenset()
    day: float = 0.0
    policies: dict[str, TrendPolicy] = field(default_factory=dict)
    releases: dict[str, int] = field(default_factory=dict)

    def publish(self) -> None:
        """Publish, edit or repeat a revision of one of a few videos; the same revision has the same vectors."""
        rng, video, revision = self.rng, self.rng.randrange(6), self.rng.randrange(1, 6)
        at, model = NOW, MODEL
        if "expiry" in self.habits:
            self.day += rng.choice([0.0, 0.0, 0.5, 1.0])
            at = NOW + timedelta(days=self.day - rng.choice([0.0, 0.7, 1.9]))
        if "models" in self.habits and rng.random() < 0.3:
            model = "model-2"
        vector = (video * 7 + revision * 5) % len(VECTORS)
        self.world.videos.append(embedded(f"v{video}", revision, vector, at=at, model=model))

    def delete(self) -> None:
        """Delete one of the videos at some revision."""
        self.world.videos.append(removed(f"v{self.rng.randrange(6)}", self.rng.randrange(1, 4)))

    def change(self) -> None:
        """Declare or change a trend: state, threshold, kind, margin, bands."""
        rng = self.rng
        kind = rng.choice(["fused", "fused", "frames", "audio", "weighted", "all"])
        self.declare(
            f"t{rng.randrange(2)}",
            state=rng.choice(["live", "live", "live", "shadow", "draft", "retired"]),
            threshold=rng.choice([0.0, 0.31, 0.61, 0.93]),
            margin=rng.choice([0.0, 0.17]),
            score_kind=kind,
            seed_pooling=rng.choice(["max", "mean"]),
            weights=rng.choice(_WEIGHTS),
            blocks=BLOCKS,
            background_normalised="normalised" in self.habits and rng.random() < 0.6,
            background=STRANGERS if "normalised" in self.habits else None,
            modality_thresholds={"frames": 0.2, "audio": 0.1} if kind == "all" else None,
            max_hits=rng.choice([None, 1, 2, 3]) if "brakes" in self.habits else None,
            paused="pauses" in self.habits and rng.random() < 0.3,
            on_retire=rng.choice(["keep", "revoke"]) if "keep" in self.habits else "revoke",
        )

    def declare(self, trend: str, **more: object) -> None:
        """Send the next policy of a trend."""
        self.versions[trend] += 1
        self.source += 1
        rule = policy(trend, self.versions[trend], self.source, release_offset=self.releases.get(trend), **more)
        self._send(rule)

    def adjust(self) -> None:
        """Let TRENDS weigh a trend anew, or pause it, under the same version."""
        rule = self.policies.get(f"t{self.rng.randrange(2)}")
        if rule is not None:
            weights, paused = self.rng.choice(_WEIGHTS), rule.paused or self.rng.random() < 0.3
            self._again(rule, weights=weights, paused=paused)

    def release(self, trend: str | None = None) -> None:
        """Release a trend, which may not be paused at all."""
        rule = self.policies.get(trend or f"t{self.rng.randrange(2)}")
        if rule is not None:
            self.releases[rule.trend_id] = self.source + 1
            self._again(rule, paused=False, release_offset=self.source + 1)

    def _again(self, rule: TrendPolicy, **more: object) -> None:
        self.source += 1
        self._send(msgspec.structs.replace(rule, source_offset=self.source, **more))

    def _send(self, rule: TrendPolicy) -> None:
        self.policies[rule.trend_id] = rule
        self.world.fanout.append(rule)

    def seed(self) -> None:
        """Add a seed to a trend."""
        self.seeds += 1
        self.source += 1
        polarity: Polarity = "negative" if self.rng.random() < 0.2 else "positive"
        trend, vector = f"t{self.rng.randrange(2)}", self.rng.randrange(len(VECTORS))
        bound = self.rng.choice([None, None, 1, 2]) if "brakes" in self.habits else None
        seed = seed_live(trend, f"s{self.seeds}", vector, self.source, polarity)
        self.world.fanout.append(msgspec.structs.replace(seed, max_hits=bound))

    def revoke(self) -> None:
        """Retire one of the seeds so far."""
        live = [m for m in self.world.fanout if isinstance(m, SeedLive)]
        if live:
            seed, self.source = self.rng.choice(live), self.source + 1
            self.world.fanout.append(
                SeedRetired(trend_id=seed.trend_id, seed_id=seed.seed_id, source_offset=self.source, received_at=NOW)
            )

    def clear(self) -> None:
        """Take a pair back by a decision."""
        self.source += 1
        self.world.fanout.append(
            VideoCleared(
                trend_id=f"t{self.rng.randrange(2)}",
                video_id=f"v{self.rng.randrange(6)}",
                revision=self.rng.randrange(1, 6),
                source_offset=self.source,
                received_at=NOW,
            )
        )

    def repeat(self) -> None:
        """Deliver an earlier message again: an aborted or repeated copy."""
        log: list[object] = self.rng.choice([self.world.videos, self.world.fanout])  # type: ignore[list-item]
        if log:
            log.append(self.rng.choice(log))


# What of the past the oracle does not know.
_BEYOND = frozenset({"expiry", "models", "keep"})


def random_history(
    rng: random.Random, rules: Rules, habits: AbstractSet[str] = frozenset(), *, cuts: bool = False
) -> Counter[str]:
    """Play one random history to its end; return what went wrong.

    Args:
        rng: Decides everything.
        rules: Which rules of the law the world keeps.
        habits: What else may happen: `expiry`, `models`, `brakes`, `pauses`, `keep`, after which the trends are live at
            the end; `normalised` scores.
        cuts: Crashes may restore from a cut of the shard, the newest or any older one.
    """
    fated = bool(habits - {"normalised"})
    world = World(rules, histories_count=fated, cuts_happen=cuts)
    author = Author(rng, world, habits=habits)
    acts = (
        [author.publish] * 6
        + [author.change] * 2
        + [author.seed] * 2
        + [author.delete, author.revoke, author.clear, author.repeat]
        + [author.adjust, author.release] * ("brakes" in habits)
    )
    for _ in range(40):
        rng.choice(acts)()
    if fated and not habits & _BEYOND:  # the oracle knows what a pause excuses
        for _ in range(30):
            _step(world, rng)
        world.settle()
    if fated:
        for trend in ("t0", "t1"):
            author.declare(trend, threshold=0.31)
            author.release(trend)
    for _ in range(60):
        _step(world, rng)
    world.settle()
    return +world.bad


def _step(world: World, rng: random.Random) -> None:
    chance, topic = rng.random(), rng.choice(list(world.position))
    if rng.random() < 0.4:
        world.maintain()
    if world.cuts_happen and rng.random() < 0.15:
        world.snapshot(rng.randrange(max(0, len(world.output) - 3), len(world.output) + 1))
    if chance < 0.45:
        world.take(topic, rng.randrange(1, 4))
    elif chance < 0.65:
        world.sweep()
    elif chance < 0.75:
        world.commit(topic)
    elif chance < 0.83:
        world.crash(rng.randrange(len(world.cuts)) if world.cuts and rng.random() < 0.7 else None)
    elif chance < 0.93:
        world.take(topic, rng.randrange(1, 4), abort=True)
    else:
        world.sweep(abort=True)

"""The preview of a draft: what the receipt of its sweep says, against what a loop over all held videos finds."""

from collections import Counter
from datetime import UTC, timedelta

import msgspec
import numpy as np
import pytest

from streams.shards.preview import NEAR_COPY
from streams.wire.embedding import unpack_vector
from streams.wire.fanout import FanoutMessage, SeedRetired, TrendPolicy
from streams.wire.moderation import SeedReceipt, TrendReceipt
from streams.wire.topics import Topic
from tests.support.shard_messages import NOW, VECTORS, embedded, new_shard, policy, removed, seed_live
from tests.unit.streams.test_shard import Driver

# Two positive seeds of near copies, a negative one near the third vector.
_SEEDS = {"s1": (0, "positive"), "s2": (4, "positive"), "n1": (10, "negative")}


def cosine(left: int, right: int) -> float:
    """Return the cosine of two vectors of the catalogue, rounded as scores are."""
    a, b = (unpack_vector(VECTORS[v]).astype(np.float64) for v in (left, right))
    return round(float(a @ b / np.linalg.norm(a) / np.linalg.norm(b)), 6)


def driver_of(**rule: object) -> tuple[Driver, dict[str, int]]:
    """Return a shard with 60 videos, some edited and some removed, under a draft; the vector of each held video."""
    driver, vectors = Driver(new_shard(slice_videos=7)), {}
    driver.fan(policy("other", 1, 1, threshold=0.9))
    driver.fan(policy("shadowed", 1, 1, threshold=0.9, state="shadow"))
    for trend in ("other", "shadowed"):
        driver.fan(seed_live(trend, f"{trend}-seed", 6, 2))
    for number in range(60):
        vectors[f"v{number:02}"] = (number * 5 + number // 12) % len(VECTORS)
        driver.video(embedded(f"v{number:02}", 1, vectors[f"v{number:02}"], at=NOW + timedelta(hours=number)))
    driver.video(removed("v03", 1))
    driver.video(embedded("v05", 2, 2, at=NOW + timedelta(hours=60)))
    del vectors["v03"]
    vectors["v05"] = 2
    driver.fan(policy("t0", 1, 3, state="draft", **rule))
    for source, (seed, (vector, polarity)) in enumerate(_SEEDS.items(), start=4):
        driver.fan(seed_live("t0", seed, vector, source, polarity))  # type: ignore[arg-type]  # a polarity
    return driver, vectors


def preview(driver: Driver) -> TrendReceipt:
    """Return the newest receipt of a draft."""
    last = driver.receipts()[-1]
    assert isinstance(last, TrendReceipt)
    return last


def test_a_draft_is_told_by_its_own_score_over_all_held_videos() -> None:
    """Histograms with those that the margin alone refuses, hits, days, weakest hits, nearest misses."""
    driver, vectors = driver_of(threshold=0.5, margin=0.2)
    receipt = preview(driver)
    scores = {v: max(cosine(x, 0), cosine(x, 4)) for v, x in vectors.items()}
    margins = {v: round(scores[v] - cosine(x, 10), 6) for v, x in vectors.items()}
    hits = {v for v in vectors if scores[v] >= 0.5 and margins[v] >= 0.2}
    received = {v: embedded(v, 1, 0, at=NOW + timedelta(hours=int(v[1:]) if v != "v05" else 60)) for v in vectors}

    assert (receipt.state, receipt.source_offset, receipt.seed_id, receipt.complete) == ("draft", 6, None, True)
    assert 0 < receipt.hits == len(hits)
    assert {b.from_score: b.count for b in receipt.histogram} == bins(scores.values())
    assert {b.from_score: b.count for b in receipt.below_margin} == bins(scores[v] for v in vectors if margins[v] < 0.2)
    weakest = sorted((scores[v], v, margins[v]) for v in hits)[:20]
    assert [(n.score, n.video_id, n.margin) for n in receipt.weakest_hits] == weakest
    misses = sorted((-scores[v], v, margins[v]) for v in vectors.keys() - hits)[:20]
    assert [(-n.score, n.video_id, n.margin) for n in receipt.nearest_misses] == misses
    days = Counter(received[v].received_at.astimezone(UTC).date() for v in vectors)
    of_hits = Counter(received[v].received_at.date() for v in hits)
    assert [(d.day, d.hits, d.videos) for d in receipt.days] == [(d, of_hits[d], days[d]) for d in sorted(days)]


def bins(scores: object) -> dict[float, int]:
    """Return how many scores there are from each hundredth on."""
    return dict(Counter(int(np.floor(score * 100 + 1e-9)) / 100 for score in scores))  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["fused", "frames"])
def test_near_copies_are_told_by_fused_vectors_whatever_is_judged(kind: str) -> None:
    """Of a positive seed only; the best first."""
    driver, vectors = driver_of(threshold=0.5, score_kind=kind)
    receipt = preview(driver)
    nearest = {v: max((cosine(x, seed), name) for name, seed in (("s1", 0), ("s2", 4))) for v, x in vectors.items()}
    copies = sorted((-score, v, seed) for v, (score, seed) in nearest.items() if score >= NEAR_COPY)

    assert 0 < receipt.near_copies == len(copies)
    assert [(-c.score, c.video_id, c.seed_id) for c in receipt.nearest_copies] == copies[:20]


def test_overlap_counts_enforced_actions_of_other_trends() -> None:
    """A shadow action bothers nobody; a draft has none of its own."""
    driver, vectors = driver_of(threshold=0.9)
    hits = {v for v, x in vectors.items() if max(cosine(x, 0), cosine(x, 4)) >= 0.9}
    both = sum(v in hits for v, x in vectors.items() if cosine(x, 6) >= 0.9)

    assert both > 0
    assert [(o.trend_id, o.videos) for o in preview(driver).overlap] == [("other", both)]


def test_every_sweep_of_a_draft_ends_with_the_whole_preview() -> None:
    """Whatever called for it: a seed, a policy, a seed's end, all of them in one sweep."""
    driver, _ = driver_of(threshold=0.5)
    messages: list[FanoutMessage] = [
        policy("t0", 2, 7, state="draft", threshold=0.3),
        seed_live("t0", "s9", 9, 8),
        SeedRetired(trend_id="t0", seed_id="s1", source_offset=9, received_at=NOW),
    ]
    for message in messages:
        driver._deliver(Topic.TREND_FANOUT, message)
    before = len(driver.receipts())
    driver.sweep()
    ended = driver.receipts()[before:]

    assert [(type(r), r.source_offset) for r in ended] == [
        (TrendReceipt, 7), (SeedReceipt, 8), (SeedReceipt, 9), (TrendReceipt, 9),
    ]  # fmt: skip
    of_policy, whole = ended[0], ended[-1]
    assert isinstance(of_policy, TrendReceipt)
    assert isinstance(whole, TrendReceipt)
    assert msgspec.structs.replace(of_policy, source_offset=9) == whole
    assert sum(d.videos for d in whole.days) == 59


def test_a_trend_that_emits_is_told_without_a_preview() -> None:
    """Its hits are in the ledger; a sweep that ends under another state has seen only some by one rule."""
    driver, _ = driver_of(threshold=0.5)
    driver._deliver(Topic.TREND_FANOUT, seed_live("t0", "s9", 9, 8))
    driver.emitted += driver.shard.sweep_slice(NOW)
    rule: TrendPolicy = policy("t0", 2, 9, state="live")
    driver.fan(rule)
    (last,) = [r for r in driver.receipts() if isinstance(r, TrendReceipt) and r.complete and r.state == "live"][-1:]

    assert (last.source_offset, last.days, last.weakest_hits, last.near_copies) == (9, [], [], 0)
    assert [r for r in driver.receipts() if r.source_offset == 8 and isinstance(r, TrendReceipt)] == []


def test_a_bound_costs_a_draft_no_pass() -> None:
    """A draft emits nothing, so that nothing need be counted before."""
    slices: list[int] = []
    for bound in (None, 1):
        driver, _ = driver_of(threshold=0.5, max_hits=bound)
        slices.append(0)
        driver._deliver(Topic.TREND_FANOUT, seed_live("t0", "s9", 9, 8))
        while driver.shard.sweep_due:
            driver.emitted += driver.shard.sweep_slice(NOW)
            slices[-1] += 1
        assert preview(driver).status == "applied"

    assert slices[0] == slices[1]

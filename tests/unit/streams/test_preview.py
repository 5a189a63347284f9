"""The fold of a draft's receipts against a plain look at every video."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.patches import Rectangle
from msgspec import structs

from streams.preview import Preview, daily, fold_preview, state_words
from streams.preview.picture import Example, figure_of
from streams.wire.moderation import (
    Applied,
    DayCount,
    HistogramBin,
    NearCopy,
    NearVideo,
    Overlap,
    Receipt,
    SeedReceipt,
    TrendReceipt,
)
from tests.unit.streams.test_shard_preview import driver_of
from tests.unit.streams.test_shard_preview import preview as receipt_of_draft

DAY = date(2026, 11, 1)


@dataclass(frozen=True)
class Video:
    """A held video as its shard judged it."""

    video_id: str
    score: float
    above_margin: bool = True
    day: int = 0
    copy: bool = False
    acted_on: str | None = None

    def is_hit(self, threshold: float) -> bool:
        """Say what the rule of a hit says."""
        return self.score >= threshold and self.above_margin


def answer(shard: int, videos: Sequence[Video], threshold: float = 0.5, **fields: object) -> TrendReceipt:
    """Return what a shard that holds these videos says of a draft."""
    hits = [video for video in videos if video.is_hit(threshold)]
    misses = [video for video in videos if not video.is_hit(threshold)]
    best = sorted(videos, key=lambda v: (-v.score, v.video_id))
    copies = [video for video in best if video.copy]
    by_day, hits_by_day = Counter(v.day for v in videos), Counter(v.day for v in hits)
    met = Counter(video.acted_on for video in hits if video.acted_on)
    sound: dict[str, object] = {
        "trend_id": "t", "version": 1, "state": "draft", "source_offset": 7, "shard": shard, "shards": 3,
        "status": "applied", "hits": len(hits), "videos_held": len(videos), "complete": True,
        "applied": Applied(videos=9, fanout=9),
        "histogram": bins(videos),
        "below_margin": bins([video for video in videos if not video.above_margin]),
        "days": [DayCount(day=DAY + timedelta(days=d), hits=hits_by_day[d], videos=by_day[d]) for d in sorted(by_day)],
        "near_copies": len(copies),
        "nearest_copies": [NearCopy(video_id=v.video_id, seed_id="s", score=v.score) for v in copies[:20]],
        "overlap": [Overlap(trend_id=trend_id, videos=count) for trend_id, count in met.most_common()],
        "nearest": [near(video) for video in best[:20]],
        "weakest_hits": [near(v) for v in sorted(hits, key=lambda v: (v.score, v.video_id))[:20]],
        "nearest_misses": [near(v) for v in best if v in misses][:20],
    }  # fmt: skip
    return TrendReceipt(**(sound | fields))  # type: ignore[arg-type]  # fields by name


def near(video: Video) -> NearVideo:
    """Return a video as receipts name it."""
    return NearVideo(video_id=video.video_id, score=video.score)


def bins(videos: Sequence[Video]) -> list[HistogramBin]:
    """Return scores counted in steps of 0.01."""
    counts = Counter(math.floor(round(video.score * 1_000_000) / 10_000) for video in videos)
    return [HistogramBin(from_score=b / 100, count=counts[b]) for b in sorted(counts)]


def folded(*receipts: Receipt, told: int = 7, threshold: float = 0.5) -> Preview:
    """Return the fold of receipts that all ended their sweep."""
    return fold_preview("t", threshold, told, [(receipt, True) for receipt in receipts])


SCORES = st.integers(-1_000_000, 1_000_000).map(lambda n: n / 1_000_000)
VIDEOS = st.lists(
    st.builds(
        Video,
        video_id=st.integers(0, 10**9).map(str),
        score=SCORES | st.sampled_from([-1.0, -0.01, 0.0, 0.29, 0.57, 0.58, 1.0]),
        above_margin=st.booleans(),
        day=st.integers(0, 5),
        copy=st.booleans(),
        acted_on=st.sampled_from([None, "u", "w"]),
    ),
    max_size=60,
    unique_by=lambda video: video.video_id,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(videos=VIDEOS, own=SCORES, other=SCORES, edge=st.integers(-100, 100), data=st.data())
def test_what_is_counted_is_what_a_look_at_every_video_counts(
    videos: list[Video], own: float, other: float, edge: int, data: st.DataObject
) -> None:
    """Hits at any threshold, days, copies, overlap, the ends of the lists; in whichever order receipts come."""
    parts = [[video for video in videos if int(video.video_id) % 3 == shard] for shard in range(3)]
    receipts = data.draw(st.permutations([answer(shard, part, own) for shard, part in enumerate(parts)]))

    preview = folded(*receipts, threshold=own)

    def hits(threshold: float) -> list[Video]:
        return [video for video in videos if video.is_hit(threshold)]

    assert preview.complete
    assert preview.hits_at(own) == (len(hits(own)),) * 2
    if edge / 100 != own:
        assert preview.hits_at(edge / 100) == (len(hits(edge / 100)),) * 2
    low, high = preview.hits_at(other)
    assert low <= len(hits(other)) <= high
    assert all(point.hits == len(hits(point.threshold)) for point in preview.curve())
    assert {day.day: (day.hits, day.videos) for day in preview.days} == {
        DAY + timedelta(days=d): (sum(v.day == d for v in hits(own)), sum(v.day == d for v in videos))
        for d in {video.day for video in videos}
    }
    assert preview.overlap == Counter(video.acted_on for video in hits(own) if video.acted_on)
    assert preview.near_copies == sum(video.copy for video in videos)
    best = sorted(videos, key=lambda v: (-v.score, v.video_id))
    assert [v.video_id for v in preview.nearest] == [v.video_id for v in best[:20]]
    assert [v.video_id for v in preview.nearest_misses] == [v.video_id for v in best if not v.is_hit(own)][:20]
    assert [v.video_id for v in preview.nearest_copies] == [v.video_id for v in best if v.copy][:20]
    assert [v.video_id for v in preview.strongest_hits] == [v.video_id for v in best[:20] if v.is_hit(own)]
    weakest = sorted(hits(own), key=lambda v: (v.score, v.video_id))
    assert [v.video_id for v in preview.weakest_hits] == [v.video_id for v in weakest[:20]]


@pytest.mark.parametrize("margin", [0.0, 0.2])
def test_hits_at_a_threshold_are_those_that_a_shard_counts_under_it(margin: float) -> None:
    """A real shard, asked again with the threshold there."""
    driver, _ = driver_of(threshold=0.5, margin=margin)
    told = fold_preview("t0", 0.5, 6, [(receipt_of_draft(driver), True)])

    for threshold in (0.1, 0.35, 0.5, 0.62, 0.7, 0.9):
        again, _ = driver_of(threshold=threshold, margin=margin)
        assert told.hits_at(threshold) == (receipt_of_draft(again).hits,) * 2


@given(order=st.permutations(range(6)))
def test_the_newest_receipt_of_a_shard_counts_whenever_it_was_read(order: Sequence[int]) -> None:
    """A version does not order receipts: seeds and what TRENDS adjusts leave it as it is."""
    receipts = [
        answer(
            0, [Video("a", 0.9)] * n, version=version, source_offset=offset, applied=Applied(videos=1, fanout=fanout)
        )
        for n, (version, offset, fanout) in enumerate(
            [(1, 3, 5), (1, 4, 6), (2, 6, 8), (2, 6, 9), (2, 8, 10), (2, 8, 11)], start=1
        )
    ]

    assert folded(*(receipts[n] for n in order), told=8).hits == 6


def test_only_what_ends_a_sweep_of_the_draft_counts() -> None:
    """Neither first hits, nor seeds, nor another trend, nor what the trend did when it was not a draft."""
    one = answer(0, [Video("a", 0.9)])
    seed = SeedReceipt(trend_id="t", seed_id="s", source_offset=7, shard=1, shards=3, status="applied", state="draft")

    preview = fold_preview(
        "t",
        0.5,
        7,
        [
            (one, True),
            (answer(1, [Video("b", 0.9)]), False),
            (seed, True),
            (answer(1, [Video("b", 0.9)], state="shadow"), True),
            (answer(1, [Video("b", 0.9)], trend_id="u"), True),
            (structs.replace(one, shard=None, status="refused"), True),
        ],
    )

    assert (preview.answered, preview.behind, preview.hits, preview.shards) == ([0], [], 1, 3)


def test_partial_is_said_with_the_shards_that_are_missing() -> None:
    """One that answered an earlier state has not answered this one; counts are of those that have."""
    before = answer(1, [Video("b", 0.9)], source_offset=5)

    assert state_words(folded()) == "PARTIAL: no shard has answered yet"
    words = state_words(folded(answer(0, [Video("a", 0.9)]), before))
    assert words == (
        "PARTIAL: 1 of 3 shards have judged 1 held videos; shard 2 only an earlier state of it, shard 3 nothing yet"
    )
    whole = folded(*(answer(shard, [Video(str(shard), 0.9)]) for shard in range(3)))
    assert (whole.whole, whole.complete, state_words(whole)) == (True, True, "3 of 3 shards have judged 3 held videos")
    left = folded(*(answer(s, [Video(str(s), 0.9)], not_comparable=1, complete=False) for s in range(3)))
    assert (left.whole, left.complete, left.completeness) == (True, False, 0.0)
    assert state_words(left).startswith("PARTIAL: ")


def test_a_receipt_newer_than_the_ledger_makes_the_others_old() -> None:
    """Somebody changed the draft just now: shards that have not heard of it are behind."""
    preview = folded(answer(0, [], source_offset=9), answer(1, []), answer(2, []))

    assert (preview.answered, preview.behind) == ([0], [1, 2])


def days(*pairs: tuple[int, int]) -> list[DayCount]:
    """Return days in a row with their hits and videos."""
    return [DayCount(day=DAY + timedelta(days=n), hits=h, videos=v) for n, (h, v) in enumerate(pairs)]


def test_a_day_is_like_those_that_were_seen_whole() -> None:
    """The first is cut by the retention, the last is not over; a day without videos is one all the same."""
    day = daily(days((1, 10), (10, 100), (0, 0), (20, 200), (2, 5)))

    assert (day.videos, day.days, day.whole_days, day.judged) == (100.0, 5, 3, 315)
    expected = day.expected(33)
    assert expected is not None
    assert expected.value == pytest.approx(33 * 100 / 315)
    assert daily(days((1, 10), (10, 100), (0, 0), (20, 200), (2, 5)), scale=2.0).expected(33).value == pytest.approx(  # type: ignore[union-attr]  # not None: videos were judged
        2 * expected.value
    )


def test_one_day_alone_is_taken_as_a_day() -> None:
    """With the exact interval of a Poisson count: for 10 seen 4.795 to 18.390 (Garwood's table), for 0 up to 3.689."""
    day = daily(days((10, 500)))
    ten, none = day.expected(10), day.expected(0)

    assert ten is not None
    assert none is not None
    assert (ten.value, ten.low, ten.high) == pytest.approx((10, 4.795, 18.390), abs=1e-3)
    assert (none.value, none.low, none.high) == pytest.approx((0, 0, 3.689), abs=1e-3)
    assert daily([]).expected(0) is None


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 500)), min_size=1, max_size=40), st.integers(0, 5_000))
def test_what_is_expected_lies_in_its_interval(pairs: list[tuple[int, int]], hits: int) -> None:
    """Whatever the days brought; more hits are never expected to be fewer."""
    day = daily(days(*((min(h, v), v) for h, v in pairs)))
    expected, more = day.expected(hits), day.expected(hits + 1)

    assert (expected is None) == (day.judged == 0)
    if expected is not None and more is not None:
        assert 0 <= expected.low <= expected.value <= expected.high < math.inf
        assert (expected.low, expected.value, expected.high) <= (more.low, more.value, more.high)
        assert day.dispersion >= 1


@pytest.mark.parametrize("burst", [1, 6])
def test_the_interval_holds_the_mean_as_often_as_it_says(burst: int) -> None:
    """Of 400 months, hits alone or in bursts of six; some more misses are allowed: a month says little of bursts."""
    rng, mean, held = np.random.default_rng(burst), 12.0, 0
    for _ in range(400):
        hits = rng.poisson(mean / burst, 30) * burst
        expected = daily(days(*((int(h), 1_000) for h in hits))).expected(int(hits.sum()))
        assert expected is not None
        held += expected.low <= mean <= expected.high

    assert held / 400 >= 0.9


def test_the_picture_shows_the_curve_the_days_the_examples() -> None:
    """Its lines are the numbers; an example without a picture says why; a row without examples is left out."""
    videos = [Video(f"v{n}", n / 100, day=n % 4, above_margin=n != 70) for n in range(20, 90)]
    preview = folded(*(answer(shard, videos[shard::3]) for shard in range(3)))
    picture = np.zeros((4, 3, 3), dtype=np.uint8)
    rows = {
        "seeds": [Example(name="s", score=None, picture=picture)],
        "weakest hits": [Example(name="v50", score=0.5, picture=None, why="gone: not_found")],
        "nothing": [],
    }

    figure = figure_of(preview, rows)

    curve, by_day, shown = figure.get_axes()
    (line,) = [line for line in curve.get_lines() if line.get_label() == "hits at that threshold"]
    assert line.get_ydata().tolist() == preview.hits_from.tolist()  # type: ignore[union-attr]  # an array
    assert (curve.get_xlabel(), by_day.get_ylabel()) == ("score", "hits")
    bars = [bar for bar in by_day.patches[:4] if isinstance(bar, Rectangle)]
    assert [bar.get_height() for bar in bars] == [day.hits for day in preview.days]
    texts = [text.get_text() for text in shown.texts]
    assert texts == ["seeds", "s", "weakest hits", "v50 0.500", "gone: not_found"]
    assert [np.asarray(image.get_array()).shape for image in shown.get_images()] == [picture.shape]
    assert "3 of 3 shards" in figure.get_suptitle()

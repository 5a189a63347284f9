"""A trend stops everywhere when one shard braked it or its forward hits jump; catching up is no jump."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streams.catalogue import Answers, Catalogue, ForwardRates, due_pauses
from streams.settings import TrendSettings
from streams.wire.moderation import Applied
from streams.wire.report import ShardReport
from streams.wire.trend import TrendAdjusted
from tests.support.catalogue import NOON, added, adjusted, changed, declared, released, said, step
from tests.unit.streams.test_catalogue_bounds import answer, answered

RULES = TrendSettings(jump_factor=5.0, jump_hits=50, jump_seconds=60.0, past_seconds=600.0)
SECONDS = 10.0
LIVE = said(declared(state="live"), added())


def report(shard: int, stretch: int, hits: int, videos: int = 1_000, trend_id: str = "t") -> ShardReport:
    """Return what a shard reports of a stretch, by its number from a minute after noon on."""
    return ShardReport(
        shard=shard,
        shards=3,
        begins_at=NOON + timedelta(seconds=60 + SECONDS * stretch),
        seconds=SECONDS,
        videos=videos,
        hits={trend_id: hits} if hits else {},
        applied=Applied(videos=0, fanout=0),
    )


def rates(*reports: ShardReport) -> ForwardRates:
    """Return the fold of reports."""
    found = ForwardRates(timedelta(seconds=RULES.past_seconds + RULES.jump_seconds))
    for one in reports:
        found.add(one)
    return found


def held(hits: int, **fields: Any) -> Answers:
    """Return shards that all hold 1,000 videos with so many hits, of the newest policy."""
    facts: dict[str, Any] = {"state": "live", "videos_held": 1_000} | fields
    return answered(*(answer(shard, 90, hits, **facts) for shard in range(3)))


def due(catalogue: Catalogue, answers: Answers, found: ForwardRates) -> list[TrendAdjusted]:
    """Return the pauses that are called for."""
    return due_pauses(catalogue.trends(), answers, found, RULES, 80)


def test_a_brake_of_one_shard_stops_the_trend_on_all() -> None:
    """The others would go on emitting what a person must look at first."""
    braked = answered(answer(1, 1, 500, state="live", status="paused"))

    [event] = due(LIVE, braked, rates())

    assert (event.trend_id, event.paused, event.source_offset) == ("t", True, 80)
    assert "on shard 1" in event.reason
    assert due(step(LIVE, event, 81).catalogue, braked, rates()) == []


def test_a_first_receipt_stops_a_trend_too() -> None:
    """A shard may brake at its first hits; the end of its sweep can be far."""
    answers = Answers()
    answers.add(answer(2, 1, 500, status="paused"), swept=False)

    assert len(due(LIVE, answers, rates())) == 1


def test_a_brake_that_did_not_know_the_newest_release_is_over() -> None:
    """The receipt was on its way when the moderator let the trend go on; a brake after it counts again."""
    let_go = step(LIVE, released(), 7).catalogue

    assert due(let_go, answered(answer(0, 1, 500, status="paused")), rates()) == []
    assert due(let_go, answered(answer(0, 1, 500, status="paused", release_offset=3)), rates()) == []
    assert len(due(let_go, answered(answer(0, 8, 500, status="paused", release_offset=7)), rates())) == 1


def test_a_trend_that_ended_is_not_stopped_for_an_old_brake() -> None:
    """Nothing can pause it any more, so each look would append the same word to the ledger again."""
    braked = answered(answer(1, 1, 500, state="live", status="paused"))

    assert due(step(LIVE, changed(2, state="retired"), 9).catalogue, braked, rates()) == []


def test_a_jump_against_the_preview_stops_a_trend() -> None:
    """2 in 1,000 held videos are hits; 100 in 1,000 new ones are another thing than was seen."""
    [event] = due(LIVE, held(2), rates(report(0, 0, 100)))

    assert event.reason == (
        "forward hits jumped to 100 per 1,000 judged videos (100 in 1000 within 60 s), preview and past say 2.33"
    )


def test_a_jump_against_the_own_past_stops_a_trend() -> None:
    """Where no preview tells, the hours before do; where nothing tells, nobody can speak of a jump."""
    quiet = [report(0, stretch, 1) for stretch in range(20)]

    assert len(due(LIVE, Answers(), rates(*quiet, report(0, 40, 100)))) == 1
    assert due(LIVE, Answers(), rates(report(0, 40, 100))) == []


def test_what_is_usual_by_preview_or_by_past_is_no_jump() -> None:
    """The higher of both counts: a trend may be rarer among held videos than it has been of late."""
    busy = [report(0, stretch, 90) for stretch in range(20)]

    assert due(LIVE, held(0), rates(*busy, report(0, 40, 100))) == []
    assert due(LIVE, held(90), rates(report(0, 0, 100))) == []


def test_few_hits_are_no_jump() -> None:
    """Rates of rare trends waver."""
    assert due(LIVE, held(0), rates(report(0, 0, RULES.jump_hits - 1))) == []


def test_only_a_trend_that_emits_can_jump() -> None:
    """A draft, a paused and a retired one emit nothing."""
    burst, usual = rates(report(0, 0, 100)), held(0)

    assert len(due(said(declared(state="shadow"), added()), usual, burst)) == 1
    for state in ("draft", "retired"):
        assert due(said(declared(state=state)), usual, burst) == []
    assert due(step(LIVE, adjusted(paused=True), 3).catalogue, usual, burst) == []


def test_hits_from_before_a_change_of_the_rule_are_not_compared_with_those_after_it() -> None:
    """Videos that were judged late, with a seed that came after them, are no burst of today."""
    late = step(LIVE, changed(2, margin=0.3), 75).catalogue  # at 75 s: within stretch 1

    assert due(late, held(0), rates(report(0, 0, 100), report(0, 1, 100))) == []
    assert len(due(late, held(0), rates(report(0, 0, 100), report(0, 2, 100)))) == 1


def test_an_answer_to_an_older_rule_is_no_preview() -> None:
    """A new seed brings more hits; until a shard has counted them nobody knows what is usual."""
    grown = step(LIVE, added("b"), 30).catalogue
    answers = answered(answer(0, 29, 0, state="live", videos_held=1_000))

    assert due(grown, answers, rates(report(0, 0, 100))) == []
    answers.add(answer(0, 30, 1, state="live", videos_held=1_000), swept=True)
    assert len(due(grown, answers, rates(report(0, 0, 100)))) == 1


def test_a_burst_that_was_released_goes_on() -> None:
    """It is the trend's past now; only a higher one stops the trend again."""
    burst = [report(0, stretch, 20) for stretch in range(6)]
    let_go = step(LIVE, released(), 135).catalogue  # at 135 s: within stretch 7
    goes_on = [report(0, stretch, 20) for stretch in range(8, 14)]

    assert len(due(LIVE, held(0), rates(*burst))) == 1
    assert due(let_go, held(0), rates(*burst, *goes_on)) == []
    assert len(due(let_go, held(0), rates(*burst, *goes_on, report(0, 14, 900)))) == 1


@st.composite
def _histories(draw: st.DrawFn) -> list[list[ShardReport]]:
    """Draw what each of three shards reports, stretch after stretch, at a rate of at most 4 in 100."""
    shards = []
    for shard in range(3):
        stretches = sorted(draw(st.sets(st.integers(0, 40), max_size=20)))
        videos = [draw(st.integers(0, 5_000)) for _ in stretches]
        hits = [draw(st.integers(0, count // 25)) for count in videos]
        shards.append([report(shard, *one) for one in zip(stretches, hits, videos, strict=True)])
    return shards


def _merged(shards: list[list[ShardReport]], data: st.DataObject) -> Iterator[ShardReport]:
    """Yield the reports in some order that keeps the one within each shard, some of them twice."""
    left = [list(reports) for reports in shards if reports]
    while left:
        reports = data.draw(st.sampled_from(left))
        yield reports[0]
        if data.draw(st.booleans()):
            yield reports[0]
        del reports[0]
        left = [reports for reports in left if reports]


@given(_histories(), st.data())
def test_a_trend_at_its_usual_rate_is_never_stopped(shards: list[list[ShardReport]], data: st.DataObject) -> None:
    """However fast stretches come, in whatever order of shards, as after an outage; at every step of the way.

    Held videos are hits at 1 in 100, so 5 times that is never reached.
    """
    found = rates()
    for one in _merged(shards, data):
        found.add(one)
        assert due(LIVE, held(10), found) == []


@given(_histories(), st.data())
def test_the_order_of_shards_and_repeated_reports_change_no_rate(
    shards: list[list[ShardReport]], data: st.DataObject
) -> None:
    """Partitions are read in no common order; a shard that restarts reports a stretch again."""
    merged = rates(*_merged(shards, data))
    in_turn = rates(*(one for reports in shards for one in reports))

    assert merged.of("t", NOON) == in_turn.of("t", NOON)
    totals = dict[datetime, tuple[int, int]]()
    for one in (one for reports in shards for one in reports):
        hits, videos = totals.get(one.begins_at, (0, 0))
        totals[one.begins_at] = hits + one.hits.get("t", 0), videos + one.videos
    assert {s.begins_at: (s.rate.hits, s.rate.videos) for s in merged.of("t", NOON)} == totals


@given(st.integers(1, 200), st.integers(50, 5_000), st.integers(1_000, 100_000))
def test_a_jump_is_found_by_its_rate_alone(usual: int, hits: int, videos: int) -> None:
    """What surely exceeds so many times the usual rate stops the trend, what does not leaves it."""
    stopped = due(LIVE, held(usual), rates(report(0, 0, hits, videos)))
    expected = RULES.jump_factor * (3 * usual + 1) / 3_000 * videos

    assert bool(stopped) == (hits - 3 * hits**0.5 > expected)


def test_only_the_past_that_counts_is_kept() -> None:
    """Memory must not grow with the age of an installation."""
    found = rates(*(report(0, stretch, 1) for stretch in range(400)))

    assert len(found.of("t", NOON)) <= (RULES.past_seconds + RULES.jump_seconds) / SECONDS + 1


def test_a_report_of_a_stretch_that_ended_is_passed_over() -> None:
    """After a crash a shard may count a stretch anew; what it had counted stands."""
    found = rates(report(0, 1, 5), report(0, 2, 5), report(0, 1, 9))

    assert [stretch.rate.hits for stretch in found.of("t", NOON)] == [5, 5]

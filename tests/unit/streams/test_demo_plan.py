"""A demo deals any corpus so that both directions are seen."""

from collections import Counter
from pathlib import Path

import pytest

from encoders.corpus import Role, Truth
from streams.demo.messages import declarations, go_live_events, seed_events, video_events
from streams.demo.plan import make_plan
from streams.demo.rules import fixed
from streams.errors import UserError
from streams.wire.codec import decode_json
from streams.wire.topics import Topic
from streams.wire.trend import TrendEvent
from streams.wire.video import VideoEvent


def _truth(name: str, role: Role, trend: str | None = None) -> Truth:
    return Truth(id=name, path=f"media/{name} 1.mp4", role=role, trend=trend, caption=f"caption of {name}")


def _sorted_corpus() -> list[Truth]:
    """A foreign corpus, sorted by role and trend."""
    truths = [_truth(f"s{t}{n}", Role.SEED, f"t{t}") for t in "ab" for n in range(2)]
    truths += [_truth(f"p{t}{n}", Role.POSITIVE, f"t{t}") for t in "ab" for n in range(5)]
    truths += [_truth(f"b{n}", Role.BACKGROUND) for n in range(4)]
    return truths + [_truth(f"d{n}", Role.DAMAGED) for n in range(4)]


def test_both_halves_hold_every_role_of_every_trend() -> None:
    """Else a sorted corpus would show one direction only; damaged posts come in both."""
    plan = make_plan(Path("/corpus"), _sorted_corpus())
    before, after = (Counter((post.role, post.trend) for post in half) for half in (plan.before, plan.after))
    assert (len(plan.before), len(plan.after)) == (9, 9)
    assert before.keys() == after.keys()
    assert before[Role.DAMAGED, None] == after[Role.DAMAGED, None] == 2


def test_seeds_are_pushed_not_published() -> None:
    """A seed would find itself."""
    plan = make_plan(Path("/corpus"), _sorted_corpus())
    assert not any(post.role is Role.SEED for post in plan.posts)
    assert {trend: len(seeds) for trend, seeds in plan.seeds.items()} == {"ta": 2, "tb": 2}
    assert plan.positives["ta"] == {f"pa{n}" for n in range(5)}


@pytest.mark.parametrize("role", [Role.SEED, Role.BACKGROUND])
def test_a_corpus_that_shows_nothing_is_refused(role: Role) -> None:
    """It needs seeds and posts."""
    with pytest.raises(UserError, match="needs posts of role seed"):
        make_plan(Path("/corpus"), [_truth("x", role, "t")])


def test_what_is_said_keeps_the_contract() -> None:
    """The messages are those that any platform and moderator would write."""
    plan = make_plan(Path("/corpus"), _sorted_corpus())
    for record in video_events(plan, plan.posts):
        event = decode_json(record.value, VideoEvent)
        assert (record.topic, record.key) == (Topic.VIDEO_EVENTS, event.video_id.encode())
        assert event.media_uri == f"file:///corpus/media/{event.video_id}%201.mp4"
    said = [*declarations(plan, fixed("m", 0.45)), *seed_events(plan), *go_live_events(plan)]
    events = [decode_json(record.value, TrendEvent) for record in said]
    assert Counter(type(event).__name__ for event in events) == {"TrendDeclared": 2, "SeedAdded": 4, "TrendChanged": 2}
    assert {event.trend_id for event in events} == {"ta", "tb"}


@pytest.mark.parametrize("threshold", [-1.0, 0.45, 0.8, 1.0])
def test_a_draft_has_bands_from_its_threshold_and_no_bound(threshold: float) -> None:
    """A first band above the threshold is refused by TRENDS; a bound would pause a trend that hits everything."""
    plan = make_plan(Path("/corpus"), _sorted_corpus())
    for record in declarations(plan, fixed("m", threshold)):
        draft = decode_json(record.value, TrendEvent)
        starts = [band.from_score for band in draft.bands]
        assert (draft.state, draft.max_hits, starts[0]) == ("draft", None, threshold)
        assert starts == sorted(set(starts))

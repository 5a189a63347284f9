"""Trends as code: what a file says, what must be sent, and that nothing is left to do afterwards."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.catalogue import Catalogue, Entry
from streams.cli.main import main
from streams.declarations import RULE_FIELDS, FileTrend, Known, Plan, make_plan, read_trend_file
from streams.errors import UserError
from streams.wire.trend import SeedAdded, SeedRevoked, TrendChanged, TrendDeclared, TrendEvent
from tests.support.catalogue import NOON

ALL = """
[trends.chant]
name = "A chant"
description = "D"
state = "shadow"
threshold = 0.6
bands = [{ from_score = 0.6, action = "log" }, { from_score = 0.9, action = "remove" }]
margin = 0.05
score_kind = "weighted"
modality_thresholds = { audio = 0.7 }
weights = { audio = 1, text = 0.5 }
seed_pooling = "mean"
max_hits = 500
on_retire = "revoke"
expires_at = 2027-01-02
[trends.chant.seeds.one]
media = "one.mp4"
[trends.chant.seeds.two]
media = "https://media.example.com/two.mp4"
polarity = "negative"
caption = "words"
video_id = "v2"
"""


def read(folder: Path, text: str) -> dict[str, FileTrend]:
    """Return the trends of a file with this text."""
    (folder / "trends.toml").write_text(text)
    return read_trend_file(folder / "trends.toml", sidecar=lambda path: f"beside {path.stem}", by="me")


def known(*events: TrendEvent) -> Known:
    """Return a ledger of events that were all accepted."""
    catalogue, seeds = Catalogue(), dict[tuple[str, str], SeedAdded]()
    for offset, event in enumerate(events):
        catalogue = catalogue.apply(event, Entry(offset=offset, received_at=NOON)).catalogue
        if isinstance(event, SeedAdded):
            seeds[event.trend_id, event.seed_id] = event
    return Known(catalogue=catalogue, seeds=seeds, end=len(events), now=NOON)


def plan_of(trends: dict[str, FileTrend], *events: TrendEvent, revoke_missing: bool = False) -> Plan:
    """Return what is to be sent after these events."""
    return make_plan(trends, known(*events), revoke_missing=revoke_missing, said={"by": "me", "reason": "review"})


def kinds(plan: Plan) -> list[str]:
    """Return the names of a plan's messages with their seeds."""
    return [f"{type(event).__name__} {getattr(event, 'seed_id', '')}".strip() for event in plan.events]


def test_a_file_says_whole_trends_in_the_words_of_the_messages(tmp_path: Path) -> None:
    """Files are relative to it, captions lie beside them, a day ends nothing before its midnight in UTC."""
    trend = read(tmp_path, ALL)["chant"]

    assert trend.rule.expires_at == datetime(2027, 1, 2, tzinfo=UTC)
    assert (trend.rule.weights, trend.rule.bands[1].action, trend.rule.declared_by) == (
        {"audio": 1.0, "text": 0.5}, "remove", "me",
    )  # fmt: skip
    one, two = trend.seeds["one"], trend.seeds["two"]
    assert one.event.video.media_uri == (tmp_path / "one.mp4").resolve().as_uri()
    assert (one.event.video.caption, two.event.video.caption) == ("beside one", "words")
    assert (two.path, two.event.polarity, two.event.video.video_id) == (None, "negative", "v2")


def test_what_a_file_does_not_say_is_as_when_declared_by_hand(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """One trend, whichever way it came."""
    assert main(["trend", "declare", "t", "--threshold", "0.7", "--by", "me", "--dry-run"]) == 0
    by_hand = json.loads(capfd.readouterr().out)

    rule = read(tmp_path, "[trends.t]\nthreshold = 0.7\n")["t"].rule

    assert {name: by_hand[name] for name in RULE_FIELDS} == {
        name: json.loads(json.dumps(getattr(rule, name), default=lambda band: {
            "from_score": band.from_score, "from_probability": band.from_probability, "action": band.action,
        })) for name in RULE_FIELDS
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[trends.t]\n", r"trends.t.threshold: "),
        ("[trends.t]\nthreshold = 2\n", r"trends.t.threshold: .*1"),
        ("[trends.t]\nthreshold = 0.5\nstate = 'on'\n", r"trends.t.state: .*draft"),
        ("[trends.t]\nthreshold = 1\ntreshold = 1\n", r"trends.t.treshold: there is no such field; .*threshold"),
        ("[trends.t]\nthreshold = 0.5\nversion = 7\n", r"trends.t.version: there is no such field"),
        ("[trends.'a b']\nthreshold = 0.5\n", r"trends.a b.trend_id: "),
        ("[trends.t]\nthreshold = 0.5\n[trends.t.seeds.s]\n", r"trends.t.seeds.s.media: needs a file or a URI"),
        ("[trends.t]\nthreshold = 0.5\n[trends.t.seeds.s]\nmedia = 'x'\npolarity = 'no'\n", r"seeds.s.polarity: "),
        ("[trends.t]\nthreshold = 0.5\n[trends.t.seeds]\ns = 'x.mp4'\n", r"trends.t.seeds.s: must be a table"),
        ("[trend.t]\n", r"trend: there is no such field; there are trends"),
        ("trends = 3\n", r"trends: must be a table"),
        ("[trends.t\n", r"trends.toml: "),
    ],
)  # fmt: skip
def test_a_fault_of_the_file_is_named_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    """Before anything is read from Kafka."""
    with pytest.raises(UserError, match=words):
        read(tmp_path, text)


def test_a_new_trend_is_declared_before_its_seeds_which_come_negatives_first(tmp_path: Path) -> None:
    """What a negative seed excludes is never found."""
    plan = plan_of(read(tmp_path, ALL))

    assert kinds(plan) == ["TrendDeclared", "SeedAdded two", "SeedAdded one"]
    assert plan_of(read(tmp_path, ALL), *plan.events).events == []


def test_a_change_says_only_what_changes_under_the_next_version(tmp_path: Path) -> None:
    """A field taken out of the file returns to its default."""
    before = plan_of(read(tmp_path, ALL)).events
    text = ALL.replace("threshold = 0.6\n", "threshold = 0.7\n").replace("max_hits = 500\n", "")

    (event,) = plan_of(read(tmp_path, text), *before).events

    assert event == TrendChanged(
        trend_id="chant", version=2, threshold=0.7, max_hits=None, changed_by="me", reason="review"
    )


def test_seeds_that_the_file_does_not_have_stay_unless_asked_for(tmp_path: Path) -> None:
    """A revoked id never returns, so nothing is revoked because somebody else added it."""
    before = plan_of(read(tmp_path, ALL)).events
    other = read(tmp_path, ALL.partition("[trends.chant.seeds.two]")[0])

    kept = plan_of(other, *before)
    revoked = plan_of(other, *before, revoke_missing=True)

    assert (kinds(kept), kept.unlisted) == ([], [("chant", "two")])
    assert revoked.events == [SeedRevoked(trend_id="chant", seed_id="two", reason="review", revoked_by="me")]
    again = plan_of(other, *before, *revoked.events, revoke_missing=True)
    assert (kinds(again), again.unlisted, again.refused) == ([], [], [])
    (reason,) = plan_of(read(tmp_path, ALL), *before, *revoked.events).refused
    assert "seed two: was revoked, and an id never returns" in reason


@pytest.mark.parametrize(
    ("old", "new", "fields"),
    [
        ('polarity = "negative"', 'polarity = "positive"', "polarity"),
        ("/two.mp4", "/three.mp4", "media"),
        ('media = "one.mp4"', 'media = "three.mp4"', "media"),
        ('caption = "words"', 'caption = "others"', "caption"),
        ('video_id = "v2"', 'video_id = "v3"', "video_id"),
    ],
)
def test_a_changed_seed_needs_another_id(tmp_path: Path, old: str, new: str, fields: str) -> None:
    """What TRENDS encoded is what was added."""
    before = plan_of(read(tmp_path, ALL)).events

    plan = plan_of(read(tmp_path, ALL.replace(old, new)), *before)

    assert len(plan.refused) == 1
    assert f"differs in {fields} from what was added" in plan.refused[0]


def test_another_folder_is_no_change(tmp_path: Path) -> None:
    """A checkout elsewhere is the same file."""
    before = plan_of(read(tmp_path, ALL)).events
    (tmp_path / "b").mkdir()

    assert plan_of(read(tmp_path / "b", ALL), *before) == Plan(events=[], refused=[], unlisted=[])


@pytest.mark.parametrize(
    ("state", "change", "words"),
    [
        ("live", 'state = "draft"', "cannot go from live to draft"),
        ("retired", "margin = 0.5", "retired, which nothing can change"),
        ("draft", 'bands = [{ from_score = 0.9, action = "log" }]', r"bands\[0\]|must be at most the threshold"),
        ("draft", "expires_at = 2020-01-01T00:00:00Z", "expires_at: must be later than"),
    ],
)
def test_what_trends_would_refuse_is_said_before_anything_is_sent(
    tmp_path: Path, state: str, change: str, words: str
) -> None:
    """By the same rules."""
    text = f"[trends.t]\nthreshold = 0.5\nstate = '{state}'\n"
    before = plan_of(read(tmp_path, text)).events
    changed = f"[trends.t]\nthreshold = 0.5\n{change}\n" + ("" if "state" in change else f"state = '{state}'\n")

    plan = plan_of(read(tmp_path, changed), *before)

    assert len(plan.refused) == 1
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(plan.refused[0])


_SHARES = st.integers(0, 100).map(lambda n: n / 100)
_RULES = st.fixed_dictionaries(
    {
        "threshold": _SHARES,
        "margin": _SHARES,
        "state": st.sampled_from(["draft", "shadow", "live"]),
        "score_kind": st.sampled_from(["fused", "frames", "weighted"]),
        "max_hits": st.none() | st.integers(1, 99),
        "seeds": st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["positive", "negative"])),
    }
)


def _text(files: dict[str, dict[str, object]]) -> str:
    lines = []
    for trend_id, fields in files.items():
        lines.append(f"[trends.{trend_id}]")
        lines += [
            f"{name} = {json.dumps(value)}" for name, value in fields.items() if name != "seeds" and value is not None
        ]
        for seed_id, polarity in fields["seeds"].items():  # type: ignore[attr-defined]  # a dictionary, by the strategy
            lines.append(f"[trends.{trend_id}.seeds.{seed_id}-{polarity}]\nmedia = 'x'\npolarity = '{polarity}'")
    return "\n".join(lines)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(first=st.dictionaries(st.sampled_from("xyz"), _RULES), second=st.dictionaries(st.sampled_from("xyz"), _RULES))
def test_after_a_plan_the_trends_are_those_of_the_file(
    tmp_path_factory: pytest.TempPathFactory, first: dict[str, dict[str, object]], second: dict[str, dict[str, object]]
) -> None:
    """From nothing or from any other file, in versions that follow one another; or it was refused, and says why."""
    folder = tmp_path_factory.mktemp("files")
    before = plan_of(read(folder, _text(first))).events
    wanted = read(folder, _text(second))

    plan = plan_of(wanted, *before, revoke_missing=True)

    if plan.refused:
        assert any(second[t]["state"] != first[t]["state"] for t in second if t in first) or "never returns" in str(
            plan
        )
        return
    after = known(*before, *plan.events)
    for trend_id, trend in wanted.items():
        found = after.catalogue.by_id[trend_id]
        assert [getattr(found.rule, name) for name in RULE_FIELDS] == [
            getattr(trend.rule, name) for name in RULE_FIELDS
        ]
        assert {seed.seed_id for seed in found.live_seeds} == set(trend.seeds)
    assert plan_of(wanted, *before, *plan.events, revoke_missing=True).events == []
    untouched = set(first) - set(second)
    assert not any(event.trend_id in untouched for event in plan.events)
    assert all(event.version == 1 for event in plan.events if isinstance(event, TrendDeclared))

"""Any history of the ledger folds to the same catalogue, wherever it is cut."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from streams.catalogue import Catalogue, Effect, SeedJoins, entry_of, fold
from streams.errors import RefusedError
from streams.wire.codec import decode_json
from streams.wire.record import Received
from streams.wire.trend import TrendAdjusted, TrendEvent
from tests.support.catalogue import added, adjusted, at, changed, declared, record, released, revoked, said

_IDS = st.sampled_from(["a", "b"])
_STATES = st.sampled_from(["draft", "shadow", "live", "retired"])
_EVENTS: st.SearchStrategy[TrendEvent] = st.one_of(
    st.builds(
        lambda t, s, e: declared(t, state=s, expires_at=e), _IDS, _STATES, st.none() | st.builds(at, st.integers(5, 60))
    ),
    st.builds(lambda t, v: changed(v, t, margin=0.1), _IDS, st.integers(1, 6)),
    st.builds(lambda t, v, s: changed(v, t, state=s), _IDS, st.integers(2, 6), _STATES),
    st.builds(added, st.sampled_from(["x", "y"]), _IDS),
    st.builds(revoked, st.sampled_from(["x", "y"]), _IDS),
    st.builds(lambda t, p: adjusted(t, paused=p), _IDS, st.booleans()),
    st.builds(lambda t: adjusted(t, expired=True), _IDS),
    st.builds(lambda t, m: adjusted(t, max_hits=m), _IDS, st.integers(1, 3)),
    st.builds(released, _IDS),
)
_HISTORIES = st.lists(_EVENTS, max_size=40).map(
    lambda events: [record(e, i, own=isinstance(e, TrendAdjusted) and i % 3 > 0) for i, e in enumerate(events)]
)


def _effects(catalogue: Catalogue, records: Sequence[Received]) -> list[Effect | str]:
    """Return what each record leads to from a catalogue on, a refusal as its reason."""
    effects: list[Effect | str] = []
    for one in records:
        try:
            step = catalogue.apply(decode_json(one.value, TrendEvent), entry_of(one))
        except RefusedError as error:
            effects.append(error.reason)
        else:
            catalogue = step.catalogue
            effects.append(step.effect)
    return effects


@given(_HISTORIES, st.integers(0, 40))
def test_a_restart_anywhere_leads_to_the_same_catalogue(history: list[Received], cut: int) -> None:
    """What was folded before the restart with what is read after it is all."""
    assert fold(history[cut:], start=fold(history[:cut])) == fold(history)


@given(_HISTORIES, st.integers(0, 40))
def test_what_is_read_again_has_the_same_effects(history: list[Received], cut: int) -> None:
    """A crash before the commit repeats refusals, policies, seeds with the same places in the ledger."""
    assert _effects(fold(history[:cut]), history[cut:]) == _effects(Catalogue(), history)[cut:]


@given(_HISTORIES)
def test_the_places_of_what_the_shards_hear_never_fall(history: list[Received]) -> None:
    """A shard ignores a lower place of the same key, so a fall would be lost."""
    offsets = [
        effect.seed.offset if isinstance(effect, SeedJoins) else getattr(effect, "offset", None)
        for effect in _effects(Catalogue(), history)
        if not isinstance(effect, str)
    ]
    told = [offset for offset in offsets if offset is not None]

    assert told == sorted(told)


@given(_HISTORIES)
def test_a_catalogue_is_never_changed_in_place(history: list[Received]) -> None:
    """Whoever keeps the one before an event can go back to it."""
    half = fold(history[: len(history) // 2])
    before = half.trends()

    fold(history[len(history) // 2 :], start=half)

    assert half.trends() == before


def test_what_is_no_event_is_left_out() -> None:
    """Bytes that became a dead letter then are none of the fold's business now."""
    records = [record(declared(), 0), record(b"{", 1), record(b'{"type":"Other"}', 2), record(changed(2), 3)]

    assert fold(records).by_id["t"].version == 2


def test_a_seed_that_failed_leaves_its_id_free() -> None:
    """A fetch that failed then must not forbid the second try."""
    records = [record(declared(), 0), record(added(), 1), record(added(), 2)]

    catalogue = fold(records, failed=lambda joins: joins.seed.offset == 1)

    assert catalogue.by_id["t"].seeds["s"].offset == 2
    assert fold(records).by_id["t"].seeds["s"].offset == 1


def test_only_the_header_makes_an_adjustment_trends_own() -> None:
    """A copy of its words by anyone else is left out."""
    paused = adjusted(paused=True)

    assert fold([record(declared(), 0), record(paused, 1, own=True)]).by_id["t"].paused
    assert not fold([record(declared(), 0), record(paused, 1)]).by_id["t"].paused


def test_the_trends_of_a_ledger_come_in_the_order_of_their_declaration() -> None:
    """This is what a person is shown."""
    catalogue = said(declared("b"), declared("a"), changed(2, "b", state="live"))

    assert [(t.trend_id, t.version, t.state) for t in catalogue.trends()] == [("b", 2, "live"), ("a", 1, "draft")]


def test_what_comes_after_a_ledger_lies_behind_all_that_was_told() -> None:
    """Seeds move a trend's place as its rules do; what is asked about is not yet said."""
    catalogue = fold([record(declared(), 3), record(added("s"), 7)])

    then = catalogue.after(added("later"), at(60))

    assert (then.by_id["t"].seeds["later"].offset, then.by_id["t"].told_offset) == (8, 8)
    assert "later" not in catalogue.by_id["t"].seeds
    assert Catalogue().after(declared(), at(0)).by_id["t"].offset == 0

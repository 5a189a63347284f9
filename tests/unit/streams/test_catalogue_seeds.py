"""Seeds join once, leave once, and never return."""

import pytest

from streams.catalogue import SeedJoins
from streams.errors import RefusedError
from streams.wire.fanout import SeedRetired
from tests.support.catalogue import added, at, changed, declared, revoked, said, step


def test_a_seed_that_joins_needs_its_vectors() -> None:
    """Its place in the ledger is what orders it on every shard; the bound is the trend's."""
    effect = step(said(declared(max_hits=9)), added(), 5).effect

    assert isinstance(effect, SeedJoins)
    live = effect.live("signal-1", b"ab", {"frames": b"cd"})
    assert (live.seed_id, live.source_offset, live.max_hits, live.received_at) == ("s", 5, 9, at(5))
    assert (live.model_id, live.fused, live.vectors) == ("signal-1", b"ab", {"frames": b"cd"})


@pytest.mark.parametrize(("then", "how"), [((), "in use"), ((revoked(),), "revoked")])
def test_the_id_of_a_seed_is_taken_once(then: tuple[object, ...], how: str) -> None:
    """A revoked seed never returns."""
    catalogue = said(declared(), added(), *then)  # type: ignore[arg-type] # of the parametrisation

    with pytest.raises(RefusedError, match=f"seed_id: s is {how} in trend t"):
        step(catalogue, added(polarity="negative"))


def test_two_trends_may_have_a_seed_of_the_same_id() -> None:
    """Ids of seeds belong to their trend."""
    catalogue = said(declared("a"), declared("b"), added("s", "a"))

    assert step(catalogue, added("s", "b")).effect is not None


def test_a_seed_that_leaves_is_told_to_the_shards() -> None:
    """With the reason that the moderator gave."""
    effect = step(said(declared(), added()), revoked(reason="a judo class"), 8).effect

    assert effect == SeedRetired(trend_id="t", seed_id="s", source_offset=8, reason="a judo class", received_at=at(8))


def test_a_seed_that_nobody_added_cannot_be_revoked() -> None:
    """The reason names trend and seed."""
    with pytest.raises(RefusedError, match="trend t has no seed s"):
        step(said(declared()), revoked())


def test_a_seed_is_revoked_once() -> None:
    """The second time is a mistake that somebody should hear of."""
    with pytest.raises(RefusedError, match="s was revoked before"):
        step(said(declared(), added(), revoked()), revoked())


@pytest.mark.parametrize("event", [added(), revoked()])
def test_seeds_need_a_trend(event: object) -> None:
    """An unknown trend is refused before the seed is looked at."""
    with pytest.raises(RefusedError, match="no trend t"):
        step(said(), event)  # type: ignore[arg-type] # of the parametrisation


def test_live_seeds_are_those_not_revoked_in_the_order_of_joining() -> None:
    """What a person is shown of a trend."""
    catalogue = said(declared(), added("b"), added("a"), added("c"), revoked("a"), changed(2))

    assert [seed.seed_id for seed in catalogue.by_id["t"].live_seeds] == ["b", "c"]

"""The fan-out tells which seeds became live, with their vectors."""

from streams.catalogue import SeedJoins, SentSeeds
from streams.wire.fanout import SeedLive, SeedRetired
from tests.support.catalogue import added, at, declared, said, step


def _joins(offset: int) -> SeedJoins:
    effect = step(said(declared()), added(), offset).effect
    assert isinstance(effect, SeedJoins)
    return effect


def _live(offset: int, model_id: str = "m") -> SeedLive:
    return _joins(offset).live(model_id, b"ab", {})


def _sent(*messages: SeedLive | SeedRetired) -> SentSeeds:
    sent = SentSeeds()
    for message in messages:
        sent.add(message)
    return sent


_RETIRED = SeedRetired(trend_id="t", seed_id="s", source_offset=9, received_at=at(9))


def test_what_was_sent_is_found_by_seed_place_and_model() -> None:
    """A seed of the same id at another place is another one."""
    sent = _sent(_live(5))

    assert sent.find("t", "s", 5, "m") == _live(5)
    assert sent.find("t", "s", 6, "m") is None
    assert sent.find("t", "s", 5, "other") is None


def test_a_seed_that_has_left_is_still_found() -> None:
    """It may be read again after a crash, and must not be encoded again."""
    assert _sent(_live(5), _RETIRED).find("t", "s", 5, "m") == _live(5)


def test_an_older_copy_that_was_sent_again_does_not_hide_the_newer() -> None:
    """The place in the ledger decides, not the order of sending."""
    assert _sent(_live(7), _live(5)).find("t", "s", 7, "m") == _live(7)


def test_a_seed_that_was_never_sent_failed() -> None:
    """Its id is free again, so that it can be tried once more."""
    assert _sent().failed(_joins(5))
    assert not _sent(_live(5)).failed(_joins(5))


def test_the_second_try_of_a_failed_seed_is_the_one_that_lives() -> None:
    """Its first place is not among those sent."""
    sent = _sent(_live(7), _RETIRED)

    assert sent.failed(_joins(5))
    assert not sent.failed(_joins(7))


def test_a_retirement_that_compaction_left_alone_proves_a_seed() -> None:
    """Only what lived can have been retired; what came after it did not live."""
    assert not _sent(_RETIRED).failed(_joins(5))
    assert _sent(_RETIRED).failed(_joins(11))

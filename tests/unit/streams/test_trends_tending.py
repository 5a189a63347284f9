"""What observers call for is appended once, then waits until it was read back."""

from collections.abc import Sequence

from streams.agents.trends.observer import View
from streams.wire.codec import decode_json
from streams.wire.topics import Topic
from streams.wire.trend import TrendAdjusted
from tests.support.catalogue import adjusted, declared, record
from tests.support.trends import TrendsBench


class _Stubborn:
    """Calls for the same events whenever it is asked."""

    def __init__(self, *events: TrendAdjusted) -> None:
        self.events, self.views = events, list[View]()

    async def follow(self) -> None:
        """Read nothing."""

    async def due(self, view: View) -> Sequence[TrendAdjusted]:
        """Return the events."""
        self.views.append(view)
        return self.events


async def _observed(*events: TrendAdjusted) -> tuple[TrendsBench, _Stubborn]:
    bench, stubborn = TrendsBench(), _Stubborn(*events)
    bench.program.tending.start([stubborn])
    await bench.program.tending.stop()
    await bench.said(declared("a"), declared("b"))
    return bench, stubborn


def _written(bench: TrendsBench) -> list[tuple[str, bool | None]]:
    events = [decode_json(sent.value, TrendAdjusted) for sent in bench.of(Topic.TREND_SEEDS)]
    return [(event.trend_id, event.paused) for event in events]


async def test_what_an_observer_calls_for_is_appended_once_until_it_was_read_back() -> None:
    """It is asked each second; the ledger must not fill meanwhile."""
    bench, _ = await _observed(adjusted("a", paused=True), adjusted("b", max_hits=3))

    assert await bench.program.tending.observe() == 2
    assert await bench.program.tending.observe() == 0
    await bench.hear(record(adjusted("a", paused=True), 2, own=True))

    assert await bench.program.tending.observe() == 1
    assert _written(bench) == [("a", True), ("b", None), ("a", True)]


async def test_what_is_on_its_way_holds_back_only_the_same_thing_of_the_same_trend() -> None:
    """A pause does not wait for a calibration."""
    bench, stubborn = await _observed(adjusted("a", max_hits=3))
    await bench.program.tending.observe()

    stubborn.events = (adjusted("a", max_hits=4), adjusted("a", paused=True), adjusted("b", max_hits=4))

    assert await bench.program.tending.observe() == 2


async def test_an_observer_is_shown_what_trends_knows_now() -> None:
    """Whether an event is overtaken is judged by what its author knew."""
    bench, stubborn = await _observed()

    await bench.program.tending.observe()

    [view] = stubborn.views
    assert (list(view.catalogue.by_id), view.known) == (["a", "b"], 1)
